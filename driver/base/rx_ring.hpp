// A receive queue, for all cards: their rings work alike, only the descriptors' bits differ (82599 datasheet
// §7.1.9, 8254x §3.2.6, 82574 §7.1.8, 82576 §7.1.4).
//
// Descriptor is two 64-bit words, `low` and `high`, and says what they mean:
//
//   static constexpr bool done(high)            the device has written it back
//   static constexpr bool end_of_frame(high)    … and this is the last descriptor of its frame
//   static constexpr bool damaged(high)         … which the MAC found damaged; valid in the last one
//   static constexpr uint64_t compared, expected      these bits are so if it is a whole frame that is not
//                                               damaged: done, end of frame, no error
//   static constexpr unsigned length_at         the lowest of 16 bits with the bytes in this buffer: 0, with
//                                               `compared` in the upper half of the word, or 32
//   static RxInfo describe(low, high)           what the last descriptor of a frame says of it
#pragma once

#include "driver/base/vectors.hpp"
#include "driver/nic.hpp"
#include "hal/barrier.hpp"
#include "hal/count.hpp"
#include "hal/device.hpp"
#include "hal/error.hpp"
#include "mem/cache_line.hpp"
#include "mem/dma_domain.hpp"
#include "mem/own_lines.hpp"
#include "mem/packet_pool.hpp"
#include "mem/posting.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace ringside {

// The ring: the device owns the descriptors from head to tail, fills them in order and writes them back with
// DD set; we take what is done, put a fresh buffer in its place, and move the tail up behind us. What one
// queue writes lies on cache lines of its own: queues on different cores do not slow each other down.
template <class Descriptor> class alignas(mem::interference_size) RxRing final : public RxQueue {
public:
    // `size` descriptors, a power of two. Fills the ring with buffers of `pool`; throws hal::Error if it has
    // too few. The device may be told of the ring afterwards, and gets descriptors 0 to size-2: equal head
    // and tail would mean "none", so one always stays ours. With `posting`, as many of them as that says,
    // which wants no more than size-1. `vector`: benches and tests compare.
    RxRing(mem::DmaDomain& domain, std::shared_ptr<mem::PacketPool> pool, std::uint32_t size,
           hal::Doorbell doorbell, std::optional<mem::PostedBuffers> posting = std::nullopt,
           hal::Vector vector = hal::best_vector());
    // Gives the buffers back to the pool. The device must have stopped using the ring.
    ~RxRing() override;
    RxRing(const RxRing&) = delete;
    RxRing& operator=(const RxRing&) = delete;

    std::uint32_t size() const noexcept { return mask_ + 1; }
    hal::Iova ring_iova() const noexcept { return memory_.iova(); }
    // The descriptors themselves, for benches and ring inspection.
    std::span<Descriptor> ring() const noexcept { return {ring_, size()}; }
    // How many descriptors the device has, done or not.
    std::uint32_t posted() const noexcept { return posted_; }
    // The tail for a ring that was just set up.
    std::uint32_t first_tail() const noexcept { return posted_; }
    void ring_doorbell(std::uint32_t tail) noexcept { doorbell_.ring(tail); }
    // The queue's half of it; called by the queue's thread.
    RingState state() const noexcept {
        RingState s{.size = size(), .next = next_};
        while (s.done < mask_ && Descriptor::done(load(ring_[(next_ + s.done) & mask_].high))) ++s.done;
        if (s.done > 0) s.oldest_done = next_;
        return s;
    }

    using RxQueue::receive;
    std::uint32_t receive(mem::PacketCache& cache, std::span<mem::Packet> out) noexcept override {
        return burst<false>(cache, out, nullptr);
    }
    std::uint32_t receive(mem::PacketCache& cache, std::span<mem::Packet> out,
                          std::span<RxInfo> info) noexcept override {
        assert(info.size() >= out.size());
        return burst<true>(cache, out, info.data());
    }
    bool ready() const noexcept override { return Descriptor::done(load(ring_[next_].high)); }
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

    // Bytes in a buffer, in bits 47:32, the others zero: where a Packet has them.
    static constexpr std::uint64_t length_in_place(std::uint64_t high) noexcept {
        if constexpr (Descriptor::length_at == 32) return high & 0xFFFFull << 32;
        return (high & 0xFFFF) << 32;
    }

    template <bool with_info>
    std::uint32_t burst(mem::PacketCache& cache, std::span<mem::Packet> out, RxInfo* info) noexcept;
    // The parts of a burst. Both go on from next_ and return how many handles they filled in, at most
    // `limit`, and move next_ on. `fresh`: the end of the stock of buffers.
    //
    // Whole groups of plain frames, up to the ring's end; stops where there is anything else.
    template <bool with_info>
    std::uint32_t groups(const std::uint32_t* fresh, mem::Packet* out, RxInfo* info,
                         std::uint32_t limit) noexcept;
    // Whatever comes. `burst`: see unusual(); `first`: nothing is in the burst yet.
    template <bool with_info>
    std::uint32_t one_by_one(const std::uint32_t* fresh, std::span<mem::Packet> out, RxInfo* info,
                             std::uint32_t burst, bool first) noexcept;
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
    // With posting_: hands over as many descriptors as it wants, after a burst that began at `start` and
    // went on (`more`) or not; returns the tail. Every slot has a buffer all the time, but those that are not
    // posted are none that anybody has used of late: the buffers that the burst has put into its slots, the
    // last that the program was done with, go out first, and what lay in the slots behind the tail changes
    // places with them.
    std::uint32_t post(std::uint32_t start, bool more) noexcept;
    // Drops the frame in the next `parts` descriptors: their buffers stay where they are.
    Unusual drop(std::uint32_t parts, hal::Count& count) noexcept;

    void offer(std::uint32_t slot, std::uint32_t buffer) noexcept {
        owner_[slot] = buffer;
        ring_[slot].low = value(places_.iova) + buffer * places_.stride;
        ring_[slot].high = 0;  // no header buffer; and DD, the same bit, is clear again
    }

    // Everything a burst needs, in two cache lines.
    Descriptor* ring_;
    std::uint32_t* owner_;  // which buffer each descriptor points at
    BufferPlaces places_;
    std::uint32_t mask_;      // ring size - 1
    std::uint32_t next_ = 0;  // slot the device will complete next
    hal::Vector vector_;
    bool adapts_;  // posting_ is there: a burst without need not look at its line
    hal::Doorbell doorbell_;
    hal::Count no_buffers_, bad_descriptors_, damaged_, too_long_;  // see RxQueueCounters

    std::optional<mem::PostedBuffers> posting_;
    std::uint32_t posted_;  // size - 1 without posting_
    std::shared_ptr<mem::PacketPool> pool_;
    mem::DmaBuffer memory_;
    mem::OwnLines owners_;
};

