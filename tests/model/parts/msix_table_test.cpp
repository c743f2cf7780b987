// The MSI-X table and pending bits that the interrupt controller keeps in BAR 4.
#include "sim/ixgbe/interrupt_controller.hpp"
#include "tests/model/parts/manual_clock.hpp"
#include "tests/model/parts/recorded_interrupts.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>

namespace ringside::sim {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;
using test::RecordedInterrupts;
using Vectors = std::vector<unsigned>;

constexpr std::uint32_t EICS = 0x808, EIAC = 0x810, EIMS = 0x880, GPIE = 0x898, EIAM_EX0 = 0xAD0,
                        EITR3 = 0x82C;
constexpr std::uint32_t EIMS_EX1 = 0xAA4, EICS_EX1 = 0xA94, PBACL0 = 0x11068, PBACL1 = 0x110C4;
constexpr std::uint32_t MULTIPLE_MSIX = 1u << 4, EIAME = 1u << 30, PBA_SUPPORT = 1u << 31;
constexpr std::uint64_t pba = 0x2000;

struct MsixTable : testing::Test {
    MsixTable() {
        controller.attach(interrupts);
        controller.write(GPIE, MULTIPLE_MSIX);
        controller.write(EIMS, 1u << 3);
    }
    std::uint64_t get(std::uint64_t offset, std::size_t width = 4) const {
        std::array<std::byte, 8> bytes{};
        controller.bar4_read(offset, std::span(bytes).first(width));
        std::uint64_t value = 0;
        std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }
    void set(std::uint64_t offset, std::uint64_t value, std::size_t width = 4) {
        std::array<std::byte, 8> bytes{};
        std::memcpy(bytes.data(), &value, sizeof value);
        controller.bar4_write(offset, std::span(bytes).first(width));
    }
    void event() { controller.write(EICS, 1u << 3); }

