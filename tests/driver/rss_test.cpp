// Receive side scaling on the software 82599: the hash, the queues, and how evenly flows spread.
#include "tests/driver/steering_fixture.hpp"
#include "tests/support/rss_vectors.hpp"

#include <map>
#include <random>

namespace ringside::test {
namespace {

class RssTest : public Steered {
protected:
    static constexpr std::uint32_t queues = 16;
    void begin(std::optional<Rss> rss = std::nullopt) {
        open();
        start_queues(queues, {.rss = rss});
    }
};

TEST_F(RssTest, MicrosoftsVectorsComeOutWithPorts) {
    begin(Rss::over(queues, RssKey::microsoft(), Rss::with_udp));
    for (const RssVector& v : rss_vectors)
        for (const std::uint8_t protocol : {proto_tcp, proto_udp}) {
            Packet p = tcp(v.source, v.source_port, v.destination, v.destination_port);
            p.protocol = protocol;
            const Seen seen = arrives(p);
            ASSERT_TRUE(has(seen.info, RxInfo::hash_valid)) << v.source;
            EXPECT_EQ(seen.info.rss_hash, v.with_ports) << v.source;
            EXPECT_EQ(seen.queue, (v.with_ports & 127) % queues) << v.source;
        }
}

TEST_F(RssTest, MicrosoftsVectorsComeOutForAddressesOnly) {
    begin(Rss::over(queues, RssKey::microsoft(), Rss::ipv4 | Rss::ipv6));
    for (const RssVector& v : rss_vectors) {
        const Seen seen = arrives(tcp(v.source, v.source_port, v.destination, v.destination_port));
        EXPECT_EQ(seen.info.rss_hash, v.addresses) << v.source;
        EXPECT_EQ(seen.queue, (v.addresses & 127) % queues) << v.source;
    }
}

TEST_F(RssTest, UsuallyUdpIsHashedByItsAddressesAndFragmentsStayWithTheRest) {
    begin();
    for (const RssVector& v : rss_vectors) {
        Packet p = udp(v.source, v.source_port, v.destination, v.destination_port);
        EXPECT_EQ(arrives(p).info.rss_hash, v.addresses) << v.source;
        if (p.v6()) continue;
        p.fragment = 0x2000;
        EXPECT_EQ(arrives(p).info.rss_hash, v.addresses) << v.source;
        p.fragment = 0x0010;
        EXPECT_EQ(arrives(p).queue, (v.addresses & 127) % queues) << v.source;
    }
}

TEST_F(RssTest, WhatIsSetIsReadBackFromTheCard) {
    open();
    Rss rss = Rss::over(queues, RssKey::symmetric(), Rss::ipv4_tcp | Rss::ipv6_udp);
    for (std::size_t i = 0; i < rss.table.size(); ++i)
        rss.table[i] = static_cast<std::uint8_t>((i * 7 + 3) % queues);
    start_queues(queues);
    EXPECT_EQ(nic->rss(), Rss::over(queues)) << "unless told otherwise";
    nic->set_rss(rss);
    EXPECT_EQ(nic->rss(), rss);
    nic->set_rss(Rss::off());
    EXPECT_EQ(nic->rss(), Rss::off());
    nic->set_rss(Rss::over(3));
    EXPECT_EQ(nic->rss(), Rss::over(3));
    start_queues(1);
    EXPECT_EQ(nic->rss(), Rss::off()) << "one queue";
    start_queues(20);
    EXPECT_EQ(nic->rss(), Rss::over(16)) << "the card spreads over 16";
    start_queues(4, {.rss = rss.over(2)});
    EXPECT_EQ(nic->rss(), Rss::over(2));
}

TEST_F(RssTest, TablesThatNameOtherQueuesAreRefused) {
    open();
    expect_says(sentence<hal::Error>([&] { start_queues(4, {.rss = Rss::over(5)}); }),
                "cannot send frames to queue 4: the NIC runs with 4");
    expect_says(sentence<hal::Error>([&] { start_queues(32, {.rss = Rss::over(17)}); }),
                "cannot send frames to queue 16");
    start_queues(4);
    expect_says(sentence<hal::Error>([&] { nic->set_rss(Rss::over(8)); }), "queue 7");
    EXPECT_EQ(nic->rss(), Rss::over(4)) << "a refused one changes nothing";
    nic->stop();
    expect_says(sentence<hal::Error>([&] { nic->set_rss(Rss::over(2)); }), "needs a NIC that is running");
}

TEST_F(RssTest, OffSendsEverythingToQueue0WithoutAHash) {
    begin(Rss::off());
    for (std::uint16_t port = 0; port < 40; ++port) {
        const Seen seen = arrives(tcp("10.0.0.1", port));
        EXPECT_EQ(seen.queue, 0u);
        EXPECT_FALSE(has(seen.info, RxInfo::hash_valid));
    }
}

TEST_F(RssTest, FramesThatAreNotIpGoToQueue0) {
    begin();
    for (std::uint32_t i = 0; i < 20; ++i) {
        const Seen seen = arrives(ethernet(own, i, 100));
        EXPECT_EQ(seen.queue, 0u);
        EXPECT_FALSE(has(seen.info, RxInfo::hash_valid));
    }
}

TEST_F(RssTest, ChangedWhileRunningItHoldsForTheNextFrame) {
    begin(Rss::over(1));
    EXPECT_EQ(queue_of(tcp()), 0u);
    Rss rss = Rss::over(queues);
    rss.table.fill(9);
    nic->set_rss(rss);
    EXPECT_EQ(queue_of(tcp()), 9u);
}

TEST_F(RssTest, FlowsKeepTheirQueue) {
    begin();
    std::mt19937 random(5);
    std::map<std::pair<std::uint32_t, std::uint16_t>, std::uint32_t> queue;
    for (int i = 0; i < 3000; ++i) {
        const auto host = static_cast<std::uint32_t>(random() % 20);
        const auto port = static_cast<std::uint16_t>(random() % 10);
        Packet p = tcp(("10.0.3." + std::to_string(host)).c_str(), port);
        p.payload = random() % 200;
        p.seed = static_cast<std::uint8_t>(random());
        p.tcp_flags = random() % 2 != 0 ? 0x10 : 0x02;
        const auto seen = queue_of(p);
        ASSERT_TRUE(seen);
        EXPECT_EQ(queue.try_emplace({host, port}, *seen).first->second, *seen);
    }
}

TEST_F(RssTest, TheSymmetricKeyKeepsBothDirectionsTogether) {
    begin(Rss::over(queues, RssKey::symmetric()));
    std::mt19937 random(6);
    int apart = 0;
    for (int i = 0; i < 300; ++i) {
        const std::string a = "10.1." + std::to_string(random() % 256) + "." + std::to_string(random() % 256);
        const auto port = static_cast<std::uint16_t>(random());
        const Seen there = arrives(tcp(a.c_str(), port)),
                   back = arrives(tcp("10.0.0.2", 2000, a.c_str(), port));
        EXPECT_EQ(there.queue, back.queue);
        EXPECT_EQ(there.info.rss_hash, back.info.rss_hash);
        apart += there.queue != queue_of(tcp(a.c_str(), static_cast<std::uint16_t>(port + 1)));
    }
    EXPECT_GT(apart, 200) << "flows do spread";
}

// How far the fullest and the emptiest queue are from even, in percent.
struct Spread {
    double most, least;
};
class RssSpread : public RssTest {
protected:
    template <class NextPacket> Spread spread(unsigned flows, NextPacket&& next) {
        std::array<unsigned, queues> count{};
        for (unsigned i = 0; i < flows; ++i) ++count.at(queue_of(next(i)).value());
        const double even = flows / double{queues};
        const auto [least, most] = std::ranges::minmax(count);
        const Spread s{100 * (most / even - 1), 100 * (1 - least / even)};
        RecordProperty("most_percent_above_even", std::to_string(s.most));
        RecordProperty("least_percent_below_even", std::to_string(s.least));
        return s;
    }
};

// Connections as clients make them: one port after the other. The hash is linear, so such runs spread evenly.
TEST_F(RssSpread, AThousandConnectionsFromConsecutivePortsAreWithinTenPercentOfEven) {
    begin();
    const Spread s = spread(1000, [](unsigned i) {
        return tcp("192.168.1.10", static_cast<std::uint16_t>(32768 + i), "10.0.0.2", 443);
    });
    EXPECT_LE(s.most, 10.0);
    EXPECT_LE(s.least, 10.0);
}

// Random flows fall on queues like dice: a queue's share of n flows varies by sqrt(15/n), which is 12 % for
// 1,000 and 2 % for 32,000. No hash can do better.
TEST_F(RssSpread, ManyRandomFlowsAreWithinTenPercentOfEven) {
    begin();
    std::mt19937 random(1);
    const auto any = [&](unsigned) {
        const auto byte = [&] { return std::to_string(random() % 256); };
        const std::string from = byte() + "." + byte() + "." + byte() + "." + byte();
        return tcp(from.c_str(), static_cast<std::uint16_t>(random()));
    };
    const Spread few = spread(1000, any);
    EXPECT_LE(few.most, 50.0);
    EXPECT_LE(few.least, 50.0);
    const Spread many = spread(32000, any);
    EXPECT_LE(many.most, 10.0);
    EXPECT_LE(many.least, 10.0);
}

}  // namespace
}  // namespace ringside::test
