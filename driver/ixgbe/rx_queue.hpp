// A receive queue of the 82599 family: §7.1.
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

// The ring, as §7.1.9 draws it: the device owns the descriptors from head to tail, fills them in order and
// writes them back with DD set; we take what is done, put a fresh buffer in its place, and move the tail up
// behind us.
class RxQueue final : public ringside::RxQueue {
public:
    // `size` descriptors, a power of two. Fills the ring with buffers of `pool`; throws hal::Error if it has
    // too few. The device may be told of the ring afterwards, and gets descriptors 0 to size-2: equal head
    // and tail would mean "none", so one always stays ours.
    RxQueue(mem::DmaDomain& domain, std::shared_ptr<mem::PacketPool> pool, std::uint32_t size,
            hal::Doorbell doorbell);
    // Gives the buffers back to the pool. The device must have stopped using the ring.
    ~RxQueue() override;
    RxQueue(const RxQueue&) = delete;
    RxQueue& operator=(const RxQueue&) = delete;

    std::uint32_t size() const noexcept { return mask_ + 1; }
    hal::Iova ring_iova() const noexcept { return memory_.iova(); }
    // The descriptors themselves, for benches and ring inspection.
    std::span<RxDescriptor> ring() const noexcept { return {ring_, size()}; }
    // The tail for a ring that was just set up: everything but the last descriptor is the device's.
    std::uint32_t first_tail() const noexcept { return mask_; }
    void ring_doorbell(std::uint32_t tail) noexcept { doorbell_.ring(tail); }

    using ringside::RxQueue::receive;
    std::uint32_t receive(mem::PacketCache& cache, std::span<mem::Packet> out) noexcept override {
        return burst<false>(cache, out, nullptr);
    }
    std::uint32_t receive(mem::PacketCache& cache, std::span<mem::Packet> out,
                          std::span<RxInfo> info) noexcept override {
        assert(info.size() >= out.size());
        return burst<true>(cache, out, info.data());
    }
    RxQueueCounters counters() const noexcept override {
        return {no_buffers_.value(), bad_descriptors_.value(), damaged_.value(), too_long_.value()};
    }

private:
    // Longest chain of descriptors that one frame may take: 16 KiB in buffers of 1 KiB.
    static constexpr std::uint32_t max_parts = 16;
    // Unusual frames in one burst.
    static constexpr std::uint32_t max_unusual = 32;

    // The device writes it at any time: read exactly once, whole.
    static std::uint64_t load(const std::uint64_t& word) noexcept {
        return *static_cast<const volatile std::uint64_t*>(&word);
    }

    template <bool with_info>
    std::uint32_t burst(mem::PacketCache& cache, std::span<mem::Packet> out, RxInfo* info) noexcept;
    // What comes at next_ is not simply one good frame in one buffer. Either takes it (its parts go to `out`,
    // or it is dropped and counted) and moves next_ past it, or leaves it for a later call.
    struct Unusual {
        std::uint32_t handles;  // filled in
        bool leave;
    };
    // `out` is where its parts may go now, `burst` what would fit an empty burst if buffers were not short;
    // `first`: the burst is empty.
    Unusual unusual(const std::uint32_t* fresh, std::span<mem::Packet> out, RxInfo* info, std::uint32_t burst,
                    bool first) noexcept;
    // Drops the frame in the next `parts` descriptors: their buffers stay where they are.
    Unusual drop(std::uint32_t parts, hal::Count& count) noexcept;
    static RxInfo describe(std::uint64_t low, std::uint64_t high) noexcept;

    void offer(std::uint32_t slot, std::uint32_t buffer) noexcept {
        owner_[slot] = buffer;
        ring_[slot].low = value(first_buffer_ + std::uint64_t{buffer} * stride_);
        ring_[slot].high = 0;  // no header buffer; and DD, the same bit, is clear again
    }

