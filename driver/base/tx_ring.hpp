// A transmit queue, for all cards: their rings work alike, only the descriptors' bits differ (82599 datasheet
// §7.2.3.3, 8254x §3.4, 82574 §7.2.9, 82576 §7.2.2.9).
//
// Descriptor is two 64-bit words, `buffer` and `command`, and says what they mean:
//
//   static constexpr uint64_t EOP, RS, DD          bits of `command`
//   static constexpr uint64_t data(length, frame)  the command for `length` of the `frame` bytes of a frame:
//                                                  some bits, `length` in the lowest, and, unless frame_at is
//   static constexpr unsigned frame_at             0, `frame` from that bit on
//   static constexpr uint32_t min_frame, max_frame  bytes, without CRC, that the device sends without harm
//   static constexpr uint32_t max_parts            descriptors that one frame may take
//   static constexpr uint32_t padded_from          if it is there: shorter frames than min_frame, from this
//                                                  length on, are padded with zeros; others are refused
//
// and of frames that ask for more than being sent (driver/tx_request.hpp):
//
//   static constexpr uint32_t contexts             how many contexts a queue remembers
//   static constexpr uint32_t max_segmented        bytes of a frame to be segmented
//   static bool possible(request, frame)           whether the device can do that to `frame` bytes
//   static uint32_t least_frame(request)           … no fewer than these, min_frame at least; and not to be
//                                                  segmented, more of them make no difference
//   static bool needs_context(request)             whether it takes a context descriptor to say so
//   static Descriptor context(request, frame, index)  that descriptor, for the index-th context
//   static uint64_t asking(request, index)         what the command of the frame's data descriptors has
//   besides static uint32_t payload(request, frame)        the `frame` for data() above
#pragma once

#include "driver/base/vectors.hpp"
#include "driver/nic.hpp"
#include "hal/barrier.hpp"
#include "hal/count.hpp"
#include "hal/device.hpp"
#include "mem/cache_line.hpp"
#include "mem/dma_domain.hpp"
#include "mem/own_lines.hpp"
#include "mem/packet_pool.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

