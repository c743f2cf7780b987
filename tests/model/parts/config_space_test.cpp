#include "sim/pci/config_space.hpp"

#include "hal/error.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace ringside::sim {
namespace {

constexpr std::array<std::uint8_t, 6> mac{0x02, 0x1B, 0x21, 0xAB, 0xCD, 0xEF};

using Kind = PciBar::Kind;
constexpr std::array<PciBar, 6> card_bars{{{Kind::memory64, 512 * 1024, true},
                                           {},
                                           {Kind::io, 32, false},
                                           {},
                                           {Kind::memory64, 16 * 1024, false},
                                           {}}};

PciIdentity identity() {
    PciIdentity id;
    id.device = 0x10FB;
    id.subsystem = 0x000C;
    id.mac = mac;
    return id;
}

std::uint32_t get(const ConfigSpace& c, std::uint64_t offset, unsigned width = 4) {
    std::array<std::byte, 4> bytes{};
    c.read(offset, std::span(bytes).first(width));
    std::uint32_t value = 0;
    for (unsigned i = 0; i < width; ++i) value |= std::to_integer<std::uint32_t>(bytes[i]) << (8 * i);
    return value;
}

void set(ConfigSpace& c, std::uint64_t offset, std::uint32_t value, unsigned width = 4) {
    std::array<std::byte, 4> bytes{};
    for (unsigned i = 0; i < width; ++i) bytes[i] = static_cast<std::byte>(value >> (8 * i));
    c.write(offset, std::span(bytes).first(width));
}

constexpr std::uint64_t command = 0x04, pm_control = 0x44, msix_control = 0x72, device_control = 0xA8;

TEST(ConfigSpace, TellsWhoTheFunctionIs) {
    const ConfigSpace c(identity(), card_bars);
    EXPECT_EQ(get(c, 0x00), 0x10FB8086u);
    EXPECT_EQ(get(c, 0x08), 0x02000001u);
    EXPECT_EQ(get(c, 0x2C), 0x000C8086u);
    EXPECT_EQ(get(c, 0x3D, 1), 1u);
}

TEST(ConfigSpace, IdentityCannotBeWritten) {
    ConfigSpace c(identity(), card_bars);
    set(c, 0x00, 0xFFFFFFFF);
    set(c, 0x08, 0);
    set(c, 0x2C, 0);
    EXPECT_EQ(get(c, 0x00), 0x10FB8086u);
    EXPECT_EQ(get(c, 0x08), 0x02000001u);
    EXPECT_EQ(get(c, 0x2C), 0x000C8086u);
}

TEST(ConfigSpace, WritingAllOnesToABarTellsItsSize) {
    ConfigSpace c(identity(), card_bars);
    for (unsigned i = 0; i < 6; ++i) set(c, 0x10 + 4 * i, 0xFFFFFFFF);
    EXPECT_EQ(get(c, 0x10), 0xFFF8000Cu) << "512 KiB, 64 bits, prefetchable";
    EXPECT_EQ(get(c, 0x14), 0xFFFFFFFFu);
    EXPECT_EQ(get(c, 0x18), 0xFFFFFFE1u) << "32 bytes of I/O";
    EXPECT_EQ(get(c, 0x1C), 0u) << "none";
    EXPECT_EQ(get(c, 0x20), 0xFFFFC004u) << "16 KiB, 64 bits";
    EXPECT_EQ(get(c, 0x24), 0xFFFFFFFFu);
}

TEST(ConfigSpace, ABarHigherThanFourGigabytesTellsItsSizeInBothHalves) {
    ConfigSpace c(identity(), {{{Kind::memory64, 1ull << 34, true}, {}, {}, {}, {}, {}}});
    set(c, 0x10, 0xFFFFFFFF);
    set(c, 0x14, 0xFFFFFFFF);
    EXPECT_EQ(get(c, 0x10), 0x0000000Cu);
    EXPECT_EQ(get(c, 0x14), 0xFFFFFFFCu);
}

TEST(ConfigSpace, BarsTakeAddresses) {
    ConfigSpace c(identity(), card_bars);
    set(c, 0x10, 0xD0081234);
    set(c, 0x14, 0x00000038);
    set(c, 0x18, 0x0000E015);
    EXPECT_EQ(get(c, 0x10), 0xD008000Cu);
    EXPECT_EQ(c.bar_address(0), 0x38'D008'0000u);
    EXPECT_EQ(c.bar_address(2), 0xE000u);
    EXPECT_EQ(c.bar_address(1), 0u);
    EXPECT_EQ(c.bar_address(6), 0u);
}

TEST(ConfigSpace, RefusesBarsThatCannotBe) {
    const PciBar odd{Kind::memory64, 3000, false};
    const PciBar lone{Kind::memory64, 4096, false};
    const PciBar vast_io{Kind::io, 4096, false};
    EXPECT_THROW(ConfigSpace(identity(), {{odd, {}, {}, {}, {}, {}}}), hal::Error);
    EXPECT_THROW(ConfigSpace(identity(), {{{}, {}, {}, {}, {}, lone}}), hal::Error);
    EXPECT_THROW(ConfigSpace(identity(), {{lone, lone, {}, {}, {}, {}}}), hal::Error);
    EXPECT_THROW(ConfigSpace(identity(), {{vast_io, {}, {}, {}, {}, {}}}), hal::Error);
}

TEST(ConfigSpace, TheCapabilityListIsThatOfAn82599) {
    const ConfigSpace c(identity(), card_bars);
    ASSERT_NE(get(c, 0x06, 2) & 0x10u, 0u);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> found;  // where, id
    for (std::uint32_t at = get(c, 0x34, 1); at != 0 && found.size() < 48; at = get(c, at + 1, 1))
        found.emplace_back(at, get(c, at, 1));
    const std::vector<std::pair<std::uint32_t, std::uint32_t>> expected{
        {0x40, 0x01}, {0x50, 0x05}, {0x70, 0x11}, {0xA0, 0x10}};
    EXPECT_EQ(found, expected);
}

TEST(ConfigSpace, TheExtendedCapabilitiesAreErrorsSerialNumberAndAri) {
    const ConfigSpace c(identity(), card_bars);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> found;
    for (std::uint32_t at = 0x100; at != 0 && found.size() < 48; at = get(c, at) >> 20)
        found.emplace_back(at, get(c, at) & 0xFFFF);
    const std::vector<std::pair<std::uint32_t, std::uint32_t>> expected{
        {0x100, 0x0001}, {0x140, 0x0003}, {0x150, 0x000E}};
    EXPECT_EQ(found, expected);
}

TEST(ConfigSpace, CapabilitiesSayWhatTheCardCan) {
    const ConfigSpace c(identity(), card_bars);
    EXPECT_EQ(get(c, 0x42, 2) & 7u, 3u) << "power management 1.2";
    EXPECT_EQ(get(c, pm_control, 2) & 8u, 0u) << "no soft reset is not promised";
    EXPECT_EQ(get(c, 0x52, 2), 0x0180u) << "MSI: one message, 64 bit, maskable";
    EXPECT_EQ(get(c, 0x72, 2), 63u) << "MSI-X: 64 vectors";
    EXPECT_EQ(get(c, 0x74), 0x00000004u) << "table in BAR 4";
    EXPECT_EQ(get(c, 0x78), 0x00002004u) << "pending bits in BAR 4";
    EXPECT_EQ(get(c, 0xA2, 2), 0x0002u) << "PCI Express version 2, endpoint";
    EXPECT_NE(get(c, 0xA4) & 1u << 28, 0u) << "function level reset";
    EXPECT_EQ(get(c, 0xB2, 2) & 0x3FFu, 0x082u) << "x8, 5 GT/s";
    EXPECT_EQ(get(c, 0xAC) & 0x3FFu, 0x082u);
}

TEST(ConfigSpace, TheSerialNumberHoldsTheMacAddress) {
    const ConfigSpace c(identity(), card_bars);
    EXPECT_EQ(get(c, 0x144), 0xFFABCDEFu);
    EXPECT_EQ(get(c, 0x148), 0x021B21FFu);
}

TEST(ConfigSpace, ReadsAndWritesOfAnySizeAgree) {
    ConfigSpace c(identity(), card_bars);
    set(c, command + 1, 0x04, 1);
    set(c, command, 0x06, 1);
    EXPECT_EQ(get(c, command, 2), 0x0406u);
    std::array<std::byte, 256> header{};
    c.read(0, header);
    EXPECT_EQ(header[0], std::byte{0x86});
    EXPECT_EQ(header[4], std::byte{0x06});
    EXPECT_EQ(header[0x70], std::byte{0x11});
}

TEST(ConfigSpace, OnlyTheWritableBitsOfCommandStick) {
    ConfigSpace c(identity(), card_bars);
    set(c, command, 0xFFFF, 2);
    EXPECT_EQ(get(c, command, 2), 0x0547u);
    EXPECT_TRUE(c.memory_enabled());
    EXPECT_TRUE(c.io_enabled());
    EXPECT_TRUE(c.bus_master());
    EXPECT_TRUE(c.intx_disabled());
}

TEST(ConfigSpace, BeyondTheEndReadsAsOnesAndIgnoresWrites) {
    ConfigSpace c(identity(), card_bars);
    EXPECT_EQ(get(c, 4094), 0xFFFF0000u);
    EXPECT_EQ(get(c, ~0ull, 1), 0xFFu);
    set(c, 4094, 0x12345678);
    set(c, ~0ull, 0x12345678);
    EXPECT_EQ(get(c, 0), 0x10FB8086u);
}

TEST(ConfigSpace, BusMasterChangesAreToldOnce) {
    std::vector<bool> told;
    ConfigSpace::Hooks hooks;
    hooks.bus_master_changed = [&](bool on) { told.push_back(on); };
    ConfigSpace c(identity(), card_bars, hooks);
    set(c, command, 0x6, 2);
    set(c, command, 0x7, 2);
    set(c, command, 0x2, 2);
    EXPECT_EQ(told, (std::vector<bool>{true, false}));
}

TEST(ConfigSpace, IntxDisableIsTold) {
    std::vector<bool> told;
    ConfigSpace::Hooks hooks;
    hooks.intx_disable_changed = [&](bool off) { told.push_back(off); };
    ConfigSpace c(identity(), card_bars, hooks);
    set(c, command, 0x400, 2);
    set(c, command, 0x000, 2);
    EXPECT_EQ(told, (std::vector<bool>{true, false}));
}

TEST(ConfigSpace, MsixEnableAndFunctionMaskAreTold) {
    std::vector<std::pair<bool, bool>> told;
    ConfigSpace::Hooks hooks;
    hooks.msix_control_changed = [&](bool enabled, bool masked) { told.emplace_back(enabled, masked); };
    ConfigSpace c(identity(), card_bars, hooks);
    set(c, msix_control, 0xFFFF, 2);
    EXPECT_EQ(get(c, msix_control, 2), 0xC03Fu);
    set(c, msix_control, 0x8000, 2);
    set(c, 0x70, 0, 4);
    const std::vector<std::pair<bool, bool>> expected{{true, true}, {true, false}, {false, false}};
    EXPECT_EQ(told, expected);
}

TEST(ConfigSpace, MsiTakesItsAddressAndData) {
    ConfigSpace c(identity(), card_bars);
    set(c, 0x54, 0xFEE0100F);
    set(c, 0x58, 0x1);
    set(c, 0x5C, 0xFFFF4021);
    set(c, 0x52, 0xFFFF, 2);
    EXPECT_EQ(get(c, 0x54), 0xFEE0100Cu);
    EXPECT_EQ(get(c, 0x58), 1u);
    EXPECT_EQ(get(c, 0x5C), 0x4021u);
    EXPECT_EQ(get(c, 0x52, 2), 0x0181u);
    EXPECT_TRUE(c.msi_enabled());
}

TEST(ConfigSpace, AFunctionLevelResetIsToldAfterTheSpaceIsReset) {
    std::vector<int> order;
    ConfigSpace::Hooks hooks;
    ConfigSpace* space = nullptr;
    hooks.bus_master_changed = [&](bool on) { order.push_back(on ? 1 : 2); };
    hooks.function_level_reset = [&] {
        order.push_back(3);
        EXPECT_EQ(get(*space, 0x10), 0xCu);
        EXPECT_EQ(get(*space, command, 2), 0u);
        EXPECT_FALSE(space->msix_enabled());
    };
    ConfigSpace c(identity(), card_bars, hooks);
    space = &c;
    set(c, 0x10, 0xD0000000);
    set(c, command, 0x6, 2);
    set(c, msix_control, 0x8000, 2);
    set(c, device_control, 0xA850, 2);  // as Linux writes it
    EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
    EXPECT_EQ(get(c, device_control, 2), 0x2810u) << "the bit clears itself";
}

TEST(ConfigSpace, AFunctionLevelResetLetsNoHeldInterruptOut) {
    std::vector<int> order;
    ConfigSpace::Hooks hooks;
    hooks.intx_disable_changed = [&](bool off) { order.push_back(off ? 1 : 3); };
    hooks.function_level_reset = [&] { order.push_back(2); };
    ConfigSpace c(identity(), card_bars, hooks);
    set(c, command, 0x400, 2);
    set(c, device_control, 0x8000, 2);
    EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(ConfigSpace, WakingFromD3ResetsTheFunction) {
    int restored = 0;
    std::vector<bool> bus_master;
    ConfigSpace::Hooks hooks;
    hooks.power_restored = [&] { ++restored; };
    hooks.bus_master_changed = [&](bool on) { bus_master.push_back(on); };
    ConfigSpace c(identity(), card_bars, hooks);
    set(c, command, 0x6, 2);
    set(c, pm_control, 3, 2);
    EXPECT_FALSE(c.powered());
    EXPECT_FALSE(c.memory_enabled());
    EXPECT_FALSE(c.bus_master());
    EXPECT_EQ(restored, 0);
    set(c, pm_control, 0, 2);
    EXPECT_TRUE(c.powered());
    EXPECT_EQ(restored, 1);
    EXPECT_EQ(get(c, command, 2), 0u) << "nothing is kept";
    EXPECT_EQ(bus_master, (std::vector<bool>{true, false}));
}

TEST(ConfigSpace, PowerStatesThatTheCardLacksAreIgnored) {
    ConfigSpace c(identity(), card_bars);
    set(c, pm_control, 1, 2);
    EXPECT_TRUE(c.powered());
    set(c, pm_control, 3, 2);
    set(c, pm_control, 2, 2);
    EXPECT_EQ(get(c, pm_control, 2) & 3u, 3u);
}

TEST(ConfigSpace, StatusBitsFollowTheFunction) {
    ConfigSpace c(identity(), card_bars);
    c.set_interrupt_status(true);
    c.set_transactions_pending(true);
    EXPECT_EQ(get(c, 0x06, 2), 0x0018u);
    EXPECT_EQ(get(c, 0xAA, 2), 0x0020u);
    set(c, 0x06, 0xFFFF, 2);
    set(c, 0xAA, 0xFFFF, 2);
    EXPECT_EQ(get(c, 0x06, 2), 0x0018u) << "read only";
    EXPECT_EQ(get(c, 0xAA, 2), 0x0020u) << "read only";
    c.set_interrupt_status(false);
    c.set_transactions_pending(false);
    EXPECT_EQ(get(c, 0x06, 2), 0x0010u);
    EXPECT_EQ(get(c, 0xAA, 2), 0u);
}

TEST(ConfigSpace, ResetReturnsToPowerUpAndKeepsTheIdentity) {
    ConfigSpace c(identity(), card_bars);
    set(c, command, 0x6, 2);
    set(c, 0x10, 0xD0000000);
    c.reset();
    EXPECT_EQ(get(c, command, 2), 0u);
    EXPECT_EQ(c.bar_address(0), 0u);
    EXPECT_EQ(get(c, 0x00), 0x10FB8086u);
}

}  // namespace
}  // namespace ringside::sim
