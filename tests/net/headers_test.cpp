#include "net/headers.hpp"

#include "tests/net/packets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>

namespace ringside::net {
namespace {

using test::build;
using test::Built;
using test::Bytes;
using test::Description;
using test::L4;
using test::Random;
using Network = Headers::Network;
using Transport = Headers::Transport;

Headers look(const Bytes& bytes) { return find_headers(bytes, static_cast<std::uint32_t>(bytes.size())); }

Transport expected(L4 l4) {
    return l4 == L4::tcp ? Transport::tcp : l4 == L4::udp ? Transport::udp : Transport::sctp;
}

// On the heap without a byte to spare, so that AddressSanitizer sees who reads beyond.
Headers look_at_exactly(std::span<const std::byte> bytes, std::size_t frame_length) {
    const auto copy = std::make_unique<std::byte[]>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), copy.get());
    return find_headers({copy.get(), bytes.size()}, static_cast<std::uint32_t>(frame_length));
}

void expect_inside(const Headers& h, std::size_t bytes, std::size_t frame_length) {
    ASSERT_LE(h.l2_length, bytes);
    ASSERT_LE(h.payload(), bytes);
    ASSERT_LE(h.packet_end, frame_length);
    if (h.network == Network::other) {
        ASSERT_EQ(h.l3_length, 0);
        ASSERT_EQ(h.packet_end, 0u);
    } else {
        ASSERT_GE(h.l3_length, h.network == Network::ipv4 ? 20 : 40);
        ASSERT_GE(h.packet_end, h.payload());
    }
    if (h.transport == Transport::other) { ASSERT_EQ(h.l4_length, 0); }
    if (h.transport == Transport::tcp) { ASSERT_GE(h.l4_length, 20); }
    if (h.transport != Transport::other) { ASSERT_FALSE(h.fragment); }
}

TEST(Headers, AreFoundWhereTheyWerePut) {
    Random random(1);
    for (int i = 0; i < 10'000; ++i) {
        const Description d = random.description(100);
        Built built = build(d);
        const std::size_t end = built.bytes.size();
        if (random.coin()) built.bytes.resize(end + random.below(40));  // padding
        const Headers h = look(built.bytes);
        ASSERT_EQ(h.network, d.v6 ? Network::ipv6 : Network::ipv4);
        ASSERT_EQ(h.tags, d.tags.size());
        ASSERT_EQ(h.ether_type, d.v6 ? ether_type::ipv6 : ether_type::ipv4);
        ASSERT_EQ(h.transport, expected(d.l4));
        ASSERT_EQ(h.protocol, static_cast<std::uint8_t>(d.l4));
        ASSERT_EQ(h.l3(), built.l3);
        ASSERT_EQ(h.l4(), built.l4);
        ASSERT_EQ(h.payload(), built.payload);
        ASSERT_EQ(h.packet_end, end);
        ASSERT_FALSE(h.fragment || h.routed);
    }
}

TEST(Headers, OfATruncatedFrameAreThoseThatAreThere) {
    Random random(2);
    for (int i = 0; i < 300; ++i) {
        const Built built = build(random.description(20));
        for (std::size_t size = 0; size <= built.bytes.size(); ++size) {
            const auto prefix = std::span(built.bytes).first(size);
            // Cut off on the way: IP's length is no longer true.
            const Headers cut_off = look_at_exactly(prefix, size);
            expect_inside(cut_off, size, size);
            if (size < built.bytes.size()) { ASSERT_EQ(cut_off.network, Network::other); }
            // The rest is in other buffers.
            const Headers first_part = look_at_exactly(prefix, built.bytes.size());
            expect_inside(first_part, size, built.bytes.size());
            ASSERT_EQ(first_part.transport != Transport::other, size >= built.payload);
        }
    }
}

