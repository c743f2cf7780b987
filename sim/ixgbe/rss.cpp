#include "sim/ixgbe/rss.hpp"

#include "sim/ixgbe/bits.hpp"
#include "sim/ixgbe/bytes.hpp"

#include <cstring>

namespace ringside::sim::ixgbe {
namespace {

// MRQC: bits of the hash types, and modes.
constexpr unsigned tcp_ipv4 = 16, ipv4 = 17, tcp_ipv6_ex = 18, ipv6_ex = 19, ipv6 = 20, tcp_ipv6 = 21,
                   udp_ipv4 = 22, udp_ipv6 = 23, udp_ipv6_ex = 24;
constexpr std::uint32_t mode_rss = 1, mode_dcb8_rss = 4, mode_dcb4_rss = 5, mode_pools64 = 8,
                        mode_pools32_rss = 0xA, mode_pools64_rss = 0xB, mode_pools16_dcb = 0xC,
                        mode_pools32_dcb = 0xD;

// RSS types in descriptors.
namespace type {
constexpr std::uint8_t none = 0, tcp_ipv4 = 1, ipv4 = 2, tcp_ipv6 = 3, ipv6_ex = 4, ipv6 = 5, tcp_ipv6_ex = 6,
                       udp_ipv4 = 7, udp_ipv6 = 8, udp_ipv6_ex = 9;
}
constexpr bool has_ports(std::uint8_t t) { return t != type::ipv4 && t != type::ipv6 && t != type::ipv6_ex; }
constexpr bool is_ex(std::uint8_t t) {
    return t == type::ipv6_ex || t == type::tcp_ipv6_ex || t == type::udp_ipv6_ex;
}

constexpr std::size_t address4 = 4, address6 = 16, ports = 4;

// The home address in a destination options header, if there is one. Option type 201, 16 bytes.
const std::byte* home_address(const std::byte* header, std::size_t size) noexcept {
    constexpr unsigned pad1 = 0, home = 201;
    for (std::size_t at = 2; at < size;) {
        const auto option = std::to_integer<unsigned>(header[at]);
        if (option == pad1) {
            ++at;
            continue;
        }
        if (at + 2 > size) return nullptr;
        const std::size_t length = std::to_integer<std::size_t>(header[at + 1]);
        if (at + 2 + length > size) return nullptr;
        if (option == home && length == address6) return header + at + 2;
        at += 2 + length;
    }
    return nullptr;
}

struct Addresses {
    const std::byte* source;
    const std::byte* destination;
};

// What mobile hosts call themselves: the home address option stands for the source, a type 2 routing header's
// address for the destination. find_headers() has checked the chain of headers.
Addresses mobile_addresses(std::span<const std::byte> frame, const Headers& h) noexcept {
    Addresses a{&frame[h.l3 + 8u], &frame[h.l3 + 24u]};
    auto next = std::to_integer<std::uint8_t>(frame[h.l3 + 6u]);
    for (std::size_t at = h.l3 + 40u; at + 8 <= h.l3_end;) {
        const std::byte* header = &frame[at];
        if (next == protocol::fragment) break;
        const std::size_t size = 8 * (std::to_integer<std::size_t>(header[1]) + 1);
        if (at + size > h.l3_end) break;
        if (next == protocol::routing && header[2] == std::byte{2} && size == 24) a.destination = header + 8;
        if (next == protocol::destination_options)
            if (const std::byte* home = home_address(header, size)) a.source = home;
        next = std::to_integer<std::uint8_t>(header[0]);
        at += size;
    }
    return a;
}

}  // namespace

void Toeplitz::set_key(const Key& key) noexcept {
    const auto window = [&key](std::size_t first_bit) {
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < 5; ++i)
            bits = bits << 8 | (first_bit / 8 + i < key_size ? key[first_bit / 8 + i] : 0);
        return static_cast<std::uint32_t>(bits >> (8 - first_bit % 8));
    };
    for (std::size_t step = 0; step < table_.size(); ++step)
        for (std::uint32_t value = 0; value < 16; ++value) {
            std::uint32_t hash = 0;
            for (unsigned i = 0; i < 4; ++i)
                if ((value & (8u >> i)) != 0) hash ^= window(4 * step + i);
            table_[step][value] = hash;
        }
}

