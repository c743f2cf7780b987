// Receive side scaling: behaviours 25 and 26, and packet types: behaviour 28.
#include "tests/model/packets.hpp"
#include "tests/support/rss_vectors.hpp"

namespace ringside::test {
namespace {

constexpr std::uint32_t MRQC = 0x5818, RETA = 0x5C00, RSSRK = 0x5C80, RXCSUM = 0x5000;
constexpr std::uint32_t PCSD = 1u << 13;
constexpr std::uint32_t tcp4 = 1u << 16, ip4 = 1u << 17, tcp6ex = 1u << 18, ip6ex = 1u << 19, ip6 = 1u << 20,
                        tcp6 = 1u << 21, udp4 = 1u << 22, udp6 = 1u << 23, udp6ex = 1u << 24;

const Bytes key{0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
                0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
                0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

class RssTest : public Model {
protected:
    void SetUp() override {
        Model::SetUp();
        // Entry i of the table: queue i & 15. All queues count in counter 0.
        for (std::uint32_t i = 0; i < 32; ++i) {
            const std::uint32_t first = 4 * i & 15;
            set(RETA + 4 * i, first | (first + 1) << 8 | (first + 2) << 16 | (first + 3) << 24);
        }
        for (std::uint32_t i = 0; i < 10; ++i)
            set(RSSRK + 4 * i, key[4 * i] | static_cast<std::uint32_t>(key[4 * i + 1]) << 8 |
                                   static_cast<std::uint32_t>(key[4 * i + 2]) << 16 |
                                   static_cast<std::uint32_t>(key[4 * i + 3]) << 24);
        set(RXCSUM, PCSD);
        link_up();
        for (std::uint32_t q = 0; q < 16; ++q) {
            enable_rx(q);
            give_rx(ring_size - 1, q);
        }
        start_receiving();
    }
    void types(std::uint32_t fields, std::uint32_t mode = 1) { set(MRQC, fields | mode); }

    struct Seen {
        std::uint32_t queue = 999, hash = 0, type = 0, packet_type = 0;
    };
    // Sends the packet and looks where it went.
    Seen arrives(const Packet& p) { return arrives(build(p)); }
    Seen arrives(const Frame& frame) {
        std::array<std::uint32_t, 16> heads{};
        for (std::uint32_t q = 0; q < 16; ++q) heads[q] = get(r::rx(q, r::H));
        arrive(frame);
        Seen seen;
        for (std::uint32_t q = 0; q < 16; ++q) {
            if (get(r::rx(q, r::H)) == heads[q]) continue;
            const std::uint64_t low = rx_ring(q)[heads[q]].low;
            seen = {q, static_cast<std::uint32_t>(low >> 32), static_cast<std::uint32_t>(low & 0xF),
                    static_cast<std::uint32_t>(low >> 4 & 0x1FFF)};
        }
        return seen;
    }
    static Packet packet(const RssVector& v, std::uint8_t protocol) {
        Packet p;
        p.source = v.source;
        p.destination = v.destination;
        p.source_port = v.source_port;
        p.destination_port = v.destination_port;
        p.protocol = protocol;
        return p;
    }
};

TEST_F(RssTest, Behaviour25_VerificationSuiteWithTcpPorts) {
    types(tcp4 | ip4 | tcp6 | ip6);
    for (const RssVector& v : rss_vectors) {
        Packet p = packet(v, proto_tcp);
        const Seen seen = arrives(p);
        EXPECT_EQ(seen.hash, v.with_ports) << v.source;
        EXPECT_EQ(seen.type, p.v6() ? 3u : 1u) << v.source;
        EXPECT_EQ(seen.queue, v.with_ports & 15) << v.source;
    }
}

TEST_F(RssTest, Behaviour25_VerificationSuiteWithAddressesOnly) {
    types(ip4 | ip6);
    for (const RssVector& v : rss_vectors) {
        Packet p = packet(v, proto_tcp);
        const Seen seen = arrives(p);
        EXPECT_EQ(seen.hash, v.addresses) << v.source;
        EXPECT_EQ(seen.type, p.v6() ? 5u : 2u) << v.source;
        EXPECT_EQ(seen.queue, v.addresses & 15) << v.source;
    }
}

TEST_F(RssTest, Behaviour25_VerificationSuiteWithUdpPorts) {
    types(udp4 | udp6);
    for (const RssVector& v : rss_vectors) {
        Packet p = packet(v, proto_udp);
        const Seen seen = arrives(p);
        EXPECT_EQ(seen.hash, v.with_ports) << v.source;
        EXPECT_EQ(seen.type, p.v6() ? 8u : 7u) << v.source;
    }
}

TEST_F(RssTest, Behaviour25_TypesThatAreOffFallBackToAddressesOrToNothing) {
    types(ip4);
    EXPECT_EQ(arrives(packet(rss_vectors[0], proto_udp)).type, 2u);
    types(tcp4);
    const Seen none = arrives(packet(rss_vectors[0], proto_udp));
    EXPECT_EQ(none.type, 0u);
    EXPECT_EQ(none.hash, 0u);
    EXPECT_EQ(none.queue, 0u);
    EXPECT_EQ(arrives(packet(rss_vectors[5], proto_tcp)).type, 0u) << "IPv6 is off";
    types(tcp4 | ip4, 0);
    EXPECT_EQ(arrives(packet(rss_vectors[0], proto_tcp)).type, 0u) << "no RSS in this mode";
}

TEST_F(RssTest, Behaviour25_SctpIsHashedByAddresses) {
    types(tcp4 | udp4 | ip4);
    const Seen seen = arrives(packet(rss_vectors[0], proto_sctp));
    EXPECT_EQ(seen.type, 2u);
    EXPECT_EQ(seen.hash, rss_vectors[0].addresses);
}

TEST_F(RssTest, Behaviour25_FragmentsAreHashedByAddresses) {
    types(tcp4 | udp4 | ip4);
    for (const std::uint16_t fragment : std::initializer_list<std::uint16_t>{0x2000, 0x2010, 0x0020}) {
        Packet p = packet(rss_vectors[0], proto_udp);
        p.fragment = fragment;
        const Seen seen = arrives(p);
        EXPECT_EQ(seen.type, 2u) << fragment;
        EXPECT_EQ(seen.hash, rss_vectors[0].addresses) << fragment;
    }
    Packet whole = packet(rss_vectors[0], proto_udp);
    whole.fragment = 0x4000;
    EXPECT_EQ(arrives(whole).type, 7u) << "do not fragment: this is none";
}

TEST_F(RssTest, Behaviour25_WhatIsNotIpGoesToQueueZeroWithoutAHash) {
    types(tcp4 | ip4 | tcp6 | ip6 | udp4 | udp6);
    set(RETA, 0x05050505);
    Frame arp = make_frame(60, own_mac);
    arp[12] = std::byte{0x08}, arp[13] = std::byte{0x06};
    const Seen seen = arrives(arp);
    EXPECT_EQ(seen.queue, 0u);
    EXPECT_EQ(seen.type, 0u);
    EXPECT_EQ(seen.hash, 0u);
}

TEST_F(RssTest, Behaviour25_TaggedFramesAreHashedBehindTheTag) {
    types(tcp4);
    Packet p = packet(rss_vectors[0], proto_tcp);
    p.tci = 0x2005;
    EXPECT_EQ(arrives(p).hash, rss_vectors[0].with_ports);
}

TEST_F(RssTest, Behaviour25_WithoutPcsdTheHashSteersButIsNotShown) {
    types(tcp4);
    set(RXCSUM, 0);
    const Seen seen = arrives(packet(rss_vectors[1], proto_tcp));
    EXPECT_EQ(seen.queue, rss_vectors[1].with_ports & 15);
    EXPECT_EQ(seen.type, 0u);
    EXPECT_EQ(seen.hash & 0xFFFF, 0x1234u) << "the IP identification stands there";
}

TEST_F(RssTest, Behaviour25_QueueIsTheTablesEntryForTheLowSevenBits) {
    types(tcp4);
    // The low seven bits of the first vector's hash are 120, of the fourth 127.
    set(RETA + 4 * 30, 0x0000000B);
    set(RETA + 4 * 31, 0x0C000000);
    EXPECT_EQ(arrives(packet(rss_vectors[0], proto_tcp)).queue, 0xBu);
    EXPECT_EQ(arrives(packet(rss_vectors[3], proto_tcp)).queue, 0xCu);
}

TEST_F(RssTest, Behaviour25_ExtensionHeadersHaveTypesOfTheirOwn) {
    Packet p = packet(rss_vectors[5], proto_tcp);
    p.extensions = {{0, {0, 1, 4, 0, 0, 0, 0}}};  // hop by hop, padding only
    types(tcp6 | ip6);
    EXPECT_EQ(arrives(p).type, 3u);
    types(tcp6 | tcp6ex | ip6 | ip6ex);
    Seen seen = arrives(p);
    EXPECT_EQ(seen.type, 6u);
    EXPECT_EQ(seen.hash, rss_vectors[5].with_ports) << "no home address: the header's own";
    types(ip6ex);
    EXPECT_EQ(arrives(p).type, 4u);
    types(udp6ex);
    p.protocol = proto_udp;
    EXPECT_EQ(arrives(p).type, 9u);
}

TEST_F(RssTest, Behaviour25_ExTypesHashHomeAddressAndRoutingHeader) {
    types(tcp6ex);
    Packet p = packet(rss_vectors[6], proto_tcp);
    Bytes home{2, 1, 2, 0, 0, 201, 16};  // 24 bytes: padding, then the home address option
    append(home, address("2001:db8::77"));
    Bytes routing{2, 2, 1, 0, 0, 0, 0};
    append(routing, address("2001:db8::88"));
    p.extensions = {{60, home}, {43, routing}};
    Bytes input = address("2001:db8::77");
    append(input, address("2001:db8::88"));
    append16(input, p.source_port);
    append16(input, p.destination_port);
    const Seen seen = arrives(p);
    EXPECT_EQ(seen.type, 6u);
    EXPECT_EQ(seen.hash, reference::toeplitz(key, input));
}

TEST_F(RssTest, Behaviour25_PoolModesUseFewBitsOfTheTable) {
    set(0x51B0, 1 | 2u << 7);  // default pool 2
    types(tcp4, 0xA);          // 32 pools, four queues each
    EXPECT_EQ(arrives(packet(rss_vectors[0], proto_tcp)).queue, 8 + (rss_vectors[0].with_ports & 3));
    types(tcp4, 0xB);  // 64 pools, two queues each
    EXPECT_EQ(arrives(packet(rss_vectors[1], proto_tcp)).queue, 4 + (rss_vectors[1].with_ports & 1));
    Frame arp = make_frame(60, own_mac);
    arp[13] = std::byte{0x06};
    EXPECT_EQ(arrives(arp).queue, 4u);
}

TEST_F(RssTest, Behaviour26_KeyByteZeroIsInTheLowestBitsOfRegisterZero) {
    types(tcp4);
    for (std::uint32_t i = 0; i < 10; ++i) set(RSSRK + 4 * i, 0);
    set(RSSRK, 0x80);  // the very first bit of the key: the first 32 windows see it
    Bytes first(40, 0);
    first[0] = 0x80;
    Packet p = packet(rss_vectors[0], proto_tcp);
    Bytes input = address(p.source);
    append(input, address(p.destination));
    append16(input, p.source_port);
    append16(input, p.destination_port);
    EXPECT_EQ(arrives(p).hash, reference::toeplitz(first, input));
    set(RSSRK, 0);
    set(RSSRK + 4, 0x01020304);
    Bytes second(40, 0);
    second[4] = 4, second[5] = 3, second[6] = 2, second[7] = 1;
    EXPECT_EQ(arrives(p).hash, reference::toeplitz(second, input));
}

TEST_F(RssTest, Behaviour28_PacketTypesNameTheHeaders) {
    Packet p;
    p.protocol = proto_tcp;
    EXPECT_EQ(arrives(p).packet_type, 0x11u);
    p.protocol = proto_udp;
    EXPECT_EQ(arrives(p).packet_type, 0x21u);
    p.protocol = proto_sctp;
    EXPECT_EQ(arrives(p).packet_type, 0x41u);
    p.protocol = 1;
    EXPECT_EQ(arrives(p).packet_type, 0x01u) << "ICMP is just IPv4";
    p.protocol = 50;
    EXPECT_EQ(arrives(p).packet_type, 0x101u) << "ESP";
    p.protocol = 51;
    EXPECT_EQ(arrives(p).packet_type, 0x201u) << "AH";
    p.protocol = proto_udp;
    p.ip_options = {1, 1, 1, 0};
    EXPECT_EQ(arrives(p).packet_type, 0x23u) << "options";
    p.ip_options.clear();
    p.fragment = 0x2000;
    EXPECT_EQ(arrives(p).packet_type, 0x01u) << "a fragment has no ports";
    p.fragment = 0;
    p.source = "2001:db8::1", p.destination = "2001:db8::2";
    EXPECT_EQ(arrives(p).packet_type, 0x24u);
    p.extensions = {{60, {0, 1, 4, 0, 0, 0, 0}}, {0, {0, 1, 4, 0, 0, 0, 0}}};
    EXPECT_EQ(arrives(p).packet_type, 0x2Cu) << "extension headers";
    p.extensions = {{44, {0, 0, 1, 0, 0, 0, 9}}};
    EXPECT_EQ(arrives(p).packet_type, 0x0Cu) << "a fragment";
}

TEST_F(RssTest, Behaviour28_BrokenHeadersHaveNoType) {
    Packet p;
    const Frame good = build(p);
    const auto with = [&good](std::size_t at, std::uint8_t value) {
        Frame f = good;
        f.at(at) = static_cast<std::byte>(value);
        return f;
    };
    EXPECT_EQ(arrives(with(14, 0x44)).packet_type, 0u) << "header shorter than 20 bytes";
    EXPECT_EQ(arrives(with(14, 0x65)).packet_type, 0u) << "wrong version";
    EXPECT_EQ(arrives(with(16, 0x40)).packet_type, 0u) << "longer than the frame";
    EXPECT_EQ(arrives(with(17, 10)).packet_type, 0u) << "shorter than its header";
    EXPECT_EQ(arrives(with(17, 24)).packet_type, 1u) << "no room for a UDP header";
    Packet v6;
    v6.source = "2001:db8::1", v6.destination = "2001:db8::2";
    v6.extensions = {{60, {200, 1, 4, 0, 0, 0, 0}}};  // an extension header longer than the packet
    EXPECT_EQ(arrives(v6).packet_type, 4u);
    v6.extensions.assign(20, {60, {0, 1, 4, 0, 0, 0, 0}});
    EXPECT_EQ(arrives(v6).packet_type & 0x30u, 0u) << "no card follows so long a chain";
}

}  // namespace
}  // namespace ringside::test
