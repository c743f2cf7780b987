// Checksums: one's complement sums (IP, TCP, UDP), CRC32c (SCTP), and the card's verdict on those of a
// received frame (datasheet 7.1.11).
#pragma once

#include "sim/ixgbe/headers.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::sim::ixgbe {

// The one's complement sum of the bytes as 16-bit words in big endian, with `start` (at most 32 bits) added.
// An odd last byte counts as the upper half of a word.
std::uint16_t ones_sum(std::span<const std::byte> bytes, std::uint32_t start = 0) noexcept;
// As a header holds it, its lowest byte first.
std::uint32_t crc32c(std::span<const std::byte> bytes) noexcept;

// Bits of the second word of an advanced descriptor.
namespace checksum_status {
inline constexpr std::uint32_t UDPCS = 1u << 4, L4I = 1u << 5, IPCS = 1u << 6, UDPV = 1u << 10,
                               L4E = 1u << 30, IPE = 1u << 31;
}

// UDP over IPv4 without a checksum is not checked; with `zero_is_wrong` it is called wrong, as an erratum of
// the 82599 has it.
std::uint32_t check_sums(std::span<const std::byte> frame, const Headers& headers,
                         bool zero_is_wrong) noexcept;

}  // namespace ringside::sim::ixgbe