std::uint32_t Toeplitz::operator()(std::span<const std::byte> input) const noexcept {
    std::uint32_t hash = 0;
    for (std::size_t i = 0; i < input.size(); ++i) {
        const auto byte = std::to_integer<std::size_t>(input[i]);
        hash ^= table_[2 * i][byte >> 4] ^ table_[2 * i + 1][byte & 0xF];
    }
    return hash;
}

void Rss::reload(const RegisterStore& registers) noexcept {
    const std::uint32_t mrqc = registers.get(reg::MRQC);
    const std::uint32_t mode = field(mrqc, 3, 0);
    const std::uint32_t pool = field(registers.get(reg::PFVTCTL), 12, 7);
    std::uint32_t queues = 1;  // of a pool, or of all if there are no pools
    bool rss = true, pools = true;
    switch (mode) {
        case mode_rss:
        case mode_dcb8_rss:
        case mode_dcb4_rss: queues = 16, pools = false; break;
        case mode_pools32_rss: queues = 4; break;
        case mode_pools64_rss: queues = 2; break;
        case mode_pools64: queues = 2, rss = false; break;
        case mode_pools16_dcb: queues = 8, rss = false; break;
        case mode_pools32_dcb: queues = 4, rss = false; break;
        default: rss = pools = false;
    }
    fields_ = rss ? mrqc & 0x01FF0000 : 0;
    first_queue_ = static_cast<std::uint8_t>(pools ? pool * queues & 0x7F : 0);
    for (std::uint32_t i = 0; i < table_.size(); ++i) {
        const std::uint32_t entry = registers.get(reg::RETA, i / 4) >> (8 * (i % 4));
        table_[i] = static_cast<std::uint8_t>(first_queue_ + (entry & (queues - 1)));
    }
    std::array<std::uint32_t, 10> words{};
    for (std::uint32_t i = 0; i < words.size(); ++i) words[i] = registers.get(reg::RSSRK, i);
    if (has_key_ && words == key_words_) return;
    key_words_ = words;
    has_key_ = true;
    Toeplitz::Key key{};
    std::memcpy(key.data(), words.data(), key.size());
    toeplitz_.set_key(key);
}

// The most specific type that is enabled.
std::uint8_t Rss::type_of(const Headers& h) const noexcept {
    if (h.ipv6()) return ipv6_type_of(h);
    if (h.tcp() && enabled(tcp_ipv4)) return type::tcp_ipv4;
    if (h.udp() && enabled(udp_ipv4)) return type::udp_ipv4;
    return enabled(ipv4) ? type::ipv4 : type::none;
}

// With extension headers the types for them go first.
std::uint8_t Rss::ipv6_type_of(const Headers& h) const noexcept {
    const bool extended = (h.packet_type & packet_type::ipv6_extensions) != 0;
    const auto either = [&](unsigned plain_field, std::uint8_t plain, unsigned ex_field, std::uint8_t ex) {
        if (extended && enabled(ex_field)) return ex;
        if (enabled(plain_field)) return plain;
        return enabled(ex_field) ? ex : type::none;
    };
    std::uint8_t found = type::none;
    if (h.tcp()) found = either(tcp_ipv6, type::tcp_ipv6, tcp_ipv6_ex, type::tcp_ipv6_ex);
    if (h.udp()) found = either(udp_ipv6, type::udp_ipv6, udp_ipv6_ex, type::udp_ipv6_ex);
    return found != type::none ? found : either(ipv6, type::ipv6, ipv6_ex, type::ipv6_ex);
}

Rss::Result Rss::hash(std::span<const std::byte> frame, const Headers& h) const noexcept {
    const std::uint8_t found = type_of(h);
    if (found == type::none) return {0, 0, first_queue_};
    std::array<std::byte, Toeplitz::longest_input> input;
    std::size_t size = 2 * address4;
    if (h.ipv6()) {
        const Addresses a =
            is_ex(found) ? mobile_addresses(frame, h) : Addresses{&frame[h.l3 + 8u], &frame[h.l3 + 24u]};
        std::memcpy(input.data(), a.source, address6);
        std::memcpy(input.data() + address6, a.destination, address6);
        size = 2 * address6;
    } else {
        std::memcpy(input.data(), &frame[h.l3 + 12u], 2 * address4);
    }
    if (has_ports(found)) {
        std::memcpy(input.data() + size, &frame[h.l4], ports);
        size += ports;
    }
    const std::uint32_t value = toeplitz_({input.data(), size});
    return {value, found, table_[value & 0x7F]};
}

}  // namespace ringside::sim::ixgbe