TEST(Headers, OfDamagedFramesNeverReachBeyondTheBytes) {
    Random random(3);
    for (int i = 0; i < 100'000; ++i) {
        Bytes bytes = build(random.description(20)).bytes;
        for (std::uint32_t damage = 1 + random.below(4); damage > 0; --damage)
            bytes[12 + random.below(static_cast<std::uint32_t>(bytes.size()) - 12)] =
                std::byte{static_cast<std::uint8_t>(random.number16())};
        const std::size_t size = 1 + random.below(static_cast<std::uint32_t>(bytes.size()));
        const std::size_t length = random.coin() ? bytes.size() : size;
        expect_inside(look_at_exactly(std::span(bytes).first(size), length), size, length);
    }
}

TEST(Headers, OfNoiseNeverReachBeyondTheBytes) {
    Random random(4);
    for (int i = 0; i < 100'000; ++i) {
        Bytes bytes = random.noise(random.below(120));
        if (bytes.size() >= 15) {
            constexpr std::array<std::uint16_t, 4> types{0x0800, 0x86DD, 0x8100, 0x88A8};
            const std::uint16_t type = types[random.below(4)];
            bytes[12] = std::byte(type >> 8), bytes[13] = std::byte(type & 0xFF);
            bytes[14] = std::byte(random.coin() ? 0x45 : 0x60);
        }
        expect_inside(look_at_exactly(bytes, bytes.size()), bytes.size(), bytes.size());
    }
}

TEST(Headers, OfAFragmentEndWithIp) {
    for (const std::uint16_t fragment : std::initializer_list<std::uint16_t>{0x2000, 0x2001, 0x0001}) {
        Description d;
        d.fragment = fragment;
        const Headers h = look(build(d).bytes);
        EXPECT_TRUE(h.fragment);
        EXPECT_EQ(h.transport, Transport::other);
        EXPECT_EQ(h.protocol, 6);
    }
    Description d;
    d.v6 = true;
    d.options.resize(8);
    Built built = build(d);
    built.bytes[built.l3 + 6] = std::byte{44};
    const Headers h = look(built.bytes);
    EXPECT_TRUE(h.fragment);
    EXPECT_EQ(h.l3_length, 48);
    EXPECT_EQ(h.transport, Transport::other);
}

TEST(Headers, SayWhenARoutingHeaderHasStopsLeft) {
    Description d;
    d.v6 = true;
    d.options.resize(8);
    Built built = build(d);
    built.bytes[built.l3 + 6] = std::byte{43};
    built.bytes[built.l3 + 43] = std::byte{1};
    EXPECT_TRUE(look(built.bytes).routed);
    built.bytes[built.l3 + 43] = std::byte{0};
    EXPECT_FALSE(look(built.bytes).routed);
    EXPECT_EQ(look(built.bytes).transport, Transport::tcp);
}

TEST(Headers, BehindAThirdTagAreNotLookedFor) {
    Description d;
    d.tags = {1, 2, 3};
    const Headers h = look(build(d).bytes);
    EXPECT_EQ(h.tags, 2);
    EXPECT_EQ(h.ether_type, ether_type::vlan);
    EXPECT_EQ(h.network, Network::other);
}

TEST(Headers, WithATcpLengthThatIsImpossibleAreNoTcp) {
    Built built = build(Description{});
    for (const unsigned words : {0u, 4u, 6u, 15u}) {
        built.bytes[built.l4 + 12] = std::byte(words << 4);
        EXPECT_EQ(look(built.bytes).transport, Transport::other) << words;
    }
    built.bytes[built.l4 + 12] = std::byte{0x50};
    EXPECT_EQ(look(built.bytes).transport, Transport::tcp);
}

TEST(Headers, OfAFrameInPartsAreInTheFirst) {
    test::Packets packets;
    Random random(5);
    const Built built = build(random.tcp(500));
    const auto whole = packets.put(built.bytes, built.payload, 100);
    EXPECT_EQ(find_headers(whole).transport, Transport::tcp);
    EXPECT_EQ(find_headers(whole).packet_end, built.bytes.size());
    const auto cut = packets.put(built.bytes, built.payload - 1, 100);
    EXPECT_EQ(find_headers(cut).transport, Transport::other);
    EXPECT_EQ(find_headers(std::span<const mem::Packet>{}).l2_length, 0);
    packets.give(whole);
    packets.give(cut);
}

}  // namespace
}  // namespace ringside::net
