#include "sim/ixgbe/headers.hpp"

#include "sim/ixgbe/bytes.hpp"

namespace ringside::sim::ixgbe {
namespace {

constexpr std::size_t ethernet_size = 14, tag_size = 4, ipv4_size = 20, ipv6_size = 40;
constexpr std::uint16_t ether_type_ipv4 = 0x0800, ether_type_ipv6 = 0x86DD;
constexpr int most_extensions = 8;

unsigned byte_at(std::span<const std::byte> frame, std::size_t at) noexcept {
    return std::to_integer<unsigned>(frame[at]);
}

// What IP carries, if all of its header is there.
void find_l4(Headers& h) noexcept {
    if (h.fragment) return;
    const std::size_t room = h.end - h.l3_end;
    std::size_t needed = 0;
    std::uint16_t type = 0;
    switch (h.protocol) {
        case protocol::tcp: needed = 20, type = packet_type::tcp; break;
        case protocol::udp: needed = 8, type = packet_type::udp; break;
        case protocol::sctp: needed = 12, type = packet_type::sctp; break;
        default: return;
    }
    if (room < needed) return;
    h.packet_type |= type;
    h.l4 = h.l3_end;
}

void find_ipv4(std::span<const std::byte> frame, std::size_t at, Headers& h) noexcept {
    if (frame.size() < at + ipv4_size) return;
    const unsigned first = byte_at(frame, at);
    const std::size_t header = 4 * std::size_t{first & 0xF};
    const std::size_t total = big_endian16(&frame[at + 2]);
    if (first >> 4 != 4 || header < ipv4_size || total < header || at + total > frame.size()) return;
    h.packet_type = packet_type::ipv4;
    if (header > ipv4_size) h.packet_type |= packet_type::ipv4_options;
    h.l3 = static_cast<std::uint16_t>(at);
    h.l3_end = static_cast<std::uint16_t>(at + header);
    h.end = static_cast<std::uint16_t>(at + total);
    h.protocol = static_cast<std::uint8_t>(byte_at(frame, at + 9));
    const unsigned place = big_endian16(&frame[at + 6]) & 0x3FFF;  // "more fragments", and the offset
    h.fragment = place != 0;
    h.first_fragment = place == 0x2000;
    if (h.protocol == protocol::esp) h.packet_type |= packet_type::esp;
    if (h.protocol == protocol::ah) h.packet_type |= packet_type::ah;
    find_l4(h);
}

// Steps over extension headers. Those that the card does not know, or that are not all there, end the search.
void find_extensions(std::span<const std::byte> frame, Headers& h) noexcept {
    for (int i = 0; i < most_extensions; ++i) {
        const bool known = h.protocol == protocol::hop_by_hop || h.protocol == protocol::routing ||
                           h.protocol == protocol::destination_options || h.protocol == protocol::fragment;
        if (!known || h.l3_end + std::size_t{8} > h.end) return;
        const bool is_fragment = h.protocol == protocol::fragment;
        const std::size_t size = is_fragment ? 8 : 8 * (std::size_t{byte_at(frame, h.l3_end + 1u)} + 1);
        if (h.l3_end + size > h.end) return;
        if (is_fragment) {
            const unsigned place = big_endian16(&frame[h.l3_end + 2u]) & 0xFFF9;
            h.fragment = true;
            h.first_fragment = place == 1;
        }
        h.packet_type |= packet_type::ipv6_extensions;
        h.protocol = static_cast<std::uint8_t>(byte_at(frame, h.l3_end));
        h.l3_end = static_cast<std::uint16_t>(h.l3_end + size);
        if (is_fragment) return;
    }
}

void find_ipv6(std::span<const std::byte> frame, std::size_t at, Headers& h) noexcept {
    if (frame.size() < at + ipv6_size || byte_at(frame, at) >> 4 != 6) return;
    const std::size_t payload = big_endian16(&frame[at + 4]);
    if (at + ipv6_size + payload > frame.size()) return;
    h.packet_type = packet_type::ipv6;
    h.l3 = static_cast<std::uint16_t>(at);
    h.l3_end = static_cast<std::uint16_t>(at + ipv6_size);
    h.end = static_cast<std::uint16_t>(at + ipv6_size + payload);
    h.protocol = static_cast<std::uint8_t>(byte_at(frame, at + 6));
    find_extensions(frame, h);
    if (h.protocol == protocol::esp) h.packet_type |= packet_type::esp;
    if (h.protocol == protocol::ah) h.packet_type |= packet_type::ah;
    find_l4(h);
}

}  // namespace

Headers find_headers(std::span<const std::byte> frame, const FrameView& view) noexcept {
    Headers h;
    const std::size_t at = ethernet_size + (view.tagged ? tag_size : 0);
    h.ether_type = view.tagged ? big_endian16(&frame[at - 2]) : view.ether_type;
    if (h.ether_type == ether_type_ipv4)
        find_ipv4(frame, at, h);
    else if (h.ether_type == ether_type_ipv6)
        find_ipv6(frame, at, h);
    return h;
}

}  // namespace ringside::sim::ixgbe
