// The frames that a generator sends and a sink checks: IPv4 and UDP, optionally behind a VLAN tag, from
// 198.18.F.F (F.F the flow) to 198.19.0.1, discard port, addresses that RFC 2544 sets aside for such traffic.
//
//   offset (4 more with a tag)          size
//   12   EtherType, IPv4, UDP headers   30    IPv4 checksum correct, UDP checksum absent
//   42   magic                           4
//   46   stream                          2    whose frame: a hash of the generator's name
//   48   flow                            2
//   50   sequence number in the flow     6
//   56   check value                     4    over bytes 12 to 56 and the tag
//   60   filler, to the end                   a window of a fixed table; where it starts follows from flow
//   and number
//
// Everything after the two MAC addresses is covered, so a forwarder may rewrite those and nothing else. Our
// own fields are little endian, like every machine this runs on: bytes 12 to 60 are six whole words.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace ringside::sim::test_frame {

static_assert(std::endian::native == std::endian::little, "the check value is computed on whole words");

inline constexpr std::size_t fcs_size = 4;   // in sizes that people type, not in our frames
inline constexpr std::size_t min_size = 60;  // without a tag: the header fills it
inline constexpr std::size_t max_size = 9018 - fcs_size;
inline constexpr std::size_t tag_size = 4;
inline constexpr std::size_t words_offset = 12;  // where the six words start
inline constexpr std::size_t ip_offset = 14;
inline constexpr std::uint32_t magic = 0x52B1D3E5;
inline constexpr std::uint64_t sequence_mask = (std::uint64_t{1} << 48) - 1;

using Words = std::array<std::uint64_t, 6>;

// The last two words as fields. `check` is zero while the check value is computed.
struct Tail {
    std::uint16_t stream = 0;
    std::uint16_t flow = 0;
    std::uint64_t sequence = 0;
    std::uint32_t check = 0;
};

constexpr std::uint64_t word4(const Tail& tail) {
    return (magic >> 16) | std::uint64_t{tail.stream} << 16 | std::uint64_t{tail.flow} << 32 |
           tail.sequence << 48;
}
constexpr std::uint64_t word5(const Tail& tail) {
    return ((tail.sequence >> 16) & 0xFFFFFFFF) | std::uint64_t{tail.check} << 32;
}
constexpr Tail tail_of(std::uint64_t word4, std::uint64_t word5) {
    return {static_cast<std::uint16_t>(word4 >> 16), static_cast<std::uint16_t>(word4 >> 32),
            (word4 >> 48) | (word5 & 0xFFFFFFFF) << 16, static_cast<std::uint32_t>(word5 >> 32)};
}
constexpr std::uint32_t magic_of(std::uint64_t word3, std::uint64_t word4) {
    return static_cast<std::uint32_t>((word3 >> 48) | (word4 & 0xFFFF) << 16);
}

// 128-bit product of two words, folded: every bit of either reaches half of the result's.
constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// The check value is made of three independent products, so that a processor computes them at once; the first
// two change only with flow and size.
constexpr std::uint64_t mix_headers(std::uint64_t w0, std::uint64_t w1, std::uint64_t w2, std::uint64_t w3,
                                    std::uint32_t tag) {
    return mix(w0 ^ 0x9E3779B97F4A7C15 ^ tag, w1 ^ 0xD1B54A32D192ED03) +
           mix(w2 ^ 0x8CB92BA72F3D8DD7, w3 ^ 0xAEF17502108EF2D9);
}
constexpr std::uint32_t check_value(std::uint64_t mixed_headers, std::uint64_t w4,
                                    std::uint64_t w5_without_check) {
    const std::uint64_t all =
        mixed_headers + mix(w4 ^ 0xDB4F0B9175AE2165, w5_without_check ^ 0xBBE0563303A4615F);
    return static_cast<std::uint32_t>(all ^ all >> 32);
}

// What follows the header of a larger frame. Frames with neighbouring numbers have different fillers, so that
// a payload under the wrong header is noticed. `size` at most max_size.
std::span<const std::byte> filler(std::uint16_t flow, std::uint64_t sequence, std::size_t size);

inline std::uint16_t load_big16(const std::byte* at) {
    return static_cast<std::uint16_t>(std::to_integer<unsigned>(at[0]) << 8 |
                                      std::to_integer<unsigned>(at[1]));
}
inline void store_big16(std::byte* at, std::size_t value) {
    at[0] = static_cast<std::byte>(value >> 8);
    at[1] = static_cast<std::byte>(value);
}

}  // namespace ringside::sim::test_frame
