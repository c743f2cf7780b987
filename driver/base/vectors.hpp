// The receive and transmit loops four descriptors at a time, with AVX2. They do what the loops of rx_ring.hpp
// and tx_ring.hpp do for plain frames, in the same order and with the same checks, and stop before the first
// group of four that is not plain throughout: those loops are the reference, and go on from there.
//
// A register of 32 bytes holds two descriptors, packets or pairs of words. Of four in two registers, the
// lower words are picked by "unpack low" and the upper words by "unpack high", which leaves them in the order
// 0 2 1 3; two registers in that order are turned back into four descriptors in order by the same two
// instructions.
//
// The device may be writing while these loads happen. A descriptor is loaded by one aligned load of 16 bytes,
// which AMD's processors with AVX do in one piece (APM vol. 2 §7.3.2); Intel promises it of VMOVDQA (SDM
// vol. 3 §9.1.1) and does not name VINSERTI128. Where DD is set the rest is there. The word with DD and the
// length comes in one piece in any case.
#pragma once

#include "driver/rx_info.hpp"
#include "driver/tx_request.hpp"
#include "hal/iova.hpp"
#include "hal/vector.hpp"
#include "mem/packet.hpp"

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ringside {

// Where buffer n of a pool lies: n * stride behind the first, for us and for the device.
struct BufferPlaces {
    std::byte* data = nullptr;
    hal::Iova iova{};
    std::uint64_t stride = 0;
    std::uint64_t room = 0;  // bytes that the device may write into one
};

inline constexpr std::uint32_t vector_group = 4;

#if defined(__x86_64__)

namespace avx2 {

[[gnu::target("avx2"), gnu::always_inline]] inline __m256i two(const void* first) noexcept {
    const auto* at = static_cast<const __m128i*>(first);
    return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_load_si128(at)), _mm_load_si128(at + 1), 1);
}

[[gnu::target("avx2"), gnu::always_inline]] inline void put_two(void* first, __m256i both) noexcept {
    _mm256_storeu_si256(static_cast<__m256i*>(first), both);
}

[[gnu::target("avx2"), gnu::always_inline]] inline __m256i all(std::uint64_t word) noexcept {
    return _mm256_set1_epi64x(static_cast<long long>(word));
}

// 32-bit numbers in the lower halves of 64-bit words, in the order 0 2 1 3.
[[gnu::target("avx2"), gnu::always_inline]] inline __m256i widen_0213(__m128i four) noexcept {
    return _mm256_cvtepu32_epi64(_mm_shuffle_epi32(four, _MM_SHUFFLE(3, 1, 2, 0)));
}

// Whether each half of each word is at most that of `limit`.
[[gnu::target("avx2"), gnu::always_inline]] inline bool all_within(__m256i words, __m256i limit) noexcept {
    const __m256i within = _mm256_cmpeq_epi32(_mm256_min_epu32(words, limit), words);
    return _mm256_movemask_epi8(within) == -1;
}

}  // namespace avx2

