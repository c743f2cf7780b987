// How ringside-latency probes, on the model: frames come back over a loop while the prober waits.
#include "examples/support/latency_prober.hpp"

#include "tests/driver/nic_fixture.hpp"

namespace ringside::test {
namespace {

using examples::LatencyProber;

// A clock that is what it is told, and lets time pass with every look.
class ToldClock final : public HardwareClock {
public:
    ToldClock(HardwareTime& host, HardwareTime ahead) : host_(host), ahead_(ahead) {}
    HardwareTime now() override { return (host_ += 10ns) + ahead_; }
    void set(HardwareTime) override {}
    void step(HardwareTime) override {}
    void adjust_frequency(std::int32_t) override {}
    std::int32_t max_ppb() override { return 0; }
    double resolution_ppb() override { return 0; }
    double tick_nanoseconds() override { return 0; }
    std::optional<HardwareTime> take_rx_stamp() override { return std::nullopt; }
    std::optional<HardwareTime> take_tx_stamp() override { return std::nullopt; }

private:
    HardwareTime& host_;
    const HardwareTime ahead_;
};

TEST(ClockComparison, FindsWhatOneIsAhead) {
    HardwareTime host{};
    ToldClock a(host, 5s), b(host, 7s);
    const auto found = examples::compare(a, b);
    EXPECT_EQ(found.offset, 2s);
    EXPECT_EQ(found.uncertainty, 10ns);
    EXPECT_EQ(examples::compare(b, a).offset, -2s);
}

// The model works when its registers are touched: the prober, which does not touch any in software time,
// finds the frame at the second look.
class Prober : public OnModel {
protected:
    void open_loop(bool stamps) {
        wire->loop = true;
        open();
        start_and_link({.time_stamps = stamps});
    }
};

TEST_F(Prober, StampsOfOneCardTellTheTimeOfALoop) {
    open_loop(true);
    LatencyProber prober(*nic, *nic, *pool, LatencyProber::Time::hardware, 80);
    for (int i = 0; i < 20; ++i) {
        const auto result = prober.probe(10s);
        ASSERT_TRUE(result.came);
        ASSERT_TRUE(result.latency);
        EXPECT_GE(*result.latency, 0ns);
        EXPECT_LT(*result.latency, 1ms) << "of simulated time";
    }
    EXPECT_FALSE(prober.uncertainty()) << "there is one clock";
    EXPECT_EQ(prober.late() + prober.others(), 0u);
}

TEST_F(Prober, AStampThatNobodyFetchedIsNotTakenForOurs) {
    open_loop(true);
    nic->set_promiscuous(true);
    LatencyProber prober(*nic, *nic, *pool, LatencyProber::Time::hardware, 80);
    const auto expect_measured = [&] {
        clock.advance(1s);
        const auto result = prober.probe(10s);
        ASSERT_TRUE(result.latency);
        EXPECT_LT(*result.latency, 1ms);
    };
    // Somebody else's Sync takes the register: still in the ring, then received without its stamp.
    const Frame sync = ethernet(other, 0, 64, {0x88, 0xF7, 0, 2});
    arrive(sync);
    expect_measured();
    EXPECT_EQ(prober.others(), 1u);
    arrive(sync);
    EXPECT_EQ(received().size(), 1u);
    expect_measured();
    EXPECT_EQ(prober.others(), 1u);
}

TEST_F(Prober, WhatDoesNotComeIsSaid) {
    open();
    start_and_link();
    LatencyProber prober(*nic, *nic, *pool, LatencyProber::Time::software, 80);
    EXPECT_FALSE(prober.probe(1ms).came);
    EXPECT_FALSE(prober.probe(1ms).came);
    device->pump();
    // The first comes after all, while we wait for the third.
    for (const Frame& f : std::vector<Frame>(wire->from_nic.begin(), wire->from_nic.begin() + 1)) arrive(f);
    EXPECT_FALSE(prober.probe(1ms).came);
    EXPECT_EQ(prober.late(), 1u);
}

}  // namespace
}  // namespace ringside::test
