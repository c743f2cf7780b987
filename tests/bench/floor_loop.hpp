// The floor: what is left when a forwarder on two 82599 rings does only what no driver can leave out, four
// descriptors at a time with AVX2. It looks at every receive descriptor and at one transmit descriptor in
// 32, writes every descriptor anew, and swaps the addresses in every frame. It checks nothing, knows no
// pool, and can only forward everything it receives, in order. Nobody could use it; it shows how far down
// the road goes.
//
// It needs no bookkeeping of buffers: slot i of both rings has two buffers, A and B. What arrives in A is
// sent from A, while B takes its place in the receive ring; the next time round it is the other way round.
#pragma once

#include "driver/ixgbe/descriptors.hpp"
#include "hal/iova.hpp"
#include "hal/vector.hpp"
#include "mem/packet.hpp"

#include <algorithm>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>

namespace ringside::bench {

inline bool floor_possible() { return hal::best_vector() == hal::Vector::avx2; }

class FloorLoop {
public:
    // `memory`: room for 2 * ring buffers, `stride` apart, that the device finds at `base`.
    FloorLoop(std::uint32_t ring, std::byte* memory, hal::Iova base, std::uint32_t stride,
              ixgbe::RxDescriptor* rx, ixgbe::TxDescriptor* tx, volatile std::uint32_t& rx_tail,
              volatile std::uint32_t& tx_tail)
        : rx_(rx),
          tx_(tx),
          rx_tail_(&rx_tail),
          tx_tail_(&tx_tail),
          mask_(ring - 1),
          base_(value(base)),
          to_memory_(reinterpret_cast<std::uintptr_t>(memory) - base_),
          stride_(stride) {
        for (std::uint32_t i = 0; i < ring; ++i) rx_[i] = {buffer(i), 0};
        *rx_tail_ = mask_;
    }

    // All three at once; returns how many frames went through, at most `count`.
    [[gnu::target("avx2")]] std::uint32_t forward(std::uint32_t count) {
        free_sent(count);
        std::uint32_t position = rx_at_;
        const std::uint32_t end = position + count;
        while (position != end) {
            // As long as the ring goes without a break.
            const std::uint32_t stretch = std::min(end - position, mask_ + 1 - (position & mask_));
            const std::uint32_t got = forward_stretch(position, stretch);
            position += got;
            if (got != stretch) break;
        }
        const std::uint32_t n = position - rx_at_;
        if (n == 0) return 0;
        rx_at_ = tx_at_ = position;
        asm volatile("" ::: "memory");
        *rx_tail_ = (position - 1) & mask_;
        *tx_tail_ = position & mask_;
        return n;
    }

    // The same in two parts, with the packets in between for somebody else to look at.
    [[gnu::target("avx2")]] std::uint32_t receive(mem::Packet* out, std::uint32_t count) {
        std::uint32_t position = rx_at_;
        const std::uint32_t end = position + count;
        while (position != end) {
            const std::uint32_t stretch = std::min(end - position, mask_ + 1 - (position & mask_));
            const std::uint32_t got = receive_stretch(position, stretch, out);
            position += got;
            out += got;
            if (got != stretch) break;
        }
        const std::uint32_t n = position - rx_at_;
        if (n == 0) return 0;
        rx_at_ = position;
        asm volatile("" ::: "memory");
        *rx_tail_ = (position - 1) & mask_;
        return n;
    }

    [[gnu::target("avx2")]] std::uint32_t send(const mem::Packet* in, std::uint32_t count) {
        free_sent(count);
        const std::uint32_t start = tx_at_;
        for (std::uint32_t n = 0; n < count;) {
            const std::uint32_t slot = (start + n) & mask_;
            if (slot == mask_ || n + 1 == count) {
                tx_[slot] = {reinterpret_cast<std::uintptr_t>(in[n].data) - to_memory_,
                             command(in[n].length)};
                ++n;
            } else {
                send_two(slot, in + n);
                n += 2;
            }
        }
        request_reports(start, count);
        tx_at_ = start + count;
        asm volatile("" ::: "memory");
        *tx_tail_ = tx_at_ & mask_;
        return count;
    }

private:
    static constexpr std::uint32_t group = 32;
    static constexpr std::uint64_t plain = ixgbe::TxDescriptor::plain | ixgbe::TxDescriptor::EOP;
    static constexpr std::uint64_t command(std::uint64_t length) { return length << 46 | length | plain; }

