// The transmit rate of single queues.
#include "tests/model/fixture.hpp"

#include <vector>

namespace ringside::test {
namespace {

constexpr std::uint32_t RTTDQSEL = 0x4904, RTTBCNRM = 0x4980, RTTBCNRC = 0x4984;
constexpr std::uint32_t on = 1u << 31;

class RateTest : public Model {
protected:
    void SetUp() override {
        Model::SetUp();
        link_up();
        enable_tx(0);
        enable_tx(1);
    }
    // `tenths`: the link's speed over the queue's.
    void limit(std::uint32_t queue, std::uint32_t tenths) {
        set(RTTDQSEL, queue);
        set(RTTBCNRC, on | tenths * (1u << 14) / 10);
    }
    // Frames of 996 bytes, 1000 with their CRC: 800 ns at 10 Gb/s.
    void send(std::uint32_t count, std::uint32_t queue = 0) {
        std::uint32_t& tail = tails_.at(queue);
        for (std::uint32_t i = 0; i < count; ++i, tail = (tail + 1) % ring_size)
            put_tx(tail, make_frame(996, stranger), tx_eop | tx_ifcs | tx_rs, queue);
        set(r::tx(queue, r::T), tail);
        device->pump();
    }
    std::size_t on_wire() {
        device->pump();
        return wire->from_nic.size();
    }

private:
    std::vector<std::uint32_t> tails_{0, 0};
};

TEST_F(RateTest, WithoutALimitAllGoesAtOnce) {
    send(30);
    EXPECT_EQ(on_wire(), 30u);
}

TEST_F(RateTest, AFrameTakesAsLongAsItsRateSays) {
    limit(0, 100);  // 1 Gb/s: 8 us a frame
    send(20);
    EXPECT_EQ(on_wire(), 1u);
    clock.sleep(7us);
    EXPECT_EQ(on_wire(), 1u);
    clock.sleep(1us);
    EXPECT_EQ(on_wire(), 2u);
    for (int i = 0; i < 10; ++i) clock.sleep(8us);
    EXPECT_EQ(on_wire(), 12u);
}

TEST_F(RateTest, PartsOfTheFactorCount) {
    limit(0, 15);  // 1.2 us a frame
    send(30);
    for (int i = 0; i < 100; ++i) clock.sleep(120ns);
    EXPECT_EQ(on_wire(), 11u);
}

TEST_F(RateTest, TheMemoryWindowIsWhatAQueueMayCatchUpWith) {
    set(RTTBCNRM, 4);  // 4 KiB
    limit(0, 100);
    clock.sleep(1s);
    send(30);
    EXPECT_EQ(on_wire(), 5u) << "4.1 frames of 1000 bytes, and one that is begun";
    clock.advance(1s);
    EXPECT_EQ(on_wire(), 10u) << "what it did not use is not kept for ever";
}

TEST_F(RateTest, ALimitIsOneQueuesOnly) {
    limit(1, 1000);
    send(10, 1);
    EXPECT_EQ(on_wire(), 1u);
    send(10, 0);
    EXPECT_EQ(on_wire(), 11u);
    set(RTTDQSEL, 0);
    EXPECT_EQ(get(RTTBCNRC), 0u);
    set(RTTDQSEL, 1);
    EXPECT_EQ(get(RTTBCNRC), on | 100u << 14);
    set(RTTBCNRC, 0);
    EXPECT_EQ(on_wire(), 20u) << "the limit is over";
}

TEST_F(RateTest, AResetEndsIt) {
    limit(0, 100);
    set(r::CTRL, 1u << 26);
    clock.sleep(20ms);
    EXPECT_EQ(get(RTTBCNRC), 0u);
}

TEST_F(RateTest, AFactorBelowOneIsAMistake) {
    limit(0, 10);
    EXPECT_EQ(flags("rate-factor-below-one"), 0u);
    limit(0, 9);
    EXPECT_EQ(flags("rate-factor-below-one"), 1u);
    send(2);
    EXPECT_EQ(on_wire(), 1u) << "and counts as one";
}

}  // namespace
}  // namespace ringside::test
