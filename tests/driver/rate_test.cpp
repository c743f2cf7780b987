// The transmit rate of single queues, on the model.
#include "tests/driver/steering_fixture.hpp"

namespace ringside::test {
namespace {

class Rate : public Steered {
protected:
    void start_two(NicConfig config = {}) {
        config.tx_queues = 2;
        start_queues(1, config);
    }
    // Frames of 996 bytes, 1000 with their CRC.
    void send_many(std::uint32_t queue, std::uint32_t count = 60) {
        std::vector<mem::Packet> in;
        for (std::uint32_t i = 0; i < count; ++i) in.push_back(parts_of(ethernet(other, i, 996))[0]);
        ASSERT_EQ(nic->tx(queue).send(*cache, in), count);
        device->pump();
    }
    std::size_t sent_in(std::chrono::nanoseconds time) {
        const std::size_t before = wire->from_nic.size();
        for (int i = 0; i < 100; ++i) {
            clock.advance(time / 100);
            device->pump();
        }
        return wire->from_nic.size() - before;
    }
};

TEST_F(Rate, AQueueSendsNoMoreThanItsLimit) {
    open();
    start_two();
    nic->set_tx_rate(0, 1000);
    send_many(0);
    EXPECT_EQ(wire->from_nic.size(), 5u) << "4 KiB that it may catch up with; the rest waits";
    EXPECT_NEAR(static_cast<double>(sent_in(80us)), 10, 1) << "8 us each";
    nic->set_tx_rate(0, 2500);
    EXPECT_NEAR(static_cast<double>(sent_in(80us)), 24, 2) << "3.2 us each, after the last of 8";
    nic->set_tx_rate(0, 0);
    device->pump();
    EXPECT_EQ(wire->from_nic.size(), 60u) << "no limit";
}

TEST_F(Rate, OtherQueuesAreNotHeldUp) {
    open();
    start_two();
    nic->set_tx_rate(1, 10);
    send_many(1, 10);
    send_many(0, 50);
    EXPECT_EQ(wire->from_nic.size(), 55u);
    nic->set_tx_rate(1, 0);
    device->pump();
    EXPECT_EQ(wire->from_nic.size(), 60u);
}

TEST_F(Rate, ARestartEndsIt) {
    open();
    start_two();
    nic->set_tx_rate(0, 10);
    start_two();
    send_many(0);
    EXPECT_EQ(wire->from_nic.size(), 60u);
}

// Writes are posted, and a store to a doorbell that is mapped overtakes them: hal/vfio_user/client.hpp.
TEST_F(Rate, TheCardHasALimitBeforeTheNextFrameCanBeSent) {
    struct Last final : hal::RegisterObserver {
        void saw(const Event& e) override { direction = e.direction; }
        char direction = '-';
    } last;
    open();
    start_two();
    nic->observe_registers(&last);
    nic->set_tx_rate(1, 1000);
    nic->observe_registers(nullptr);
    EXPECT_EQ(last.direction, 'R') << "what waits until it is written";
}

TEST_F(Rate, WhatIsImpossibleIsRefusedInASentence) {
    open();
    expect_says(sentence<hal::Error>([&] { nic->set_tx_rate(0, 100); }), "running");
    start_two();
    for (const std::uint32_t rate : {1u, 9u, 10001u})
        expect_says(sentence<hal::Error>([&] { nic->set_tx_rate(0, rate); }), "choose 10 to 10000");
    nic->set_tx_rate(0, 10);
    nic->set_tx_rate(0, 10000);
    expect_says(sentence<hal::Error>([&] { nic->set_tx_rate(2, 100); }), "no transmit queue 2");
}

}  // namespace
}  // namespace ringside::test