    // Where the frame at `position` arrives; the one that takes its place is the next time's.
    std::uint64_t buffer(std::uint32_t position) const {
        const std::uint32_t time = position & (mask_ + 1) ? 1 : 0;
        return base_ + (std::uint64_t{position & mask_} * 2 + time) * stride_;
    }

    void free_sent(std::uint32_t count) {
        while (mask_ - (tx_at_ - tx_clean_) < count) {
            const std::uint32_t last = (tx_clean_ + group - 1) & mask_;
            if (!(static_cast<volatile std::uint64_t&>(tx_[last].command) & ixgbe::TxDescriptor::DD)) return;
            tx_clean_ += group;
        }
    }
    void request_reports(std::uint32_t start, std::uint32_t count) {
        for (std::uint32_t last = start | (group - 1); last - start < count; last += group)
            tx_[last & mask_].command |= ixgbe::TxDescriptor::RS;
    }

    [[gnu::target("avx2")]] static void swap_macs(std::byte* frame) {
        auto* const head = reinterpret_cast<__m128i*>(frame);
        const __m128i order = _mm_setr_epi8(6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 12, 13, 14, 15);
        _mm_storeu_si128(head, _mm_shuffle_epi8(_mm_loadu_si128(head), order));
    }

    // Two descriptors to send, from two that were received and the addresses of their buffers.
    [[gnu::target("avx2")]] static __m256i to_send(__m256i received, __m256i addresses) {
        const __m256i length = _mm256_and_si256(_mm256_srli_epi64(received, 32), _mm256_set1_epi64x(0xFFFF));
        const __m256i commands = _mm256_or_si256(_mm256_or_si256(_mm256_slli_epi64(length, 46), length),
                                                 _mm256_set1_epi64x(static_cast<long long>(plain)));
        return _mm256_blend_epi32(addresses, commands, 0b11001100);
    }

    [[gnu::target("avx2")]] static bool all_done(__m256i a, __m256i b) {
        const __m256i dd = _mm256_setr_epi64x(0, 1, 0, 1);
        return _mm256_testc_si256(_mm256_and_si256(a, b), dd) != 0;
    }

    [[gnu::target("avx2")]] std::uint32_t forward_stretch(std::uint32_t position, std::uint32_t count) {
        const std::uint32_t slot = position & mask_;
        const std::uint64_t now = buffer(position), to_next = buffer(position + mask_ + 1) - now;
        std::uint32_t n = count >= 4 ? forward_fours(slot, count, now, to_next) : 0;
        for (; n < count; ++n) {
            const std::uint64_t high = static_cast<volatile std::uint64_t&>(rx_[slot + n].high);
            if (!(high & ixgbe::RxDescriptor::DD)) break;
            const std::uint64_t frame = now + 2 * std::uint64_t{n} * stride_;
            swap_macs(reinterpret_cast<std::byte*>(frame + to_memory_));
            tx_[slot + n] = {frame, command(ixgbe::RxDescriptor::length(high))};
            rx_[slot + n] = {frame + to_next, 0};
        }
        request_reports(position, n);
        return n;
    }

    // As many fours as have arrived, from `slot` on, whose frame is in the buffer `now`.
    [[gnu::target("avx2")]] std::uint32_t forward_fours(std::uint32_t slot, std::uint32_t count,
                                                        std::uint64_t now, std::uint64_t to_next) {
        auto* const rx = reinterpret_cast<__m256i*>(rx_ + slot);
        auto* const tx = reinterpret_cast<__m256i*>(tx_ + slot);
        const __m256i two = _mm256_setr_epi64x(4 * stride_, 0, 4 * stride_, 0);
        const auto step = static_cast<long long>(to_next);
        const __m256i next = _mm256_setr_epi64x(step, 0, step, 0);
        __m256i at = _mm256_setr_epi64x(static_cast<long long>(now), 0,
                                        static_cast<long long>(now + 2 * std::uint64_t{stride_}), 0);
        std::byte* frame = reinterpret_cast<std::byte*>(now + to_memory_);
        std::uint32_t n = 0;
        for (; n + 4 <= count; n += 4) {
            const __m256i a = _mm256_loadu_si256(rx + n / 2), b = _mm256_loadu_si256(rx + n / 2 + 1);
            if (!all_done(a, b)) break;
            const __m256i at_b = _mm256_add_epi64(at, two);
            for (int i = 0; i < 4; ++i, frame += 2 * stride_) swap_macs(frame);
            _mm256_storeu_si256(tx + n / 2, to_send(a, at));
            _mm256_storeu_si256(tx + n / 2 + 1, to_send(b, at_b));
            _mm256_storeu_si256(rx + n / 2, _mm256_add_epi64(at, next));
            _mm256_storeu_si256(rx + n / 2 + 1, _mm256_add_epi64(at_b, next));
            at = _mm256_add_epi64(at_b, two);
        }
        return n;
    }

