// Physical functions that misbehave: each failure is a sentence, in limited time, and what was begun is
// undone.
#include "tests/driver/vf/fixture.hpp"

namespace ringside::test {
namespace {

class PfFaults : public OnVf {
protected:
    template <class Expected>
    void open_fails(FakeVf::Quirks quirks, const std::string& what,
                    const std::function<void(FakePf&)>& prepare = {}) {
        const std::string text = sentence<Expected>([&] { open(quirks, prepare); });
        expect_says(text, what);
        expect_says(text, "test:vf: ");
        nic.reset();
    }
    template <class Expected> void start_fails(const std::string& what) {
        make_pool();
        expect_says(sentence<Expected>([&] { nic->start(pool, {}); }), what);
        EXPECT_FALSE(nic->running());
        cache.reset();
        EXPECT_EQ(pool->available(), pool->size());
        pool.reset();
    }
};
INSTANTIATE_TEST_SUITE_P(, PfFaults, testing::Values(VfFamily::igbvf, VfFamily::ixgbevf), vf_family_name);

TEST_P(PfFaults, ASlowOneIsWaitedFor) {
    run({.slow = 1000});
    EXPECT_TRUE(passes(given));
}

TEST_P(PfFaults, OneThatIsInResetOrNotDrivenIsATimeout) {
    open_fails<hal::Timeout>({.pf_in_reset = true}, "is in reset, or nobody drives it; load its driver");
}

TEST_P(PfFaults, OneThatNeverAnswersIsATimeout) {
    open_fails<hal::Timeout>({}, "does not answer request 0x1; see that its interface is up",
                             [](FakePf& pf) { pf.silent = true; });
    open_fails<hal::Timeout>({}, "does not answer request 0x1",
                             [](FakePf& pf) { pf.only_acknowledges = true; });
}

TEST_P(PfFaults, OneThatFallsSilentLaterIsATimeout) {
    open();
    card->pf.silent = true;
    start_fails<hal::Timeout>("does not answer request 0x1");
    card->pf.silent = false;
    start();
    card->pf.silent = true;
    expect_says(sentence<hal::Timeout>([&] { nic->set_mac(other); }), "does not answer request 0x2");
    EXPECT_EQ(nic->mac(), given);
    card->pf.silent = false;
}

TEST_P(PfFaults, OneThatKeepsTheMailboxIsATimeout) {
    open_fails<hal::Timeout>({.pf_keeps_mailbox = true}, "does not let go of the mailbox");
}

TEST_P(PfFaults, AnAnswerToSomethingElseIsASentence) {
    open_fails<hal::Error>({}, "said 0x80000007, which is no answer to request 0x1",
                           [](FakePf& pf) { pf.answers_instead = 0x80000007; });
    open_fails<hal::Error>({}, "said 0x1, which is no answer to request 0x1",
                           [](FakePf& pf) { pf.answers_instead = 1; });
}

TEST_P(PfFaults, NewsBeforeAnAnswerAreNoAnswer) {
    run();
    card->pf.says_first = {0x100 | FakePf::clear_to_send, 0x100 | FakePf::clear_to_send};
    nic->set_multicast_filters(std::vector{group});
    EXPECT_TRUE(passes(group));
    EXPECT_TRUE(nic->link().up);
}

TEST_P(PfFaults, OneThatTalksForEverIsATimeout) {
    run();
    card->pf.says_first.assign(1000, 0x100 | FakePf::clear_to_send);
    expect_says(sentence<hal::Timeout>([&] { nic->set_multicast_filters(std::vector{group}); }),
                "does not answer request 0x3");
}

TEST_P(PfFaults, WhileWeReportInItMaySayThatItDoesNotKnowUs) {
    open({}, [](FakePf& pf) { pf.says_first = {0x100, FakePf::no}; });
    EXPECT_EQ(nic->mac(), given);
}

TEST_P(PfFaults, OneThatHasForgottenUsSaysSoInItsAnswer) {
    run();
    card->pf.knows_us = false;
    expect_says(sentence<hal::Error>([&] { nic->set_multicast_filters(std::vector{group}); }),
                "has forgotten this virtual function; stop() and start() it again");
    card->pf.knows_us = true;
    expect_says(sentence<hal::Error>([&] { static_cast<void>(nic->link()); }), "has forgotten");
    start();
    EXPECT_TRUE(passes(given));
    EXPECT_TRUE(nic->link().up);
}

TEST_P(PfFaults, OneThatHasForgottenUsSaysSoByItself) {
    run();
    card->say(0x100 | FakePf::clear_to_send);
    EXPECT_TRUE(nic->link().up) << "that was news, no more";
    card->say(0x100);
    expect_says(sentence<hal::Error>([&] { static_cast<void>(nic->link()); }), "has forgotten");
    expect_says(sentence<hal::Error>([&] { nic->wait_for_link(1s); }), "has forgotten");
    start();
    EXPECT_TRUE(passes(given));
}

TEST_P(PfFaults, AResetOfItIsNoticedAndARestartMendsIt) {
    run();
    card->pf_is_reset();
    expect_says(sentence<hal::Error>([&] { static_cast<void>(nic->link()); }),
                "was reset, or its driver loaded again");
    expect_says(sentence<hal::Error>([&] { static_cast<void>(nic->link()); }), "was reset");
    start();
    EXPECT_TRUE(passes(given));
}

TEST_P(PfFaults, WhatIsSaidToAStoppedFunctionDisturbsNobody) {
    run();
    nic->stop();
    card->say(0x100);
    EXPECT_TRUE(nic->link().up);
    start();
    EXPECT_TRUE(passes(given));
}

TEST_P(PfFaults, AQueueThatNeverStartsIsATimeout) {
    open({.enable_never = true});
    start_fails<hal::Timeout>("RXDCTL[0] did not become {ENABLE=1} within 100 ms");
}

TEST_P(PfFaults, AFunctionThatIsGoneAtAnyMomentIsReportedAsGone) {
    std::uint64_t completed = 0;
    for (std::uint64_t n = 0; n < 1200; n += n < 100 ? 1 : 7) {
        FakeClock its_clock;
        const auto its_pool = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = 700});
        const auto before = its_clock.now();
        try {
            const auto its_nic = open_nic(
                domain, std::make_unique<FakeVf>(family(), its_clock, FakeVf::Quirks{.dead_after = n}),
                its_clock);
            its_nic->start(its_pool, {.rx_descriptors = 64, .tx_descriptors = 64});
            ++completed;
            static_cast<void>(its_nic->link());
        } catch (const hal::DeviceGone&) {
        } catch (const std::exception& e) {
            ADD_FAILURE() << "dead after " << n << " accesses: " << e.what();
        }
        EXPECT_LE(its_clock.now() - before, 5s);
        EXPECT_EQ(its_pool->available(), 700u) << "dead after " << n << " accesses";
    }
    EXPECT_GT(completed, 0u) << "the range must reach beyond a whole start";
}

TEST_P(PfFaults, AFunctionThatIsTakenAwaySaysSoEverywhere) {
    run();
    card->unplug();
    expect_says(sentence<hal::DeviceGone>([&] { static_cast<void>(nic->link()); }),
                "all registers read as ones");
    sentence<hal::DeviceGone>([&] { static_cast<void>(nic->statistics()); });
    sentence<hal::DeviceGone>([&] { nic->set_mac(other); });
    EXPECT_EQ(received().size(), 0u);
}

}  // namespace
}  // namespace ringside::test
