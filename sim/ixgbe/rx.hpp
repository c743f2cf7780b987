// Receiving: from the wire through the filters and the packet buffer into descriptors (datasheet 7.1).
#pragma once

#include "sim/cable.hpp"
#include "sim/ixgbe/core.hpp"
#include "sim/ixgbe/filters.hpp"
#include "sim/ixgbe/packet_buffer.hpp"
#include "sim/ixgbe/queue_state.hpp"
#include "sim/ixgbe/steering.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ringside::sim::ixgbe {

class RxUnit {
public:
    static constexpr std::uint32_t burst = 64;           // frames a round
    static constexpr std::size_t max_frame = 16 * 1024;  // the longest that any setting lets in, with room

    explicit RxUnit(Core& core);

    void reset();
    // One queue as after reset(), at once; what its registers hold is the caller's matter.
    void reset_queue(std::uint32_t queue);
    // A write to a register of the queue; `offset` counts from the start of its block.
    void write(std::uint32_t queue, std::uint32_t offset, std::uint32_t value, const RegisterRow& row);
    // After a write to one of the registers in Unit::settings.
    void reload();
    // After a write to one of those in Unit::steering.
    void filters_changed() noexcept { steering_.invalidate(); }
    // A write to one of those in Unit::flow_director.
    void write_flow_director(std::uint32_t offset, std::uint32_t value, const RegisterRow& row);

    // At most a burst from the packet buffer and the cable. True if there was anything.
    bool poll(Cable& cable);
    // A frame of our own, looped back inside the card. It never waits outside the packet buffer.
    void loop_back(std::span<const std::byte> frame) { take(frame, false, true); }
    // Lets due changes of ENABLE happen. Cheap if none is due.
    void settle();
    // Updates heads and raises the interrupts of what was written back since the last call.
    void finish_round();

    const QueueSet& active() const noexcept { return active_; }
    bool waiting() const noexcept { return switches_.any() || held_ != 0; }

    // Frames that no register counts, for the report.
    std::uint64_t filtered() const noexcept { return filtered_; }
    std::uint64_t not_receiving() const noexcept { return not_receiving_; }

private:
    static constexpr std::uint32_t prefetch = 64;

    struct WriteBack {
        std::uint32_t index;
        std::uint64_t low, high;
    };
    struct Queue : Switch {
        std::uint64_t base = 0;
        std::uint32_t count = 0;  // of descriptors
        std::uint32_t head = 0;   // next to fill
        std::uint32_t tail = 0;   // last accepted value of RDT
        std::uint32_t bad_tail = 0;
        std::uint32_t buffer_size = 1024;
        std::uint32_t low_mark = 0;  // SRRCTL.RDMTS: so many free descriptors are few
        bool told_low = false;
        bool advanced = false, drop = false, strip_vlan = false;
        bool faulted = false;  // its ring cannot be read: it stands still until it is enabled again
        // Buffers read from descriptors head, head + 1, …, so far unused.
        std::uint32_t first = 0, fetched = 0;
        std::array<std::uint64_t, prefetch> buffers{};
        // Write-backs held by the fault option.
        std::vector<WriteBack> held;
        std::uint32_t release = 0;
        hal::Clock::Duration release_at{};
    };
    enum class Placed { yes, no_room, dropped };

    // Registers.
    void write_control(std::uint32_t n, std::uint32_t value, const RegisterRow& row);
    void decode(std::uint32_t n);
    void turn_on(std::uint32_t n);
    void turn_off(std::uint32_t n);

    // Descriptors.
    void fetch(std::uint32_t n);
    std::uint32_t fetch_some(std::uint32_t n, std::uint32_t from, std::uint32_t limit);
    void accept_tail(std::uint32_t n);
    bool runs_low(Queue& q);
    void write_back(Queue& q, std::uint32_t index, std::uint64_t low, std::uint64_t high);
    void complete(std::uint32_t n, std::uint64_t low, std::uint64_t high);
    void release_held(Queue& q, bool all);

    // Frames. take() returns false to leave the frame in the cable.
    bool take(std::span<const std::byte> frame, bool may_wait, bool looped);
    std::span<const std::byte> padded(std::span<const std::byte> frame, bool looped);
    bool damaged(const FrameView& view, std::size_t wire_length);
    bool is_pause(const FrameView& view, std::span<const std::byte> frame);
    void count_seen(std::size_t wire_length);
    void count_good(const FrameView& view, std::size_t wire_length);
    void store(std::span<const std::byte> frame, const Verdict& verdict);
    bool drain(std::uint32_t& budget);
    void miss(Cable& cable);
    void tell_partner(Cable& cable);
    bool has_room(std::uint32_t n, std::size_t length);
    std::size_t posted_length(const Queue& q, const FrameView& view, std::size_t length) const;
    Placed place(const Verdict& verdict, const FrameView& view, std::span<const std::byte> frame);
    void deliver(const Verdict& verdict, const FrameView& view, std::span<const std::byte> frame);
    std::span<const std::byte> as_posted(const Queue& q, const FrameView& view,
                                         std::span<const std::byte> frame);
    std::uint32_t counter_of(std::uint32_t n) const;

    Core& core_;
    Filters filters_;
    Steering steering_;
    PacketBuffer<Verdict> buffer_;
    Random random_;
    std::array<Queue, queue_count> queues_{};
    Switches<Queue> switches_{queues_};
    QueueSet active_;         // queues that may do DMA
    QueueSet touched_;        // queues with write-backs since finish_round()
    bool receiving_ = false;  // RXEN, and the path from the MAC is not stopped
    bool keep_crc_ = false;
    std::size_t held_ = 0;
    std::uint64_t filtered_ = 0, not_receiving_ = 0;
    std::array<std::byte, max_frame + 64> scratch_{};
    std::array<std::byte, 60> short_frame_{};
};

}  // namespace ringside::sim::ixgbe
