// Sleeping until the card calls: over INTx, MSI and MSI-X. The fake card is made to call at the moment when
// the driver has armed it, so that nothing here waits for a thread.
#include "tests/driver/gigabit/fixture.hpp"

#include <tuple>

namespace ringside::test {
namespace {

struct Way {
    Family family;
    Interrupts interrupts;
};

std::string way_name(const testing::TestParamInfo<Way>& of) {
    const char* kind = of.param.interrupts == Interrupts::intx  ? "_intx"
                       : of.param.interrupts == Interrupts::msi ? "_msi"
                                                                : "_msix";
    return std::string(name_of(of.param.family)) + kind;
}

class Sleeping : public OnFake, public testing::WithParamInterface<Way> {
protected:
    void start_sleeping(std::uint32_t rx_queues = 1) {
        open(GetParam().family);
        start({.rx_queues = rx_queues, .interrupts = GetParam().interrupts});
    }
    bool messages() const { return GetParam().interrupts == Interrupts::msix; }
    // Once, when the driver has armed something.
    void then(std::function<void()> what) { card->when_armed = std::move(what); }
    void take_frames(std::size_t expected) { EXPECT_EQ(received().size(), expected); }
};
INSTANTIATE_TEST_SUITE_P(
    , Sleeping,
    testing::Values(Way{Family::e1000, Interrupts::intx}, Way{Family::e1000e, Interrupts::intx},
                    Way{Family::e1000e, Interrupts::msi}, Way{Family::e1000e, Interrupts::msix},
                    Way{Family::igb, Interrupts::intx}, Way{Family::igb, Interrupts::msi},
                    Way{Family::igb, Interrupts::msix}),
    way_name);

TEST_P(Sleeping, AFrameEndsTheWaitAndSoDoesTheNext) {
    start_sleeping();
    for (unsigned n = 0; n < 100; ++n) {
        const std::uint64_t before = card->messages(messages() ? 1 : 0);
        then([&] { card->arrive(frame(own, 64, n)); });
        ASSERT_TRUE(nic->wait_for_frames(0, 10s)) << n;
        ASSERT_GE(card->messages(messages() ? 1 : 0), before + 1) << "no interrupt came for frame " << n;
        take_frames(1);
    }
}

TEST_P(Sleeping, AFrameThatCameBeforeEndsTheWaitAtOnce) {
    start_sleeping();
    card->arrive(frame(own, 64));
    EXPECT_TRUE(nic->wait_for_frames(0, 10s));
    take_frames(1);
}

TEST_P(Sleeping, WithoutAFrameTheWaitEndsInTime) {
    start_sleeping();
    EXPECT_FALSE(nic->wait_for_frames(0, 0s));
    EXPECT_FALSE(nic->wait_for_link_change(0s));
}

TEST_P(Sleeping, ACauseThatIsAlreadyPendingCallsWhenItIsArmed) {
    start_sleeping();
    card->raise(1 << 7 | (GetParam().family == Family::e1000e ? 1u << 20 : 0u));  // a frame, long taken
    const std::uint64_t before = card->messages(messages() ? 1 : 0);
    EXPECT_FALSE(nic->wait_for_frames(0, 0s));
    EXPECT_EQ(card->messages(messages() ? 1 : 0), before + 1);
}

TEST_P(Sleeping, AWaitThatEndedInTimeDoesNotSpoilTheNext) {
    start_sleeping();
    for (unsigned n = 0; n < 10; ++n) {
        EXPECT_FALSE(nic->wait_for_frames(0, 0s));
        then([&] { card->arrive(frame(own, 64, n)); });
        ASSERT_TRUE(nic->wait_for_frames(0, 10s));
        take_frames(1);
    }
}

TEST_P(Sleeping, EachChangeOfTheLinkIsToldOnce) {
    start_sleeping();
    static_cast<void>(nic->wait_for_link_change(0s));  // what starting up has changed
    for (int n = 0; n < 10; ++n) {
        const bool up = n % 2 != 0;
        then([&] { card->set_link(up); });
        ASSERT_TRUE(nic->wait_for_link_change(10s)) << n;
        EXPECT_EQ(nic->link().up, up);
        EXPECT_FALSE(nic->wait_for_link_change(0s)) << "it was told already";
    }
}

TEST_P(Sleeping, AChangeOfTheLinkBeforeTheWaitIsTold) {
    start_sleeping();
    static_cast<void>(nic->wait_for_link_change(0s));
    card->set_link(false);
    EXPECT_TRUE(nic->wait_for_link_change(10s));
}

TEST_P(Sleeping, FramesDoNotHideAChangeOfTheLink) {
    start_sleeping();
    static_cast<void>(nic->wait_for_link_change(0s));
    then([&] {
        card->arrive(frame(own, 64));
        card->set_link(false);
    });
    ASSERT_TRUE(nic->wait_for_frames(0, 10s));
    take_frames(1);
    then([&] { card->raise(1 << 7); });
    EXPECT_FALSE(nic->wait_for_frames(0, 0s));
    EXPECT_TRUE(nic->wait_for_link_change(10s));
}

TEST_P(Sleeping, NothingCallsAPollingProgram) {
    open(GetParam().family);
    start();
    card->arrive(frame(own, 64));
    card->set_link(false);
    card->set_link(true);
    take_frames(1);
    EXPECT_EQ(card->messages(0) + card->messages(1), 0u);
    EXPECT_FALSE(card->line_high());
    expect_says(sentence<hal::Error>([&] { nic->wait_for_frames(0, 1s); }), "NicConfig::interrupts");
}

TEST_P(Sleeping, TheWayIsOpenAgainAfterARestart) {
    start_sleeping();
    for (int round = 0; round < 3; ++round) {
        start({.interrupts = GetParam().interrupts});
        then([&] { card->arrive(frame(own, 64)); });
        ASSERT_TRUE(nic->wait_for_frames(0, 10s));
        take_frames(1);
    }
}

class MessagesByQueue : public OnFake {};

TEST_F(MessagesByQueue, OnIgbEveryQueueHasItsPlaceInTheVectorTable) {
    const auto vectors = [&](std::uint16_t id, std::uint32_t queues) {
        open(Family::igb, {.device_id = id});
        start({.rx_queues = queues, .rx_descriptors = 64, .interrupts = Interrupts::msix});
        std::vector<std::uint32_t> table;
        for (std::uint32_t i = 0; i < 8; ++i) table.push_back(card->reg(0x1700 + 4 * i));
        EXPECT_EQ(card->reg(0x1740), 0x8000u) << "the link has vector 0";
        EXPECT_EQ(card->reg(0x1514), 1u << 31 | 1u << 4 | 1u);
        EXPECT_EQ(card->reg(0x152C), (2u << std::min(queues, 9u)) - 1) << "every message clears its cause";
        TearDown();
        return table;
    };
    // The card has ten vectors: queues 0 to 8 have one each, the others share them.
    EXPECT_EQ(vectors(0x10C9, 10),
              (std::vector<std::uint32_t>{0x890081, 0x810082, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88}));
    EXPECT_EQ(vectors(0x1521, 8),
              (std::vector<std::uint32_t>{0x820081, 0x840083, 0x860085, 0x880087, 0, 0, 0, 0}));
}

TEST_F(MessagesByQueue, OnThe82574TheSecondQueueHasItsOwn) {
    open(Family::e1000e);
    start({.rx_queues = 2, .interrupts = Interrupts::msix});
    EXPECT_EQ(card->reg(0xE4), 0x000800A9u);
    EXPECT_EQ(card->reg(0xDC), 3u << 20);
}

TEST_F(MessagesByQueue, ThePciCardsHaveOnlyTheirLine) {
    open(Family::e1000);
    expect_says(sentence<hal::Error>([&] { start({.interrupts = Interrupts::msix}); }),
                "choose Interrupts::best");
    start({.interrupts = Interrupts::best});
    card->when_armed = [&] { card->arrive(frame(own, 64)); };
    EXPECT_TRUE(nic->wait_for_frames(0, 10s));
    EXPECT_EQ(received().size(), 1u);
}

}  // namespace
}  // namespace ringside::test
