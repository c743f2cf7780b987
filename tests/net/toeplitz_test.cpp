#include "net/toeplitz.hpp"

#include "net/headers.hpp"
#include "tests/net/frames.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/rss_vectors.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ringside::net {
namespace {

using test::Built;
using test::Bytes;
using test::Description;
using test::L4;
using test::Random;

RssKey random_key(Random& random) {
    RssKey key;
    for (std::uint8_t& byte : key.bytes) byte = static_cast<std::uint8_t>(random.number16());
    return key;
}

SoftwareRss::Result decide(const Rss& rss, const Description& d) {
    const Bytes bytes = test::build(d).bytes;
    return SoftwareRss(rss)(bytes, find_headers(bytes, static_cast<std::uint32_t>(bytes.size())));
}

Description description_of(const test::RssVector& v, L4 l4) {
    Description d;
    d.v6 = std::string_view(v.source).find(':') != std::string_view::npos;
    d.l4 = l4;
    const int family = d.v6 ? AF_INET6 : AF_INET;
    EXPECT_EQ(::inet_pton(family, v.source, d.addresses.data()), 1);
    EXPECT_EQ(::inet_pton(family, v.destination, d.addresses.data() + (d.v6 ? 16 : 4)), 1);
    d.source_port = v.source_port;
    d.destination_port = v.destination_port;
    return d;
}

TEST(SoftwareRss, GivesMicrosoftsHashes) {
    const Rss rss = Rss::over(16);
    for (const test::RssVector& v : test::rss_vectors) {
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
            ASSERT_EQ(fast(input), test::reference::toeplitz(key.bytes, input));
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