template <class Descriptor>
template <bool with_info>
inline std::uint32_t RxRing<Descriptor>::burst(mem::PacketCache& cache, std::span<mem::Packet> out,
                                               RxInfo* info) noexcept {
    assert(&cache.pool() == pool_.get());
    const std::uint32_t start = next_;
    if (!Descriptor::done(load(ring_[start].high))) {
        if (adapts_) [[unlikely]]
            posting_->after(0, false);
        return 0;
    }
    const auto wanted = static_cast<std::uint32_t>(
        std::min<std::size_t>({out.size(), mem::PacketCache::max_burst, std::size_t{mask_}}));
    // Every buffer that leaves the ring is replaced: no more can be received than there are fresh ones.
    const std::uint32_t limit = cache.prepare(wanted);
    const std::uint32_t* const fresh = cache.end_of_stock();
    std::uint32_t n = 0;
    if (vector_ != hal::Vector::none && limit >= vector_group)
        n = groups<with_info>(fresh, out.data(), info, limit);
    if (n < limit)
        n += one_by_one<with_info>(fresh - n, out.subspan(n, limit - n), with_info ? info + n : nullptr,
                                   wanted, n == 0);
    if (limit < wanted && n == limit && Descriptor::done(load(ring_[next_].high))) [[unlikely]]
        no_buffers_.add(1);  // more is there than could be taken
    if (next_ == start && n == 0) return 0;
    cache.taken(n);
    // The tail names the first slot that is not the device's: the one before the next to be completed.
    std::uint32_t tail = (next_ - 1) & mask_;
    if (adapts_) [[unlikely]]
        tail = post(start, n == limit);
    // Two orders at once. DD was read before the program reads the frames; and the descriptors are filled,
    // and the frames that were in their buffers read, before the device may write there again. On x86 both
    // are free.
    hal::dma_acquire_fence();
    hal::dma_release_fence();
    doorbell_.ring(tail);
    return n;
}

