// The frame check sequence of Ethernet (IEEE 802.3 3.2.9).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::sim::ixgbe {

// Over all bytes of a frame; the result goes on the wire with its low byte first.
std::uint32_t crc32(std::span<const std::byte> bytes) noexcept;

}  // namespace ringside::sim::ixgbe
