// Frames built from a description, with the right checksums in them.
#pragma once

#include "tests/net/slow_checksum.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace ringside::test {

enum class L4 : std::uint8_t { tcp = 6, udp = 17, sctp = 132 };

struct Description {
    std::array<std::uint8_t, 12> mac{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
    std::vector<std::uint16_t> tags;  // 802.1Q, outermost first
    bool v6 = false;
    std::array<std::uint8_t, 32> addresses{10, 0, 0, 1, 10, 0, 0, 2};  // IPv4: the first eight
    std::uint8_t tos = 0, ttl = 64;
    std::uint16_t identification = 1;
    std::uint16_t fragment = 0x4000;    // flags and offset
    std::vector<std::uint8_t> options;  // IPv4's; IPv6: destination options, whole headers of 8 bytes
    L4 l4 = L4::tcp;
    std::uint16_t source_port = 1000, destination_port = 2000;
    std::uint32_t sequence = 1, acknowledgement = 1;
    std::uint16_t tcp_flags = 0x10, window = 1000, urgent = 0;
    std::vector<std::uint8_t> tcp_options;  // a multiple of four
    std::vector<std::uint8_t> payload;
};

struct Built {
    Bytes bytes;
    std::size_t l3 = 0, l4 = 0, payload = 0;
};

class Builder {
public:
    explicit Builder(const Description& d) : d_(d) {}
    Built build() {
        put(d_.mac);
        for (const std::uint16_t tag : d_.tags) put16(0x8100), put16(tag);
        put16(d_.v6 ? 0x86DD : 0x0800);
        built_.l3 = size();
        d_.v6 ? ipv6() : ipv4();
        built_.l4 = size();
        transport();
        built_.payload = size();
        put(d_.payload);
        lengths();
        checksums();
        return built_;
    }

private:
    std::size_t size() const { return built_.bytes.size(); }
    void put8(unsigned value) { built_.bytes.push_back(static_cast<std::byte>(value)); }
    void put16(unsigned value) { put8(value >> 8), put8(value & 0xFF); }
    void put32(std::uint32_t value) { put16(value >> 16), put16(value & 0xFFFF); }
    template <class Range> void put(const Range& bytes) {
        for (const unsigned byte : bytes) put8(byte);
    }
    void set16(std::size_t at, std::size_t value) {
        built_.bytes[at] = static_cast<std::byte>(value >> 8);
        built_.bytes[at + 1] = static_cast<std::byte>(value & 0xFF);
    }
    void ipv4() {
        put8(0x45u + static_cast<unsigned>(d_.options.size() / 4)), put8(d_.tos), put16(0);
        put16(d_.identification), put16(d_.fragment);
        put8(d_.ttl), put8(static_cast<unsigned>(d_.l4)), put16(0);
        for (std::size_t i = 0; i < 8; ++i) put8(d_.addresses[i]);
        put(d_.options);
    }
    void ipv6() {
        put32(0x60000000u | unsigned{d_.tos} << 20 | 0x12345), put16(0);
        put8(d_.options.empty() ? static_cast<unsigned>(d_.l4) : 60u), put8(d_.ttl);
        put(d_.addresses);
        for (std::size_t i = 0; i < d_.options.size(); i += 8) {
            put8(i + 8 < d_.options.size() ? 60u : static_cast<unsigned>(d_.l4)), put8(0);
            put8(1), put8(4), put32(0);  // padding
        }
    }
    void transport() {
        put16(d_.source_port), put16(d_.destination_port);
        if (d_.l4 == L4::udp) put32(0);
        if (d_.l4 == L4::sctp) put32(0x12345678), put32(0);
        if (d_.l4 != L4::tcp) return;
        put32(d_.sequence), put32(d_.acknowledgement);
        put16(static_cast<unsigned>((5 + d_.tcp_options.size() / 4) << 12) | d_.tcp_flags);
        put16(d_.window), put16(0), put16(d_.urgent);
        put(d_.tcp_options);
    }
    void lengths() {
        if (d_.v6)
            set16(built_.l3 + 4, size() - built_.l3 - 40);
        else
            set16(built_.l3 + 2, size() - built_.l3);
        if (d_.l4 == L4::udp) set16(built_.l4 + 4, size() - built_.l4);
    }
    void checksums() {
        const Bytes& b = built_.bytes;
        const std::size_t l3 = built_.l3, l4 = built_.l4;
        if (!d_.v6) set16(l3 + 10, ~slow_sum(b, l3, l4) & 0xFFFF);
        if (d_.l4 == L4::sctp) {
            const std::uint32_t crc = slow_crc32c(b, l4, size());
            for (std::size_t i = 0; i < 4; ++i)
                built_.bytes[l4 + 8 + i] = static_cast<std::byte>(crc >> (8 * i));
            return;
        }
        const auto addresses = slow_sum(b, l3 + (d_.v6 ? 8 : 12), l3 + (d_.v6 ? 40 : 20));
        const auto pseudo =
            addresses + static_cast<std::uint32_t>(d_.l4) + static_cast<std::uint32_t>(size() - l4);
        std::uint32_t checksum = ~slow_sum(b, l4, size(), pseudo % 0xFFFF) & 0xFFFF;
        if (d_.l4 == L4::udp && checksum == 0) checksum = 0xFFFF;
        set16(l4 + (d_.l4 == L4::udp ? 6 : 16), checksum);
    }