#if defined(__x86_64__)
template <class Descriptor>
template <bool with_info>
[[gnu::target("avx2"), gnu::noinline]] std::uint32_t RxRing<Descriptor>::groups(
    const std::uint32_t* fresh, mem::Packet* out, RxInfo* info, std::uint32_t limit) noexcept {
    const std::uint32_t slot = next_;
    const std::uint32_t n = receive_groups<Descriptor, with_info>(
        ring_ + slot, owner_ + slot, fresh, out, info, std::min(limit, size() - slot), places_);
    next_ = (slot + n) & mask_;
    return n;
}
#else
template <class Descriptor>
template <bool with_info>
std::uint32_t RxRing<Descriptor>::groups(const std::uint32_t*, mem::Packet*, RxInfo*,
                                         std::uint32_t) noexcept {
    return 0;
}
#endif

template <class Descriptor>
template <bool with_info>
[[gnu::noinline]] std::uint32_t RxRing<Descriptor>::one_by_one(const std::uint32_t* fresh,
                                                               std::span<mem::Packet> out, RxInfo* info,
                                                               std::uint32_t burst, bool first) noexcept {
    // Locals, because the compiler must assume that a store to the ring changes our members.
    std::byte* const data = places_.data;
    const std::uint64_t iova = value(places_.iova), stride = places_.stride;
    constexpr std::uint64_t one = 1ull << 32;  // a length of 1, in its place
    const std::uint64_t room = places_.room * one;
    const auto limit = static_cast<std::uint32_t>(out.size());
    std::uint32_t n = 0, unusual_left = max_unusual;
    const auto in_groups = [&] {
        if (vector_ == hal::Vector::none) return;
        const std::uint32_t taken =
            groups<with_info>(fresh, out.data() + n, with_info ? info + n : nullptr, limit - n);
        n += taken;
        fresh -= taken;
    };
    if (next_ == 0) in_groups();  // the ring's end was in the way
    while (n < limit) {
        // Plain frames up to the ring's end.
        const std::size_t run = std::min(limit - n, size() - next_);
        Descriptor* const ring = ring_ + next_;
        std::uint32_t* const owner = owner_ + next_;
        mem::Packet* const packets = out.data() + n;
        std::uint64_t high = 0;
        std::size_t i = 0;
        for (; i < run; ++i) {
            high = load(ring[i].high);
            // Nothing below is computed from what the device writes, except the length, and that is checked
            // here. It stays where it lies in the word, which is also where a Packet has it.
            const std::uint64_t length = length_in_place(high);
            if ((high & Descriptor::compared) != Descriptor::expected || length - one >= room) [[unlikely]]
                break;
            if constexpr (with_info) {
                hal::dma_acquire_fence();  // DD first, then the other half
                info[n + i] = Descriptor::describe(load(ring[i].low), high);
            }
            const std::uint32_t old = owner[i], buffer = *--fresh;
            packets[i].assign(data + old * stride, old | length);
            owner[i] = buffer;
            ring[i] = {iova + buffer * stride, 0};  // no header buffer; and DD, the same bit, is clear again
        }
        n += static_cast<std::uint32_t>(i);
        next_ = (next_ + static_cast<std::uint32_t>(i)) & mask_;
        if (i == run) {
            if (n < limit) in_groups();
            continue;
        }
        if (!Descriptor::done(high)) break;  // nothing more has arrived
        if (unusual_left-- == 0) break;      // a device may not keep us here for ever
        const Unusual u =
            unusual(fresh, out.subspan(n), with_info ? info + n : nullptr, burst, first && n == 0);
        if (u.leave) break;
        n += u.handles;
        fresh -= u.handles;
        in_groups();
    }
    return n;
}

