// What the 82599's driver borrows from the card's firmware, and the bus to the module, against the
// simulator's parts: without a card around them, so that they can be held, stuck and pulled out.
#include "driver/ixgbe/firmware_lock.hpp"
#include "driver/ixgbe/module_bus.hpp"
#include "sim/ixgbe/semaphores.hpp"
#include "sim/ixgbe/sfp_module.hpp"
#include "tests/support/fake_clock.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace ringside::test {
namespace {

using namespace std::chrono_literals;
using ixgbe::FirmwareLock;
using ixgbe::SW_FW_SYNC;

// The registers of these parts, and nothing else.
class Parts final : public hal::Bar {
public:
    explicit Parts(sim::SfpKind kind, bool regsmp = false)
        : semaphores(sim::Semaphores::default_fwsm, regsmp), module(kind) {}
    std::uint64_t size() const override { return 128 * 1024; }
    std::uint32_t load32(std::uint32_t offset) override {
        if (sim::Semaphores::handles(offset)) return semaphores.read(offset);
        if (!sim::SfpModule::handles(offset)) return 0;
        if (data_stuck) return module.read() & ~4u;
        if (clock_stuck) return module.read() & ~1u;
        return writes > pulled_out_after ? module.read() | 5u : module.read();
    }
    void store32(std::uint32_t offset, std::uint32_t value) override {
        if (sim::Semaphores::handles(offset)) semaphores.write(offset, value);
        if (sim::SfpModule::handles(offset)) ++writes, module.write(value);
    }
    volatile std::uint32_t* direct(std::uint32_t) override { return nullptr; }

    sim::Semaphores semaphores;
    sim::SfpModule module;
    std::uint64_t writes = 0, pulled_out_after = ~0ull;
    bool data_stuck = false, clock_stuck = false;
};

class Borrowing : public testing::Test {
protected:
    std::string sentence_of_taking(Parts& bar, FirmwareLock::Guard guard = FirmwareLock::Guard::swesmbi) {
        const hal::RegisterFile regs(bar, 8, clock, "the card");
        try {
            const FirmwareLock lock(regs, SW_FW_SYNC::SW_EEPROM(true), guard, "the EEPROM");
        } catch (const hal::Timeout& e) { return e.what(); }
        return "taken";
    }
    FakeClock clock;
};

TEST_F(Borrowing, IsByTheCardsSemaphoresAndGivesAllBack) {
    for (const bool x540 : {false, true}) {
        Parts bar(sim::SfpKind::sr, x540);
        const hal::RegisterFile regs(bar, 8, clock, "the card");
        const auto guard = x540 ? FirmwareLock::Guard::regsmp : FirmwareLock::Guard::swesmbi;
        {
            const FirmwareLock lock(regs, SW_FW_SYNC::SW_PHY1(true), guard, "the bus");
            EXPECT_EQ(bar.load32(0x10160) & 0x1F, 4u);
            if (x540) bar.store32(0x10160, 4);  // the look has taken it
            EXPECT_EQ(bar.load32(0x10140) & 3, 0u) << "the guard is open meanwhile";
            bar.store32(0x10140, 0);
        }
        EXPECT_EQ(bar.load32(0x10160) & 0x1F, 0u);
        if (x540) bar.store32(0x10160, 0);
        EXPECT_EQ(bar.load32(0x10140) & 3, 0u);
        EXPECT_EQ(bar.semaphores.unguarded_writes(), 0u);
        EXPECT_EQ(bar.semaphores.foreign_bits(), 0u);
    }
}

TEST_F(Borrowing, WaitsForTheFirmwareASecondAndSaysSo) {
    Parts bar(sim::SfpKind::sr);
    bar.semaphores.firmware_takes(1);
    EXPECT_NE(sentence_of_taking(bar).find("has been using the EEPROM for a second"), std::string::npos);
    bar.semaphores.firmware_takes(2);
    EXPECT_EQ(sentence_of_taking(bar), "taken") << "another part is not ours to wait for";
    bar.semaphores.firmware_holds(true);
    EXPECT_NE(sentence_of_taking(bar).find("SWSM.SWESMBI stays 0"), std::string::npos);
    EXPECT_EQ(bar.load32(0x10140) & 1, 0u) << "what it had is given back";
}

TEST_F(Borrowing, TakesFromADriverThatEndedInTheMidst) {
    Parts bar(sim::SfpKind::sr);
    static_cast<void>(bar.load32(0x10140));
    EXPECT_EQ(sentence_of_taking(bar), "taken");
}

class Bus : public Borrowing {
protected:
    std::string sentence_of_reading(Parts& bar) {
        const hal::RegisterFile regs(bar, 8, clock, "the card");
        std::array<std::uint8_t, 64> bytes{};
        try {
            ixgbe::ModuleBus bus(regs);
            return bus.read(0xA0, 0, bytes) ? "read" : "nobody";
        } catch (const hal::Error& e) { return e.what(); }
    }
};

TEST_F(Bus, ReadsAnyPartOfEitherPage) {
    Parts bar(sim::SfpKind::lr);
    const hal::RegisterFile regs(bar, 8, clock, "the card");
    ixgbe::ModuleBus bus(regs);
    for (const auto& [address, page] : {std::pair{std::uint8_t{0xA0}, bar.module.identity()},
                                        std::pair{std::uint8_t{0xA2}, bar.module.diagnostics()}})
        for (const auto& [first, count] : {std::pair{0, 256}, std::pair{20, 16}, std::pair{255, 1}}) {
            std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count));
            ASSERT_TRUE(bus.read(address, static_cast<std::uint8_t>(first), bytes));
            for (std::size_t i = 0; i < bytes.size(); ++i)
                ASSERT_EQ(bytes[i], page[static_cast<std::size_t>(first) + i]) << first << " " << i;
        }
    std::array<std::uint8_t, 1> byte{};
    EXPECT_FALSE(bus.read(0xA4, 0, byte)) << "there is nobody";
    EXPECT_TRUE(bus.read(0xA0, 0, byte)) << "the bus is free again";
}

