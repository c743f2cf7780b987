#include "sim/ixgbe/crc32.hpp"

#include <array>

namespace ringside::sim::ixgbe {
namespace {

constexpr std::uint32_t reversed_polynomial = 0xEDB88320;

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value & 1) != 0 ? (value >> 1) ^ reversed_polynomial : value >> 1;
        table[i] = value;
    }
    return table;
}

constexpr auto table = make_table();

}  // namespace

std::uint32_t crc32(std::span<const std::byte> bytes) noexcept {
    std::uint32_t value = ~0u;
    for (const std::byte b : bytes)
        value = (value >> 8) ^ table[(value ^ std::to_integer<std::uint32_t>(b)) & 0xFF];
    return ~value;
}

}  // namespace ringside::sim::ixgbe
