// Frames in both directions, filters, sizes, statistics.
#include "tests/driver/gigabit/fixture.hpp"

namespace ringside::test {
namespace {

class Traffic : public EachFamily {};
INSTANTIATE_TEST_SUITE_P(, Traffic, each_family(), family_name);

TEST_P(Traffic, FramesOfAllSizesComeInAndGoOutUnchanged) {
    open(family());
    start();
    for (unsigned n = 0; n < 2000; ++n) {
        const Frame in = frame(own, 60 + n % 1455, n);
        card->arrive(in);
        const auto got = received();
        ASSERT_EQ(got.size(), 1u) << n;
        ASSERT_EQ(got[0], in) << n;
        send(in);
        ASSERT_EQ(card->sent.size(), 1u) << n;
        ASSERT_EQ(card->sent[0], in) << n;
        card->sent.clear();
    }
    EXPECT_EQ(nic->tx(0).reclaim(*cache), 0u);
}

TEST_P(Traffic, FramesShorterThanThePaddingAreSentAndTheShortestAreRefused) {
    open(family());
    start();
    send(frame(other, 17));
    send(frame(other, 42));
    send(frame(other, 16));
    ASSERT_EQ(card->sent.size(), 2u);
    // PCI cards may corrupt what they pad: there the driver does it.
    const std::size_t length = family() == Family::e1000 ? 60 : 42;
    ASSERT_EQ(card->sent[1].size(), length);
    EXPECT_TRUE(std::ranges::all_of(card->sent[1].begin() + 42, card->sent[1].end(),
                                    [](std::byte b) { return b == std::byte{0}; }));
    EXPECT_EQ(nic->tx(0).counters().refused, 1u);
}

TEST_P(Traffic, AShortFrameOfSeveralPartsIsPaddedBehindTheLast) {
    open(family());
    start();
    std::vector<mem::Packet> parts{cache->allocate().value(), cache->allocate().value()};
    for (mem::Packet& p : parts) {
        p.length = 20;
        std::fill_n(p.data, 64, std::byte{0xEE});
    }
    parts[0].flags = mem::Packet::more;
    ASSERT_EQ(nic->tx(0).send(*cache, parts), 2u);
    ASSERT_EQ(card->sent.size(), 1u);
    EXPECT_EQ(card->sent[0].size(), family() == Family::e1000 ? 60u : 40u);
    for (std::size_t i = 0; i < card->sent[0].size(); ++i)
        EXPECT_EQ(card->sent[0][i], i < 40 ? std::byte{0xEE} : std::byte{0});
}

TEST_P(Traffic, AShortFrameAtTheEndOfItsBufferIsRefusedWhereItCannotBePadded) {
    open(family());
    start();
    mem::Packet p = cache->allocate().value();
    p.data += pool->room() - 42;
    p.length = 42;
    ASSERT_EQ(nic->tx(0).send(*cache, std::span(&p, 1)), 1u);
    EXPECT_EQ(card->sent.size(), family() == Family::e1000 ? 0u : 1u);
}

TEST_P(Traffic, JumboFramesTakeSeveralBuffersOfEverySize) {
    for (const std::uint32_t room : {1024u, 2048u, 3072u, 4096u, 8192u, 16384u}) {
        open(family());
        make_pool({.buffers = 2000, .room = room});
        start({.mtu = nic->info().max_mtu});
        for (const std::size_t length : {std::size_t{60}, std::size_t{room}, std::size_t{room} + 1,
                                         std::size_t{9000}, std::size_t{nic->info().max_mtu} + 14}) {
            const Frame in = frame(own, std::min<std::size_t>(length, nic->info().max_mtu + 14));
            card->arrive(in);
            const auto got = received();
            ASSERT_EQ(got.size(), 1u) << room << " " << length;
            ASSERT_EQ(got[0], in) << room << " " << length;
            send(in);
            ASSERT_EQ(card->sent.back(), in) << room << " " << length;
        }
        TearDown();
    }
}

TEST_P(Traffic, FramesAboveTheStandardSizeAreDroppedWithoutJumbo) {
    open(family());
    start();
    card->arrive(frame(own, 1514));
    card->arrive(frame(own, 1519));
    EXPECT_EQ(received().size(), 1u);
    EXPECT_EQ(nic->statistics().rx_dropped.length, 1u);
}

TEST_P(Traffic, AFullRingDropsAndCountsAndGoesOn) {
    open(family());
    start({.rx_descriptors = 64});
    for (unsigned n = 0; n < 100; ++n) card->arrive(frame(own, 64, n));
    EXPECT_EQ(received().size(), 63u);
    const Statistics s = nic->statistics();
    EXPECT_EQ(s.rx_packets, 63u);
    EXPECT_EQ(s.rx_wire_packets, 100u);
    EXPECT_EQ(igb() ? s.rx_dropped.no_descriptor : s.rx_dropped.missed, 37u);
    card->arrive(frame(own, 64));
    EXPECT_EQ(received().size(), 1u);
}

TEST_P(Traffic, TheRingsGoRoundManyTimes) {
    open(family());
    start({.rx_descriptors = 64, .tx_descriptors = 64});
    unsigned number = 0;
    for (int round = 0; round < 50; ++round) {
        for (int i = 0; i < 40; ++i) card->arrive(frame(own, 64, number++));
        EXPECT_EQ(received().size(), 40u);
        for (int i = 0; i < 40; ++i) send(frame(other, 100));
        EXPECT_EQ(card->sent.size(), 40u);
        card->sent.clear();
    }
}

TEST_P(Traffic, OnlyTheOwnAddressAndBroadcastArriveAtFirst) {
    open(family());
    start();
    for (const auto& to : {own, broadcast, other, group}) card->arrive(frame(to, 64));
    EXPECT_EQ(received().size(), 2u);
}

TEST_P(Traffic, PromiscuousModeLetsEverythingInAndEnds) {
    open(family());
    start({.promiscuous = true});
    for (const auto& to : {other, group}) card->arrive(frame(to, 64));
    EXPECT_EQ(received().size(), 2u);
    nic->set_promiscuous(false);
    for (const auto& to : {other, group}) card->arrive(frame(to, 64));
    EXPECT_EQ(received().size(), 0u);
    nic->set_promiscuous(true);
    card->arrive(frame(other, 64));
    EXPECT_EQ(received().size(), 1u);
}

TEST_P(Traffic, AllMulticastLetsGroupsInAndNobodyElse) {
    open(family());
    start();
    nic->set_all_multicast(true);
    for (const auto& to : {other, group}) card->arrive(frame(to, 64));
    EXPECT_EQ(received(), std::vector<Frame>{frame(group, 64)});
}

TEST_P(Traffic, MulticastFiltersLetTheirGroupsInAlsoAfterARestart) {
    open(family());
    start();
    const MacAddress neighbour{{0x01, 0x80, 0xC2, 0x00, 0x00, 0x0E}};
    nic->set_multicast_filters(std::vector{group});
    for (const auto& to : {neighbour, group}) card->arrive(frame(to, 64));
    EXPECT_EQ(received(), std::vector<Frame>{frame(group, 64)});
    nic->set_multicast_filters(std::vector{neighbour});
    start();
    for (const auto& to : {neighbour, group}) card->arrive(frame(to, 64));
    EXPECT_EQ(received(), std::vector<Frame>{frame(neighbour, 64)});
    // Datasheet: the hash of 01:00:5e:00:00:fb is 0xfb0, which is bit 16 of the last register but two.
    EXPECT_EQ(card->reg(0x5200 + 4 * 125), 0u);
    nic->set_multicast_filters(std::vector{group});
    EXPECT_EQ(card->reg(0x5200 + 4 * 125), 1u << 16);
}

TEST_P(Traffic, UnicastFiltersFillTheTableAndAreReplaced) {
    open(family());
    start();
    const std::uint32_t room = nic->info().max_unicast_filters;
    EXPECT_EQ(room, family() == Family::e1000 ? 15u : family() == Family::e1000e ? 14u : 23u);
    std::vector<MacAddress> addresses;
    for (std::uint32_t i = 0; i < room; ++i)
        addresses.push_back({{0x02, 0, 0, 0, 0, static_cast<std::uint8_t>(i)}});
    nic->set_unicast_filters(addresses);
    for (const auto& to : addresses) card->arrive(frame(to, 64));
    EXPECT_EQ(received().size(), room);
    nic->set_unicast_filters(std::vector{other});
    card->arrive(frame(addresses.back(), 64));
    card->arrive(frame(other, 64));
    EXPECT_EQ(received(), std::vector<Frame>{frame(other, 64)});
    addresses.push_back(other);
    expect_says(sentence<hal::Error>([&] { nic->set_unicast_filters(addresses); }), "are too many");
}

TEST_P(Traffic, ASetAddressReplacesTheOwnUntilTheCardIsOpenedAgain) {
    open(family());
    start();
    nic->set_mac(other);
    for (const auto& to : {own, other}) card->arrive(frame(to, 64));
    EXPECT_EQ(received(), std::vector<Frame>{frame(other, 64)});
    start();
    for (const auto& to : {own, other}) card->arrive(frame(to, 64));
    EXPECT_EQ(received(), std::vector<Frame>{frame(other, 64)});
}

TEST_P(Traffic, StatisticsAreWhatWasSentAndReceivedAndBeginAnewWithAStart) {
    open(family());
    start();
    for (int round = 0; round < 3; ++round) {
        for (unsigned n = 0; n < 10; ++n) card->arrive(frame(own, 100 + n));
        EXPECT_EQ(received().size(), 10u);
        for (unsigned n = 0; n < 7; ++n) send(frame(other, 200 + n));
        const Statistics s = nic->statistics();
        const std::uint64_t rounds = static_cast<std::uint64_t>(round) + 1;
        EXPECT_EQ(s.rx_packets, 10 * rounds);
        EXPECT_EQ(s.rx_bytes, 1045 * rounds);
        EXPECT_EQ(s.rx_wire_packets, 10 * rounds);
        EXPECT_EQ(s.tx_packets, 7 * rounds);
        EXPECT_EQ(s.tx_bytes, 1421 * rounds);
        EXPECT_EQ(s.rx_dropped.total(), 0u);
        ASSERT_EQ(s.rx_queues.size(), 1u);
        EXPECT_EQ(s.rx_queues[0].packets, s.rx_packets);
        EXPECT_EQ(s.tx_queues.at(0).bytes, s.tx_bytes);
    }
    card->reg(0x408C) = 1;  // GORCH: the upper half counts
    EXPECT_EQ(nic->statistics().rx_bytes, 3 * 1045 + (1ull << 32));
    start();
    EXPECT_EQ(nic->statistics().rx_packets, 0u);
}

TEST_P(Traffic, WhereGoodBytesAreNotCountedAllBytesStandIn) {
    open(family());
    start();
    card->arrive(frame(own, 100));
    card->reg(0x4088) = 0;  // GORCL
    EXPECT_EQ(received().size(), 1u);
    EXPECT_EQ(nic->statistics().rx_bytes, 100u);
}

TEST_P(Traffic, DamagedFramesAreCountedByTheCard) {
    open(family());
    start();
    card->arrive(frame(own, 64), 1);
    EXPECT_EQ(received().size(), 0u);
    EXPECT_EQ(nic->statistics().rx_dropped.crc, 1u);
}

TEST_P(Traffic, AllQueuesThatTheCardHasCanBeUsed) {
    open(family());
    const std::uint32_t queues = family() == Family::e1000 ? 1 : family() == Family::e1000e ? 2 : 16;
    ASSERT_EQ(nic->info().max_rx_queues, queues);
    ASSERT_EQ(nic->info().max_tx_queues, queues);
    start({.rx_queues = queues, .tx_queues = queues, .rx_descriptors = 64, .tx_descriptors = 64});
    for (std::uint32_t q = 0; q < queues; ++q) send(frame(other, 100, q), q);
    EXPECT_EQ(card->sent.size(), queues);
    card->arrive(frame(own, 64));
    EXPECT_EQ(received(0).size(), 1u) << "without RSS all frames come to the first queue";
}

}  // namespace
}  // namespace ringside::test
