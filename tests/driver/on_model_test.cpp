// The driver on the software 82599: traffic, filters, frame sizes, statistics. Errors are in faults_test.cpp.
#include "tests/driver/nic_fixture.hpp"

#include <algorithm>

namespace ringside::test {
namespace {

constexpr MacAddress mac_of(int last) { return {{0x02, 0x44, 0, 0, 0, static_cast<std::uint8_t>(last)}}; }

// --- Opening, the link, the address.

TEST_F(OnModel, OpeningSaysWhatTheCardIs) {
    open();
    EXPECT_EQ(nic->info().model, "Intel 82599 (SFP+)");
    EXPECT_EQ(nic->info().vendor, 0x8086);
    EXPECT_EQ(nic->info().device, 0x10FB);
    EXPECT_EQ(nic->info().address, "test:82599");
    EXPECT_FALSE(nic->info().direct_doorbells);
    EXPECT_EQ(nic->mac(), own);
    EXPECT_FALSE(nic->running());
}

TEST_F(OnModel, TheOtherCardIsKnownToo) {
    open("id=10f9,mac=02:01:02:03:04:05");
    EXPECT_EQ(nic->info().model, "Intel 82599 (CX4)");
    EXPECT_EQ(to_string(nic->mac()), "02:01:02:03:04:05");
    start_and_link();
    EXPECT_TRUE(nic->link().up);
}

TEST_F(OnModel, TheLinkComesUpAtTenGigabit) {
    open();
    start();
    EXPECT_EQ(to_string(nic->link()), "down");
    nic->wait_for_link(1s);
    EXPECT_EQ(to_string(nic->link()), "up, 10 Gb/s");
}

TEST_F(OnModel, ALinkThatTakesItsTimeIsWaitedFor) {
    open("link-delay=700");
    start();
    const auto before = clock.now();
    nic->wait_for_link(1s);
    EXPECT_GE(clock.now() - before, 600ms);
    EXPECT_TRUE(nic->link().up);
}

TEST_F(OnModel, ACableThatIsPulledTakesTheLinkDownAndBackItComesUp) {
    open();
    start_and_link();
    wire->connected = false;
    device->pump();
    EXPECT_EQ(to_string(nic->link()), "down");
    EXPECT_EQ(nic->link().mbit_per_second, 0u);
    wire->connected = true;
    nic->wait_for_link(1s);
    arrive(ethernet(own, 1, 100));
    EXPECT_EQ(received().size(), 1u);
}

TEST_F(OnModel, TheAddressMayBeChangedAndStaysChanged) {
    open();
    nic->set_mac(mac_of(1));
    start_and_link();
    arrive(ethernet(own, 1, 100));
    arrive(ethernet(mac_of(1), 2, 100));
    EXPECT_EQ(received(), (Frames{ethernet(mac_of(1), 2, 100)}));
    nic->set_mac(mac_of(2));
    arrive(ethernet(mac_of(1), 3, 100));
    arrive(ethernet(mac_of(2), 4, 100));
    EXPECT_EQ(received(), (Frames{ethernet(mac_of(2), 4, 100)}));
    nic->stop();
    start_and_link();
    EXPECT_EQ(nic->mac(), mac_of(2));
    arrive(ethernet(mac_of(2), 5, 100));
    EXPECT_EQ(received().size(), 1u);
}

TEST_F(OnModel, AnAddressThatCannotBeACardsIsRefused) {
    open();
    expect_says(sentence<hal::Error>([&] { nic->set_mac({}); }), "must be unicast and not zero");
    expect_says(sentence<hal::Error>([&] { nic->set_mac(broadcast); }), "ff:ff:ff:ff:ff:ff");
    EXPECT_EQ(nic->mac(), own);
}

// --- Filters.

TEST_F(OnModel, OwnAddressAndBroadcastAreReceivedAndNothingElse) {
    open();
    start_and_link();
    const MacAddress group{{0x01, 0x00, 0x5E, 0, 0, 1}};
    for (const MacAddress& to : {own, other, broadcast, group}) arrive(ethernet(to, 1, 64));
    EXPECT_EQ(received(), (Frames{ethernet(own, 1, 64), ethernet(broadcast, 1, 64)}));
}

TEST_F(OnModel, PromiscuousReceivesEverythingWhileItIsOn) {
    open();
    start_and_link({.promiscuous = true});
    const MacAddress group{{0x01, 0x00, 0x5E, 0, 0, 1}};
    for (const MacAddress& to : {own, other, broadcast, group}) arrive(ethernet(to, 1, 64));
    EXPECT_EQ(received().size(), 4u);
    nic->set_promiscuous(false);
    for (const MacAddress& to : {own, other, broadcast, group}) arrive(ethernet(to, 1, 64));
    EXPECT_EQ(received().size(), 2u);
    nic->set_promiscuous(true);
    nic->set_all_multicast(true);
    nic->set_promiscuous(false);
    for (const MacAddress& to : {own, other, broadcast, group}) arrive(ethernet(to, 1, 64));
    EXPECT_EQ(received().size(), 3u) << "all groups stay on";
    nic->set_all_multicast(false);
    arrive(ethernet(group, 1, 64));
    EXPECT_TRUE(received().empty());
}

TEST_F(OnModel, ARestartThatDoesNotAskForPromiscuousIsNot) {
    open();
    start_and_link({.promiscuous = true});
    start_and_link({.promiscuous = false});
    arrive(ethernet(other, 1, 64));
    EXPECT_TRUE(received().empty());
}

TEST_F(OnModel, AllMulticastSetBeforeTheStartHolds) {
    open();
    nic->set_all_multicast(true);
    start_and_link();
    arrive(ethernet({{0x33, 0x33, 0, 0, 0, 0xFB}}, 1, 64));
    arrive(ethernet(other, 1, 64));
    EXPECT_EQ(received().size(), 1u);
}

TEST_F(OnModel, UnicastFiltersAddAddressesAndReplaceTheEarlierOnes) {
    open();
    start_and_link();
    nic->set_unicast_filters(std::vector{mac_of(1), mac_of(2), mac_of(3)});
    for (int i = 1; i <= 4; ++i) arrive(ethernet(mac_of(i), 1, 64));
    arrive(ethernet(own, 1, 64));
    EXPECT_EQ(received().size(), 4u);
    nic->set_unicast_filters(std::vector{mac_of(4)});
    for (int i = 1; i <= 4; ++i) arrive(ethernet(mac_of(i), 1, 64));
    EXPECT_EQ(received(), (Frames{ethernet(mac_of(4), 1, 64)}));
    nic->stop();
    start_and_link();
    arrive(ethernet(mac_of(4), 1, 64));
    EXPECT_EQ(received().size(), 1u) << "filters survive a restart";
    nic->set_unicast_filters({});
    arrive(ethernet(mac_of(4), 1, 64));
    EXPECT_TRUE(received().empty());
}

TEST_F(OnModel, AllUnicastFiltersWorkAndOneMoreIsTooMany) {
    open();
    start_and_link();
    std::vector<MacAddress> many;
    for (std::uint32_t i = 0; i < nic->info().max_unicast_filters; ++i)
        many.push_back(mac_of(static_cast<int>(i)));
    nic->set_unicast_filters(many);
    for (const MacAddress& to : many) arrive(ethernet(to, 1, 64));
    EXPECT_EQ(received().size(), many.size());
    many.push_back(mac_of(200));
    expect_says(sentence<hal::Error>([&] { nic->set_unicast_filters(many); }), "has room for 127");
    arrive(ethernet(mac_of(5), 1, 64));
    EXPECT_EQ(received().size(), 1u) << "a refused list changes nothing";
}

TEST_F(OnModel, MulticastFiltersLetTheirGroupsIn) {
    open();
    start_and_link();
    const MacAddress all_hosts{{0x01, 0x00, 0x5E, 0, 0, 0x01}}, mdns{{0x01, 0x00, 0x5E, 0, 0, 0xFB}},
        lldp{{0x01, 0x80, 0xC2, 0, 0, 0x0E}};
    nic->set_multicast_filters(std::vector{all_hosts, mdns});
    for (const MacAddress& to : {all_hosts, mdns, lldp}) arrive(ethernet(to, 1, 64));
    EXPECT_EQ(received(), (Frames{ethernet(all_hosts, 1, 64), ethernet(mdns, 1, 64)}));
    nic->set_multicast_filters(std::vector{lldp});
    for (const MacAddress& to : {all_hosts, mdns, lldp}) arrive(ethernet(to, 1, 64));
    EXPECT_EQ(received(), (Frames{ethernet(lldp, 1, 64)}));
    nic->stop();
    start_and_link();
    arrive(ethernet(lldp, 1, 64));
    EXPECT_EQ(received().size(), 1u) << "filters survive a restart";
    nic->set_multicast_filters({});
    arrive(ethernet(lldp, 1, 64));
    EXPECT_TRUE(received().empty());
}

TEST_F(OnModel, FiltersOfTheWrongKindAreRefused) {
    open();
    expect_says(sentence<hal::Error>([&] { nic->set_unicast_filters(std::vector{broadcast}); }),
                "belongs to the multicast filters");
    expect_says(sentence<hal::Error>([&] { nic->set_multicast_filters(std::vector{own}); }),
                "belongs to the unicast filters");
}

TEST_F(OnModel, TaggedFramesPassUnchangedBothWays) {
    open();
    start_and_link();
    const std::vector<Frame> frames = {
        ethernet(own, 1, 64, {0x81, 0x00, 0x60, 0x7B, 0x08, 0x00}),
        ethernet(own, 2, 1522, {0x81, 0x00, 0x0F, 0xFF, 0x08, 0x00}),
        ethernet(own, 3, 1518, {0x88, 0xA8, 0, 7, 0x81, 0x00, 0, 8, 0x08, 0x00})};
    std::vector<Frame> expected(frames.begin(), frames.begin() + 1);
    arrive(frames[0]);
    arrive(ethernet(own, 2, 1518, {0x81, 0x00, 0x0F, 0xFF, 0x08, 0x00}));
    expected.push_back(ethernet(own, 2, 1518, {0x81, 0x00, 0x0F, 0xFF, 0x08, 0x00}));
    EXPECT_EQ(received(), expected) << "a tag comes on top of the MTU";
    send(frames);
    EXPECT_EQ(on_wire(), frames);
}

// --- Frame sizes.

TEST_F(OnModel, FramesOfEveryLengthGoThroughTheLoopByteByByte) {
    loop_cable();
    open();
    start_and_link();
    expect_every_length_back();
    // With a tag up to 1518.
    std::vector<Frame> tagged;
    for (std::size_t length = 1515; length <= 1518; ++length)
        tagged.push_back(ethernet(own, 1, length, {0x81, 0x00, 0, 5, 0x08, 0x00}));
    send(tagged);
    EXPECT_EQ(received(), tagged);
}

TEST_F(OnModel, ShortFramesArePaddedOnTheWire) {
    open();
    start_and_link();
    const Frame frame = ethernet(own, 1, 20);
    send({frame});
    Frame padded = frame;
    padded.resize(60);
    EXPECT_EQ(on_wire(), (Frames{padded}));
}

TEST_F(OnModel, JumboFramesGoBothWaysInSeveralBuffers) {
    loop_cable();
    open();
    make_pool({.buffers = 4096, .room = 2048});
    start_and_link({.mtu = 9000});
    std::vector<Frame> frames;
    for (const std::size_t length : {60u, 1518u, 2047u, 2048u, 2049u, 4096u, 4097u, 9000u, 9014u})
        frames.push_back(ethernet(own, static_cast<std::uint32_t>(length), length));
    send(frames);
    EXPECT_EQ(received(), frames);
    const Statistics s = nic->statistics();
    EXPECT_EQ(s.rx_packets, frames.size());
    EXPECT_EQ(s.rx_dropped.total(), 0u);
}

TEST_F(OnModel, TheLargestMtuAndTheSmallestBuffersWorkTogether) {
    loop_cable();
    open();
    make_pool({.buffers = 4096, .room = 1024});
    start_and_link({.mtu = nic->info().max_mtu});
    std::vector<Frame> frames;
    for (std::uint32_t i = 0; i < 40; ++i) frames.push_back(ethernet(own, i, 9724 - i));
    for (const Frame& f : frames) {
        send({f});
        ASSERT_EQ(received(), (Frames{f}));
    }
}

TEST_F(OnModel, FramesBeyondTheMtuAreDroppedAndCounted) {
    open();
    start_and_link({.mtu = 1500});
    arrive(ethernet(own, 1, 1514));
    arrive(ethernet(own, 2, 1515));
    EXPECT_EQ(received().size(), 1u);
    EXPECT_EQ(nic->statistics().rx_dropped.length, 1u);
    nic->stop();
    start_and_link({.mtu = 3000});
    arrive(ethernet(own, 3, 3014));
    arrive(ethernet(own, 4, 3015));
    EXPECT_EQ(received().size(), 1u);
    EXPECT_EQ(nic->statistics().rx_dropped.length, 1u);
}

// --- Statistics.

TEST_F(OnModel, StatisticsCountFramesAndBytesBothWays) {
    open();
    start_and_link({.rx_queues = 2, .tx_queues = 3});
    arrive(ethernet(own, 1, 100));
    arrive(ethernet(own, 1, 1000));
    send({ethernet(other, 1, 60), ethernet(other, 2, 200)}, 0);
    send({ethernet(other, 3, 300)}, 2);
    on_wire();
    EXPECT_EQ(received().size(), 2u);
    for (int look = 0; look < 3; ++look) {
        const Statistics s = nic->statistics();
        EXPECT_EQ(s.rx_packets, 2u);
        EXPECT_EQ(s.rx_bytes, 1100u);
        EXPECT_EQ(s.rx_wire_packets, 2u);
        EXPECT_EQ(s.tx_packets, 3u);
        EXPECT_EQ(s.tx_bytes, 560u);
        EXPECT_EQ(s.rx_dropped.total(), 0u);
        ASSERT_EQ(s.rx_queues.size(), 2u);
        ASSERT_EQ(s.tx_queues.size(), 3u);
        EXPECT_EQ(s.rx_queues[0].packets, 2u);
        EXPECT_EQ(s.rx_queues[0].bytes, 1100u);
        EXPECT_EQ(s.rx_queues[1].packets, 0u);
        EXPECT_EQ(s.tx_queues[0].packets, 2u);
        EXPECT_EQ(s.tx_queues[0].bytes, 260u);
        EXPECT_EQ(s.tx_queues[1].packets, 0u);
        EXPECT_EQ(s.tx_queues[2].packets, 1u);
        EXPECT_EQ(s.tx_queues[2].bytes, 300u);
    }
    nic->stop();
    start_and_link();
    EXPECT_EQ(nic->statistics().rx_packets, 0u) << "they count since start()";
    EXPECT_EQ(nic->statistics().tx_packets, 0u);
}

TEST_F(OnModel, AFullRingDropsAndTheDropsAreCountedWithTheirQueue) {
    open();
    start_and_link({.rx_descriptors = 64});
    for (std::uint32_t i = 0; i < 100; ++i) arrive(ethernet(own, i, 100));
    EXPECT_EQ(received().size(), 63u);
    const Statistics s = nic->statistics();
    EXPECT_EQ(s.rx_packets, 63u);
    EXPECT_EQ(s.rx_wire_packets, 100u);
    EXPECT_EQ(s.rx_dropped.no_descriptor, 37u);
    EXPECT_EQ(s.rx_dropped.total(), 37u);
    EXPECT_EQ(s.rx_queues[0].dropped, 37u);
}

TEST_F(OnModel, WithoutDroppingTheCardsBufferFillsFirst) {
    open();
    start_and_link({.rx_descriptors = 64, .drop_when_full = false});
    constexpr std::uint32_t count = 600;
    for (std::uint32_t i = 0; i < count; ++i) arrive(ethernet(own, i, 1500));
    const auto frames = received();
    ASSERT_GT(frames.size(), 300u) << "512 KiB are about 340 such frames";
    for (std::uint32_t i = 0; i < frames.size(); ++i) ASSERT_EQ(frames[i], ethernet(own, i, 1500));
    const Statistics s = nic->statistics();
    EXPECT_EQ(s.rx_dropped.no_descriptor, 0u);
    EXPECT_EQ(s.rx_packets, frames.size());
    EXPECT_EQ(s.rx_dropped.missed, count - frames.size());
}

TEST_F(OnModel, WhatTheDriverDropsAndRefusesIsInTheStatistics) {
    open();
    make_pool({.buffers = 2048, .room = 1024});
    start_and_link({.mtu = 4000});
    arrive(ethernet(own, 1, 3000));
    EXPECT_TRUE(received(0, 2).empty()) << "three parts, bursts of two";
    send({ethernet(own, 1, 16)});
    Statistics s = nic->statistics();
    EXPECT_EQ(s.rx_dropped.by_driver, 1u);
    EXPECT_EQ(s.rx_packets, 1u) << "the card did deliver it";
    EXPECT_EQ(s.tx_refused, 1u);
    EXPECT_EQ(s.tx_packets, 0u);
}

TEST_F(OnModel, AnExhaustedPoolIsCountedAndLosesNothingThatTheRingHolds) {
    open();
    make_pool({.buffers = 64 + 20});
    start_and_link({.rx_descriptors = 64, .tx_descriptors = 64});
    for (std::uint32_t i = 0; i < 60; ++i) arrive(ethernet(own, i, 100));
    std::vector<mem::Packet> held(64);
    held.resize(nic->rx(0).receive(*cache, held));
    EXPECT_EQ(held.size(), 20u);
    std::vector<mem::Packet> none(32);
    EXPECT_EQ(nic->rx(0).receive(*cache, none), 0u);
    EXPECT_EQ(nic->statistics().rx_no_buffers, 2u) << "both calls could have taken more";
    for (const mem::Packet& p : held) cache->give(p);
    EXPECT_EQ(received().size(), 40u);
    EXPECT_EQ(nic->statistics().rx_dropped.total(), 0u);
}

// --- Starting, stopping, sizes.

TEST_F(OnModel, StoppingAndStartingTwentyTimesLosesNoBuffer) {
    loop_cable();
    open("dd-delay");
    make_pool();
    for (std::uint32_t round = 0; round < 20; ++round) {
        const std::uint32_t queues = 1 + round % 4;
        start_and_link({.rx_queues = queues, .tx_queues = queues, .rx_descriptors = 64u << round % 3});
        for (std::uint32_t q = 0; q < queues; ++q) send({ethernet(own, round, 60 + 40 * q)}, q);
        for (int i = 0; i < 10; ++i) clock.sleep(1ms);
        EXPECT_EQ(received().size(), queues);
        for (std::uint32_t q = 0; q < queues; ++q) {
            EXPECT_EQ(nic->tx(q).reclaim(*cache), 0u);
            // Some are still on their way when it stops.
            const auto parts = parts_of(ethernet(own, round, 60));
            ASSERT_EQ(nic->tx(q).send(*cache, parts), 1u);
        }
        nic->stop();
        EXPECT_FALSE(nic->running());
        cache.reset();
        ASSERT_EQ(pool->available(), pool->size()) << "round " << round;
        cache.emplace(*pool);
        wire->to_nic.clear();
    }
    EXPECT_TRUE(notices.empty()) << notices.front();
}

TEST_F(OnModel, AfterStoppingTheCardDoesNoDma) {
    open();
    start_and_link();
    arrive(ethernet(own, 1, 100));
    nic->stop();
    nic->stop();
    const std::uint16_t command = static_cast<std::uint16_t>(device->config_read(4, 2));
    EXPECT_EQ(command & 4, 0) << "bus mastering is off";
    wire->to_nic.push_back(ethernet(own, 2, 100));
    clock.sleep(10ms);
    EXPECT_EQ(device->dma().refused, 0u);
}

TEST_F(OnModel, StartingARunningCardRestartsIt) {
    open();
    start_and_link();
    start_and_link({.rx_queues = 2});
    arrive(ethernet(own, 1, 100));
    EXPECT_EQ(received().size(), 1u);
    EXPECT_EQ(nic->statistics().rx_queues.size(), 2u);
}

TEST_F(OnModel, DestroyingARunningCardStopsIt) {
    open();
    start_and_link();
    arrive(ethernet(own, 1, 100));
    cache.reset();
    EXPECT_EQ(device->strict_total(), 0u) << device->function().report();
    nic.reset();
    EXPECT_EQ(pool->available(), pool->size());
}

TEST_F(OnModel, RingsOfEverySizeCarryTraffic) {
    loop_cable();
    open();
    make_pool({.buffers = 2 * 4096 + 1024});
    for (std::uint32_t size = 64; size <= 4096; size *= 2) {
        start_and_link({.rx_descriptors = size, .tx_descriptors = size});
        std::uint32_t number = 0;
        while (number < size + 100) {
            std::vector<Frame> frames;
            for (int i = 0; i < 50; ++i) frames.push_back(ethernet(own, number++, 60));
            send(frames);
            ASSERT_EQ(received(), frames) << "ring of " << size;
        }
        nic->stop();
    }
}

TEST_F(OnModel, BurstsOfEverySizeCarryTraffic) {
    loop_cable();
    open();
    start_and_link();
    for (const std::size_t burst : {1u, 2u, 7u, 32u, 64u, 128u, 256u, 300u}) {
        std::vector<Frame> frames;
        for (std::uint32_t i = 0; i < 100; ++i) frames.push_back(ethernet(own, i, 60 + i));
        send(frames);
        ASSERT_EQ(received(0, burst), frames) << "burst of " << burst;
    }
}

TEST_F(OnModel, AllQueuesTheCardHasCanBeStartedAndSendFrames) {
    open();
    make_pool({.buffers = 128 * 64 + 64 * 64 + 1024});
    start_and_link({.rx_queues = nic->info().max_rx_queues,
                    .tx_queues = nic->info().max_tx_queues,
                    .rx_descriptors = 64,
                    .tx_descriptors = 64});
    std::vector<Frame> frames;
    for (std::uint32_t q = 0; q < nic->info().max_tx_queues; ++q) {
        frames.push_back(ethernet(other, q, 100 + q));
        send({frames.back()}, q);
    }
    EXPECT_EQ(on_wire(), frames);
    arrive(ethernet(own, 1, 100));
    EXPECT_EQ(received().size(), 1u);
    const Statistics s = nic->statistics();
    EXPECT_EQ(s.tx_packets, 64u);
    ASSERT_EQ(s.tx_queues.size(), 16u) << "the card has counters for 16";
    EXPECT_EQ(s.tx_queues[3].packets, 4u) << "queues 3, 19, 35 and 51";
    EXPECT_EQ(s.rx_packets, 1u);
}

TEST_F(OnModel, CompletionsThatComeLateAndTogetherLoseNothing) {
    loop_cable();
    open("dd-delay,seed=7");
    start_and_link({.rx_descriptors = 128, .tx_descriptors = 64});
    expect_back(1000);
}

TEST_F(OnModel, MemoryThatTheDeviceMustCopyWorksLikeMemoryItMaps) {
    loop_cable();
    open();
    device->dma().windows = false;
    start_and_link({.mtu = 9000});
    const std::vector<Frame> frames = {ethernet(own, 1, 60), ethernet(own, 2, 9014)};
    send(frames);
    EXPECT_EQ(received(), frames);
}

}  // namespace
}  // namespace ringside::test
