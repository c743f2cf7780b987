// IP packets for the tests of the model and of the driver on it.
#pragma once

#include "tests/model/fixture.hpp"
#include "tests/support/reference.hpp"

#include <arpa/inet.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringside::test {

using Bytes = std::vector<std::uint8_t>;

inline void append16(Bytes& to, std::uint32_t value) {
    to.push_back(static_cast<std::uint8_t>(value >> 8));
    to.push_back(static_cast<std::uint8_t>(value));
}
inline void append32(Bytes& to, std::uint32_t value) {
    append16(to, value >> 16);
    append16(to, value);
}
inline void append(Bytes& to, const Bytes& more) { to.insert(to.end(), more.begin(), more.end()); }
inline void put16(Bytes& in, std::size_t at, std::uint32_t value) {
    in.at(at) = static_cast<std::uint8_t>(value >> 8);
    in.at(at + 1) = static_cast<std::uint8_t>(value);
}

// Four or sixteen bytes.
inline Bytes address(const std::string& text) {
    const bool v6 = text.find(':') != std::string::npos;
    Bytes bytes(v6 ? 16 : 4);
    if (::inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) != 1)
        throw std::invalid_argument("not an address: " + text);
    return bytes;
}

inline constexpr std::uint8_t proto_tcp = 6, proto_udp = 17, proto_sctp = 132;

// A packet to be built. What is right by default can be made wrong.
struct Packet {
    std::uint64_t mac = own_mac;
    std::optional<std::uint16_t> tci;
    std::string source = "10.0.0.1", destination = "10.0.0.2";
    std::uint8_t protocol = proto_udp;
    std::uint16_t source_port = 1000, destination_port = 2000;
    std::size_t payload = 32;
    std::uint8_t seed = 1;
    Bytes ip_options;                                        // IPv4, a multiple of 4
    std::vector<std::pair<std::uint8_t, Bytes>> extensions;  // IPv6: type, and all but the "next" byte
    std::uint16_t id = 0x1234, fragment = 0;                 // IPv4: flags and offset
    std::uint32_t sequence = 0x01020304;
    std::uint8_t tcp_flags = 0x10;
    bool no_udp_sum = false, wrong_ip_sum = false, wrong_sum = false;

    bool v6() const { return source.find(':') != std::string::npos; }
};

inline Bytes pseudo_header(const Packet& p, std::size_t length) {
    Bytes pseudo = address(p.source);
    append(pseudo, address(p.destination));
    append16(pseudo, p.protocol);
    append16(pseudo, static_cast<std::uint32_t>(length));
    return pseudo;
}

inline void put_l4_sum(const Packet& p, Bytes& l4) {
    if (p.protocol == proto_sctp) {
        std::uint32_t crc = reference::crc32c(l4);
        if (p.wrong_sum) crc ^= 0x100;
        for (std::size_t i = 0; i < 4; ++i) l4[8 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
        return;
    }
    if (p.protocol != proto_tcp && p.protocol != proto_udp) return;
    const std::size_t at = p.protocol == proto_tcp ? 16 : 6;
    Bytes all = pseudo_header(p, l4.size());
    append(all, l4);
    std::uint16_t sum = reference::checksum(all);
    if (p.protocol == proto_udp && sum == 0) sum = 0xFFFF;
    if (p.wrong_sum) sum = static_cast<std::uint16_t>(sum ^ 0x0100);
    put16(l4, at, p.no_udp_sum ? 0 : sum);
}

// The transport header and what it carries.
inline Bytes l4_of(const Packet& p) {
    Bytes l4;
    if (p.protocol == proto_tcp || p.protocol == proto_udp || p.protocol == proto_sctp) {
        append16(l4, p.source_port);
        append16(l4, p.destination_port);
    }
    if (p.protocol == proto_udp) {
        append16(l4, static_cast<std::uint32_t>(8 + p.payload));
        append16(l4, 0);
    } else if (p.protocol == proto_tcp) {
        append32(l4, p.sequence);
        append32(l4, 0x0A0B0C0D);
        l4.push_back(0x50);
        l4.push_back(p.tcp_flags);
        append16(l4, 0x2000);
        append32(l4, 0);
    } else if (p.protocol == proto_sctp) {
        append32(l4, 0x11223344);
        append32(l4, 0);
    }
    for (std::size_t i = 0; i < p.payload; ++i) l4.push_back(static_cast<std::uint8_t>(i * 13 + p.seed));
    put_l4_sum(p, l4);
    return l4;
}

inline Bytes ipv4_of(const Packet& p, const Bytes& l4) {
    Bytes ip{static_cast<std::uint8_t>(0x45 + p.ip_options.size() / 4), 0};
    append16(ip, static_cast<std::uint32_t>(20 + p.ip_options.size() + l4.size()));
    append16(ip, p.id);
    append16(ip, p.fragment);
    ip.push_back(64);
    ip.push_back(p.protocol);
    append16(ip, 0);
    append(ip, address(p.source));
    append(ip, address(p.destination));
    append(ip, p.ip_options);
    const std::uint16_t sum = reference::checksum(ip);
    put16(ip, 10, p.wrong_ip_sum ? sum ^ 0x0100u : sum);
    append(ip, l4);
    return ip;
}

inline Bytes ipv6_of(const Packet& p, const Bytes& l4) {
    Bytes chain;
    for (std::size_t i = 0; i < p.extensions.size(); ++i) {
        chain.push_back(i + 1 < p.extensions.size() ? p.extensions[i + 1].first : p.protocol);
        append(chain, p.extensions[i].second);
    }
    Bytes ip{0x60, 0, 0, 0};
    append16(ip, static_cast<std::uint32_t>(chain.size() + l4.size()));
    ip.push_back(p.extensions.empty() ? p.protocol : p.extensions.front().first);
    ip.push_back(64);
    append(ip, address(p.source));
    append(ip, address(p.destination));
    append(ip, chain);
    append(ip, l4);
    return ip;
}

inline Frame frame_of(const Bytes& bytes) {
    Frame frame;
    for (const std::uint8_t byte : bytes) frame.push_back(static_cast<std::byte>(byte));
    return frame;
}
inline Bytes bytes_of(const Frame& frame) {
    Bytes bytes;
    for (const std::byte byte : frame) bytes.push_back(std::to_integer<std::uint8_t>(byte));
    return bytes;
}

inline Frame build(const Packet& p) {
    Bytes bytes;
    for (int i = 5; i >= 0; --i) bytes.push_back(static_cast<std::uint8_t>(p.mac >> (8 * i)));
    append(bytes, {0x02, 0, 0, 0, 0, 0x55});
    if (p.tci) {
        append16(bytes, 0x8100);
        append16(bytes, *p.tci);
    }
    append16(bytes, p.v6() ? 0x86DD : 0x0800);
    const Bytes l4 = l4_of(p);
    append(bytes, p.v6() ? ipv6_of(p, l4) : ipv4_of(p, l4));
    return frame_of(bytes);
}

}  // namespace ringside::test
