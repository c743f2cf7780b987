// A transmit queue of the 82599 family: §7.2.
#pragma once

#include "driver/ixgbe/descriptors.hpp"
#include "driver/nic.hpp"
#include "hal/barrier.hpp"
#include "hal/count.hpp"
#include "hal/device.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <memory>
#include <span>

namespace ringside::ixgbe {

// The ring, as §7.2.3.3 draws it: we fill descriptors and move the tail; the device sends from the head on
// and writes DD back into those descriptors that ask for it (RS). We ask at the end of every group of 32
// descriptors, which lets one look at one descriptor free 32 buffers, and at the end of every call of send(),
// so that reclaim() can tell that the last packet is out.
class TxQueue final : public ringside::TxQueue {
public:
    // Descriptors per report. Without head write-back it must not exceed 40, the device's own descriptor
    // cache.
    static constexpr std::uint32_t group = 32;

    // `size` descriptors, a power of two, at least 2 * group. `first` is the position to begin with, a
    // multiple of `size`: tests begin shortly before positions wrap around.
    TxQueue(mem::DmaDomain& domain, std::shared_ptr<mem::PacketPool> pool, std::uint32_t size,
            hal::Doorbell doorbell, std::uint32_t first = 0);
    // Gives the buffers still in the ring back to the pool. The device must have stopped using it.
    ~TxQueue() override;
    TxQueue(const TxQueue&) = delete;
    TxQueue& operator=(const TxQueue&) = delete;

    std::uint32_t size() const noexcept { return mask_ + 1; }
    hal::Iova ring_iova() const noexcept { return memory_.iova(); }
    // The descriptors themselves, for benches and ring inspection.
    std::span<TxDescriptor> ring() const noexcept { return {ring_, size()}; }

    using ringside::TxQueue::send;
    inline std::uint32_t send(mem::PacketCache& cache, std::span<const mem::Packet> in) noexcept override;
    std::uint32_t reclaim(mem::PacketCache& cache) noexcept override;
    TxQueueCounters counters() const noexcept override { return {refused_.value()}; }

private:
    // The device may hang on less than 17 bytes, and takes frames of up to 15.5 KiB with CRC and tag.
    static constexpr std::uint32_t min_length = 17, max_length = 15864;
    // Descriptors one frame may take: what the device can hold.
    static constexpr std::uint32_t max_parts = 40;

    static std::uint64_t load(const std::uint64_t& word) noexcept {
        return *static_cast<const volatile std::uint64_t*>(&word);
    }
    bool done(std::uint32_t position) const noexcept {
        return (load(ring_[position & mask_].command) & TxDescriptor::DD) != 0;
    }
    // Last position of the group that `position` is in.
    static std::uint32_t group_end(std::uint32_t position) noexcept { return position | (group - 1); }

    inline void free_done_groups(mem::PacketCache& cache) noexcept;
    void free_up_to(std::uint32_t position, mem::PacketCache& cache) noexcept;
    // A frame of several parts, or one the device must not see. Returns how many handles it took; 0 if there
    // is no room for the whole frame.
    std::uint32_t send_unusual(mem::PacketCache& cache, std::span<const mem::Packet> in) noexcept;

    // Positions count up for ever and are wrapped only when used: "how many in between" is one subtraction.
    TxDescriptor* ring_;
    std::uint32_t* owner_;    // which buffer each descriptor points at
    std::byte* first_data_;   // of buffer 0
    hal::Iova first_buffer_;  // the same, as the device sees it
    std::uint32_t mask_;      // ring size - 1
    std::uint32_t next_;      // position to be filled next
    std::uint32_t clean_;     // first position whose buffer is not back
    std::uint32_t* report_;   // per group: how far behind its end the descriptor with RS is (0, mostly)
    hal::Doorbell doorbell_;
    hal::Count refused_;  // see TxQueueCounters

    std::shared_ptr<mem::PacketPool> pool_;
    mem::DmaBuffer memory_;
    std::unique_ptr<std::uint32_t[]> owners_, reports_;
};

// While the group that clean_ is in has been sent, takes its buffers back: one look at one descriptor a
// group.
inline void TxQueue::free_done_groups(mem::PacketCache& cache) noexcept {
    for (;;) {
        const std::uint32_t end = group_end(clean_);
        if (next_ - clean_ <= end - clean_) return;  // the group is not even full
        std::uint32_t& late = report_[(end & mask_) / group];
        if (!done(end + late)) return;
        const std::uint32_t count = end - clean_ + 1;
        cache.give(owner_ + (clean_ & mask_), count);
        clean_ = end + 1;
        late = 0;
    }
}

inline std::uint32_t TxQueue::send(mem::PacketCache& cache, std::span<const mem::Packet> in) noexcept {
    assert(&cache.pool() == pool_.get());
    free_done_groups(cache);
    // One descriptor stays free: equal head and tail would mean "empty".
    const std::uint32_t space = mask_ - (next_ - clean_);
    auto limit = static_cast<std::uint32_t>(std::min<std::size_t>(in.size(), space));
    // Locals, because the compiler must assume that a store to the ring changes our members.
    TxDescriptor* const ring = ring_;
    std::uint32_t* const owner = owner_;
    const std::uint32_t mask = mask_, start = next_;
    const std::uint64_t to_iova = value(first_buffer_) - reinterpret_cast<std::uintptr_t>(first_data_);
    std::uint32_t next = start, n = 0;
    while (n < limit) {
        const mem::Packet& packet = in[n];
        // One comparison for too short, too long, and any flag (they are the upper half of the word).
        const std::uint32_t length_and_flags = packet.length | std::uint32_t{packet.flags} << 16;
        if (length_and_flags - min_length > max_length - min_length) [[unlikely]] {
            next_ = next;
            const std::uint32_t taken = send_unusual(cache, in.subspan(n));
            next = next_;
            if (taken == 0) break;
            n += taken;
            // What was refused took no descriptors: there may be room for more.
            limit =
                n + static_cast<std::uint32_t>(std::min<std::size_t>(in.size() - n, mask - (next - clean_)));
            continue;
        }
        const std::uint32_t slot = next & mask;
        const std::uint64_t report = (next & (group - 1)) == group - 1 ? TxDescriptor::RS : 0;
        const std::uint64_t length = packet.length;
        owner[slot] = packet.index;
        ring[slot] = {
            reinterpret_cast<std::uintptr_t>(packet.data) + to_iova,
            length << TxDescriptor::paylen_shift | TxDescriptor::plain | TxDescriptor::EOP | report | length};
        ++next;
        ++n;
    }
    next_ = next;
    if (next == start) return n;
    // The last descriptor of the call reports in any case (it is the last of its frame: EOP is set).
    ring[(next - 1) & mask].command |= TxDescriptor::RS;
    hal::dma_release_fence();  // the descriptors and frames are in memory before the device hears of them
    doorbell_.ring(next & mask);
    return n;
}

}  // namespace ringside::ixgbe