    const Description& d_;
    Built built_;
};

inline Built build(const Description& d) { return Builder(d).build(); }

// Descriptions of everything the tests are about, the same on every machine for one seed.
class Random {
public:
    explicit Random(std::uint32_t seed) : engine_(seed) {}

    std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(engine_() % limit); }
    bool coin() { return below(2) != 0; }
    std::vector<std::uint8_t> bytes(std::size_t count) {
        std::vector<std::uint8_t> v(count);
        for (std::uint8_t& byte : v) byte = static_cast<std::uint8_t>(engine_());
        return v;
    }
    Bytes noise(std::size_t count) {
        Bytes v(count);
        for (std::byte& byte : v) byte = static_cast<std::byte>(engine_());
        return v;
    }
    std::uint16_t number16() { return static_cast<std::uint16_t>(engine_()); }

    Description description(std::uint32_t longest_payload) {
        Description d;
        for (std::uint32_t i = below(3); i > 0; --i) d.tags.push_back(number16());
        d.v6 = coin();
        for (std::uint8_t& byte : d.addresses) byte = static_cast<std::uint8_t>(engine_());
        d.tos = static_cast<std::uint8_t>(engine_());
        d.ttl = static_cast<std::uint8_t>(engine_());
        d.identification = number16();
        d.fragment = coin() ? 0x4000 : 0;
        if (below(3) == 0) d.options = bytes(d.v6 ? 8 * (1 + below(4)) : 4 * (1 + below(10)));
        d.l4 = std::array{L4::tcp, L4::udp, L4::sctp}[below(3)];
        d.source_port = number16();
        d.destination_port = number16();
        d.sequence = static_cast<std::uint32_t>(engine_());
        d.acknowledgement = static_cast<std::uint32_t>(engine_());
        d.window = number16();
        d.urgent = number16();
        d.tcp_flags = static_cast<std::uint16_t>(0x10 | (number16() & 0xFC9));  // no SYN, RST, URG
        if (coin()) d.tcp_options = bytes(4 * (1 + below(10)));
        d.payload = bytes(below(longest_payload + 1));
        return d;
    }
    Description tcp(std::uint32_t longest_payload) {
        Description d = description(longest_payload);
        d.l4 = L4::tcp;
        return d;
    }

private:
    std::mt19937 engine_;
};

// What a card or Segmenter makes of it.
inline std::vector<Description> cut(const Description& d, std::size_t segment_size) {
    std::vector<Description> all;
    for (std::size_t at = 0; at < d.payload.size(); at += segment_size) {
        Description s = d;
        const std::size_t size = std::min(segment_size, d.payload.size() - at);
        const auto from = d.payload.begin() + static_cast<std::ptrdiff_t>(at);
        s.payload.assign(from, from + static_cast<std::ptrdiff_t>(size));
        s.sequence += static_cast<std::uint32_t>(at);
        s.identification = static_cast<std::uint16_t>(d.identification + all.size());
        if (at != 0) s.tcp_flags &= 0xF7F;                        // CWR
        if (at + size != d.payload.size()) s.tcp_flags &= 0xFF6;  // FIN, PSH
        all.push_back(s);
    }
    return all;
}

}  // namespace ringside::test
