// Where the headers of a frame are.
#pragma once

#include "mem/packet.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::net {

namespace protocol {
inline constexpr std::uint8_t hop_by_hop = 0, tcp = 6, udp = 17, routing = 43, fragment = 44,
                              destination_options = 60, sctp = 132;
}
namespace ether_type {
inline constexpr std::uint16_t ipv4 = 0x0800, vlan = 0x8100, ipv6 = 0x86DD, service_vlan = 0x88A8;
}

// What find_headers() found. Where a header is named, all of it lies in the bytes that were given, and its
// own length fields agree with what is there. Offsets and lengths in bytes.
struct Headers {
    enum class Network : std::uint8_t { other, ipv4, ipv6 };
    enum class Transport : std::uint8_t { other, tcp, udp, sctp };

    Network network = Network::other;
    Transport transport = Transport::other;  // `other` also for fragments
    std::uint8_t tags = 0;                   // VLAN tags, at most two
    std::uint8_t protocol = 0;               // that IP carries, behind IPv6's extension headers
    bool fragment = false;                   // one of several, or IPv6's header for them
    bool routed = false;           // IPv6 with a routing header whose last stop is still to come: the
                                   // checksum's destination is not the one in the IPv6 header
    std::uint16_t ether_type = 0;  // behind the tags
    std::uint16_t l2_length = 0;   // addresses, tags and EtherType; 0: not even these are there
    std::uint16_t l3_length = 0;   // IP, options or extension headers included
    std::uint16_t l4_length = 0;   // TCP with its options, UDP 8, SCTP 12
    std::uint32_t packet_end = 0;  // where IP's payload ends; what follows in the frame is padding

    std::uint32_t l3() const noexcept { return l2_length; }
    std::uint32_t l4() const noexcept { return std::uint32_t{l2_length} + l3_length; }
    std::uint32_t payload() const noexcept { return l4() + l4_length; }
    std::uint32_t payload_length() const noexcept { return packet_end - payload(); }
};

// Looks at a frame of `frame_length` bytes of which the first are `bytes`. Whatever the bytes are, it looks
// at no others. An IP packet longer than its frame is no IP packet.
Headers find_headers(std::span<const std::byte> bytes, std::uint32_t frame_length) noexcept;
// The same for a frame in one or more parts; the headers must be in the first one to be found.
Headers find_headers(std::span<const mem::Packet> frame) noexcept;

}  // namespace ringside::net
