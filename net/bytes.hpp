// Numbers in frames: high byte first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ringside::net {

inline std::uint16_t big_endian16(const std::byte* from) noexcept {
    std::uint16_t value;
    std::memcpy(&value, from, sizeof value);
    return __builtin_bswap16(value);
}
inline std::uint32_t big_endian32(const std::byte* from) noexcept {
    std::uint32_t value;
    std::memcpy(&value, from, sizeof value);
    return __builtin_bswap32(value);
}
// The low bits of `value`.
inline void put_big_endian16(std::byte* to, std::uint32_t value) noexcept {
    const std::uint16_t swapped = __builtin_bswap16(static_cast<std::uint16_t>(value));
    std::memcpy(to, &swapped, sizeof swapped);
}
inline void put_big_endian32(std::byte* to, std::uint32_t value) noexcept {
    const std::uint32_t swapped = __builtin_bswap32(value);
    std::memcpy(to, &swapped, sizeof swapped);
}

}  // namespace ringside::net
