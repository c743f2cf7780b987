#include "sim/ixgbe/interrupt_controller.hpp"

#include "tests/model/parts/manual_clock.hpp"
#include "tests/model/parts/recorded_interrupts.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <vector>

namespace ringside::sim {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;
using test::RecordedInterrupts;
using Mode = RecordedInterrupts::Mode;
using IC = InterruptController;
using Vectors = std::vector<unsigned>;
using Levels = std::vector<bool>;

constexpr std::uint32_t EICR = 0x800, EICS = 0x808, EIAC = 0x810, EIMS = 0x880, EIMC = 0x888, EIAM = 0x890,
                        EITRSEL = 0x894, GPIE = 0x898, IVAR_MISC = 0xA00, PBACL0 = 0x11068;
constexpr std::uint32_t EICS_EX(unsigned i) { return 0xA90 + 4 * i; }
constexpr std::uint32_t EIMS_EX(unsigned i) { return 0xAA0 + 4 * i; }
constexpr std::uint32_t EIMC_EX(unsigned i) { return 0xAB0 + 4 * i; }
constexpr std::uint32_t EIAM_EX(unsigned i) { return 0xAD0 + 4 * i; }
constexpr std::uint32_t EITR(unsigned n) { return n < 24 ? 0x820 + 4 * n : 0x12300 + 4 * (n - 24); }
constexpr std::uint32_t IVAR(unsigned n) { return 0x900 + 4 * n; }

constexpr std::uint32_t MULTIPLE_MSIX = 1u << 4, OCD = 1u << 5, EIMEN = 1u << 6, EIAME = 1u << 30;
constexpr std::uint32_t OTHER = 1u << 31;
constexpr std::uint32_t CNT_WDIS = 1u << 31;
constexpr std::uint32_t valid = 0x80;
constexpr std::uint32_t interval(std::uint32_t units) { return units << 3; }
constexpr auto unit = 2048ns;

struct Card {
    explicit Card(Mode mode) : interrupts(mode) {
        controller.attach(interrupts);
        if (mode == Mode::msix) write(GPIE, MULTIPLE_MSIX);
    }
    std::uint32_t read(std::uint32_t offset) { return controller.read(offset); }
    void write(std::uint32_t offset, std::uint32_t value) { controller.write(offset, value); }
    void map_rx(unsigned queue, unsigned vector) { map(queue, 0, vector); }
    void map_tx(unsigned queue, unsigned vector) { map(queue, 1, vector); }
    void map(unsigned queue, unsigned tx, unsigned vector) {
        const unsigned shift = 8 * (2 * (queue & 1) + tx);
        const std::uint32_t before = read(IVAR(queue / 2)) & ~(0xFFu << shift);
        write(IVAR(queue / 2), before | (valid | vector) << shift);
    }
    void advance(hal::Clock::Duration time) {
        clock.sleep(time);
        controller.poll();
    }

