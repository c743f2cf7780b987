// What the responder answers, and what it leaves alone.
#include "examples/support/ipv4_host.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace ringside::examples {
namespace {

using Bytes = std::vector<int>;
using Frame = std::vector<std::byte>;
using Answer = Ipv4Host::Answer;

constexpr MacAddress mac{{0x02, 0, 0, 0, 0, 0x82}};
const Ipv4Host host(mac, {192, 0, 2, 2});

Frame frame(std::initializer_list<Bytes> pieces) {
    Frame f;
    for (const Bytes& piece : pieces)
        for (const int b : piece) f.push_back(static_cast<std::byte>(b));
    f.resize(std::max<std::size_t>(f.size(), 60));
    return f;
}

const Bytes everyone{255, 255, 255, 255, 255, 255}, us{2, 0, 0, 0, 0, 0x82}, them{2, 0, 0, 0, 0, 1};

Frame who_has(const Bytes& target) {
    return frame(
        {everyone, them, {8, 6}, {0, 1, 8, 0, 6, 4, 0, 1}, them, {192, 0, 2, 1}, {0, 0, 0, 0, 0, 0}, target});
}

// Byte by byte, from the RFC.
unsigned checksum(const Frame& f, std::size_t from, std::size_t to) {
    unsigned sum = 0;
    for (std::size_t i = from; i < to; ++i)
        sum += std::to_integer<unsigned>(f[i]) << ((i - from) % 2 == 0 ? 8 : 0);
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return ~sum & 0xFFFF;
}

void set16(Frame& f, std::size_t at, unsigned value) {
    f[at] = static_cast<std::byte>(value >> 8);
    f[at + 1] = static_cast<std::byte>(value);
}

Frame ping(std::size_t payload = 33, int fragment = 0) {
    Frame f = frame({us,
                     them,
                     {8, 0},
                     {0x45, 0, 0, 0, 0x12, 0x34, fragment >> 8, fragment & 255, 64, 1, 0, 0},
                     {192, 0, 2, 1},
                     {192, 0, 2, 2},
                     {8, 0, 0, 0, 0xAB, 0xCD, 0, 7}});
    f.resize(std::max<std::size_t>(60, 42 + payload));
    for (std::size_t i = 0; i < payload; ++i) f[42 + i] = static_cast<std::byte>(i * 7 + 1);
    set16(f, 16, static_cast<unsigned>(28 + payload));
    set16(f, 24, checksum(f, 14, 34));
    set16(f, 36, checksum(f, 34, 42 + payload));
    return f;
}

void is_left_alone(Frame f, const char* why) {
    const Frame before = f;
    EXPECT_EQ(host.answer(f), Answer::none) << why;
    EXPECT_EQ(f, before) << why;
}

TEST(Ipv4Host, SaysWhereItIs) {
    Frame f = who_has({192, 0, 2, 2});
    EXPECT_EQ(host.answer(f), Answer::arp);
    EXPECT_EQ(f,
              frame({them, us, {8, 6}, {0, 1, 8, 0, 6, 4, 0, 2}, us, {192, 0, 2, 2}, them, {192, 0, 2, 1}}));
}

TEST(Ipv4Host, EchoesWhatItWasSent) {
    for (const std::size_t payload : {0u, 1u, 18u, 33u, 1472u}) {
        Frame f = ping(payload);
        const Frame before = f;
        EXPECT_EQ(host.answer(f), Answer::echo) << payload;
        const Frame addresses = frame({them, us});
        EXPECT_TRUE(std::equal(f.begin(), f.begin() + 12, addresses.begin()));
        EXPECT_EQ(f.size(), before.size());
        EXPECT_EQ(f[34], std::byte{0});
        EXPECT_EQ(checksum(f, 14, 34), 0u);
        EXPECT_EQ(checksum(f, 34, 42 + payload), 0u);
        EXPECT_EQ(Frame(f.begin() + 38, f.end()), Frame(before.begin() + 38, before.end()))
            << "id, number, payload";
        EXPECT_EQ(Frame(f.begin() + 26, f.begin() + 30), Frame(before.begin() + 30, before.begin() + 34));
        EXPECT_EQ(Frame(f.begin() + 30, f.begin() + 34), Frame(before.begin() + 26, before.begin() + 30));
    }
}

TEST(Ipv4Host, LeavesAloneWhatIsNotForIt) {
    is_left_alone(who_has({192, 0, 2, 3}), "another's address");
    Frame f = who_has({192, 0, 2, 2});
    f[21] = std::byte{2};
    is_left_alone(f, "an ARP reply");
    f = ping();
    f[5] = std::byte{0x83};
    is_left_alone(f, "another's hardware address");
    f = ping();
    f[12] = std::byte{0x86};
    is_left_alone(f, "another protocol");
    is_left_alone(ping(33, 0x2000), "the first fragment");
    is_left_alone(ping(33, 0x0001), "a later fragment");
}

TEST(Ipv4Host, LeavesAloneWhatIsDamagedOrLies) {
    Frame f = ping();
    f[50] ^= std::byte{1};
    is_left_alone(f, "ICMP checksum");
    f = ping();
    f[22] ^= std::byte{1};
    is_left_alone(f, "IPv4 checksum");
    f = ping();
    set16(f, 16, 5000);
    is_left_alone(f, "longer than the frame");
    f = ping();
    f[14] = std::byte{0x4F};
    is_left_alone(f, "a header longer than the packet");
    f = ping();
    f[14] = std::byte{0x44};
    is_left_alone(f, "a header too short");
    const Frame whole = ping();
    for (std::size_t length = 0; length < 42; ++length) {
        Frame part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
        is_left_alone(part, "cut off");
        const Frame arp = who_has({192, 0, 2, 2});
        part.assign(arp.begin(), arp.begin() + static_cast<std::ptrdiff_t>(length));
        is_left_alone(part, "cut off");
    }
}

TEST(Ipv4Address, IsFourNumbers) {
    EXPECT_EQ(parse_ipv4("192.0.2.255"), (Ipv4Address{192, 0, 2, 255}));
    for (const char* bad :
         {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.", "1.2.3.4 ", "a.b.c.d", "1,2,3,4", "-1.2.3.4"})
        EXPECT_FALSE(parse_ipv4(bad)) << bad;
}

}  // namespace
}  // namespace ringside::examples
