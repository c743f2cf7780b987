#include "examples/support/ipv4_host.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace ringside::examples {

namespace {

constexpr std::size_t ethernet_header = 14, arp_size = 28, ipv4_header = 20, icmp_header = 8;

std::uint16_t big16(std::span<const std::byte> at) {
    return static_cast<std::uint16_t>(std::to_integer<unsigned>(at[0]) << 8 |
                                      std::to_integer<unsigned>(at[1]));
}

void put16(std::span<std::byte> at, unsigned value) {
    at[0] = static_cast<std::byte>(value >> 8);
    at[1] = static_cast<std::byte>(value);
}

template <std::size_t N> bool is(std::span<const std::byte> at, const std::array<std::uint8_t, N>& bytes) {
    return std::memcmp(at.data(), bytes.data(), N) == 0;
}

template <std::size_t N> void put(std::span<std::byte> at, const std::array<std::uint8_t, N>& bytes) {
    std::memcpy(at.data(), bytes.data(), N);
}

// RFC 1071: the one's complement sum of 16-bit words; 0xFFFF over data that contains its own checksum.
std::uint16_t sum(std::span<const std::byte> data) {
    std::uint32_t total = 0;
    for (std::size_t i = 0; i + 1 < data.size(); i += 2) total += big16(data.subspan(i));
    if (data.size() % 2 != 0) total += std::to_integer<std::uint32_t>(data.back()) << 8;
    while (total >> 16 != 0) total = (total & 0xFFFF) + (total >> 16);
    return static_cast<std::uint16_t>(total);
}

}  // namespace

std::optional<Ipv4Address> parse_ipv4(const std::string& text) {
    Ipv4Address address{};
    const char* at = text.data();
    const char* const end = at + text.size();
    for (std::size_t i = 0; i < address.size(); ++i) {
        if (i > 0 && (at == end || *at++ != '.')) return std::nullopt;
        const auto [next, error] = std::from_chars(at, end, address[i]);
        if (error != std::errc()) return std::nullopt;
        at = next;
    }
    return at == end ? std::optional(address) : std::nullopt;
}

Ipv4Host::Answer Ipv4Host::answer(std::span<std::byte> frame) const noexcept {
    if (frame.size() < ethernet_header) return Answer::none;
    switch (big16(frame.subspan(12))) {
        case 0x0806: return answer_arp(frame) ? Answer::arp : Answer::none;
        case 0x0800: return answer_echo(frame) ? Answer::echo : Answer::none;
        default: return Answer::none;
    }
}

bool Ipv4Host::answer_arp(std::span<std::byte> frame) const noexcept {
    if (frame.size() < ethernet_header + arp_size) return false;
    const auto arp = frame.subspan(ethernet_header, arp_size);
    // Ethernet, IPv4, sizes 6 and 4, request.
    constexpr std::array<std::uint8_t, 8> request{0, 1, 8, 0, 6, 4, 0, 1};
    const auto asked = arp.subspan(24, 4);
    if (!is(arp, request) || !is(asked, address_)) return false;
    put16(arp.subspan(6), 2);             // reply
    std::memmove(&arp[18], &arp[8], 10);  // to whoever asked: hardware address and IP
    put(arp.subspan(8), mac_.bytes);
    put(arp.subspan(14), address_);
    std::memcpy(frame.data(), &arp[18], 6);
    put(frame.subspan(6), mac_.bytes);
    return true;
}

bool Ipv4Host::answer_echo(std::span<std::byte> frame) const noexcept {
    if (!is(frame, mac_.bytes)) return false;
    const auto packet = frame.subspan(ethernet_header);
    if (packet.size() < ipv4_header + icmp_header) return false;
    const std::size_t header = (std::to_integer<std::size_t>(packet[0]) & 0xF) * 4;
    const std::size_t total = big16(packet.subspan(2));
    const bool whole = std::to_integer<unsigned>(packet[0]) >> 4 == 4 && header >= ipv4_header &&
                       total <= packet.size() && total >= header + icmp_header &&
                       (big16(packet.subspan(6)) & 0x3FFF) == 0;  // no fragment
    if (!whole || packet[9] != std::byte{1} || !is(packet.subspan(16), address_)) return false;
    const auto icmp = packet.subspan(header, total - header);
    if (sum(packet.first(header)) != 0xFFFF || sum(icmp) != 0xFFFF) return false;
    if (icmp[0] != std::byte{8} || icmp[1] != std::byte{0}) return false;
    icmp[0] = std::byte{0};  // echo reply
    put16(icmp.subspan(2), 0);
    put16(icmp.subspan(2), 0xFFFFu & ~unsigned{sum(icmp)});
    std::swap_ranges(packet.begin() + 12, packet.begin() + 16,
                     packet.begin() + 16);  // the sum stays the same
    std::memcpy(frame.data(), frame.data() + 6, 6);
    put(frame.subspan(6), mac_.bytes);
    return true;
}

}  // namespace ringside::examples