    ManualClock clock;
    RecordedInterrupts interrupts;
    InterruptController controller{clock};
};

// -------------------------------------------------------------------------------------------- registers

TEST(InterruptRegisters, AreTheDatasheetsAndNoOthers) {
    std::set<std::uint32_t> expected{EICR,       EICS,       EIAC,       EIMS,       EIMC,       EIAM,
                                     GPIE,       EITRSEL,    IVAR_MISC,  PBACL0,     EICS_EX(0), EICS_EX(1),
                                     EIMS_EX(0), EIMS_EX(1), EIMC_EX(0), EIMC_EX(1), EIAM_EX(0), EIAM_EX(1)};
    for (unsigned n = 0; n < 128; ++n) expected.insert(EITR(n));
    for (unsigned n = 0; n < 64; ++n) expected.insert(IVAR(n));
    for (unsigned n = 1; n < 8; ++n) expected.insert(0x110C0 + 4 * n);
    std::set<std::uint32_t> found;
    for (std::uint32_t offset = 0; offset < 0x20000; offset += 4)
        if (IC::handles(offset)) found.insert(offset);
    EXPECT_EQ(found, expected);
}

TEST(InterruptRegisters, PlainOnesReadBackWhatWasWritten) {
    Card card(Mode::msix);
    card.write(EIAC, 0x7FFFFFFF);
    card.write(EIAM, 0x7FFFFFFF);
    card.write(EITRSEL, 0x12345678);
    card.write(GPIE, 0xC0000010);
    EXPECT_EQ(card.read(EIAC), 0x7FFFFFFFu);
    EXPECT_EQ(card.read(EIAM), 0x7FFFFFFFu);
    EXPECT_EQ(card.read(EITRSEL), 0x12345678u);
    EXPECT_EQ(card.read(GPIE), 0xC0000010u);
    for (unsigned n = 0; n < 64; ++n) {
        card.write(IVAR(n), 0xFFFFFFFF);
        EXPECT_EQ(card.read(IVAR(n)), 0xBFBFBFBFu) << n;
    }
    card.write(IVAR_MISC, 0xFFFFFFFF);
    EXPECT_EQ(card.read(IVAR_MISC), 0xBFBFu);
}

TEST(InterruptRegisters, MaskBitsAreSetAndClearedOneByOne) {
    Card card(Mode::msix);
    card.write(EIMS, 0xFFFFFFFF);
    EXPECT_EQ(card.read(EIMS), 0x7FFFFFFFu);
    card.write(EIMS, 0);
    EXPECT_EQ(card.read(EIMS), 0x7FFFFFFFu);
    card.write(EIMC, 0x00100001);
    EXPECT_EQ(card.read(EIMS), 0x7FEFFFFEu);
}

TEST(InterruptRegisters, TheLowHalfOfTheExtendedOnesIsTheSameAsTheShortOnes) {
    Card card(Mode::msix);
    card.write(EIMS_EX(0), 0x8000'0003);
    card.write(EIMS_EX(1), 0x1);
    EXPECT_EQ(card.read(EIMS), 0x3u);
    card.write(EIMC, 0x1);
    EXPECT_EQ(card.read(EIMS_EX(0)), 0x8000'0002u);
    card.write(EIMC_EX(0), 0x8000'0000);
    EXPECT_EQ(card.read(EIMS_EX(0)), 0x2u);
    EXPECT_EQ(card.read(EIMS_EX(1)), 0x1u);
    card.write(EIAM_EX(0), 0xFFFFFFFF);
    EXPECT_EQ(card.read(EIAM), 0xFFFFu);
    card.write(EIAM, 0);
    EXPECT_EQ(card.read(EIAM_EX(0)), 0xFFFF0000u);
    card.write(EICS_EX(0), 0x10004);
    EXPECT_EQ(card.read(EICR), 0x4u);
}

TEST(InterruptRegisters, ReadingEicsShowsCausesAndClearsNone) {
    Card card(Mode::msix);
    card.controller.other_event(IC::LSC);
    EXPECT_EQ(card.read(EICS), IC::LSC | OTHER);
    EXPECT_EQ(card.read(EICS), IC::LSC | OTHER);
}

TEST(InterruptRegisters, OtherIsASummaryAndCannotBeWritten) {
    Card card(Mode::line);
    card.write(EICS, OTHER);
    EXPECT_EQ(card.read(EICS), 0u);
    card.controller.other_event(IC::RX_MISS);
    card.write(EICR, OTHER);
    EXPECT_EQ(card.read(EICS), IC::RX_MISS | OTHER);
    card.write(EICR, IC::RX_MISS);
    EXPECT_EQ(card.read(EICS), 0u);
}

// ------------------------------------------------------------------------------------------- behaviour 48

TEST(Interrupts, Behaviour48_CausesLatchWhileMaskedAndUnmaskingSendsThem) {
    Card card(Mode::msix);
    card.map_rx(0, 3);
    card.controller.rx_event(0);
    card.controller.rx_event(0);
    EXPECT_EQ(card.interrupts.messages(), Vectors{});
    EXPECT_EQ(card.read(EICS), 1u << 3);
    card.write(EIMS, 1u << 3);
    EXPECT_EQ(card.interrupts.messages(), Vectors{3});
    card.write(EIMS, 1u << 3);
    EXPECT_EQ(card.interrupts.messages(), Vectors{}) << "nothing new";
}

TEST(Interrupts, Behaviour48_TheSameByTheExtendedMask) {
    Card card(Mode::msix);
    card.map_rx(5, 40);
    card.controller.rx_event(5);
    card.write(EIMS_EX(1), 1u << 8);
    EXPECT_EQ(card.interrupts.messages(), Vectors{40});
}

TEST(Interrupts, Behaviour48_TheSameForOtherCauses) {
    Card card(Mode::msix);
    card.write(IVAR_MISC, (valid | 7) << 8);
    card.controller.other_event(IC::LSC);
    EXPECT_EQ(card.interrupts.messages(), Vectors{});
    card.write(EIMS, IC::LSC);
    EXPECT_EQ(card.interrupts.messages(), Vectors{7});
}

TEST(Interrupts, Behaviour48_TheLineRisesWithTheMaskAndFallsWithTheCause) {
    Card card(Mode::line);
    card.map_rx(0, 0);
    card.controller.rx_event(0);
    EXPECT_EQ(card.interrupts.levels(), Levels{});
    card.write(EIMS, 1);
    EXPECT_EQ(card.interrupts.levels(), Levels{true});
    EXPECT_EQ(card.read(EICR), 1u);
    EXPECT_EQ(card.interrupts.levels(), Levels{false});
}

// ------------------------------------------------------------------------------------------- behaviour 49

TEST(Interrupts, Behaviour49_WritingOnesClears) {
    Card card(Mode::msix);
    card.map_rx(0, 1);
    card.map_rx(1, 2);
    card.controller.rx_event(0);
    card.controller.rx_event(1);
    card.controller.other_event(IC::LSC | IC::RX_MISS);
    card.write(EICR, 0x2 | IC::LSC);
    EXPECT_EQ(card.read(EICS), 0x4 | IC::RX_MISS | OTHER);
}

TEST(Interrupts, Behaviour49_ReadingClearsAll) {
    Card card(Mode::msix);
    card.map_rx(0, 1);
    card.controller.rx_event(0);
    card.controller.other_event(IC::LSC | IC::TCP_TIMER);
    EXPECT_EQ(card.read(EICR), 0x2 | IC::LSC | IC::TCP_TIMER | OTHER);
    EXPECT_EQ(card.read(EICR), 0u);
}

TEST(Interrupts, Behaviour49_WithOcdReadingClearsTheOtherCausesOnly) {
    Card card(Mode::msix);
    card.write(GPIE, MULTIPLE_MSIX | OCD);
    card.map_rx(0, 1);
    card.controller.rx_event(0);
    card.controller.other_event(IC::LSC);
    EXPECT_EQ(card.read(EICR), 0x2 | IC::LSC | OTHER);
    EXPECT_EQ(card.read(EICR), 0x2u);
}

// ------------------------------------------------------------------------------------------- behaviour 50

TEST(Interrupts, Behaviour50_AutoClearTakesTheCauseWithTheMessage) {
    Card card(Mode::msix);
    card.map_rx(0, 1);
    card.map_rx(1, 2);
    card.write(EIAC, 0x2);
    card.write(EIMS, 0x6);
    card.controller.rx_event(0);
    card.controller.rx_event(1);
    EXPECT_EQ(card.interrupts.messages(), (Vectors{1, 2}));
    EXPECT_EQ(card.read(EICS), 0x4u) << "the second is not in EIAC";
    card.controller.rx_event(0);
    card.controller.rx_event(1);
    EXPECT_EQ(card.interrupts.messages(), Vectors{1}) << "a cause that nobody cleared tells nothing new";
}

TEST(Interrupts, Behaviour50_VectorsFrom16OnAlwaysClearThemselves) {
    Card card(Mode::msix);
    card.map_rx(0, 16);
    card.write(EIMS_EX(0), 1u << 16);
    card.controller.rx_event(0);
    card.controller.rx_event(0);
    EXPECT_EQ(card.interrupts.messages(), (Vectors{16, 16}));
}

TEST(Interrupts, Behaviour50_AutoMaskKeepsQuietUntilTheMaskIsSetAndLosesNothing) {
    Card card(Mode::msix);
    card.write(GPIE, MULTIPLE_MSIX | EIAME);
    card.write(EIAC, 0xFFFF);
    card.write(EIAM_EX(0), 0xFFFFFFFF);
    card.map_rx(0, 1);
    card.write(EIMS_EX(0), 0x2);
    card.controller.rx_event(0);
    EXPECT_EQ(card.interrupts.messages(), Vectors{1});
    EXPECT_EQ(card.read(EIMS), 0u);
    card.controller.rx_event(0);  // while the driver is polling
    card.controller.rx_event(0);
    EXPECT_EQ(card.interrupts.messages(), Vectors{});
    card.write(EIMS_EX(0), 0x2);
    EXPECT_EQ(card.interrupts.messages(), Vectors{1});
    card.write(EIMS_EX(0), 0x2);
    EXPECT_EQ(card.interrupts.messages(), Vectors{}) << "once";
}

TEST(Interrupts, Behaviour50_WithoutEiameNothingIsMasked) {
    Card card(Mode::msix);
    card.write(EIAC, 0xFFFF);
    card.write(EIAM_EX(0), 0xFFFFFFFF);
    card.map_rx(0, 1);
    card.write(EIMS_EX(0), 0x2);
    card.controller.rx_event(0);
    card.controller.rx_event(0);
    EXPECT_EQ(card.interrupts.messages(), (Vectors{1, 1}));
    EXPECT_EQ(card.read(EIMS), 0x2u);
}

TEST(Interrupts, Behaviour50_OtherCausesAreMaskedByTheirOwnBits) {
    Card card(Mode::msix);
    card.write(GPIE, MULTIPLE_MSIX | EIAME);
    card.write(IVAR_MISC, (valid | 1) << 8);
    card.write(EIAM, IC::LSC);
    card.write(EIMS, IC::LSC | IC::RX_MISS);
    card.controller.other_event(IC::LSC);
    EXPECT_EQ(card.interrupts.messages(), Vectors{1});
    EXPECT_EQ(card.read(EIMS), IC::RX_MISS);
    EXPECT_EQ(card.read(EICS), IC::LSC | OTHER) << "and stay visible";
}

TEST(Interrupts, Behaviour50_OtherCausesAreClearedByTheirOwnBits) {
    Card card(Mode::msix);
    card.write(IVAR_MISC, (valid | 2) << 8 | valid | 1);
    card.write(EIAC, IC::TCP_TIMER);
    card.write(EIMS, IC::LSC | IC::TCP_TIMER);
    card.controller.other_event(IC::LSC | IC::TCP_TIMER);
    EXPECT_EQ(card.interrupts.messages(), (Vectors{1, 2}));
    EXPECT_EQ(card.read(EICS), IC::LSC | OTHER);
    card.controller.other_event(IC::TCP_TIMER);
    EXPECT_EQ(card.interrupts.messages(), Vectors{1});
}

TEST(Interrupts, Behaviour50_WithOneInterruptForAllReadingTheCausesMasks) {
    Card card(Mode::line);
    card.map_rx(0, 0);
    card.write(EIAM, 0xFFFF);
    card.write(EIMS, 0x1 | IC::LSC);
    card.controller.rx_event(0);
    EXPECT_EQ(card.interrupts.levels(), Levels{true});
    EXPECT_EQ(card.read(EICR), 1u);
    EXPECT_EQ(card.read(EIMS), IC::LSC);
    card.controller.rx_event(0);
    EXPECT_EQ(card.interrupts.levels(), Levels{false});
    card.write(EICS, 1u << 5);  // sets what EIAM had masked
    EXPECT_EQ(card.read(EIMS), 0xFFFF | IC::LSC);
    EXPECT_EQ(card.interrupts.levels(), Levels{true});
}

// ------------------------------------------------------------------------------------------- behaviour 51

struct Moderated : Card {
    Moderated() : Card(Mode::msix) {
        map_rx(0, 1);
        write(EIAC, 0xFFFF);
        write(EIMS, 0x2);
        write(EITR(1), interval(10));
    }
};

TEST(Interrupts, Behaviour51_TheFirstMessageGoesAtOnceTheNextWaitsForTheInterval) {
    Moderated card;
    card.controller.rx_event(0);
    EXPECT_EQ(card.interrupts.messages(), Vectors{1});
    card.controller.rx_event(0);
    EXPECT_EQ(card.interrupts.messages(), Vectors{});
    EXPECT_EQ(card.controller.next_deadline(), card.clock.now() + 10 * unit);
    card.advance(10 * unit - 1ns);
    EXPECT_EQ(card.interrupts.messages(), Vectors{});
    card.advance(1ns);
    EXPECT_EQ(card.interrupts.messages(), Vectors{1});
    EXPECT_EQ(card.controller.next_deadline(), std::nullopt);
}

TEST(Interrupts, Behaviour51_AnEventAfterTheIntervalGoesAtOnce) {
    Moderated card;
    card.controller.rx_event(0);
    card.advance(10 * unit);
    EXPECT_EQ(card.interrupts.messages(), Vectors{1});
    card.controller.rx_event(0);
    EXPECT_EQ(card.interrupts.messages(), Vectors{1});
}

TEST(Interrupts, Behaviour51_MessagesAreNeverCloserThanTheInterval) {
    Moderated card;
    std::vector<hal::Clock::Duration> sent;
    for (int i = 0; i < 1000; ++i) {
        card.controller.rx_event(0);
        card.advance(777ns);
        if (!card.interrupts.messages().empty()) sent.push_back(card.clock.now());
    }
    ASSERT_GT(sent.size(), 30u);
    for (std::size_t i = 2; i < sent.size(); ++i) EXPECT_GE(sent[i] - sent[i - 1] + 777ns, 10 * unit);
    EXPECT_LE(sent.size(), 777u * 1000 / (10 * 2048) + 1);
}

TEST(Interrupts, Behaviour51_WritingWithCntWdisKeepsTheCount) {
    Moderated card;
    card.controller.rx_event(0);
    card.interrupts.messages();
    card.advance(4 * unit);
    card.write(EITR(1), interval(100) | CNT_WDIS);
    EXPECT_EQ(card.read(EITR(1)) & (interval(0x1FF) | CNT_WDIS), interval(100)) << "CNT_WDIS reads 0";
    card.controller.rx_event(0);
    card.advance(6 * unit);
    EXPECT_EQ(card.interrupts.messages(), Vectors{1}) << "when the old interval was over";
    card.controller.rx_event(0);
    EXPECT_EQ(card.controller.next_deadline(), card.clock.now() + 100 * unit)
        << "the new one counts from here";
}

TEST(Interrupts, Behaviour51_WritingWithoutCntWdisSetsTheCount) {
    Moderated card;
    card.controller.rx_event(0);
    card.interrupts.messages();
    card.write(EITR(1), interval(10));
    card.controller.rx_event(0);
    EXPECT_EQ(card.interrupts.messages(), Vectors{1}) << "the counter is 0";
    card.write(EITR(1), interval(10) | 2u << 21);
    card.controller.rx_event(0);
    EXPECT_EQ(card.controller.next_deadline(), card.clock.now() + 8 * unit);
    EXPECT_EQ(card.read(EITR(1)), interval(10) | 2u << 21);
}

TEST(Interrupts, Behaviour51_VectorsAreModeratedOneByOne) {
    Moderated card;
    card.map_rx(1, 2);
    card.write(EIMS, 0x4);
    card.controller.rx_event(0);
    card.controller.rx_event(0);
    card.controller.rx_event(1);
    card.controller.rx_event(1);
    EXPECT_EQ(card.interrupts.messages(), (Vectors{1, 2, 2}));
}

TEST(Interrupts, Behaviour51_WhatIsMaskedWhileItWaitsIsNotSent) {
    Moderated card;
    card.controller.rx_event(0);
    card.controller.rx_event(0);
    card.interrupts.messages();
    card.write(EIMC, 0x2);
    card.advance(20 * unit);
    EXPECT_EQ(card.interrupts.messages(), Vectors{});
    card.write(EIMS, 0x2);
    EXPECT_EQ(card.interrupts.messages(), Vectors{1});
}

TEST(Interrupts, Behaviour51_TheLineWaitsToo) {
    Card card(Mode::line);
    card.map_rx(0, 0);
    card.write(EIMS, 1);
    card.write(EITR(0), interval(10));
    card.controller.rx_event(0);
    card.read(EICR);
    card.controller.rx_event(0);
    EXPECT_EQ(card.interrupts.levels(), (Levels{true, false}));
    card.advance(10 * unit);
    EXPECT_EQ(card.interrupts.levels(), Levels{true});
}

TEST(Interrupts, Behaviour51_EverySettingHasItsRegister) {
    Card card(Mode::msix);
    for (unsigned n = 0; n < 128; ++n) card.write(EITR(n), interval(n + 1));
    for (unsigned n = 0; n < 128; ++n) EXPECT_EQ(card.read(EITR(n)), interval(n + 1)) << n;
}

TEST(Interrupts, TheIntervalOfATransmitQueueIsThatOfItsVector) {
    Card card(Mode::msix);
    card.map_tx(77, 30);
    card.write(EITR(30), interval(5));
    card.write(EITR(0), interval(7));
    EXPECT_EQ(card.controller.tx_interval(77), 5 * unit);
    EXPECT_EQ(card.controller.tx_interval(76), 0ns);
    card.write(GPIE, 0);
    EXPECT_EQ(card.controller.tx_interval(77), 7 * unit) << "one interrupt for all";
}

// ------------------------------------------------------------------------------------------- behaviour 53

TEST(Interrupts, Behaviour53_WritingEicsIsAsIfItHadHappened) {
    Card card(Mode::msix);
    card.write(EIMS_EX(0), 0x3);
    card.write(EIMS_EX(1), 0x80000000);
    card.write(EICS, 0x1);
    card.write(EICS_EX(0), 0x2);
    card.write(EICS_EX(1), 0x80000000);
    EXPECT_EQ(card.interrupts.messages(), (Vectors{0, 1, 63}));
    card.write(EICS, 0x8);
    EXPECT_EQ(card.interrupts.messages(), Vectors{}) << "masked";
    EXPECT_EQ(card.read(EICR), 0xBu);
}

TEST(Interrupts, Behaviour53_OtherCausesBySoftwareReachTheirVector) {
    Card card(Mode::msix);
    card.write(IVAR_MISC, (valid | 9) << 8 | valid | 4);
    card.write(EIMS, IC::LSC | IC::TCP_TIMER);
    card.write(EICS, IC::LSC);
    card.write(EICS, IC::TCP_TIMER);
    EXPECT_EQ(card.interrupts.messages(), (Vectors{9, 4}));
}

TEST(Interrupts, Behaviour53_EimenLetsSoftwareInterruptsPassModeration) {
    Moderated card;
    card.controller.rx_event(0);
    card.write(EICS, 0x2);
    EXPECT_EQ(card.interrupts.messages(), Vectors{1}) << "waits";
    card.advance(10 * unit);
    card.interrupts.messages();
    card.write(GPIE, MULTIPLE_MSIX | EIMEN);
    card.write(EICS, 0x2);
    EXPECT_EQ(card.interrupts.messages(), Vectors{1}) << "does not wait";
}

// ------------------------------------------------------------------------------------------- behaviour 54

TEST(Interrupts, Behaviour54_AnInvalidEntryTellsNobody) {
    Card card(Mode::msix);
    card.write(EIMS_EX(0), 0xFFFFFFFF);
    card.write(IVAR(0), 0x00000003);
    card.controller.rx_event(0);
    card.controller.tx_event(0);
    EXPECT_EQ(card.interrupts.messages(), Vectors{});
    EXPECT_EQ(card.read(EICS), 0u);
}

TEST(Interrupts, Behaviour54_QueuesMayShareAVector) {
    Card card(Mode::msix);
    card.map_rx(0, 5);
    card.map_tx(0, 5);
    card.map_rx(7, 5);
    card.write(EIAC, 0xFFFF);
    card.write(EIMS, 1u << 5);
    card.controller.rx_event(0);
    card.controller.tx_event(0);
    card.controller.rx_event(7);
    card.controller.tx_event(7);
    EXPECT_EQ(card.interrupts.messages(), (Vectors{5, 5, 5}));
}

TEST(Interrupts, Behaviour54_EveryQueueHasItsEntry) {
    Card card(Mode::msix);
    card.write(EIMS_EX(0), 0xFFFFFFFF);
    card.write(EIMS_EX(1), 0xFFFFFFFF);
    card.write(EIAC, 0xFFFF);
    for (unsigned queue = 0; queue < 128; ++queue) {
        card.map_rx(queue, queue % 64);
        card.map_tx(queue, (queue + 1) % 64);
        card.controller.rx_event(queue);
        card.controller.tx_event(queue);
        EXPECT_EQ(card.interrupts.messages(), (Vectors{queue % 64, (queue + 1) % 64})) << queue;
    }
}

TEST(Interrupts, Behaviour54_WithOneInterruptForAllTheEntryNamesABitOfTheCauses) {
    Card card(Mode::line);
    card.map_rx(0, 2);
    card.map_tx(0, 15);
    card.map_rx(1, 16 + 4);  // there are only 16
    card.controller.rx_event(0);
    card.controller.rx_event(1);
    card.controller.tx_event(0);
    EXPECT_EQ(card.read(EICR), 1u << 2 | 1u << 4 | 1u << 15);
}

TEST(Interrupts, Behaviour54_OtherCausesWithoutAnEntryStayVisible) {
    Card card(Mode::msix);
    card.write(EIMS, IC::LSC);
    card.controller.other_event(IC::LSC);
    EXPECT_EQ(card.interrupts.messages(), Vectors{});
    EXPECT_EQ(card.read(EICR), IC::LSC | OTHER);
}

// ------------------------------------------------------------------------------------------- behaviour 55

TEST(Interrupts, Behaviour55_EveryLinkChangeIsTold) {
    Card card(Mode::msix);
    card.write(GPIE, MULTIPLE_MSIX | OCD | EIAME);
    card.write(IVAR_MISC, (valid | 2) << 8);
    card.write(EIMS, IC::LSC);
    for (int change = 0; change < 4; ++change) {
        card.controller.other_event(IC::LSC);
        EXPECT_EQ(card.interrupts.messages(), Vectors{2}) << change;
        EXPECT_EQ(card.read(EICS), IC::LSC | OTHER);
        card.write(EICR, IC::LSC);
    }
}

TEST(Interrupts, Behaviour55_LinkChangesRaiseTheLine) {
    Card card(Mode::line);
    card.write(EIMS, IC::LSC);
    card.controller.other_event(IC::LSC);
    EXPECT_EQ(card.interrupts.levels(), Levels{true});
    card.write(EICR, IC::LSC);
    EXPECT_EQ(card.interrupts.levels(), Levels{false});
}

TEST(Interrupts, PinsNeedTheirEnableBit) {
    Card card(Mode::line);
    card.controller.other_event(IC::SDP0 | IC::SDP1 | IC::SDP2);
    EXPECT_EQ(card.read(EICS), 0u);
    card.write(GPIE, 0x2);
    card.controller.other_event(IC::SDP0 | IC::SDP1 | IC::SDP2);
    EXPECT_EQ(card.read(EICS), IC::SDP1 | OTHER);
}

// ------------------------------------------------------------------------------------------------- modes

TEST(InterruptModes, MsiSendsTheOnlyMessageForEachNewCause) {
    Card card(Mode::msi);
    card.map_rx(0, 3);
    card.write(EIMS, 0x8 | IC::LSC);
    card.controller.rx_event(0);
    card.controller.other_event(IC::LSC);
    EXPECT_EQ(card.interrupts.messages(), (Vectors{0, 0}));
    EXPECT_EQ(card.interrupts.levels(), Levels{});
}

TEST(InterruptModes, MsixWithoutMultipleVectorsSendsVectorZero) {
    Card card(Mode::msix);
    card.write(GPIE, 0);
    card.map_rx(0, 16 + 3);  // of which 4 bits count
    card.write(EIMS, 0x8);
    card.controller.rx_event(0);
    EXPECT_EQ(card.interrupts.messages(), Vectors{0});
}

TEST(InterruptModes, TheLineIsSilentInMsixMode) {
    Card card(Mode::line);
    card.map_rx(0, 0);
    card.write(EIMS, 1);
    card.controller.rx_event(0);
    EXPECT_EQ(card.interrupts.levels(), Levels{true});
    card.write(GPIE, MULTIPLE_MSIX);
    EXPECT_EQ(card.interrupts.levels(), Levels{false});
    card.controller.rx_event(0);
    EXPECT_EQ(card.interrupts.levels(), Levels{});
}

TEST(InterruptModes, TheLineFallsWhenMessagesAreTurnedOn) {
    Card card(Mode::line);
    card.write(EIMS, IC::LSC);
    card.controller.other_event(IC::LSC);
    card.interrupts.set_mode(Mode::msi);
    card.controller.poll();
    EXPECT_EQ(card.interrupts.levels(), (Levels{true, false}));
}

TEST(InterruptModes, TheCommandRegisterSilencesTheLine) {
    Card card(Mode::line);
    card.write(EIMS, IC::LSC);
    card.controller.disable_line(true);
    card.controller.other_event(IC::LSC);
    EXPECT_EQ(card.interrupts.levels(), Levels{});
    EXPECT_TRUE(card.controller.line_wanted());
    card.controller.disable_line(false);
    EXPECT_EQ(card.interrupts.levels(), Levels{true});
}

TEST(InterruptModes, MessagesWaitForBusMastering) {
    Card card(Mode::msix);
    card.map_rx(0, 1);
    card.write(EIMS, 0x2);
    card.controller.set_bus_master(false);
    card.controller.rx_event(0);
    card.controller.poll();
    EXPECT_EQ(card.interrupts.messages(), Vectors{});
    EXPECT_EQ(card.controller.next_deadline(), std::nullopt) << "time does not help";
    card.controller.set_bus_master(true);
    EXPECT_EQ(card.interrupts.messages(), Vectors{1});
}

TEST(InterruptModes, WhatHappensBeforeAnybodyIsAttachedIsToldThen) {
    ManualClock clock;
    InterruptController controller(clock);
    controller.write(EIMS, IC::LSC);
    controller.other_event(IC::LSC);
    controller.poll();
    RecordedInterrupts interrupts(Mode::line);
    controller.attach(interrupts);
    EXPECT_EQ(interrupts.levels(), Levels{true});
}

TEST(InterruptModes, ResetForgetsEverythingAndLowersTheLine) {
    Card card(Mode::line);
    card.map_rx(0, 0);
    card.write(EIMS, 1);
    card.write(EITR(0), interval(10));
    card.write(EIAC, 1);
    card.write(EIAM, 1);
    card.controller.rx_event(0);
    card.controller.reset();
    EXPECT_EQ(card.interrupts.levels(), (Levels{true, false}));
    for (const std::uint32_t offset : {EICS, EIMS, EIAC, EIAM, GPIE, EITR(0), IVAR(0), IVAR_MISC, EIMS_EX(0)})
        EXPECT_EQ(card.read(offset), 0u) << offset;
    card.advance(100 * unit);
    EXPECT_EQ(card.interrupts.levels(), Levels{});
}

}  // namespace
}  // namespace ringside::sim
