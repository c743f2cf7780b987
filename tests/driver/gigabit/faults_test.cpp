// Cards that misbehave: each failure is a sentence, in limited time, and what was begun is undone.
#include "tests/driver/gigabit/fixture.hpp"

namespace ringside::test {
namespace {

class Faults : public EachFamily {
protected:
    template <class Expected> void start_fails(const std::string& what) {
        make_pool();
        const auto before = clock.now();
        const std::string text = sentence<Expected>([&] { nic->start(pool, {}); });
        expect_says(text, what);
        expect_says(text, "test:gigabit: ");
        EXPECT_LE(clock.now() - before, 2s);
        EXPECT_FALSE(nic->running());
        cache.reset();
        EXPECT_EQ(pool->available(), pool->size());
    }
};
INSTANTIATE_TEST_SUITE_P(, Faults, each_family(), family_name);

TEST_P(Faults, AResetThatNeverEndsIsATimeout) {
    open(family());
    card->quirks.reset_stuck = true;
    start_fails<hal::Timeout>("the reset does not end; the card needs a power cycle");
    card->quirks.reset_stuck = false;
    card->reg(0) &= ~(1u << 26);
    start();
}

TEST_P(Faults, AMasterThatDoesNotStopIsResetAllTheSame) {
    open(family(), {.master_stuck = true});
    start();
    card->arrive(frame(own, 64));
    EXPECT_EQ(received().size(), 1u);
}

TEST_P(Faults, APhyThatDoesNotAnswerIsATimeout) {
    open(family(), {.link_at_reset = false, .phy_silent = true});
    start_fails<hal::Timeout>("the PHY does not answer");
}

TEST_P(Faults, APhyThatReportsAnErrorIsNamed) {
    open(family(), {.link_at_reset = false, .phy_error = true});
    start_fails<hal::Error>("the PHY reports an error (MDIC.ERROR)");
}

TEST_P(Faults, ALinkThatNeverComesUpIsATimeoutWithASentence) {
    open(family());
    start();
    card->set_link(false);
    const std::string text = sentence<hal::Timeout>([&] { nic->wait_for_link(2s); });
    expect_says(text,
                "test:gigabit: the link did not come up within 2000 ms; check that the cable is plugged in");
}

TEST_P(Faults, ACardThatIsGoneAtAnyMomentIsReportedAsGone) {
    std::uint64_t completed = 0;
    for (std::uint64_t n = 0; n < 3000; n += n < 60 ? 1 : 29) {
        FakeClock its_clock;
        const auto its_pool = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = 700});
        const auto before = its_clock.now();
        try {
            const auto its_nic = open_nic(
                domain, std::make_unique<FakeCard>(family(), its_clock, FakeCard::Quirks{.dead_after = n}),
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

TEST_P(Faults, ACardThatIsPulledOutSaysSoEverywhere) {
    open(family());
    start();
    card->unplug();
    expect_says(sentence<hal::DeviceGone>([&] { static_cast<void>(nic->link()); }),
                "all registers read as ones");
    sentence<hal::DeviceGone>([&] { nic->wait_for_link(1s); });
    sentence<hal::DeviceGone>([&] { static_cast<void>(nic->statistics()); });
    EXPECT_EQ(received().size(), 0u);
    nic->stop();
    sentence<hal::DeviceGone>([&] { nic->start(pool, {}); });
}

TEST_P(Faults, AConfigurationThatTheCardCannotDoIsASentenceAndDisturbsNothing) {
    open(family());
    start();
    const std::string queues = std::to_string(nic->info().max_rx_queues);
    const auto says = [&](const NicConfig& config, const std::string& what) {
        expect_says(sentence<hal::Error>([&] { nic->start(pool, config); }), what);
        EXPECT_TRUE(nic->running());
    };
    says({.rx_queues = 0}, "rx_queues = 0 is not possible on " + nic->info().model);
    says({.rx_queues = nic->info().max_rx_queues + 1}, "rx_queues = ");
    says({.tx_queues = nic->info().max_tx_queues + 1}, "tx_queues = ");
    says({.mtu = nic->info().max_mtu + 1}, "mtu = ");
    card->arrive(frame(own, 64));
    EXPECT_EQ(received().size(), 1u);
}

TEST_P(Faults, APoolThatIsTooSmallIsASentenceAndGetsItsBuffersBack) {
    open(family());
    const auto small = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = 100});
    expect_says(sentence<hal::Error>([&] { nic->start(small, {}); }), "pool of 100 buffers is too small");
    EXPECT_EQ(small->available(), 100u);
    start();
}

class FaultsOfOne : public OnFake {};

TEST_F(FaultsOfOne, AnEepromThatCannotBeReadIsATimeout) {
    expect_says(sentence<hal::Timeout>([&] { open(Family::e1000, {.eeprom_absent = true}); }),
                "EERD did not become {DONE=1} within 100 ms");
    expect_says(sentence<hal::Timeout>([&] { open(Family::e1000e, {.auto_read_never = true}); }),
                "has not read its EEPROM within 100 ms");
    expect_says(sentence<hal::Error>([&] { open(Family::e1000e, {.eeprom_absent = true}); }),
                "the card has no EEPROM (EECD.PRES is 0)");
    nic.reset();
}

TEST_F(FaultsOfOne, OnIgbACardThatSaysNothingAboutItsEepromWorks) {
    open(Family::igb, {.auto_read_never = true});
    start();
}

TEST_F(FaultsOfOne, AnEepromWithoutAnAddressIsASentence) {
    const auto no_address = [](FakeCard& c) { c.eeprom.assign(64, 0xFFFF); };
    expect_says(sentence<hal::Error>([&] { open(Family::e1000, {}, no_address); }),
                "ff:ff:ff:ff:ff:ff is not a valid unicast address; its EEPROM is damaged");
    nic.reset();
}

TEST_F(FaultsOfOne, AQueueThatNeverStartsIsATimeout) {
    open(Family::igb, {.enable_never = true});
    make_pool();
    expect_says(sentence<hal::Timeout>([&] { nic->start(pool, {}); }),
                "RXDCTL[0] did not become {ENABLE=1} within 100 ms");
}

}  // namespace
}  // namespace ringside::test
