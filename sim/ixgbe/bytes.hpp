// Numbers in frames, which are big endian and lie anywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ringside::sim::ixgbe {

inline std::uint16_t big_endian16(const std::byte* at) noexcept {
    std::uint16_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return __builtin_bswap16(value);
}
inline std::uint32_t big_endian32(const std::byte* at) noexcept {
    std::uint32_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return __builtin_bswap32(value);
}
inline void put_big_endian16(std::byte* at, std::uint32_t value) noexcept {
    const std::uint16_t swapped = __builtin_bswap16(static_cast<std::uint16_t>(value));
    std::memcpy(at, &swapped, sizeof swapped);
}
inline void put_big_endian32(std::byte* at, std::uint32_t value) noexcept {
    const std::uint32_t swapped = __builtin_bswap32(value);
    std::memcpy(at, &swapped, sizeof swapped);
}
// As registers hold what is "in network order": the first byte of the frame in bits 7:0.
inline std::uint32_t network_order32(const std::byte* at) noexcept {
    return __builtin_bswap32(big_endian32(at));
}

}  // namespace ringside::sim::ixgbe
