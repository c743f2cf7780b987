// Sending: from descriptors to the wire (datasheet 7.2).
#pragma once

#include "sim/cable.hpp"
#include "sim/ixgbe/core.hpp"
#include "sim/ixgbe/queue_state.hpp"
#include "sim/ixgbe/rx.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ringside::sim::ixgbe {

class TxUnit {
public:
    static constexpr std::uint32_t burst = 64;            // descriptors a queue and round
    static constexpr std::size_t max_frame = 15872;       // bytes: 15.5 KiB
    static constexpr std::uint32_t max_descriptors = 40;  // a frame
    static constexpr std::size_t min_frame = 17;

    // Frames looped back inside the card go to `rx`.
    TxUnit(Core& core, RxUnit& rx);

    void reset();
    void write(std::uint32_t queue, std::uint32_t offset, std::uint32_t value, const RegisterRow& row);
    void reload();

    // At most a burst from each queue. True if there was anything.
    bool poll(Cable& cable);
    void settle();
    void finish_round();

    const QueueSet& active() const noexcept { return active_; }
    bool waiting() const noexcept { return !changing_.empty() || unreported_ != 0; }
    // Frames that were dropped for mistakes in their descriptors, for the report.
    std::uint64_t refused() const noexcept { return refused_; }

private:
    struct Descriptor {
        std::uint64_t address, command;
    };
    struct Queue {
        QueueState state = QueueState::off;
        hal::Clock::Duration change_at{};
        std::uint64_t base = 0;
        std::uint32_t count = 0;
        std::uint32_t head = 0;  // next to fetch
        std::uint32_t tail = 0;  // last accepted value of TDT
        std::uint32_t bad_tail = 0;
        std::uint32_t flagged_tail = ~0u;  // in the middle of a frame, already flagged
        std::uint32_t threshold = 0;       // WTHRESH
        bool faulted = false;  // its ring cannot be read: it stands still until it is enabled again
        bool head_write_back = false;
        std::uint64_t head_address = 0;
        std::array<std::uint16_t, 2> context_tags{};
        std::array<bool, 2> context_valid{};
        // Descriptors reported, head), of which those that ask for it have a bit in `report`.
        std::uint32_t reported = 0;
        std::uint32_t unreported = 0;
        std::uint32_t release = 0;
        hal::Clock::Duration oldest{};  // when the first of them was done
        std::vector<std::uint64_t> report;
    };
    // A frame's descriptors, in the local copy.
    struct Parts {
        std::span<const Descriptor> descriptors;  // contexts and data; EOP in the last
        std::size_t length = 0;
        bool insert_crc = true;
        bool insert_tag = false;
        std::uint16_t tag = 0;
        bool good = true;
    };

    void write_control(std::uint32_t n, std::uint32_t value, const RegisterRow& row);
    void decode(std::uint32_t n);
    void turn_on(std::uint32_t n);
    void turn_off(std::uint32_t n);

    bool run(std::uint32_t n, Cable& cable);
    std::uint32_t fetch(std::uint32_t n);
    std::uint32_t send_all(std::uint32_t n, std::uint32_t available, Cable& cable);
    std::size_t end_of_packet(std::span<const Descriptor> from) const;
    Parts examine(std::uint32_t n, std::span<const Descriptor> descriptors);
    void examine_data(std::uint32_t n, const Descriptor& d, Parts& parts);
    void take_context(std::uint32_t n, const Descriptor& d);
    void send(std::uint32_t n, const Parts& parts, Cable& cable);
    std::span<const std::byte> assemble(const Parts& parts);
    std::span<const std::byte> one_piece(const Parts& parts);
    void put(std::uint32_t n, std::span<const std::byte> frame, Cable& cable);

    void advance(std::uint32_t n, std::span<const Descriptor> done);
    bool due(const Queue& q, std::uint32_t n) const;
    void report_done(std::uint32_t n);
    void write_back(Queue& q, std::uint32_t index);

    Core& core_;
    RxUnit& rx_;
    Random random_;
    std::array<Queue, queue_count> queues_{};
    QueueSet active_, changing_, touched_;
    bool enabled_ = false;  // DMATXCTL.TE
    bool pad_ = true, add_crc_ = true;
    std::uint16_t vlan_ether_type_ = 0x8100;
    std::size_t unreported_ = 0;
    std::uint64_t refused_ = 0;
    std::array<Descriptor, burst> fetched_{};
    std::array<std::byte, max_frame + 64> scratch_{};
};

}  // namespace ringside::sim::ixgbe
