// The checksums written down as their standards say them, a byte or a bit at a time: what the fast ones are
// compared with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringside::test {

using Bytes = std::vector<std::byte>;

// One's complement sum of bytes `from` to `to`.
inline std::uint32_t slow_sum(const Bytes& bytes, std::size_t from, std::size_t to, std::uint32_t sum = 0) {
    for (std::size_t i = from; i < to; ++i) {
        const auto byte = std::to_integer<std::uint32_t>(bytes[i]);
        sum += (i - from) % 2 == 0 ? byte << 8 : byte;
        if (sum > 0xFFFF) sum -= 0xFFFF;
    }
    return sum;
}

inline std::uint32_t slow_crc32c(const Bytes& bytes, std::size_t from, std::size_t to) {
    std::uint32_t crc = 0xFFFFFFFF;
    for (std::size_t i = from; i < to; ++i) {
        crc ^= std::to_integer<std::uint32_t>(bytes[i]);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc % 2 != 0 ? 0x82F63B78u : 0u);
    }
    return ~crc;
}

}  // namespace ringside::test
