// The clocks of the 82574 and the 82576, and their time stamps.
#include "driver/rx_info.hpp"
#include "driver/tx_request.hpp"
#include "tests/driver/gigabit/fixture.hpp"

#include <array>
#include <cmath>
#include <cstdint>

namespace ringside::test {
namespace {

constexpr std::uint32_t ETQF = 0x5CB0;

class Time : public EachFamily {
protected:
    void start_timed(NicConfig config = {}) {
        config.time_stamps = true;
        open(family());
        start(config);
    }
    double nanoseconds(HardwareTime time) { return static_cast<double>(time.count()); }
    // PTP, version 2, over Ethernet.
    static Frame message(std::uint8_t type = 0) {
        Frame f = frame(broadcast, 64);
        f[12] = std::byte{0x88}, f[13] = std::byte{0xF7}, f[14] = static_cast<std::byte>(type);
        f[15] = std::byte{2};
        return f;
    }
    struct Seen {
        bool came = false, stamped = false;
        std::uint32_t queue = 0;
    };
    Seen arrives(const Frame& f, std::uint32_t queues = 1) {
        card->arrive(f);
        for (std::uint32_t q = 0; q < queues; ++q) {
            std::array<mem::Packet, 4> out{};
            std::array<RxInfo, 4> info{};
            if (nic->rx(q).receive(*cache, out, info) == 0) continue;
            cache->give(out[0]);
            return {true, (info[0].flags & RxInfo::time_stamped) != 0, q};
        }
        return {};
    }
    void send_asking(std::uint8_t flags = TxRequest::time_stamp) {
        mem::Packet p = parts_of(frame(other, 64))[0];
        const TxRequest request{.flags = flags};
        ASSERT_EQ(nic->tx(0).send(*cache, {&p, 1}, {&request, 1}), 1u);
    }
};
INSTANTIATE_TEST_SUITE_P(, Time, testing::Values(Family::e1000e, Family::igb), family_name);

TEST_P(Time, TheClockRunsFromTheStart) {
    start_timed();
    HardwareClock& time = nic->clock();
    EXPECT_LT(time.now(), 1s);
    const HardwareTime before = time.now();
    clock.advance(10s);
    EXPECT_NEAR(nanoseconds(time.now() - before), 10e9, 100);
    EXPECT_EQ(time.tick_nanoseconds(), igb() ? 16 : 40);
}

TEST_P(Time, TheClockIsSetSteppedAndAdjusted) {
    start_timed();
    HardwareClock& time = nic->clock();
    time.set(1'700'000'000s);
    EXPECT_NEAR(nanoseconds(time.now() - 1'700'000'000s), 0, 100);
    time.step(-1h);
    EXPECT_NEAR(nanoseconds(time.now() - 1'699'996'400s), 0, 100);
    for (const std::int32_t ppb : {1000, -1'000'000, 100'000'000, time.max_ppb(), -time.max_ppb(), 0}) {
        time.adjust_frequency(ppb);
        const HardwareTime before = time.now();
        clock.advance(1s);
        EXPECT_NEAR(nanoseconds(time.now() - before), 1e9 + ppb, time.resolution_ppb() / 2 + 100) << ppb;
    }
    const std::string text = sentence<hal::Error>([&] { time.adjust_frequency(time.max_ppb() + 1); });
    expect_says(text, "choose -" + std::to_string(time.max_ppb()));
    EXPECT_NEAR(time.resolution_ppb(), igb() ? 119 : 95, 1);
}

TEST_P(Time, TheCounterMayWrapWhileNobodyLooks) {
    start_timed();
    HardwareClock& time = nic->clock();
    const HardwareTime before = time.now();
    clock.advance(200h);  // it wraps after 10 or 20
    EXPECT_NEAR(nanoseconds(time.now() - before), 200 * 3600e9, 100'000) << "the crystal's and the host's";
}

TEST_P(Time, HalvesOfTheCounterBelongTogether) {
    start_timed();
    HardwareClock& time = nic->clock();
    card->time.read_time = 1us;
    for (std::uint32_t below = 0; below < 64; ++below) {
        card->time.set_count(0x5'FFFFFFFF - std::uint64_t{below} * 100'000);
        const HardwareTime first = time.now(), second = time.now();
        EXPECT_GT(second, first);
        EXPECT_LT(second - first, 1ms) << below;
    }
}

TEST_P(Time, WrongBitsAreReadAgain) {
    if (igb()) GTEST_SKIP() << "an erratum of the 82574";
    start_timed();
    HardwareClock& time = nic->clock();
    const HardwareTime before = time.now();
    card->time.wrong_bits = {1ull << 50, 0, 1ull << 40, 1ull << 3, 0};
    EXPECT_NEAR(nanoseconds(time.now() - before), 0, 1000);
    card->time.wrong_bits.assign(1000, 0);
    for (std::size_t i = 0; i < 1000; ++i) card->time.wrong_bits[i] = 1ull << (i % 7);
    EXPECT_NEAR(nanoseconds(time.now() - before), 0, 1000) << "not for ever";
}

TEST_P(Time, ReceivedMessagesAreStamped) {
    start_timed();
    HardwareClock& time = nic->clock();
    clock.advance(1s);
    const HardwareTime before = time.now();
    EXPECT_FALSE(time.take_rx_stamp());
    EXPECT_FALSE(arrives(frame(broadcast, 64)).stamped) << "any frame";
    EXPECT_FALSE(arrives(message(11)).stamped) << "Announce is no event";
    EXPECT_TRUE(arrives(message(0)).stamped);
    clock.advance(1s);
    const Seen second = arrives(message(1));
    EXPECT_TRUE(second.came);
    EXPECT_FALSE(second.stamped) << "the first stamp is still there";
    const auto stamp = time.take_rx_stamp();
    ASSERT_TRUE(stamp);
    EXPECT_NEAR(nanoseconds(*stamp - before), 0, 100);
    EXPECT_FALSE(time.take_rx_stamp());
    EXPECT_TRUE(arrives(message(3)).stamped);
}

TEST_P(Time, MessagesOverUdpAreStampedOnThe82574) {
    start_timed();
    Frame f = frame(broadcast, 86);
    f[12] = std::byte{0x08}, f[13] = std::byte{0}, f[23] = std::byte{17};
    f[36] = std::byte{1}, f[37] = std::byte{0x3F};  // port 319
    f[42] = std::byte{0}, f[43] = std::byte{2};
    EXPECT_EQ(arrives(f).stamped, !igb());
}

TEST_P(Time, EitherRegisterMayFreeTheStamp) {
    start_timed();
    card->time.freed_by_source = true;
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(arrives(message()).stamped);
        EXPECT_TRUE(nic->clock().take_rx_stamp());
    }
}

TEST_P(Time, SentFramesAreStampedIfTheyAsk) {
    start_timed();
    HardwareClock& time = nic->clock();
    send(frame(other, 64));
    EXPECT_FALSE(time.take_tx_stamp());
    clock.advance(1s);
    const HardwareTime before = time.now();
    send_asking();
    clock.advance(1s);
    send_asking();
    const auto stamp = time.take_tx_stamp();
    ASSERT_TRUE(stamp);
    EXPECT_NEAR(nanoseconds(*stamp - before), 0, 100) << "the first of two";
    EXPECT_FALSE(time.take_tx_stamp());
    send_asking();
    EXPECT_TRUE(time.take_tx_stamp());
    EXPECT_EQ(card->sent.size(), 4u);
}

TEST_P(Time, ARuleForPtpChoosesTheQueueAndKeepsTheStamp) {
    if (!igb()) GTEST_SKIP() << "it has no rules";
    start_timed({.rx_queues = 4, .rx_descriptors = 64, .rss = Rss::off()});
    EXPECT_EQ(arrives(message(), 4).queue, 0u);
    ASSERT_TRUE(nic->clock().take_rx_stamp());
    const RuleId rule = nic->add_rule(parse_rule("ether 0x88f7 queue 3"));
    const Seen seen = arrives(message(), 4);
    EXPECT_EQ(seen.queue, 3u);
    EXPECT_TRUE(seen.stamped);
    ASSERT_TRUE(nic->clock().take_rx_stamp());
    nic->remove_rule(rule);
    EXPECT_TRUE(arrives(message(), 4).stamped);
    for (int type = 0; type < 7; ++type)
        nic->add_rule(parse_rule("ether " + std::to_string(0x9000 + type) + " queue 1"));
    EXPECT_EQ(card->reg(ETQF + 28) & 0xFFFF, 0x88F7u) << "the last filter is not a rule's";
    expect_says(sentence<hal::Error>([&] { nic->add_rule(parse_rule("ether 0x9999 queue 1")); }),
                "room for 7");
}

TEST_P(Time, WithoutTheOptionNothingIsStamped) {
    open(family());
    start();
    EXPECT_FALSE(arrives(message()).stamped);
    send_asking();
    EXPECT_EQ(nic->tx(0).counters().refused, 1u);
    EXPECT_EQ(card->reg(ETQF + 28), 0u);
    expect_says(sentence<hal::Error>([&] { nic->clock(); }), "NicConfig::time_stamps");
    start({.time_stamps = true});
    nic->clock().now();
    start();
    EXPECT_THROW(nic->clock(), hal::Error) << "it ended with the stop";
}

TEST_F(OnFake, CardsWithoutAClockSaySo) {
    struct Case {
        Family family;
        std::uint16_t id;
    };
    for (const Case c : {Case{Family::e1000, 0}, Case{Family::igb, 0x150E}, Case{Family::igb, 0x1521},
                         Case{Family::igb, 0x1533}}) {
        FakeCard::Quirks quirks;
        quirks.device_id = c.id;
        open(c.family, quirks);
        EXPECT_FALSE(nic->info().features.has(Feature::hardware_clock));
        EXPECT_FALSE(nic->info().features.has(Feature::time_stamps));
        expect_says(sentence<hal::Error>([&] { start({.time_stamps = true}); }), "times at which PTP frames");
        expect_says(sentence<hal::Error>([&] { nic->clock(); }), "a clock that can be set");
        expect_says(sentence<hal::Error>([&] { nic->set_tx_rate(0, 100); }), "a limit to the rate");
    }
}

}  // namespace
}  // namespace ringside::test
