// What the advanced receive descriptors of the 82599 family and of the 82576 family say of a frame (82599
// datasheet §7.1.6.2, 82576 §7.1.4.2): the same words, with the error bits in other places.
#pragma once

#include "driver/base/vectors.hpp"
#include "driver/rx_info.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>

namespace ringside::advanced_rx {

// Of the lower word, as written back: RSS type 3:0, packet type 16:4, RSS hash 63:32. Packet type:
inline constexpr unsigned type_ipv4 = 1u << 0, type_ipv6 = 1u << 2, type_tcp = 1u << 4, type_udp = 1u << 5,
                          type_sctp = 1u << 6, type_l2 = 1u << 11, type_at = 4;
// Of the upper word, where both families have it: a tag was taken off, checksums were checked.
inline constexpr std::uint64_t VP = 1u << 3, L4I = 1u << 5, IPCS = 1u << 6;

// Where a family has the rest, and which of its verdicts are not to be believed.
struct Family {
    std::uint64_t l4_error;          // L4E; IPE is the bit above it
    std::uint64_t time_stamp;        // the frame was stamped
    std::uint64_t also_checked = 0;  // a second bit that says that the L4 checksum was checked
    std::uint16_t unreliable;        // RxInfo::udp or sctp: "wrong" says nothing
};

// How far down a bit of the card goes to be a flag of ours.
constexpr int down(std::uint64_t bit, RxInfo::Flag flag) {
    return std::countr_zero(bit) - std::countr_zero(unsigned{flag});
}

// Without a branch: what a frame is cannot be predicted. RxInfo has its flags where they need one shift.
template <Family family> inline RxInfo describe(std::uint64_t low, std::uint64_t high) noexcept {
    static_assert(RxInfo::ipv4 == type_ipv4 << 8 && RxInfo::ipv6 == type_ipv6 << 8 &&
                  RxInfo::tcp == type_tcp << 8 && RxInfo::udp == type_udp << 8 &&
                  RxInfo::sctp == type_sctp << 8);
    static_assert(RxInfo::vlan_stripped == VP && RxInfo::l4_checked == L4I && RxInfo::ip_checked == IPCS);
    static_assert(RxInfo::l4_bad << 4 == RxInfo::l4_checked && RxInfo::ip_bad << 4 == RxInfo::ip_checked);
    constexpr unsigned kinds = RxInfo::ipv4 | RxInfo::ipv6 | RxInfo::tcp | RxInfo::udp | RxInfo::sctp;
    constexpr unsigned bad_bits = RxInfo::l4_bad | RxInfo::ip_bad;

    const auto status = static_cast<std::uint32_t>(high), type = static_cast<std::uint32_t>(low);
    // Frames that are known by their EtherType only have other things in these bits.
    const unsigned kind = (type & type_l2 << type_at) != 0 ? 0 : type << (8 - type_at) & kinds;
    unsigned said = status & (RxInfo::vlan_stripped | RxInfo::l4_checked | RxInfo::ip_checked);
    if constexpr (family.also_checked != 0)
        said |= (status & family.also_checked) != 0 ? unsigned{RxInfo::l4_checked} : 0;
    // Only what was checked can be wrong.
    const unsigned bad = (status >> down(family.l4_error, RxInfo::l4_bad)) & (said >> 4) & bad_bits;
    const unsigned no_verdict = (kind & family.unreliable) != 0 ? bad & RxInfo::l4_bad : 0;
    const unsigned stamp = status >> down(family.time_stamp, RxInfo::time_stamped) & RxInfo::time_stamped;
    const std::uint32_t hashed = (type & 0xF) - 1 < 9;  // the other types say that there is no hash

    RxInfo info;
    info.rss_hash = static_cast<std::uint32_t>(low >> 32) & (0u - hashed);
    info.vlan = static_cast<std::uint16_t>((high >> 48) & (status & VP ? 0xFFFF : 0));
    info.flags = static_cast<std::uint16_t>(((said | bad) & ~(no_verdict | no_verdict << 4)) | kind | stamp |
                                            hashed * RxInfo::hash_valid);
    return info;
}

#if defined(__x86_64__)

// The same for four frames, whose words are in the order 0 2 1 3.
template <Family family>
[[gnu::target("avx2"), gnu::always_inline]] inline void describe_four(__m256i low, __m256i high,
                                                                      RxInfo* info) noexcept {
    static_assert(offsetof(RxInfo, rss_hash) == 0 && offsetof(RxInfo, vlan) == 4 &&
                  offsetof(RxInfo, flags) == 6 && sizeof(RxInfo) == 8);
    using avx2::all;
    const __m256i zero = _mm256_setzero_si256();
    const __m256i is_l2 = _mm256_and_si256(low, all(type_l2 << type_at));
    const __m256i kind = _mm256_and_si256(
        _mm256_and_si256(_mm256_slli_epi64(low, 8 - type_at),
                         all(RxInfo::ipv4 | RxInfo::ipv6 | RxInfo::tcp | RxInfo::udp | RxInfo::sctp)),
        _mm256_cmpeq_epi64(is_l2, zero));
    __m256i said =
        _mm256_and_si256(high, all(RxInfo::vlan_stripped | RxInfo::l4_checked | RxInfo::ip_checked));
    if constexpr (family.also_checked != 0) {
        const __m256i not_also = _mm256_cmpeq_epi64(_mm256_and_si256(high, all(family.also_checked)), zero);
        said = _mm256_or_si256(said, _mm256_andnot_si256(not_also, all(RxInfo::l4_checked)));
    }
    const __m256i bad =
        _mm256_and_si256(_mm256_and_si256(_mm256_srli_epi64(high, down(family.l4_error, RxInfo::l4_bad)),
                                          _mm256_srli_epi64(said, 4)),
                         all(RxInfo::l4_bad | RxInfo::ip_bad));
    const __m256i reliable = _mm256_cmpeq_epi64(_mm256_and_si256(kind, all(family.unreliable)), zero);
    const __m256i no_verdict = _mm256_andnot_si256(reliable, _mm256_and_si256(bad, all(RxInfo::l4_bad)));
    const __m256i taken_back = _mm256_or_si256(no_verdict, _mm256_slli_epi64(no_verdict, 4));
    const __m256i stamp = _mm256_and_si256(
        _mm256_srli_epi64(high, down(family.time_stamp, RxInfo::time_stamped)), all(RxInfo::time_stamped));
    const __m256i rss_type = _mm256_and_si256(low, all(0xF));
    const __m256i hashed =
        _mm256_and_si256(_mm256_cmpgt_epi64(rss_type, zero), _mm256_cmpgt_epi64(all(10), rss_type));
    const __m256i tagged = _mm256_cmpgt_epi64(_mm256_and_si256(high, all(VP)), zero);

    const __m256i flags =
        _mm256_or_si256(_mm256_or_si256(_mm256_andnot_si256(taken_back, _mm256_or_si256(said, bad)), kind),
                        _mm256_or_si256(stamp, _mm256_and_si256(hashed, all(RxInfo::hash_valid))));
    const __m256i vlan = _mm256_slli_epi64(_mm256_and_si256(_mm256_srli_epi64(high, 48), tagged), 32);
    const __m256i hash = _mm256_and_si256(_mm256_srli_epi64(low, 32), hashed);
    const __m256i four = _mm256_or_si256(_mm256_or_si256(_mm256_slli_epi64(flags, 48), vlan), hash);
    avx2::put_two(info, _mm256_permute4x64_epi64(four, _MM_SHUFFLE(3, 1, 2, 0)));
}

#endif

}  // namespace ringside::advanced_rx
