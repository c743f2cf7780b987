#include "net/headers.hpp"

#include "net/bytes.hpp"
#include "net/frame.hpp"

#include <algorithm>

namespace ringside::net {
namespace {

constexpr std::size_t ethernet_size = 14, tag_size = 4, ipv4_size = 20, ipv6_size = 40, tcp_size = 20,
                      udp_size = 8, sctp_size = 12, extension_size = 8;
constexpr int most_tags = 2, most_extensions = 8;

unsigned byte_at(std::span<const std::byte> bytes, std::size_t at) noexcept {
    return std::to_integer<unsigned>(bytes[at]);
}

// What IP carries. `available`: how much of the IP packet, from the frame's beginning, is in `bytes`.
void find_transport(std::span<const std::byte> bytes, std::size_t available, Headers& h) noexcept {
    if (h.fragment || h.l4() > available) return;
    const std::size_t room = available - h.l4();
    std::size_t size = 0;
    Headers::Transport found{};
    switch (h.protocol) {
        case protocol::tcp:
            if (room < tcp_size) return;
            size = 4 * std::size_t{byte_at(bytes, h.l4() + 12u) >> 4};
            if (size < tcp_size) return;
            found = Headers::Transport::tcp;
            break;
        case protocol::udp: size = udp_size, found = Headers::Transport::udp; break;
        case protocol::sctp: size = sctp_size, found = Headers::Transport::sctp; break;
        default: return;
    }
    if (room < size) return;
    h.transport = found;
    h.l4_length = static_cast<std::uint16_t>(size);
}

void find_ipv4(std::span<const std::byte> bytes, std::uint32_t frame_length, Headers& h) noexcept {
    const std::size_t at = h.l3();
    if (bytes.size() < at + ipv4_size) return;
    const std::size_t size = 4 * std::size_t{byte_at(bytes, at) & 0xF};
    const std::size_t total = big_endian16(&bytes[at + 2]);
    if (byte_at(bytes, at) >> 4 != 4 || size < ipv4_size || total < size) return;
    if (at + size > bytes.size() || at + total > frame_length) return;
    h.network = Headers::Network::ipv4;
    h.l3_length = static_cast<std::uint16_t>(size);
    h.packet_end = static_cast<std::uint32_t>(at + total);
    h.protocol = static_cast<std::uint8_t>(byte_at(bytes, at + 9));
    h.fragment = (big_endian16(&bytes[at + 6]) & 0x3FFF) != 0;  // "more fragments", and the offset
    find_transport(bytes, std::min<std::size_t>(bytes.size(), h.packet_end), h);
}

// Steps over extension headers. One that is unknown or not all there ends the search, and is h.protocol.
void find_extensions(std::span<const std::byte> bytes, std::size_t available, Headers& h) noexcept {
    for (int i = 0; i < most_extensions; ++i) {
        const bool known = h.protocol == protocol::hop_by_hop || h.protocol == protocol::routing ||
                           h.protocol == protocol::destination_options || h.protocol == protocol::fragment;
        const std::size_t at = h.l4();
        if (!known || at + extension_size > available) return;
        const bool is_fragment = h.protocol == protocol::fragment;
        const std::size_t size = is_fragment ? extension_size : 8 * (std::size_t{byte_at(bytes, at + 1)} + 1);
        if (at + size > available) return;
        if (h.protocol == protocol::routing && byte_at(bytes, at + 3) != 0) h.routed = true;
        h.protocol = static_cast<std::uint8_t>(byte_at(bytes, at));
        h.l3_length = static_cast<std::uint16_t>(h.l3_length + size);
        if (is_fragment) {
            h.fragment = true;
            return;
        }
    }
}

void find_ipv6(std::span<const std::byte> bytes, std::uint32_t frame_length, Headers& h) noexcept {
    const std::size_t at = h.l3();
    if (bytes.size() < at + ipv6_size || byte_at(bytes, at) >> 4 != 6) return;
    const std::size_t end = at + ipv6_size + big_endian16(&bytes[at + 4]);
    if (end > frame_length) return;
    h.network = Headers::Network::ipv6;
    h.l3_length = ipv6_size;
    h.packet_end = static_cast<std::uint32_t>(end);
    h.protocol = static_cast<std::uint8_t>(byte_at(bytes, at + 6));
    const std::size_t available = std::min(bytes.size(), end);
    find_extensions(bytes, available, h);
    find_transport(bytes, available, h);
}

}  // namespace

Headers find_headers(std::span<const std::byte> bytes, std::uint32_t frame_length) noexcept {
    Headers h;
    bytes = bytes.first(std::min<std::size_t>(bytes.size(), frame_length));
    std::size_t at = ethernet_size;
    if (bytes.size() < at) return h;
    h.ether_type = big_endian16(&bytes[at - 2]);
    while (h.tags < most_tags &&
           (h.ether_type == ether_type::vlan || h.ether_type == ether_type::service_vlan) &&
           bytes.size() >= at + tag_size) {
        ++h.tags;
        at += tag_size;
        h.ether_type = big_endian16(&bytes[at - 2]);
    }
    h.l2_length = static_cast<std::uint16_t>(at);
    if (h.ether_type == ether_type::ipv4)
        find_ipv4(bytes, frame_length, h);
    else if (h.ether_type == ether_type::ipv6)
        find_ipv6(bytes, frame_length, h);
    return h;
}

Headers find_headers(std::span<const mem::Packet> frame) noexcept {
    if (frame.empty()) return {};
    return find_headers(frame.front().bytes(), length_of_frame(frame));
}

}  // namespace ringside::net