    ManualClock clock;
    RecordedInterrupts interrupts{RecordedInterrupts::Mode::msix};
    InterruptController controller{clock};
};

TEST_F(MsixTable, Behaviour52_AMaskedVectorBecomesPendingAndGoesWhenUnmasked) {
    set(3 * 16 + 12, 1);
    event();
    EXPECT_EQ(interrupts.messages(), Vectors{});
    EXPECT_EQ(get(pba), 1u << 3);
    set(3 * 16 + 12, 0);
    EXPECT_EQ(interrupts.messages(), Vectors{3});
    EXPECT_EQ(get(pba), 0u);
    set(3 * 16 + 12, 0);
    EXPECT_EQ(interrupts.messages(), Vectors{}) << "once";
}

TEST_F(MsixTable, Behaviour52_TheSameWhenTheClientMasks) {
    controller.mask_vector(3, true);
    EXPECT_EQ(get(3 * 16 + 12), 1u);
    event();
    EXPECT_EQ(get(pba, 8), 1u << 3);
    controller.mask_vector(3, false);
    EXPECT_EQ(interrupts.messages(), Vectors{3});
    controller.mask_vector(64, true);
    controller.mask_vector(~0u, true);
}

TEST_F(MsixTable, Behaviour52_TheFunctionMaskHoldsAllVectors) {
    controller.mask_function(true);
    event();
    controller.write(EIMS_EX1, 1u << 31);
    controller.write(EICS_EX1, 1u << 31);
    EXPECT_EQ(interrupts.messages(), Vectors{});
    EXPECT_EQ(get(pba, 8), 1ull << 63 | 1u << 3);
    controller.mask_vector(3, true);
    controller.mask_function(false);
    EXPECT_EQ(interrupts.messages(), Vectors{63});
    EXPECT_EQ(get(pba, 8), 1u << 3);
}

TEST_F(MsixTable, Behaviour52_APendingMessageKeepsItsCauseUntilItGoes) {
    controller.write(GPIE, MULTIPLE_MSIX | EIAME);
    controller.write(EIAC, 0xFFFF);
    controller.write(EIAM_EX0, 0xFFFFFFFF);
    controller.mask_vector(3, true);
    event();
    EXPECT_EQ(controller.read(EICS), 1u << 3);
    EXPECT_EQ(controller.read(EIMS), 1u << 3);
    controller.mask_vector(3, false);
    EXPECT_EQ(controller.read(EICS), 0u) << "auto-clear";
    EXPECT_EQ(controller.read(EIMS), 0u) << "auto-mask";
}

TEST_F(MsixTable, Behaviour52_UnmaskingStartsTheInterval) {
    controller.write(EIAC, 0xFFFF);
    controller.write(EITR3, 10 << 3);
    controller.mask_vector(3, true);
    event();
    controller.mask_vector(3, false);
    EXPECT_EQ(interrupts.messages(), Vectors{3});
    event();
    EXPECT_EQ(interrupts.messages(), Vectors{});
    clock.sleep(10 * 2048ns);
    controller.poll();
    EXPECT_EQ(interrupts.messages(), Vectors{3});
}

TEST_F(MsixTable, PendingBitsAreReadOnlyInTheBarAndClearedByPbacl) {
    controller.write(EIMS_EX1, 1u << 1);
    controller.mask_vector(3, true);
    controller.mask_vector(33, true);
    event();
    controller.write(EICS_EX1, 1u << 1);
    set(pba, 0, 8);
    EXPECT_EQ(get(pba), 1u << 3);
    EXPECT_EQ(get(pba + 4), 1u << 1);
    EXPECT_EQ(controller.read(PBACL0), 1u << 3);
    EXPECT_EQ(controller.read(PBACL1), 1u << 1);
    controller.write(PBACL0, 1u << 3);
    controller.write(PBACL1, 1u << 1);
    EXPECT_EQ(get(pba, 8), 0u);
    controller.mask_vector(3, false);
    controller.mask_vector(33, false);
    EXPECT_EQ(interrupts.messages(), Vectors{});
}

TEST_F(MsixTable, SettingTheMaskClearsAPendingBitWhoseCauseIsGone) {
    controller.write(GPIE, MULTIPLE_MSIX | PBA_SUPPORT);
    controller.mask_vector(3, true);
    event();
    controller.write(0x800, 1u << 3);
    EXPECT_EQ(get(pba), 1u << 3);
    controller.write(EIMS, 1u << 3);
    EXPECT_EQ(get(pba), 0u);
}

TEST_F(MsixTable, SettingTheMaskKeepsAPendingBitWhoseCauseIsThere) {
    controller.write(GPIE, MULTIPLE_MSIX | PBA_SUPPORT);
    controller.mask_vector(3, true);
    event();
    controller.write(EIMS, 1u << 3);
    controller.mask_vector(3, false);
    EXPECT_EQ(interrupts.messages(), Vectors{3});
}

TEST_F(MsixTable, SettingTheMaskKeepsAPendingBitOfAnotherCause) {
    controller.write(GPIE, MULTIPLE_MSIX | PBA_SUPPORT);
    controller.write(0xA00, 0x83u << 8);
    controller.write(EIMS, InterruptController::LSC);
    controller.mask_vector(3, true);
    controller.other_event(InterruptController::LSC);
    controller.write(EIMS, 1u << 3);
    controller.mask_vector(3, false);
    EXPECT_EQ(interrupts.messages(), Vectors{3});
}

TEST_F(MsixTable, EntriesReadBackWhatWasWritten) {
    for (std::uint64_t v = 0; v < 64; ++v) {
        set(v * 16, 0xFEE00003 + v * 0x100);
        set(v * 16 + 4, v);
        set(v * 16 + 8, 0x4000 + v);
        set(v * 16 + 12, v % 2 == 0 ? 0xFFFFFFFF : 0xFFFFFFFE);
    }
    for (std::uint64_t v = 0; v < 64; ++v) {
        EXPECT_EQ(get(v * 16), 0xFEE00000 + v * 0x100);
        EXPECT_EQ(get(v * 16 + 4), v);
        EXPECT_EQ(get(v * 16 + 8), 0x4000 + v);
        EXPECT_EQ(get(v * 16 + 12), v % 2 == 0 ? 1u : 0u) << "only the mask bit";
    }
}

TEST_F(MsixTable, WideAndNarrowAccessesAgree) {
    set(0x30, 0x1122334455667788, 8);
    EXPECT_EQ(get(0x30), 0x55667788u);
    EXPECT_EQ(get(0x34), 0x11223344u);
    EXPECT_EQ(get(0x31, 1), 0x77u);
    set(0x3C, 1, 1);
    event();
    EXPECT_EQ(interrupts.messages(), Vectors{});
    set(0x38, 0x99, 8);  // data and control in one
    EXPECT_EQ(interrupts.messages(), Vectors{3});
}

TEST_F(MsixTable, TheRestOfTheBarIsEmpty) {
    set(0x400, ~0ull, 8);
    set(0x3FFC, ~0ull, 4);
    for (const std::uint64_t offset : {0x400u, 0x1FF8u, 0x2008u, 0x3FF8u})
        EXPECT_EQ(get(offset, 8), 0u) << offset;
}

TEST_F(MsixTable, TheTableSurvivesAResetOfTheCardButNotOfTheFunction) {
    set(3 * 16, 0xFEE00000);
    controller.mask_vector(3, true);
    event();
    controller.reset();
    EXPECT_EQ(get(3 * 16), 0xFEE00000u);
    EXPECT_EQ(get(3 * 16 + 12), 1u);
    EXPECT_EQ(get(pba), 0u) << "nothing is left to be told";
    controller.mask_vector(3, false);
    EXPECT_EQ(interrupts.messages(), Vectors{});
    controller.reset_function();
    EXPECT_EQ(get(3 * 16), 0u);
}

}  // namespace
}  // namespace ringside::sim
