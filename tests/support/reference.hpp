// Checksums and hash written down as their standards say them, a byte or a bit at a time, with nothing shared
// with what they are compared with. Ranges of std::byte or std::uint8_t.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside::test::reference {

// One's complement sum of 16-bit words, high byte first, on top of `sum`.
template <class Range> std::uint16_t ones_sum(const Range& bytes, std::uint32_t sum = 0) {
    bool high = true;
    for (const auto byte : bytes) {
        sum += high ? static_cast<std::uint32_t>(byte) << 8 : static_cast<std::uint32_t>(byte);
        if (sum > 0xFFFF) sum -= 0xFFFF;
        high = !high;
    }
    return static_cast<std::uint16_t>(sum);
}
template <class Range> std::uint16_t checksum(const Range& bytes) {
    return static_cast<std::uint16_t>(~ones_sum(bytes));
}

template <class Range> std::uint32_t crc32c(const Range& bytes) {
    std::uint32_t crc = ~0u;
    for (const auto byte : bytes) {
        crc ^= static_cast<std::uint32_t>(byte);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc % 2 != 0 ? 0x82F63B78u : 0u);
    }
    return ~crc;
}

// Whenever a bit of the input is set, the 32 bits of the key that lie above it; beyond its end, zeros.
template <class Key, class Range> std::uint32_t toeplitz(const Key& key, const Range& input) {
    const auto bit = [](const auto& bytes, std::size_t i) {
        return i / 8 < bytes.size() ? static_cast<unsigned>(bytes[i / 8]) >> (7 - i % 8) & 1u : 0u;
    };
    std::uint32_t hash = 0;
    for (std::size_t i = 0; i < 8 * input.size(); ++i) {
        if (bit(input, i) == 0) continue;
        std::uint32_t window = 0;
        for (std::size_t k = i; k < i + 32; ++k) window = window << 1 | bit(key, k);
        hash ^= window;
    }
    return hash;
}

}  // namespace ringside::test::reference
