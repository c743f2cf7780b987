#include "net/toeplitz.hpp"

#include "net/headers.hpp"
#include "tests/net/frames.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace ringside::net {
namespace {

using test::Built;
using test::Bytes;
using test::Description;
using test::L4;
using test::Random;

// A bit at a time: whenever one is set, the 32 bits of the key that lie above it.
std::uint32_t slow_toeplitz(const RssKey& key, const Bytes& input) {
    const auto key_bit = [&key](std::size_t i) { return key.bytes[i / 8] >> (7 - i % 8) & 1u; };
    std::uint32_t hash = 0;
    for (std::size_t i = 0; i < 8 * input.size(); ++i) {
        if ((std::to_integer<unsigned>(input[i / 8]) >> (7 - i % 8) & 1u) == 0) continue;
        std::uint32_t window = 0;
        for (std::size_t k = 0; k < 32; ++k) window = window << 1 | key_bit(i + k);
        hash ^= window;
    }
    return hash;
}

RssKey random_key(Random& random) {
    RssKey key;
    for (std::uint8_t& byte : key.bytes) byte = static_cast<std::uint8_t>(random.number16());
    return key;
}

SoftwareRss::Result decide(const Rss& rss, const Description& d) {
    const Bytes bytes = test::build(d).bytes;
    return SoftwareRss(rss)(bytes, find_headers(bytes, static_cast<std::uint32_t>(bytes.size())));
}

struct Vector {
    std::vector<std::uint16_t> source, destination;  // bytes of IPv4, words of IPv6
    std::uint16_t source_port, destination_port;
    std::uint32_t addresses, with_ports;
};

// Microsoft, "Verifying the RSS hash calculation".
const Vector vectors[] = {
    {{66, 9, 149, 187}, {161, 142, 100, 80}, 2794, 1766, 0x323e8fc2, 0x51ccc178},
    {{199, 92, 111, 2}, {65, 69, 140, 83}, 14230, 4739, 0xd718262a, 0xc626b0ea},
    {{24, 19, 198, 95}, {12, 22, 207, 184}, 12898, 38024, 0xd2d0a5de, 0x5c2b394a},
    {{38, 27, 205, 30}, {209, 142, 163, 6}, 48228, 2217, 0x82989176, 0xafc7327f},
    {{153, 39, 163, 191}, {202, 188, 127, 2}, 44251, 1303, 0x5d1809c5, 0x10e828a2},
    {{0x3ffe, 0x2501, 0x200, 0x1fff, 0, 0, 0, 7},
     {0x3ffe, 0x2501, 0x200, 3, 0, 0, 0, 1},
     2794,
     1766,
     0x2cc18cd5,
     0x40207d3d},
    {{0x3ffe, 0x501, 8, 0, 0x260, 0x97ff, 0xfe40, 0xefab},
     {0xff02, 0, 0, 0, 0, 0, 0, 1},
     14230,
     4739,
     0x0f0c461c,
     0xdde51bbf},
    {{0x3ffe, 0x1900, 0x4545, 3, 0x200, 0xf8ff, 0xfe21, 0x67cf},
     {0xfe80, 0, 0, 0, 0x200, 0xf8ff, 0xfe21, 0x67cf},
     44251,
     38024,
     0x4b61e985,
     0x02d1feef},
};

Description description_of(const Vector& v, L4 l4) {
    Description d;
    d.v6 = v.source.size() == 8;
    d.l4 = l4;
    std::vector<std::uint8_t> bytes;
    for (const auto* address : {&v.source, &v.destination})
        for (const std::uint16_t word : *address) {
            if (d.v6) bytes.push_back(static_cast<std::uint8_t>(word >> 8));
            bytes.push_back(static_cast<std::uint8_t>(word & 0xFF));
        }
    std::copy(bytes.begin(), bytes.end(), d.addresses.begin());
    d.source_port = v.source_port;
    d.destination_port = v.destination_port;
    return d;
}

TEST(SoftwareRss, GivesMicrosoftsHashes) {
    const Rss rss = Rss::over(16);
    for (const Vector& v : vectors) {
        const auto tcp = decide(rss, description_of(v, L4::tcp));
        EXPECT_EQ(tcp.hash, v.with_ports);
        EXPECT_EQ(tcp.queue, v.with_ports % 128 % 16);
        EXPECT_EQ(decide(rss, description_of(v, L4::sctp)).hash, v.addresses);
        EXPECT_EQ(decide(rss, description_of(v, L4::udp)).hash, v.addresses) << "UDP's ports are not usual";
        const Rss with_udp = Rss::over(16, RssKey::microsoft(), Rss::with_udp);
        EXPECT_EQ(decide(with_udp, description_of(v, L4::udp)).hash, v.with_ports);
    }
}

TEST(Toeplitz, EqualsTheSlowOneForAnyKeyAndInput) {
    Random random(1);
    for (int i = 0; i < 500; ++i) {
        const RssKey key = random_key(random);
        const Toeplitz fast(key);
        for (int k = 0; k < 20; ++k) {
            const Bytes input = random.noise(random.below(37));
            ASSERT_EQ(fast(input), slow_toeplitz(key, input));
        }
    }
}

TEST(SoftwareRss, WithTheSymmetricKeySeesBothDirectionsAlike) {
    Random random(2);
    const SoftwareRss rss(Rss::over(7, RssKey::symmetric(), Rss::with_udp));
    const SoftwareRss usual(Rss::over(7, RssKey::microsoft(), Rss::with_udp));
    int different = 0;
    for (int i = 0; i < 10'000; ++i) {
        const Description there = random.description(10);
        Description back = there;
        std::swap(back.source_port, back.destination_port);
        const std::ptrdiff_t half = there.v6 ? 16 : 4;
        std::rotate(back.addresses.begin(), back.addresses.begin() + half, back.addresses.begin() + 2 * half);
        const Bytes a = test::build(there).bytes, b = test::build(back).bytes;
        const Headers ha = find_headers(a, static_cast<std::uint32_t>(a.size()));
        const Headers hb = find_headers(b, static_cast<std::uint32_t>(b.size()));
        ASSERT_EQ(rss(a, ha).hash, rss(b, hb).hash);
        different += usual(a, ha).hash != usual(b, hb).hash;
    }
    EXPECT_GT(different, 9'900) << "Microsoft's key does tell them apart";
}

TEST(SoftwareRss, TakesTheMostSpecificKindThatIsEnabled) {
    Description d;
    const auto type = [&d](unsigned types) { return decide({RssKey::microsoft(), types, {}}, d).type; };
    EXPECT_EQ(type(Rss::with_udp), Rss::ipv4_tcp);
    EXPECT_EQ(type(Rss::ipv4 | Rss::ipv4_udp), Rss::ipv4);
    EXPECT_EQ(type(Rss::ipv4_udp | Rss::ipv6), 0u);
    d.l4 = L4::udp;
    EXPECT_EQ(type(Rss::with_udp), Rss::ipv4_udp);
    EXPECT_EQ(type(Rss::usual), Rss::ipv4);
    d.l4 = L4::sctp;
    EXPECT_EQ(type(Rss::with_udp), Rss::ipv4) << "no kind covers SCTP's ports";
    d.l4 = L4::udp;
    d.v6 = true;
    EXPECT_EQ(type(Rss::with_udp), Rss::ipv6_udp);
    EXPECT_EQ(type(Rss::usual), Rss::ipv6);
    EXPECT_EQ(type(Rss::ipv4), 0u);
    d.l4 = L4::tcp;
    EXPECT_EQ(type(Rss::usual), Rss::ipv6_tcp);
}

TEST(SoftwareRss, SendsFragmentsByTheirAddresses) {
    Description d;
    d.fragment = 0x2000;
    const auto fragment = decide(Rss::over(4), d);
    EXPECT_EQ(fragment.type, Rss::ipv4);
    d.source_port = 7;
    EXPECT_EQ(decide(Rss::over(4), d).hash, fragment.hash);
}

TEST(SoftwareRss, SendsWhatNoKindFitsToQueueZero) {
    Rss rss = Rss::over(4);
    rss.table.fill(3);
    Bytes arp = test::build(Description{}).bytes;
    arp[12] = std::byte{0x08}, arp[13] = std::byte{0x06};
    const auto result = SoftwareRss(rss)(arp, find_headers(arp, static_cast<std::uint32_t>(arp.size())));
    EXPECT_EQ(result.queue, 0u);
    EXPECT_EQ(result.hash, 0u);
    EXPECT_EQ(decide(rss, Description{}).queue, 3u);
}

}  // namespace
}  // namespace ringside::net