// Takes groups of plain frames from `ring` on and offers the device buffers from below `fresh` instead, at
// most `count` descriptors; returns how many. All arrays have room for `count`.
template <class Descriptor, bool with_info>
[[gnu::target("avx2"), gnu::always_inline]] inline std::uint32_t receive_groups(
    Descriptor* ring, std::uint32_t* owner, const std::uint32_t* fresh, mem::Packet* out, RxInfo* info,
    std::uint32_t count, const BufferPlaces& places) noexcept {
    // A plain frame: the compared bits are as expected, and its length is 1 to room. Both in one comparison:
    // what is expected, and a length of 1, taken away leaves 0 and 0 to room - 1. Bits and length lie in
    // different halves of the word.
    constexpr unsigned length_at = Descriptor::length_at;
    constexpr std::uint64_t length_bits = 0xFFFFull << length_at;
    const __m256i looked_at = avx2::all(Descriptor::compared | length_bits);
    const __m256i least = avx2::all(Descriptor::expected | 1ull << length_at);
    const __m256i most = avx2::all((places.room - 1) << length_at);
    const __m256i data = avx2::all(reinterpret_cast<std::uintptr_t>(places.data));
    const __m256i iova = avx2::all(value(places.iova)), stride = avx2::all(places.stride);
    const __m256i zero = _mm256_setzero_si256();
    std::size_t n = 0;
    for (const std::size_t last = count & ~(vector_group - 1); n < last; n += vector_group) {
        const __m256i ab = avx2::two(ring + n), cd = avx2::two(ring + n + 2);
        const __m256i high = _mm256_unpackhi_epi64(ab, cd);
        const __m256i seen = _mm256_and_si256(high, looked_at);
        if (!avx2::all_within(_mm256_sub_epi32(seen, least), most)) break;
        if constexpr (with_info) {
            if constexpr (requires { Descriptor::describe_four(ab, cd, info); })
                Descriptor::describe_four(_mm256_unpacklo_epi64(ab, cd), high, info + n);
            else
                for (std::size_t i = n; i < n + vector_group; ++i)
                    info[i] = Descriptor::describe(ring[i].low, ring[i].high);
        }

        // The packets: where their buffers are; index, length and no flags.
        const __m128i full = _mm_loadu_si128(reinterpret_cast<const __m128i*>(owner + n));
        const __m256i index = avx2::widen_0213(full);
        const __m256i at = _mm256_add_epi64(_mm256_mul_epu32(index, stride), data);
        const __m256i length = _mm256_and_si256(
            length_at == 32 ? high : _mm256_slli_epi64(high, 32 - length_at), avx2::all(0xFFFFull << 32));
        const __m256i rest = _mm256_or_si256(index, length);
        avx2::put_two(out + n, _mm256_unpacklo_epi64(at, rest));
        avx2::put_two(out + n + 2, _mm256_unpackhi_epi64(at, rest));

        // The device's next buffers, the last of the stock first.
        const __m128i top = _mm_loadu_si128(reinterpret_cast<const __m128i*>(fresh - vector_group - n));
        const __m128i next = _mm_shuffle_epi32(top, _MM_SHUFFLE(0, 1, 2, 3));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(owner + n), next);
        const __m256i to = _mm256_add_epi64(_mm256_mul_epu32(avx2::widen_0213(next), stride), iova);
        avx2::put_two(ring + n, _mm256_unpacklo_epi64(to, zero));
        avx2::put_two(ring + n + 2, _mm256_unpackhi_epi64(to, zero));
    }
    return static_cast<std::uint32_t>(n);
}

// Fills groups of descriptors from `ring` on with plain frames from `in`, at most `count`; returns how many.
// The frames must have `least_frame` bytes or more, and `asking` is what each command has besides; their
// requests, if there are any, must be `request`.
template <class Descriptor, bool with_requests>
[[gnu::target("avx2"), gnu::always_inline]] inline std::uint32_t send_groups(
    Descriptor* ring, std::uint32_t* owner, const mem::Packet* in, const TxRequest* requests,
    std::uint32_t count, const BufferPlaces& places, std::uint64_t request, std::uint64_t asking,
    std::uint32_t least_frame) noexcept {
    // A plain frame: least_frame to max_frame bytes, and no flags above the length.
    const __m256i least = avx2::all(std::uint64_t{least_frame} << 32);
    const __m256i most = avx2::all(std::uint64_t{Descriptor::max_frame - least_frame} << 32 | 0xFFFF'FFFF);
    const __m256i command = avx2::all(Descriptor::data(0, 0) | Descriptor::EOP | asking);
    const __m256i to_iova = avx2::all(value(places.iova) - reinterpret_cast<std::uintptr_t>(places.data));
    const __m256i wanted = avx2::all(request);
    const __m256i lower_halves = _mm256_setr_epi32(0, 4, 2, 6, 0, 4, 2, 6);
    std::size_t n = 0;
    for (const std::size_t last = count & ~(vector_group - 1); n < last; n += vector_group) {
        const __m256i ab = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + n));
        const __m256i cd = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + n + 2));
        const __m256i rest = _mm256_unpackhi_epi64(ab, cd);
        if (!avx2::all_within(_mm256_sub_epi32(rest, least), most)) break;
        if constexpr (with_requests) {
            const __m256i four = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(requests + n));
            if (_mm256_movemask_epi8(_mm256_cmpeq_epi64(four, wanted)) != -1) break;
        }
        const __m256i indices = _mm256_permutevar8x32_epi32(rest, lower_halves);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(owner + n), _mm256_castsi256_si128(indices));

        const __m256i buffer = _mm256_add_epi64(_mm256_unpacklo_epi64(ab, cd), to_iova);
        const __m256i length = _mm256_srli_epi64(rest, 32);
        __m256i what = _mm256_or_si256(length, command);
        if constexpr (Descriptor::frame_at != 0)
            what = _mm256_or_si256(what, _mm256_slli_epi64(length, Descriptor::frame_at));
        avx2::put_two(ring + n, _mm256_unpacklo_epi64(buffer, what));
        avx2::put_two(ring + n + 2, _mm256_unpackhi_epi64(buffer, what));
    }
    return static_cast<std::uint32_t>(n);
}

#endif

}  // namespace ringside
