// The transmit rate of single queues (datasheet 7.7.2.3, the rate scheduler): RTTDQSEL, RTTBCNRC, RTTBCNRM.
// After a frame, its queue stands still until the frame would have ended at its rate. What it has not used it
// may catch up with, up to the memory window: so it keeps its rate although it is asked now and then only.
#pragma once

#include "hal/clock.hpp"
#include "sim/ixgbe/register_store.hpp"
#include "sim/ixgbe/registers_table.hpp"
#include "sim/ixgbe/strict.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace ringside::sim::ixgbe {

class RateLimiter {
public:
    // Both must outlive the object.
    RateLimiter(RegisterStore& registers, Strict& strict) : registers_(registers), strict_(strict) {}

    void reset();
    std::uint32_t read(std::uint32_t offset) const;
    void write(std::uint32_t offset, std::uint32_t value);

    // Whether any queue has a limit.
    bool any() const noexcept { return limited_ != 0; }
    // Whether the queue may not begin a frame yet.
    bool holds(std::uint32_t queue, hal::Clock::Duration now) const noexcept {
        return limited_ != 0 && queues_[queue].factor != 0 && now < queues_[queue].next;
    }
    // A frame of so many bytes, CRC included, was sent.
    void sent(std::uint32_t queue, std::size_t bytes, hal::Clock::Duration now) noexcept {
        if (limited_ != 0 && queues_[queue].factor != 0) take(queues_[queue], bytes, now);
    }

private:
    struct Queue {
        std::uint32_t control = 0;  // RTTBCNRC
        std::uint32_t factor = 0;   // of the link's speed to the queue's, in units of 2^-14; 0: no limit
        hal::Clock::Duration next{};
    };
    void take(Queue& q, std::size_t bytes, hal::Clock::Duration now) noexcept;
    void write_control(std::uint32_t value);
    static hal::Clock::Duration time(const Queue& q, std::uint64_t bytes) noexcept;

    RegisterStore& registers_;
    Strict& strict_;
    std::array<Queue, queue_count> queues_{};
    std::uint32_t limited_ = 0;  // queues
};

}  // namespace ringside::sim::ixgbe
