// The 82599's and X540's clock and time stamps, on the model.
#include "driver/ixgbe/card.hpp"
#include "tests/driver/steering_fixture.hpp"

namespace ringside::test {
namespace {

class Time : public Steered {
protected:
    void start_timed(NicConfig config = {}, std::uint32_t queues = 1) {
        config.time_stamps = true;
        start_queues(queues, config);
    }
    static double nanoseconds(HardwareTime time) { return static_cast<double>(time.count()); }
    // PTP, version 2.
    static Frame message(std::uint8_t type = 0) { return ethernet(own, 0, 64, {0x88, 0xF7, type, 2}); }
    static Frame over_udp(std::uint8_t type = 0) {
        Packet p = udp("10.0.0.1", 319, "10.0.0.2", 319);
        p.payload = 44;
        Frame f = build(p);
        f[42] = static_cast<std::byte>(type), f[43] = std::byte{2};
        return f;
    }
    void send_asking(std::uint8_t flags = TxRequest::time_stamp) {
        mem::Packet p = parts_of(ethernet(other, 1, 64))[0];
        const TxRequest request{.flags = flags, .l2_length = 14, .l3_length = 20};
        ASSERT_EQ(nic->tx(0).send(*cache, {&p, 1}, {&request, 1}), 1u);
        device->pump();
    }
};

TEST_F(Time, TheClockRunsFromTheStart) {
    open();
    start_timed();
    HardwareClock& time = nic->clock();
    EXPECT_LT(time.now(), 1s);
    const HardwareTime before = time.now();
    clock.advance(10s);
    EXPECT_NEAR(nanoseconds(time.now() - before), 10e9, 200) << "the increment is rounded: 15 ppb";
    EXPECT_NEAR(time.resolution_ppb(), 74.5, 0.1);
    EXPECT_EQ(time.tick_nanoseconds(), 6.4);
    EXPECT_NEAR(time.max_ppb(), 250e6, 1000) << "what the increment has room for";
}

TEST_F(Time, TheClockIsSetSteppedAndAdjusted) {
    open();
    start_timed();
    HardwareClock& time = nic->clock();
    time.set(1'700'000'000s);
    EXPECT_NEAR(nanoseconds(time.now() - 1'700'000'000s), 0, 10);
    time.step(-1h);
    EXPECT_NEAR(nanoseconds(time.now() - 1'699'996'400s), 0, 10);
    for (const std::int32_t ppb : {1000, -1'000'000, 100'000'000, time.max_ppb(), -time.max_ppb(), 0}) {
        time.adjust_frequency(ppb);
        const HardwareTime before = time.now();
        clock.advance(1s);
        EXPECT_NEAR(nanoseconds(time.now() - before), 1e9 + ppb, 60) << ppb;
    }
    expect_says(sentence<hal::Error>([&] { time.adjust_frequency(300'000'000); }), "choose -249");
}

TEST_F(Time, TheCounterMayWrapWhileNobodyLooks) {
    open();
    start_timed();
    HardwareClock& time = nic->clock();
    const HardwareTime before = time.now();
    clock.advance(100h);  // it wraps after 2.4
    EXPECT_NEAR(nanoseconds(time.now() - before), 360'000e9, 10e6) << "the increment is rounded: 15 ppb";
}

TEST_F(Time, TheX540HasTheSameClockWithAFinerIncrement) {
    open("id=1528");
    start_timed();
    HardwareClock& time = nic->clock();
    EXPECT_NEAR(time.resolution_ppb(), 0.58, 0.01);
    const HardwareTime before = time.now();
    clock.advance(1h);  // it wraps after 69 s
    EXPECT_NEAR(nanoseconds(time.now() - before), 3600e9, 3000);
    EXPECT_TRUE(arrives(message()).info.flags & RxInfo::time_stamped);
    EXPECT_TRUE(time.take_rx_stamp());
}

TEST_F(Time, ReceivedMessagesAreStamped) {
    open();
    start_timed({.promiscuous = true});
    HardwareClock& time = nic->clock();
    time.set(5s);
    const auto stamped = [&](const Frame& f) { return has(arrives(f).info, RxInfo::time_stamped); };
    EXPECT_FALSE(time.take_rx_stamp());
    EXPECT_FALSE(stamped(ethernet(own, 0, 64)));
    EXPECT_FALSE(stamped(message(11))) << "Announce is no event";
    const HardwareTime before = time.now();
    EXPECT_TRUE(stamped(message()));
    clock.advance(1s);
    EXPECT_FALSE(stamped(over_udp())) << "the first stamp is still there";
    const auto stamp = time.take_rx_stamp();
    ASSERT_TRUE(stamp);
    EXPECT_NEAR(nanoseconds(*stamp - before), 0, 20);
    EXPECT_FALSE(time.take_rx_stamp());
    EXPECT_TRUE(stamped(over_udp(1)));
    EXPECT_NEAR(nanoseconds(time.take_rx_stamp().value() - before), 1e9, 100);
}

TEST_F(Time, AStampIsRightHoweverOftenTheCounterWrapped) {
    open();
    start_timed();
    HardwareClock& time = nic->clock();
    for (int i = 0; i < 20; ++i) {
        clock.advance(1h);
        const HardwareTime before = time.now();
        arrives(message());
        clock.advance(20min);
        EXPECT_NEAR(nanoseconds(time.take_rx_stamp().value() - before), 0, 20) << i;
    }
}

TEST_F(Time, SentFramesAreStampedIfTheyAsk) {
    open();
    start_timed();
    HardwareClock& time = nic->clock();
    send({ethernet(other, 1, 64)});
    EXPECT_FALSE(time.take_tx_stamp());
    for (const std::uint8_t with : {std::uint8_t{0}, std::uint8_t{TxRequest::vlan}}) {
        clock.advance(1s);
        const HardwareTime before = time.now();
        send_asking(TxRequest::time_stamp | with);
        const auto stamp = time.take_tx_stamp();
        ASSERT_TRUE(stamp);
        EXPECT_NEAR(nanoseconds(*stamp - before), 0, 20);
    }
    send_asking(0);
    EXPECT_FALSE(time.take_tx_stamp());
    EXPECT_EQ(on_wire().size(), 4u);
    EXPECT_EQ(nic->tx(0).counters().refused, 0u);
}

TEST_F(Time, SegmentsAreNotStamped) {
    open();
    start_timed();
    mem::Packet p = parts_of(build(tcp()))[0];
    const TxRequest request{.flags = TxRequest::segment | TxRequest::time_stamp,
                            .l2_length = 14,
                            .l3_length = 20,
                            .l4_length = 20,
                            .segment_size = 1000};
    ASSERT_EQ(nic->tx(0).send(*cache, {&p, 1}, {&request, 1}), 1u);
    EXPECT_EQ(nic->tx(0).counters().refused, 1u);
}

TEST_F(Time, WhatIsSentAndComesBackWasSentBefore) {
    loop_cable();
    open();
    start_timed({.promiscuous = true});
    HardwareClock& time = nic->clock();
    mem::Packet p = parts_of(message())[0];
    const TxRequest request{.flags = TxRequest::time_stamp};
    ASSERT_EQ(nic->tx(0).send(*cache, {&p, 1}, {&request, 1}), 1u);
    device->pump();
    const auto sent = time.take_tx_stamp(), received = time.take_rx_stamp();
    ASSERT_TRUE(sent && received);
    EXPECT_LE(*sent, *received);
    EXPECT_EQ(this->received().size(), 1u);
}

TEST_F(Time, ARuleForPtpChoosesTheQueueAndKeepsTheStamp) {
    open();
    start_timed({.rss = Rss::off()}, 4);
    EXPECT_EQ(arrives(message()).queue, 0u);
    ASSERT_TRUE(nic->clock().take_rx_stamp());
    const RuleId rule = nic->add_rule(parse_rule("ether 0x88f7 queue 3"));
    const Seen seen = arrives(message());
    EXPECT_EQ(seen.queue, 3u);
    EXPECT_TRUE(has(seen.info, RxInfo::time_stamped));
    ASSERT_TRUE(nic->clock().take_rx_stamp());
    nic->remove_rule(rule);
    EXPECT_TRUE(has(arrives(message()).info, RxInfo::time_stamped));
    for (int type = 0; type < 7; ++type)
        nic->add_rule(parse_rule("ether " + std::to_string(0x9000 + type) + " queue 1"));
    expect_says(sentence<hal::Error>([&] { nic->add_rule(parse_rule("ether 0x9999 queue 1")); }),
                "room for 7");
    ASSERT_TRUE(nic->clock().take_rx_stamp());
    EXPECT_TRUE(has(arrives(message()).info, RxInfo::time_stamped)) << "its filter is not a rule's";
}

TEST_F(Time, WithoutTheOptionNothingIsStamped) {
    open();
    start_queues(1);
    EXPECT_FALSE(has(arrives(message()).info, RxInfo::time_stamped));
    EXPECT_EQ(nic->tx(0).accepts() & TxRequest::time_stamp, 0u);
    send_asking();
    EXPECT_EQ(nic->tx(0).counters().refused, 1u);
    EXPECT_EQ(reg(0x5188), 0u);
    EXPECT_EQ(reg(0x8C14), 0u) << "the clock stands";
    expect_says(sentence<hal::Error>([&] { nic->clock(); }), "NicConfig::time_stamps");
    nic->stop();
    expect_says(sentence<hal::Error>([&] { nic->clock(); }), "running");
}

TEST_F(Time, AnX550HasNeitherClockNorRateLimits) {
    const Features features = ixgbe::features_of(*ixgbe::find_card(0x8086, 0x1563));
    EXPECT_FALSE(features.has(Feature::hardware_clock) || features.has(Feature::time_stamps) ||
                 features.has(Feature::tx_rate_limit));
}

}  // namespace
}  // namespace ringside::test