namespace ringside {

// The ring: we fill descriptors and move the tail; the device sends from the head on and writes DD back into
// those descriptors that ask for it (RS). We ask at the end of every group of 32
// descriptors, which lets one look at one descriptor free 32 buffers, and at the end of every call of send(),
// so that reclaim() can tell that the last packet is out. What one queue writes lies on cache lines of its
// own.
template <class Descriptor> class alignas(mem::interference_size) TxRing final : public TxQueue {
public:
    // Descriptors per report. Without head write-back it must not exceed what the device holds at a time: 40
    // on the 82599, the fewest of these cards.
    static constexpr std::uint32_t group = 32;

    // `size` descriptors, a power of two, at least 2 * group. `accepts`: the requests that the device has
    // been set up to fulfil. `first` is the position to begin with, a multiple of `size`: tests begin shortly
    // before positions wrap around. `vector`: benches and tests compare.
    TxRing(mem::DmaDomain& domain, std::shared_ptr<mem::PacketPool> pool, std::uint32_t size,
           hal::Doorbell doorbell, std::uint8_t accepts = TxRequest::everything, std::uint32_t first = 0,
           hal::Vector vector = hal::best_vector());
    // Gives the buffers still in the ring back to the pool. The device must have stopped using it.
    ~TxRing() override;
    TxRing(const TxRing&) = delete;
    TxRing& operator=(const TxRing&) = delete;

    std::uint32_t size() const noexcept { return mask_ + 1; }
    hal::Iova ring_iova() const noexcept { return memory_.iova(); }
    // The descriptors themselves, for benches and ring inspection.
    std::span<Descriptor> ring() const noexcept { return {ring_, size()}; }
    // The queue's half of it; called by the queue's thread.
    RingState state() const noexcept {
        RingState s{.transmit = true, .size = size(), .next = next_ & mask_, .unreclaimed = next_ - clean_};
        for (std::uint32_t position = clean_; position != next_; ++position)
            if (done(position) && s.done++ == 0) s.oldest_done = position & mask_;
        return s;
    }

    using TxQueue::send;
    std::uint32_t send(mem::PacketCache& cache, std::span<const mem::Packet> in) noexcept override {
        return burst<false>(cache, in, nullptr);
    }
    std::uint32_t send(mem::PacketCache& cache, std::span<const mem::Packet> in,
                       std::span<const TxRequest> requests) noexcept override {
        assert(requests.size() >= in.size());
        return burst<true>(cache, in, requests.data());
    }
    std::uint32_t reclaim(mem::PacketCache& cache) noexcept override;
    std::uint8_t accepts() const noexcept override { return accepts_; }
    TxQueueCounters counters() const noexcept override { return {refused_.value()}; }

private:
    static std::uint64_t load(const std::uint64_t& word) noexcept {
        return *static_cast<const volatile std::uint64_t*>(&word);
    }
    bool done(std::uint32_t position) const noexcept {
        return (load(ring_[position & mask_].command) & Descriptor::DD) != 0;
    }
    // Last position of the group that `position` is in.
    static std::uint32_t group_end(std::uint32_t position) noexcept { return position | (group - 1); }

    template <bool with_requests>
    inline std::uint32_t burst(mem::PacketCache& cache, std::span<const mem::Packet> in,
                               const TxRequest* requests) noexcept;
    // The parts of a burst. Both go on at next_, return how many packets they took, and move next_ on.
    //
    // Whole groups of plain frames that ask for what the frame before did, up to the ring's end; stops where
    // there is anything else.
    template <bool with_requests>
    std::uint32_t groups(const mem::Packet* in, const TxRequest* requests, std::uint32_t limit) noexcept;
    // Whatever comes.
    template <bool with_requests>
    std::uint32_t one_by_one(mem::PacketCache& cache, std::span<const mem::Packet> in,
                             const TxRequest* requests) noexcept;
    std::uint32_t room() const noexcept { return mask_ - (next_ - clean_); }
    // Asks for a report at the end of every group from `from` to next_; each is the end of a frame.
    void ask_for_reports(std::uint32_t from) noexcept {
        for (std::uint32_t end = group_end(from); end - from < next_ - from; end += group)
            ring_[end & mask_].command |= Descriptor::RS;
    }
    inline void free_done_groups(mem::PacketCache& cache) noexcept;
    void free_up_to(std::uint32_t position, mem::PacketCache& cache) noexcept;
    // A frame of several parts, one the device must not see, or one that asks for what the frame before did
    // not. Returns how many handles it took; 0 if there is no room for the whole frame.
    std::uint32_t send_unusual(mem::PacketCache& cache, std::span<const mem::Packet> in,
                               TxRequest request) noexcept;
    // Which of the device's contexts says what `request` wants; contexts if none does.
    std::uint32_t find_context(TxRequest request, std::uint32_t frame) const noexcept;
    // Fills the next descriptor with a context, in the place of the one not used for longest.
    std::uint32_t put_context(TxRequest request, std::uint32_t frame) noexcept;
    // Writes `bytes` zeros behind a frame's last part. Returns how many: 0 if its buffer has no room for
    // them.
    std::uint32_t pad(const mem::Packet& last, std::uint32_t bytes) noexcept;

    // Positions count up for ever and are wrapped only when used: "how many in between" is one subtraction.
    Descriptor* ring_;
    std::uint32_t* owner_;  // which buffer each descriptor points at
    BufferPlaces places_;
    std::uint32_t mask_;   // ring size - 1
    std::uint32_t next_;   // position to be filled next
    std::uint32_t clean_;  // first position whose buffer is not back
    hal::Vector vector_;
    // Per group, 0 mostly: how far behind its end the descriptor with RS is; and whether some of the group's
    // descriptors have no buffer.
    std::uint32_t* report_;
    static constexpr std::uint32_t has_contexts = 1u << 31;
    static constexpr std::uint32_t no_buffer = ~0u;  // in owner_, for a context descriptor
    hal::Doorbell doorbell_;
    hal::Count refused_;  // see TxQueueCounters
    std::uint8_t accepts_;

    // The last request, what it comes to in a command, and which frames are too short for it: a frame that
    // asks for the same costs one comparison. Then what the device has in its contexts, and which of them was
    // used last.
    std::uint64_t last_request_ = 0, last_asking_ = 0;
    std::uint32_t last_least_frame_ = Descriptor::min_frame;
    std::array<Descriptor, Descriptor::contexts> contexts_{};
    std::uint32_t newest_ = 0;

    std::shared_ptr<mem::PacketPool> pool_;
    mem::DmaBuffer memory_;
    mem::OwnLines owners_, reports_;
};

// While the group that clean_ is in has been sent, takes its buffers back: one look at one descriptor a
// group.
template <class Descriptor>
inline void TxRing<Descriptor>::free_done_groups(mem::PacketCache& cache) noexcept {
    for (;;) {
        const std::uint32_t end = group_end(clean_);
        if (next_ - clean_ <= end - clean_) return;  // the group is not even full
        std::uint32_t& report = report_[(end & mask_) / group];
        if (!done(end + (report & ~has_contexts))) return;
        if (report & has_contexts) [[unlikely]] {
            free_up_to(end + 1, cache);
            continue;
        }
        const std::uint32_t count = end - clean_ + 1;
        if (count == group) [[likely]]
            cache.give(owner_ + (clean_ & mask_), group);  // a copy of known size
        else
            cache.give(owner_ + (clean_ & mask_), count);
        clean_ = end + 1;
        report = 0;
    }
}

template <class Descriptor>
template <bool with_requests>
inline std::uint32_t TxRing<Descriptor>::burst(mem::PacketCache& cache, std::span<const mem::Packet> in,
                                               const TxRequest* requests) noexcept {
    assert(&cache.pool() == pool_.get());
    free_done_groups(cache);
    const std::uint32_t start = next_;
    std::uint32_t n = 0;
    if (vector_ != hal::Vector::none && in.size() >= vector_group)
        n = groups<with_requests>(in.data(), requests,
                                  static_cast<std::uint32_t>(std::min<std::size_t>(in.size(), room())));
    if (n < in.size())
        n += one_by_one<with_requests>(cache, in.subspan(n), with_requests ? requests + n : nullptr);
    if (next_ == start) return n;
    // The last descriptor of the call reports in any case (it is the last of its frame: EOP is set). At the
    // end of a group it does already.
    if (next_ % group != 0) ring_[(next_ - 1) & mask_].command |= Descriptor::RS;
    hal::dma_release_fence();  // the descriptors and frames are in memory before the device hears of them
    doorbell_.ring(next_ & mask_);
    return n;
}

#if defined(__x86_64__)
template <class Descriptor>
template <bool with_requests>
[[gnu::target("avx2"), gnu::noinline]] std::uint32_t TxRing<Descriptor>::groups(
    const mem::Packet* in, const TxRequest* requests, std::uint32_t limit) noexcept {
    const std::uint32_t start = next_;
    const std::uint32_t slot = start & mask_;
    const std::uint32_t n = send_groups<Descriptor, with_requests>(
        ring_ + slot, owner_ + slot, in, requests, std::min(limit, size() - slot), places_,
        with_requests ? last_request_ : 0, with_requests ? last_asking_ : 0,
        with_requests ? last_least_frame_ : Descriptor::min_frame);
    next_ = start + n;
    ask_for_reports(start);
    return n;
}
#else
template <class Descriptor>
template <bool with_requests>
std::uint32_t TxRing<Descriptor>::groups(const mem::Packet*, const TxRequest*, std::uint32_t) noexcept {
    return 0;
}
#endif

template <class Descriptor>
template <bool with_requests>
[[gnu::noinline]] std::uint32_t TxRing<Descriptor>::one_by_one(mem::PacketCache& cache,
                                                               std::span<const mem::Packet> in,
                                                               const TxRequest* requests) noexcept {
    // Locals, because the compiler must assume that a store to the ring changes our members.
    const std::uint64_t to_iova = value(places_.iova) - reinterpret_cast<std::uintptr_t>(places_.data);
    std::uint32_t n = 0;
    // One descriptor stays free: equal head and tail would mean "empty". And what is refused takes none.
    const auto limit = [&] {
        return n + static_cast<std::uint32_t>(std::min<std::size_t>(in.size() - n, room()));
    };
    const auto in_groups = [&] {
        if (vector_ == hal::Vector::none) return;
        n += groups<with_requests>(in.data() + n, with_requests ? requests + n : nullptr, limit() - n);
    };
    if ((next_ & mask_) == 0) in_groups();  // the ring's end was in the way
    for (std::uint32_t end = limit(); n < end; end = limit()) {
        // Plain frames that ask for what the one before did, up to the ring's end.
        const std::uint32_t slot = next_ & mask_;
        const std::size_t run = std::min(end - n, size() - slot);
        Descriptor* const ring = ring_ + slot;
        std::uint32_t* const owner = owner_ + slot;
        const mem::Packet* const packets = in.data() + n;
        const std::uint64_t request = last_request_;
        const std::uint32_t least = with_requests ? last_least_frame_ : Descriptor::min_frame;
        const std::uint64_t command = Descriptor::EOP | (with_requests ? last_asking_ : 0);
        std::size_t i = 0;
        for (; i < run; ++i) {
            const mem::Packet& packet = packets[i];
            // One comparison for too short, too long, and any flag (they are the upper half of the word).
            const std::uint32_t length_and_flags = packet.length | std::uint32_t{packet.flags} << 16;
            bool unusual = length_and_flags - least > Descriptor::max_frame - least;
            if constexpr (with_requests) unusual |= requests[n + i].bits() != request;
            if (unusual) [[unlikely]]
                break;
            owner[i] = packet.index;
            ring[i] = {reinterpret_cast<std::uintptr_t>(packet.data) + to_iova,
                       Descriptor::data(length_and_flags, length_and_flags) | command};
        }
        const std::uint32_t start = next_;
        n += static_cast<std::uint32_t>(i);
        next_ += static_cast<std::uint32_t>(i);
        ask_for_reports(start);
        if (i < run) {
            const std::uint32_t taken =
                send_unusual(cache, in.subspan(n), with_requests ? requests[n] : TxRequest{});
            if (taken == 0) break;
            n += taken;
        }
        if (n < end) in_groups();
    }
    return n;
}

template <class Descriptor>
TxRing<Descriptor>::TxRing(mem::DmaDomain& domain, std::shared_ptr<mem::PacketPool> pool, std::uint32_t size,
                           hal::Doorbell doorbell, std::uint8_t accepts, std::uint32_t first,
                           hal::Vector vector)
    : places_{pool->data(0), pool->iova(0u), pool->stride(), pool->room()},
      mask_(size - 1),
      next_(first),
      clean_(first),
      vector_(vector),
      doorbell_(doorbell),
      accepts_(accepts),
      pool_(std::move(pool)),
      memory_(domain.allocate(size * sizeof(Descriptor) + mem::prefetch_reach)),
      owners_(size),
      reports_(size / group) {
    ring_ = reinterpret_cast<Descriptor*>(memory_.bytes().data());
    owner_ = owners_.data();
    report_ = reports_.data();
}

template <class Descriptor> TxRing<Descriptor>::~TxRing() {
    mem::PacketCache cache(*pool_);
    free_up_to(next_, cache);
}

template <class Descriptor>
void TxRing<Descriptor>::free_up_to(std::uint32_t position, mem::PacketCache& cache) noexcept {
    for (; clean_ != position; ++clean_) {
        report_[(clean_ & mask_) / group] = 0;
        const std::uint32_t buffer = owner_[clean_ & mask_];
        if (buffer != no_buffer) cache.give(buffer);
    }
}

template <class Descriptor> std::uint32_t TxRing<Descriptor>::reclaim(mem::PacketCache& cache) noexcept {
    free_done_groups(cache);
    // The last descriptor of every send() reports, and the device works in order.
    if (next_ != clean_ && done(next_ - 1)) free_up_to(next_, cache);
    return next_ - clean_;
}

template <class Descriptor>
std::uint32_t TxRing<Descriptor>::find_context(TxRequest request, std::uint32_t frame) const noexcept {
    std::uint32_t index = 0;
    while (index < Descriptor::contexts && contexts_[index] != Descriptor::context(request, frame, index))
        ++index;
    return index;
}

template <class Descriptor>
std::uint32_t TxRing<Descriptor>::put_context(TxRequest request, std::uint32_t frame) noexcept {
    const std::uint32_t index = (newest_ + 1) % Descriptor::contexts, slot = next_ & mask_;
    contexts_[index] = Descriptor::context(request, frame, index);
    ring_[slot] = contexts_[index];
    owner_[slot] = no_buffer;
    report_[slot / group] |= has_contexts;
    ++next_;
    return index;
}

template <class Descriptor>
std::uint32_t TxRing<Descriptor>::send_unusual(mem::PacketCache& cache, std::span<const mem::Packet> in,
                                               TxRequest request) noexcept {
    const std::uint32_t largest =
        request.asks(TxRequest::segment) ? Descriptor::max_segmented : Descriptor::max_frame;
    std::uint32_t parts = 0, total = 0;
    bool possible = true;
    do {
        if (parts == in.size()) {  // the frame's end is not here yet, or will never fit
            if (parts <= Descriptor::max_parts) return 0;
            possible = false;
            break;
        }
        possible = possible && in[parts].length - 1u < Descriptor::max_frame;
        total += in[parts].length;
    } while (in[parts++].flags & mem::Packet::more);

    std::uint32_t padding = 0;
    if constexpr (requires { Descriptor::padded_from; })
        if (possible && total >= Descriptor::padded_from && total < Descriptor::min_frame)
            padding = pad(in[parts - 1], Descriptor::min_frame - total);
    total += padding;

    if (!possible || total < Descriptor::min_frame || total > largest || parts > Descriptor::max_parts ||
        parts >= mask_ || (request.flags & ~accepts_) != 0 || !Descriptor::possible(request, total)) {
        for (const mem::Packet& packet : in.first(parts)) cache.give(packet.index);
        refused_.add(1);
        return parts;
    }
    const bool with_context = Descriptor::needs_context(request);
    std::uint32_t index = with_context ? find_context(request, total) : 0;
    const bool new_context = index == Descriptor::contexts;
    if (parts + new_context > mask_ - (next_ - clean_)) return 0;

    const std::uint32_t first = next_, last = next_ + parts + new_context - 1;
    if (new_context) index = put_context(request, total);
    if (with_context) newest_ = index;
    const std::uint64_t asking = Descriptor::asking(request, index);
    const std::uint32_t payload = Descriptor::payload(request, total);
    std::uint64_t end_of_frame = Descriptor::EOP;
    for (std::uint32_t i = 0; i < parts; ++i, ++next_) {
        const std::uint32_t slot = next_ & mask_;
        const std::uint32_t length = in[i].length + (next_ == last ? padding : 0);
        owner_[slot] = in[i].index;
        ring_[slot] = {value(pool_->iova(in[i].data)), Descriptor::data(length, payload) | asking};
    }
    // RS counts only together with EOP: a group that ends inside the frame is reported by the frame's end.
    if (const std::uint32_t end = group_end(first); end - first <= last - first) {
        for (std::uint32_t e = end; e - first <= last - first; e += group)
            report_[(e & mask_) / group] |= last - e;
        end_of_frame |= Descriptor::RS;
    }
    ring_[last & mask_].command |= end_of_frame;
    // Frames to be segmented come here one by one; and what one of them has made of the contexts must be
    // looked at again.
    const bool repeatable = !request.asks(TxRequest::segment);
    last_request_ = repeatable ? request.bits() : 0;
    last_asking_ = repeatable ? asking : 0;
    last_least_frame_ = repeatable ? Descriptor::least_frame(request) : Descriptor::min_frame;
    return parts;
}

template <class Descriptor>
std::uint32_t TxRing<Descriptor>::pad(const mem::Packet& last, std::uint32_t bytes) noexcept {
    std::byte* const end = last.data + last.length;
    if (end + bytes > pool_->data(last.index) + pool_->room()) return 0;
    std::memset(end, 0, bytes);
    return bytes;
}

}  // namespace ringside
