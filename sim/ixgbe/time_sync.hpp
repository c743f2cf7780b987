// The clock of IEEE 1588 and the time stamps of frames (datasheet 7.9): SYSTIM and what belongs to it.
#pragma once

#include "hal/clock.hpp"
#include "sim/ixgbe/filters.hpp"
#include "sim/ixgbe/register_store.hpp"
#include "sim/ixgbe/strict.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::sim::ixgbe {

class TimeSync {
public:
    // All must outlive the object. `wide_increment`: as the X540 has it, the whole of TIMINCA, added at every
    // tick.
    TimeSync(RegisterStore& registers, hal::Clock& clock, Strict& strict, bool wide_increment)
        : registers_(registers), clock_(clock), strict_(strict), wide_increment_(wide_increment) {
        reset();
    }

    void reset();
    std::uint32_t read(std::uint32_t offset);
    void write(std::uint32_t offset, std::uint32_t value, std::uint32_t writable);

    bool stamps_received() const noexcept { return stamps_received_; }
    // Stamps the frame if it is a message that TSYNCRXCTL asks for, and no other stamp waits to be read.
    // True: its descriptor says so. `by_ether_type`: an EtherType filter for IEEE 1588 matched.
    bool stamp_received(std::span<const std::byte> frame, const FrameView& view, bool by_ether_type);
    // A frame is sent whose descriptor, in this queue, asks for a stamp.
    void stamp_sent(std::uint32_t queue);

private:
    // A stamp that waits until its upper half is read.
    struct Stamp {
        std::uint64_t time = 0;
        bool valid = false;
    };
    std::uint64_t system_time() const;
    Stamp stamp() const;
    void set_rate(std::uint32_t timinca);
    void adjust();
    bool is_wanted(std::span<const std::byte> message, bool over_udp) const noexcept;

    RegisterStore& registers_;
    hal::Clock& clock_;
    Strict& strict_;
    const bool wide_increment_;
    std::uint64_t base_time_ = 0;     // SYSTIM at
    hal::Clock::Duration base_at_{};  // this time
    std::uint32_t increment_ = 0, period_ = 0;
    std::uint32_t upper_half_ = 0;  // of SYSTIM, when the lower one was read
    Stamp received_, sent_;
    bool stamps_received_ = false;
};

}  // namespace ringside::sim::ixgbe
