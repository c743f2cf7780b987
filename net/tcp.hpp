// Fields of TCP's header that change when segments are cut and joined.
#pragma once

#include "net/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace ringside::net::tcp {

enum Flag : std::uint16_t {
    FIN = 0x001,
    SYN = 0x002,
    RST = 0x004,
    PSH = 0x008,
    ACK = 0x010,
    URG = 0x020,
    CWR = 0x080,
};
// Segments with one of these are neither cut nor joined.
inline constexpr std::uint16_t alone = SYN | RST | URG;
// Of a row of segments only the last has these.
inline constexpr std::uint16_t at_the_end = FIN | PSH;

inline std::uint32_t sequence(const std::byte* header) noexcept { return big_endian32(header + 4); }
inline void set_sequence(std::byte* header, std::uint32_t number) noexcept {
    put_big_endian32(header + 4, number);
}
// Twelve bits, the reserved ones included.
inline std::uint16_t flags(const std::byte* header) noexcept { return big_endian16(header + 12) & 0x0FFF; }
inline void set_flags(std::byte* header, std::uint32_t flags) noexcept {
    put_big_endian16(header + 12, (big_endian16(header + 12) & 0xF000u) | flags);
}

}  // namespace ringside::net::tcp
