// Starting, stopping, starting again, from any state; and what that does to the registers: the golden traces
// of docs/traces.
#include "tests/driver/gigabit/fixture.hpp"
#include "tests/driver/golden_trace.hpp"

namespace ringside::test {
namespace {

class Start : public EachFamily {
protected:
    std::vector<std::string> trace() {
        Recorder recorder;
        open(family(), {.link_at_reset = !igb()});
        make_pool();
        nic->observe_registers(&recorder);
        nic->start(pool, {});
        nic->observe_registers(nullptr);
        nic->wait_for_link(1s);
        nic->observe_registers(&recorder);
        nic->stop();
        nic->observe_registers(nullptr);
        std::vector<std::string> lines = summarize(recorder.events);
        // Where the rings lie is the memory's business, not the driver's.
        for (std::string& line : lines)
            for (const char* base : {"W RDBAL", "W RDBAH", "W TDBAL", "W TDBAH"})
                if (line.starts_with(base)) line.replace(line.find('=') + 2, std::string::npos, "(the ring)");
        return lines;
    }
};
INSTANTIATE_TEST_SUITE_P(, Start, each_family(), family_name);

TEST_P(Start, TheCardIsStartedAndStoppedAsDocumented) {
    const char* name = family() == Family::e1000    ? "82540em-start.txt"
                       : family() == Family::e1000e ? "82574l-start.txt"
                                                    : "82576-start.txt";
    expect_golden(name, trace());
}

TEST_P(Start, TheSameStartTakesTheSameSteps) {
    const auto first = trace();
    TearDown();
    EXPECT_EQ(trace(), first);
}

TEST_P(Start, TheAddressAndTheModelAreTheCards) {
    open(family());
    EXPECT_EQ(nic->mac(), own);
    EXPECT_NE(nic->info().model.find(std::string("(") + name_of(family()) + ")"), std::string::npos);
    EXPECT_EQ(nic->info().vendor, 0x8086);
    EXPECT_FALSE(nic->running());
    EXPECT_EQ(card->reg(0x100), 0u) << "an open card is silent";
}

TEST_P(Start, AnAddressThatAnEarlierProgramWroteDoesNotStick) {
    open(family(), {.reset_keeps_all = family() == Family::e1000}, [](FakeCard& c) {
        c.reg(0x5400) = 0x44332211;
        c.reg(0x5404) = 1u << 31 | 0x6655;
    });
    EXPECT_EQ(nic->mac(), own);
    start();
    card->arrive(frame(own, 64));
    EXPECT_EQ(received().size(), 1u);
}

TEST_P(Start, ACardInAnyStateIsStarted) {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        open(family(), {.reset_keeps_all = family() == Family::e1000}, [&](FakeCard& c) {
            std::uint32_t x = seed * 2654435761u;
            for (std::uint32_t at = 0; at < 0x10000; at += 4) {
                x = x * 1664525 + 1013904223;
                // CTRL, STATUS, the statistics and what only the EEPROM writes stay.
                const bool spoil = at >= 0x24 && (at < 0x4000 || at >= 0x4100) && at != 0x1010;
                if (spoil) c.reg(at) = x;
            }
        });
        start();
        ASSERT_EQ(nic->mac(), own);
        card->arrive(frame(own, 64));
        card->arrive(frame(other, 64));
        ASSERT_EQ(received(), std::vector<Frame>{frame(own, 64)}) << seed;
        send(frame(other, 100));
        ASSERT_EQ(card->sent.size(), 1u) << seed;
        TearDown();
        card = nullptr;
    }
}

TEST_P(Start, StoppedMeansSilentAndAllBuffersBack) {
    open(family());
    start();
    card->arrive(frame(own, 64));
    nic->stop();
    EXPECT_FALSE(nic->running());
    EXPECT_FALSE(card->bus_master());
    EXPECT_EQ(card->reg(0x100) & 2, 0u);
    EXPECT_EQ(card->reg(0x400) & 2, 0u);
    cache.reset();
    EXPECT_EQ(pool->available(), pool->size());
    nic->stop();
}

TEST_P(Start, ItStartsAgainManyTimes) {
    open(family(), {.reset_keeps_all = family() == Family::e1000});
    for (unsigned n = 0; n < 20; ++n) {
        start({.rx_descriptors = n % 2 ? 64u : 512u});
        card->arrive(frame(own, 64, n));
        ASSERT_EQ(received().size(), 1u);
        send(frame(other, 64, n));
        nic->stop();
    }
    EXPECT_EQ(card->sent.size(), 20u);
}

TEST_P(Start, ALinkThatIsUpIsLeftAloneAndOneThatIsDownIsNegotiated) {
    open(family());
    make_pool();
    nic->start(pool, {});
    EXPECT_TRUE(nic->link().up) << "it was up";
    EXPECT_EQ(card->reg(0x20), 0u) << "the PHY was not touched";
    TearDown();
    open(family(), {.link_at_reset = false});
    make_pool();
    nic->start(pool, {});
    EXPECT_FALSE(nic->link().up);
    nic->wait_for_link(1s);
    EXPECT_EQ(nic->link().mbit_per_second, 1000u);
    card->link_mbit = 100;
    EXPECT_EQ(nic->link().mbit_per_second, 100u);
    card->link_mbit = 10;
    EXPECT_EQ(nic->link().mbit_per_second, 10u);
}

TEST_P(Start, ReceiveControlIsWrittenOnlyWhenItChanges) {
    struct Count final : hal::RegisterObserver {
        void saw(const Event& e) override { writes += e.direction == 'W' && std::string(e.name) == "RCTL"; }
        int writes = 0;
    } count;
    open(family());
    start();
    nic->observe_registers(&count);
    nic->set_promiscuous(false);
    nic->set_all_multicast(false);
    nic->set_multicast_filters(std::vector{group});
    nic->set_unicast_filters(std::vector{other});
    EXPECT_EQ(count.writes, 0) << "QEMU's e1000 receives nothing for a second after each";
    nic->set_promiscuous(true);
    EXPECT_EQ(count.writes, 1);
    nic->observe_registers(nullptr);
}

TEST_P(Start, ThePacketBufferLeavesRoomForTwoFramesToSend) {
    if (igb()) GTEST_SKIP() << "the 82576 has a buffer for each direction";
    const bool pci = family() == Family::e1000;
    open(family());
    start();
    EXPECT_EQ(card->reg(0x1000), pci ? 48u : 32u);
    start({.mtu = nic->info().max_mtu});
    EXPECT_EQ(card->reg(0x1000), pci ? 32u : 20u);
}

class StartOfOne : public OnFake {};

TEST_F(StartOfOne, TheSecondPortOfATwoPortCardHasTheNextAddress) {
    open(Family::e1000, {.device_id = 0x1010, .function = 1});
    MacAddress second = own;
    second.bytes[5] ^= 1;
    EXPECT_EQ(nic->mac(), second);
    TearDown();
    open(Family::e1000, {.device_id = 0x1010});
    EXPECT_EQ(nic->mac(), own);
}

TEST_F(StartOfOne, AFiberPortNegotiatesWithoutAPhy) {
    open(Family::e1000, {.device_id = 0x1011, .link_at_reset = false});
    make_pool();
    nic->start(pool, {});
    EXPECT_EQ(card->reg(0x178), 1u << 31 | 1u << 5);
    EXPECT_EQ(card->reg(0x20), 0u);
}

TEST_F(StartOfOne, JumboFramesAreRefusedInAPciXSlot) {
    open(Family::e1000, {.device_id = 0x100F, .pcix = true});
    start();
    expect_says(sentence<hal::Error>([&] { start({.mtu = 9000}); }), "is not possible in a PCI-X slot");
    EXPECT_FALSE(nic->running());
    start();
}

TEST_F(StartOfOne, TheBitsThatErrataAskForAreSet) {
    open(Family::e1000e);
    start();
    EXPECT_EQ(card->reg(0x3828) & 1u << 22, 1u << 22);
    EXPECT_EQ(card->reg(0x3828), card->reg(0x3928)) << "the same in both queues";
    EXPECT_EQ(card->reg(0x3840) & 0x7C000000, 1u << 26);
    EXPECT_EQ(card->reg(0x18) & 3u << 22, 1u << 22);
    EXPECT_EQ(card->reg(0x0) & 1u << 29, 0u);
    EXPECT_EQ(card->reg(0x5B00) & 1u << 22, 1u << 22);
    EXPECT_EQ(card->reg(0x5B64) & 1u, 1u);
    EXPECT_EQ(card->reg(0x0) & 0x00100008, 0x00100008u) << "reserved ones are kept";
}

TEST_F(StartOfOne, DropEnableIsTheProgramsChoiceOnIgb) {
    open(Family::igb);
    start({.drop_when_full = true});
    EXPECT_EQ(card->reg(0xC00C) >> 31, 1u);
    start({.drop_when_full = false});
    EXPECT_EQ(card->reg(0xC00C) >> 31, 0u);
}

TEST_F(StartOfOne, EveryIdHasItsDriver) {
    const std::pair<std::uint16_t, Family> ids[] = {
        {0x100E, Family::e1000},  {0x100F, Family::e1000},  {0x1011, Family::e1000},  {0x1079, Family::e1000},
        {0x10D3, Family::e1000e}, {0x10F6, Family::e1000e}, {0x150C, Family::e1000e}, {0x10C9, Family::igb},
        {0x150E, Family::igb},    {0x1521, Family::igb},    {0x1533, Family::igb},    {0x157B, Family::igb},
        {0x1539, Family::igb}};
    for (const auto& [id, family] : ids) {
        open(family, {.device_id = id});
        EXPECT_EQ(nic->info().device, id);
        start({.rx_descriptors = 64});
        TearDown();
    }
    const std::string text = sentence<hal::Error>([&] { open(Family::igb, {.device_id = 0x10A7}); });
    expect_says(text, "test:gigabit is a PCI function 8086:10a7, for which there is no driver here");
    nic.reset();
}

}  // namespace
}  // namespace ringside::test