    [[gnu::target("avx2")]] std::uint32_t receive_stretch(std::uint32_t position, std::uint32_t count,
                                                          mem::Packet* out) {
        const std::uint32_t slot = position & mask_;
        const std::uint64_t now = buffer(position), next = buffer(position + mask_ + 1);
        auto* const rx = reinterpret_cast<__m256i*>(rx_ + slot);
        auto* const packets = reinterpret_cast<__m256i*>(out);
        const __m256i two = _mm256_setr_epi64x(4 * stride_, 0, 4 * stride_, 0);
        const __m256i to_next =
            _mm256_setr_epi64x(static_cast<long long>(next - now), 0, static_cast<long long>(next - now), 0);
        const auto to_memory = static_cast<long long>(to_memory_);
        const __m256i to_frame = _mm256_setr_epi64x(to_memory, 0, to_memory, 0);
        const __m256i length = _mm256_setr_epi64x(0, 0xFFFFll << 32, 0, 0xFFFFll << 32);
        __m256i at = _mm256_setr_epi64x(static_cast<long long>(now), 0,
                                        static_cast<long long>(now + 2 * std::uint64_t{stride_}), 0);
        std::uint32_t n = 0;
        for (; n + 4 <= count; n += 4) {
            const __m256i a = _mm256_loadu_si256(rx + n / 2), b = _mm256_loadu_si256(rx + n / 2 + 1);
            if (!all_done(a, b)) break;
            const __m256i at_b = _mm256_add_epi64(at, two);
            // A Packet is a pointer, then the length where the descriptor has it; nobody asks for the index.
            _mm256_storeu_si256(packets + n / 2,
                                _mm256_or_si256(_mm256_add_epi64(at, to_frame), _mm256_and_si256(a, length)));
            _mm256_storeu_si256(packets + n / 2 + 1, _mm256_or_si256(_mm256_add_epi64(at_b, to_frame),
                                                                     _mm256_and_si256(b, length)));
            _mm256_storeu_si256(rx + n / 2, _mm256_add_epi64(at, to_next));
            _mm256_storeu_si256(rx + n / 2 + 1, _mm256_add_epi64(at_b, to_next));
            at = _mm256_add_epi64(at_b, two);
        }
        for (; n < count; ++n) {
            const std::uint64_t high = static_cast<volatile std::uint64_t&>(rx_[slot + n].high);
            if (!(high & ixgbe::RxDescriptor::DD)) break;
            const std::uint64_t frame = now + 2 * std::uint64_t{n} * stride_;
            out[n] = {reinterpret_cast<std::byte*>(frame + to_memory_), 0, ixgbe::RxDescriptor::length(high),
                      0};
            rx_[slot + n] = {frame + (next - now), 0};
        }
        return n;
    }

    [[gnu::target("avx2")]] void send_two(std::uint32_t slot, const mem::Packet* in) {
        const __m256i packets = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in));
        const auto to_memory = static_cast<long long>(to_memory_);
        const __m256i addresses = _mm256_sub_epi64(packets, _mm256_setr_epi64x(to_memory, 0, to_memory, 0));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(tx_ + slot), to_send(packets, addresses));
    }

    ixgbe::RxDescriptor* rx_;
    ixgbe::TxDescriptor* tx_;
    volatile std::uint32_t *rx_tail_, *tx_tail_;
    std::uint32_t mask_, rx_at_ = 0, tx_at_ = 0, tx_clean_ = 0;
    std::uint64_t base_, to_memory_;
    std::uint32_t stride_;
};

}  // namespace ringside::bench

#else

namespace ringside::bench {

inline bool floor_possible() { return false; }

// No vectors of this kind on this machine.
class FloorLoop {
public:
    FloorLoop(std::uint32_t, std::byte*, hal::Iova, std::uint32_t, ixgbe::RxDescriptor*, ixgbe::TxDescriptor*,
              volatile std::uint32_t&, volatile std::uint32_t&) {}
    std::uint32_t forward(std::uint32_t) { return 0; }
    std::uint32_t receive(mem::Packet*, std::uint32_t) { return 0; }
    std::uint32_t send(const mem::Packet*, std::uint32_t) { return 0; }
};

}  // namespace ringside::bench
#endif
