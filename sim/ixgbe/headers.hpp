// The headers that the card recognises in a received frame (datasheet 7.1.6.2): where they are, and the
// packet type that it reports of them. Every length in a frame is checked against the frame.
#pragma once

#include "sim/ixgbe/filters.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::sim::ixgbe {

// Numbers of protocols over IP, and of IPv6's extension headers.
namespace protocol {
inline constexpr std::uint8_t hop_by_hop = 0, tcp = 6, udp = 17, routing = 43, fragment = 44, esp = 50,
                              ah = 51, destination_options = 60, sctp = 132;
}

// Bits of Headers::packet_type.
namespace packet_type {
inline constexpr std::uint16_t ipv4 = 1u << 0, ipv4_options = 1u << 1, ipv6 = 1u << 2,
                               ipv6_extensions = 1u << 3, tcp = 1u << 4, udp = 1u << 5, sctp = 1u << 6,
                               esp = 1u << 8, ah = 1u << 9,
                               l2 = 1u << 11;  // an EtherType filter matched; its index is in bits 2:0
}

struct Headers {
    std::uint16_t ether_type = 0;   // of what follows the tag
    std::uint16_t packet_type = 0;  // bits 16:4 of a descriptor
    std::uint16_t l3 = 0;           // where the IP header starts; 0: there is none
    std::uint16_t l3_end = 0;       // where IP's own headers end
    std::uint16_t l4 = 0;       // where the TCP, UDP or SCTP header starts; 0: none, or only a part of one
    std::uint16_t end = 0;      // where the IP packet ends: padding may follow
    std::uint8_t protocol = 0;  // of what IP carries
    bool fragment = false;
    bool first_fragment = false;

    bool ipv4() const noexcept { return (packet_type & packet_type::ipv4) != 0; }
    bool ipv6() const noexcept { return (packet_type & packet_type::ipv6) != 0; }
    bool tcp() const noexcept { return (packet_type & packet_type::tcp) != 0; }
    bool udp() const noexcept { return (packet_type & packet_type::udp) != 0; }
    bool sctp() const noexcept { return (packet_type & packet_type::sctp) != 0; }
};

// `view` is what Filters::look_at() said of the frame.
Headers find_headers(std::span<const std::byte> frame, const FrameView& view) noexcept;

}  // namespace ringside::sim::ixgbe
