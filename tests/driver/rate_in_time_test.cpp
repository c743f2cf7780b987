// The transmit rate of a queue of a simulator that is a process of its own: in real time.
#include "tests/driver/two_nics.hpp"

#include <cstring>

namespace ringside::test {
namespace {

class RateInTime : public TwoNics {
protected:
    // How long until `count` frames of 1000 bytes, with their CRC, are out.
    std::chrono::nanoseconds time_to_send(std::uint32_t count) {
        mem::PacketCache cache(*pool);
        TxQueue& queue = sender->tx(0);
        const auto begin = Clock::now();
        for (std::uint32_t i = 0; i < count; ++i) {
            mem::Packet packet = cache.allocate().value();
            packet.length = 996;
            std::memset(packet.data, 0, packet.length);
            EXPECT_EQ(queue.send(cache, {&packet, 1}), 1u);
        }
        while (queue.reclaim(cache) > 0 && Clock::now() - begin < 60s) std::this_thread::yield();
        return Clock::now() - begin;
    }
};

TEST_F(RateInTime, AQueueTakesAsLongAsItsLimitSaysAtLeast) {
    open("", {.promiscuous = true});
    sender->set_tx_rate(0, 10);
    // 0.8 ms each, but for the 4 KiB that it may catch up with, and the one that is begun.
    const auto time = time_to_send(50);
    EXPECT_GE(time, 44 * 800us);
    EXPECT_LT(time, 60s);
}

}  // namespace
}  // namespace ringside::test