template <class Descriptor>
RxRing<Descriptor>::RxRing(mem::DmaDomain& domain, std::shared_ptr<mem::PacketPool> pool, std::uint32_t size,
                           hal::Doorbell doorbell, std::optional<mem::PostedBuffers> posting,
                           hal::Vector vector)
    : places_{pool->data(0), pool->iova(0u), pool->stride(), pool->room()},
      mask_(size - 1),
      vector_(vector),
      adapts_(posting.has_value()),
      doorbell_(doorbell),
      posting_(posting),
      posted_(posting ? posting->wanted() : mask_),
      pool_(std::move(pool)),
      memory_(domain.allocate(size * sizeof(Descriptor) + mem::prefetch_reach)),
      owners_(size) {
    assert(posted_ <= mask_);
    ring_ = reinterpret_cast<Descriptor*>(memory_.bytes().data());
    owner_ = owners_.data();
    mem::PacketCache cache(*pool_);
    for (std::uint32_t slot = 0; slot < size; ++slot) {
        if (cache.prepare(1) == 0) {
            for (std::uint32_t filled = 0; filled < slot; ++filled) cache.give(owner_[filled]);
            throw hal::Error("the packet pool of " + std::to_string(pool_->size()) +
                             " buffers is too small to fill a receive ring of " + std::to_string(size) +
                             "; mem::buffers_needed() says how many it takes");
        }
        offer(slot, *(cache.end_of_stock() - 1));
        cache.taken(1);
    }
}

template <class Descriptor> RxRing<Descriptor>::~RxRing() {
    mem::PacketCache cache(*pool_);
    for (std::uint32_t slot = 0; slot < size(); ++slot) cache.give(owner_[slot]);
}

template <class Descriptor> std::uint32_t RxRing<Descriptor>::post(std::uint32_t start, bool more) noexcept {
    const std::uint32_t consumed = (next_ - start) & mask_;
    // What the device has, nobody takes back. It may claim to have completed more than it has.
    const std::uint32_t left = posted_ - std::min(consumed, posted_);
    posted_ = std::max(posting_->after(consumed, more), left);
    std::uint32_t tail = (next_ + left) & mask_;
    for (std::uint32_t i = 0; i < posted_ - left; ++i, tail = (tail + 1) & mask_) {
        if (i < consumed) std::swap(owner_[(start + i) & mask_], owner_[tail]);
        offer(tail, owner_[tail]);
    }
    return tail;
}

template <class Descriptor>
typename RxRing<Descriptor>::Unusual RxRing<Descriptor>::drop(std::uint32_t parts,
                                                              hal::Count& count) noexcept {
    count.add(1);
    for (; parts > 0; --parts) {
        offer(next_, owner_[next_]);
        next_ = (next_ + 1) & mask_;
    }
    return {0, false};
}

template <class Descriptor>
typename RxRing<Descriptor>::Unusual RxRing<Descriptor>::unusual(const std::uint32_t* fresh,
                                                                 std::span<mem::Packet> out, RxInfo* info,
                                                                 std::uint32_t burst, bool first) noexcept {
    // How many descriptors the frame takes, and whether what they say is possible.
    std::uint32_t parts = 0;
    std::uint64_t high = 0;
    bool possible = true;
    std::array<std::uint16_t, max_parts> lengths{};
    do {
        // All descriptors that the device has, and no end.
        if (parts == mask_) return drop(parts, bad_descriptors_);
        high = load(ring_[(next_ + parts) & mask_].high);
        if (!Descriptor::done(high)) return {0, true};  // the rest of the frame is on its way
        const auto length = static_cast<std::uint16_t>(high >> Descriptor::length_at);
        // A chain that is too long is followed to its end all the same: what is left of it is not a frame.
        possible = possible && parts < max_parts && length - 1u < places_.room;
        if (possible) lengths[parts] = length;
        ++parts;
    } while (!Descriptor::end_of_frame(high));

    if (!possible) return drop(parts, bad_descriptors_);
    if (Descriptor::damaged(high)) return drop(parts, damaged_);  // valid in the last part only
    if (parts > out.size()) {
        if (first && parts > burst) return drop(parts, too_long_);
        if (first) no_buffers_.add(1);  // it would fit if the pool had enough
        return {0, true};
    }
    hal::dma_acquire_fence();
    if (info != nullptr) *info = Descriptor::describe(load(ring_[(next_ + parts - 1) & mask_].low), high);
    for (std::uint32_t i = 0; i < parts; ++i, next_ = (next_ + 1) & mask_) {
        const std::uint32_t buffer = owner_[next_];
        const std::uint16_t flags = i + 1 < parts ? mem::Packet::more : 0;
        out[i] = {places_.data + buffer * places_.stride, buffer, lengths[i], flags};
        offer(next_, *--fresh);
    }
    return {parts, false};
}

}  // namespace ringside