TEST_F(Bus, AnEmptyCageAnswersNothing) {
    Parts bar(sim::SfpKind::absent);
    EXPECT_EQ(sentence_of_reading(bar), "nobody");
}

TEST_F(Bus, ATransferThatSomebodyLeftHalfDoneIsEnded) {
    for (unsigned edges = 0; edges < 120; ++edges) {
        Parts bar(sim::SfpKind::sr);
        {
            const hal::RegisterFile regs(bar, 8, clock, "the card");
            ixgbe::ModuleBus bus(regs);
            // The first edges of a read: the bus is told no more of it.
            struct Cut final : hal::Bar {
                Cut(Parts& p, unsigned n) : parts(p), left(n) {}
                std::uint64_t size() const override { return parts.size(); }
                std::uint32_t load32(std::uint32_t o) override { return parts.load32(o) | 1; }
                void store32(std::uint32_t o, std::uint32_t v) override {
                    if (left > 0) --left, parts.store32(o, v);
                }
                volatile std::uint32_t* direct(std::uint32_t) override { return nullptr; }
                Parts& parts;
                unsigned left;
            } cut(bar, 90 + edges);
            const hal::RegisterFile half(cut, 8, clock, "the card");
            std::array<std::uint8_t, 2> bytes{};
            try {
                ixgbe::ModuleBus(half).read(0xA0, 0, bytes);
            } catch (const hal::Error&) {
                // The line may be low when it stops.
            }
        }
        ASSERT_EQ(sentence_of_reading(bar), "read") << edges;
    }
}

TEST_F(Bus, LinesThatStayLowAreSaid) {
    Parts bar(sim::SfpKind::sr);
    bar.data_stuck = true;
    EXPECT_NE(sentence_of_reading(bar).find("the data line to the module stays low"), std::string::npos);
    bar.data_stuck = false;
    bar.clock_stuck = true;
    EXPECT_NE(sentence_of_reading(bar).find("the module holds the clock"), std::string::npos);
}

}  // namespace
}  // namespace ringside::test
