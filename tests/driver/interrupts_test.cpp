// Interrupts of the card on the model: who calls whom, and that nothing is missed.
#include "tests/driver/nic_fixture.hpp"

namespace ringside::test {
namespace {

class Sleeping : public OnModel {
protected:
    void start_with(Interrupts kind, std::uint32_t queues = 1) {
        open();
        start_and_link({.rx_queues = queues, .interrupts = kind});
        // The link came up: that is a change.
        EXPECT_TRUE(nic->wait_for_link_change(0ms));
        EXPECT_FALSE(nic->wait_for_link_change(0ms));
    }
    std::uint64_t messages(unsigned vector) { return device->interrupts().messages[vector]; }
};

TEST_F(Sleeping, NeedsANicThatWasStartedWithInterrupts) {
    open();
    start_and_link();
    expect_says(sentence<hal::Error>([&] { nic->wait_for_frames(0, 0ms); }),
                "to sleep until the card calls, start() it with NicConfig::interrupts");
    expect_says(sentence<hal::Error>([&] { nic->wait_for_link_change(0ms); }), "NicConfig::interrupts");
}

TEST_F(Sleeping, ACardThatPollsIsSilent) {
    open();
    start_and_link();
    arrive(ethernet(own, 1, 100));
    EXPECT_EQ(received().size(), 1u);
    for (unsigned v = 0; v < 64; ++v) EXPECT_EQ(messages(v), 0u) << v;
    EXPECT_EQ(device->interrupts().intx_signals, 0u);
}

TEST_F(Sleeping, AFrameThatWasThereBeforeEndsTheWaitWithoutAnInterrupt) {
    start_with(Interrupts::best);
    arrive(ethernet(own, 1, 100));
    EXPECT_TRUE(nic->wait_for_frames(0, 1h));
    EXPECT_EQ(messages(1), 0u);
    EXPECT_EQ(received().size(), 1u);
    EXPECT_FALSE(nic->wait_for_frames(0, 0ms));
}

TEST_F(Sleeping, AFrameAfterTheCallSendsTheMessageOfItsQueueOnce) {
    start_with(Interrupts::msix);
    const std::uint64_t link_messages = messages(0);
    for (std::uint64_t n = 1; n <= 20; ++n) {
        nic->listen(0);
        arrive(ethernet(own, 1, 100));
        EXPECT_EQ(messages(1), n);
        EXPECT_TRUE(nic->wait_for_frames(0, 1h));
        EXPECT_EQ(received().size(), 1u);
    }
    EXPECT_EQ(messages(0), link_messages);
}

TEST_F(Sleeping, AQueueThatIsPolledSendsNoMessages) {
    start_with(Interrupts::msix);
    EXPECT_FALSE(nic->wait_for_frames(0, 0ms));
    for (int n = 0; n < 5; ++n) arrive(ethernet(own, 1, 100));
    EXPECT_EQ(messages(1), 0u);
    EXPECT_TRUE(nic->wait_for_frames(0, 1h)) << "they are there all the same";
    EXPECT_EQ(received().size(), 5u);
}

TEST_F(Sleeping, WithoutMsixTheLineSignalsAndIsLetGo) {
    for (const Interrupts kind : {Interrupts::intx, Interrupts::msi}) {
        start_with(kind);
        for (int n = 0; n < 20; ++n) {
            EXPECT_FALSE(nic->wait_for_frames(0, 0ms));
            arrive(ethernet(own, 1, 100));
            EXPECT_TRUE(nic->wait_for_frames(0, 1h));
            EXPECT_EQ(received().size(), 1u);
        }
        EXPECT_FALSE(nic->wait_for_link_change(0ms)) << "nobody's call is taken for another's";
        nic->stop();
        nic.reset();
        cache.reset();
        pool.reset();
    }
}

TEST_F(Sleeping, AChangeOfTheLinkIsSeenByWhoWaitsForIt) {
    for (const Interrupts kind : {Interrupts::msix, Interrupts::msi, Interrupts::intx}) {
        start_with(kind);
        wire->connected = false;
        device->pump();
        EXPECT_TRUE(nic->wait_for_link_change(1h));
        EXPECT_FALSE(nic->link().up);
        wire->connected = true;
        device->pump();
        clock.sleep(3s);
        EXPECT_TRUE(nic->wait_for_link_change(1h));
        EXPECT_TRUE(nic->link().up);
        EXPECT_FALSE(nic->wait_for_link_change(0ms));
        nic->stop();
        nic.reset();
        cache.reset();
        pool.reset();
    }
}

TEST_F(Sleeping, EndsWhenTheCardStops) {
    start_with(Interrupts::msix);
    EXPECT_FALSE(nic->wait_for_frames(0, 0ms));
    nic->stop();
    const std::uint64_t before = messages(1);
    arrive(ethernet(own, 1, 100));
    EXPECT_EQ(messages(1), before);
}

}  // namespace
}  // namespace ringside::test
