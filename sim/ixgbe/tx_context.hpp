// What a context descriptor says (datasheet 7.2.3.2.3): where the headers of the frames that refer to it are.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside::sim::ixgbe {

enum class TxL4 : std::uint8_t { udp = 0, tcp = 1, sctp = 2, reserved = 3 };

struct TxContext {
    bool valid = false;  // written since the queue was enabled
    bool ipv4 = false;
    TxL4 l4 = TxL4::udp;
    std::uint16_t tag = 0;
    std::uint16_t mac_length = 0, ip_length = 0, l4_length = 0;  // bytes
    std::uint16_t segment_size = 0;                              // MSS: bytes of payload

    std::size_t l4_start() const noexcept { return std::size_t{mac_length} + ip_length; }
    std::size_t header_length() const noexcept { return l4_start() + l4_length; }

    static constexpr TxContext decode(std::uint64_t low, std::uint64_t high) noexcept {
        TxContext c;
        c.valid = true;
        c.ipv4 = (high >> 10 & 1) != 0;
        c.l4 = static_cast<TxL4>(high >> 11 & 3);
        c.tag = static_cast<std::uint16_t>(low >> 16);
        c.mac_length = static_cast<std::uint16_t>(low >> 9 & 0x7F);
        c.ip_length = static_cast<std::uint16_t>(low & 0x1FF);
        c.l4_length = static_cast<std::uint16_t>(high >> 40 & 0xFF);
        c.segment_size = static_cast<std::uint16_t>(high >> 48);
        return c;
    }
};

}  // namespace ringside::sim::ixgbe
