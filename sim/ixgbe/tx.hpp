// Sending: from descriptors to the wire (datasheet 7.2).
#pragma once

#include "sim/cable.hpp"
#include "sim/ixgbe/core.hpp"
#include "sim/ixgbe/queue_state.hpp"
#include "sim/ixgbe/rx.hpp"
#include "sim/ixgbe/segmentation.hpp"
#include "sim/ixgbe/tx_context.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ringside::sim::ixgbe {

class TxUnit {
public:
    static constexpr std::uint32_t burst = 64;       // descriptors, or frames if segmented, a queue and round
    static constexpr std::size_t max_frame = 15872;  // bytes: 15.5 KiB
    static constexpr std::uint32_t max_descriptors = 40;  // a frame
    static constexpr std::size_t min_frame = 17;

    // Frames looped back inside the card go to `rx`.
    TxUnit(Core& core, RxUnit& rx);

    void reset();
    // One queue as after reset(), at once; what its registers hold is the caller's matter.
    void reset_queue(std::uint32_t queue);
    void write(std::uint32_t queue, std::uint32_t offset, std::uint32_t value, const RegisterRow& row);
    void reload();

    // At most a burst from each queue. True if there was anything.
    bool poll(Cable& cable);
    void settle();
    void finish_round();

    const QueueSet& active() const noexcept { return active_; }
    bool waiting() const noexcept { return switches_.any() || unreported_ != 0; }
    // Frames that were dropped for mistakes in their descriptors, for the report.
    std::uint64_t refused() const noexcept { return refused_; }

private:
    struct Descriptor {
        std::uint64_t address, command;
    };
    struct Queue : Switch {
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
        std::array<TxContext, 2> contexts{};
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
        std::size_t promised = 0;  // PAYLEN of the first data descriptor
        bool insert_crc = true;
        bool insert_tag = false;
        std::uint16_t tag = 0;
        bool ip_sum = false, l4_sum = false, legacy_sum = false;
        std::uint8_t sum_start = 0, sum_place = 0;  // of a legacy descriptor
        bool segment = false;
        bool time_stamp = false;
        TxContext context;
        bool good = true;
    };
    // Reads the data of descriptors one after the other.
    class Gather {
    public:
        Gather(DmaView& dma, std::span<const Descriptor> descriptors) : dma_(dma), rest_(descriptors) {}
        // False if there is not so much, or its memory is not mapped.
        bool read(std::byte* to, std::size_t size);

    private:
        DmaView& dma_;
        std::span<const Descriptor> rest_;
        std::size_t taken_ = 0;  // of the first of them
    };

    void write_control(std::uint32_t n, std::uint32_t value, const RegisterRow& row);
    void decode(std::uint32_t n);
    void turn_on(std::uint32_t n);
    void turn_off(std::uint32_t n);

    bool run(std::uint32_t n, Cable& cable);
    std::uint32_t fetch(std::uint32_t n);
    std::uint32_t send_all(std::uint32_t n, std::uint32_t available, Cable& cable);
    bool send_plain(std::uint32_t n, const Descriptor& d, Cable& cable);
    std::size_t end_of_packet(std::span<const Descriptor> from) const;
    Parts examine(std::uint32_t n, std::span<const Descriptor> descriptors);
    void examine_data(std::uint32_t n, const Descriptor& d, bool first, Parts& parts);
    void examine_offloads(std::uint32_t n, const Descriptor& d, Parts& parts);
    void examine_length(std::uint32_t n, Parts& parts);
    static bool begins_with(std::span<const Descriptor> descriptors, std::size_t header);
    void examine_segmentation(std::uint32_t n, Parts& parts);
    void send(std::uint32_t n, const Parts& parts, Cable& cable);
    bool send_segments(std::uint32_t n, const Parts& parts, Cable& cable);
    void insert_sums(std::uint32_t n, const Parts& parts, std::span<std::byte> frame);
    std::size_t insert_tag(const Parts& parts, std::size_t length);
    std::size_t pad(std::size_t length);
    std::span<const std::byte> assemble(std::uint32_t n, const Parts& parts);
    void put(std::uint32_t n, std::span<const std::byte> frame, Cable& cable);

    void advance(std::uint32_t n, std::span<const Descriptor> done);
    bool due(const Queue& q, std::uint32_t n) const;
    void report_done(std::uint32_t n);
    void write_back(Queue& q, std::uint32_t index);

    Core& core_;
    RxUnit& rx_;
    Random random_;
    std::array<Queue, queue_count> queues_{};
    Switches<Queue> switches_{queues_};
    QueueSet active_, touched_;
    bool enabled_ = false;  // DMATXCTL.TE
    bool pad_ = true, add_crc_ = true;
    std::uint16_t vlan_ether_type_ = 0x8100;
    FlagMasks flag_masks_;
    std::uint32_t frames_ = 0;  // sent in this round by the queue whose turn it is
    std::size_t unreported_ = 0;
    std::uint64_t refused_ = 0;
    std::array<Descriptor, burst> fetched_{};
    std::array<std::byte, max_frame + 64> scratch_{};
};

}  // namespace ringside::sim::ixgbe