    // Everything a burst needs, in two cache lines.
    RxDescriptor* ring_;
    std::uint32_t* owner_;    // which buffer each descriptor points at
    std::byte* first_data_;   // of buffer 0
    hal::Iova first_buffer_;  // the same, as the device sees it
    std::uint32_t stride_;
    std::uint32_t room_;      // bytes the device may write into one buffer
    std::uint32_t mask_;      // ring size - 1
    std::uint32_t next_ = 0;  // slot the device will complete next
    hal::Doorbell doorbell_;
    hal::Count no_buffers_, bad_descriptors_, damaged_, too_long_;  // see RxQueueCounters

    std::shared_ptr<mem::PacketPool> pool_;
    mem::DmaBuffer memory_;
    std::unique_ptr<std::uint32_t[]> owners_;
};

template <bool with_info>
inline std::uint32_t RxQueue::burst(mem::PacketCache& cache, std::span<mem::Packet> out,
                                    RxInfo* info) noexcept {
    assert(&cache.pool() == pool_.get());
    const auto wanted = static_cast<std::uint32_t>(
        std::min<std::size_t>({out.size(), mem::PacketCache::max_burst, std::size_t{mask_}}));
    // Every buffer that leaves the ring is replaced: no more can be received than there are fresh ones.
    const std::uint32_t limit = cache.prepare(wanted);
    const std::uint32_t* fresh = cache.end_of_stock();
    constexpr std::uint64_t good = RxDescriptor::DD | RxDescriptor::EOP;
    // Locals, because the compiler must assume that a store to the ring changes our members.
    RxDescriptor* const ring = ring_;
    std::uint32_t* const owner = owner_;
    std::byte* const data = first_data_;
    const std::uint64_t iova = value(first_buffer_), stride = stride_;
    constexpr std::uint64_t one = 1ull << 32;  // a length of 1, in its place
    const std::uint64_t room = room_ * one;
    const std::uint32_t mask = mask_, start = next_;
    std::uint32_t slot = start, n = 0, unusual_left = max_unusual;
    while (n < limit) {
        const std::uint64_t high = load(ring[slot].high);
        // Nothing below is computed from what the device writes, except the length, and that is checked here.
        // It stays where it lies in the word, which is also where a Packet has it.
        const std::uint64_t length = high & RxDescriptor::length_mask;
        if ((high & (good | RxDescriptor::frame_errors)) != good || length - one >= room) [[unlikely]] {
            if (!(high & RxDescriptor::DD)) break;  // nothing more has arrived
            if (unusual_left-- == 0) break;         // a device may not keep us here for ever
            next_ = slot;
            const Unusual u =
                unusual(fresh, out.subspan(n, limit - n), with_info ? info + n : nullptr, wanted, n == 0);
            if (u.leave) break;
            slot = next_;
            n += u.handles;
            fresh -= u.handles;
            continue;
        }
        if constexpr (with_info) {
            hal::dma_acquire_fence();  // DD first, then the other half
            info[n] = describe(load(ring[slot].low), high);
        }
        const std::uint32_t old = owner[slot], buffer = *--fresh;
        out[n++].assign(data + old * stride, old | length);
        owner[slot] = buffer;
        ring[slot] = {iova + buffer * stride, 0};  // no header buffer; and DD, the same bit, is clear again
        slot = (slot + 1) & mask;
    }
    if (limit < wanted && n == limit && (load(ring[slot].high) & RxDescriptor::DD)) [[unlikely]]
        no_buffers_.add(1);  // more is there than could be taken
    if (slot == start && n == 0) return 0;
    cache.taken(n);
    next_ = slot;
    // Two orders at once. DD was read before the program reads the frames; and the descriptors are filled,
    // and the frames that were in their buffers read, before the device may write there again. On x86 both
    // are free.
    hal::dma_acquire_fence();
    hal::dma_release_fence();
    // The tail names the first slot that is not the device's: the one before the next to be completed.
    doorbell_.ring((slot - 1) & mask);
    return n;
}

}  // namespace ringside::ixgbe
