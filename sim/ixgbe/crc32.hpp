// The two CRCs of 32 bits that a card knows: the frame check sequence of Ethernet, and SCTP's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::sim::ixgbe {

// A CRC whose bits go in lowest first, a byte at a time. `reversed_polynomial`: x^31 is bit 0.
template <std::uint32_t reversed_polynomial> class Crc32 {
public:
    // Begins with all ones; what comes out is inverted by whoever writes it down.
    static std::uint32_t update(std::uint32_t value, std::span<const std::byte> bytes) noexcept {
        for (const std::byte b : bytes)
            value = (value >> 8) ^ table[(value ^ std::to_integer<std::uint32_t>(b)) & 0xFF];
        return value;
    }

private:
    static constexpr std::array<std::uint32_t, 256> table = [] {
        std::array<std::uint32_t, 256> t{};
        for (std::uint32_t i = 0; i < t.size(); ++i) {
            std::uint32_t value = i;
            for (int bit = 0; bit < 8; ++bit)
                value = (value & 1) != 0 ? (value >> 1) ^ reversed_polynomial : value >> 1;
            t[i] = value;
        }
        return t;
    }();
};

// IEEE 802.3 3.2.9.
using EthernetCrc = Crc32<0xEDB88320>;
// RFC 9260, appendix A: CRC32c.
using SctpCrc = Crc32<0x82F63B78>;

// The frame check sequence over all bytes of a frame; it goes on the wire with its low byte first.
inline std::uint32_t crc32(std::span<const std::byte> bytes) noexcept {
    return ~EthernetCrc::update(~0u, bytes);
}

}  // namespace ringside::sim::ixgbe
