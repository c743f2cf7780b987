#include "sim/ixgbe/semaphores.hpp"

#include <gtest/gtest.h>

namespace ringside::sim {
namespace {

constexpr std::uint32_t SWSM = 0x10140, FWSM = 0x10148, SW_FW_SYNC = 0x10160;
constexpr std::uint32_t SMBI = 1, SWESMBI = 2;
constexpr std::uint32_t phy0 = 1u << 1;
constexpr std::uint32_t firmware_phy0 = phy0 << 5;

// The two-stage lock as drivers take it: SMBI against other drivers, then SWESMBI against the firmware.
bool lock(Semaphores& s, unsigned attempts = 3) {
    bool smbi = false;
    for (unsigned i = 0; i < attempts && !smbi; ++i) smbi = (s.read(SWSM) & SMBI) == 0;
    if (!smbi) return false;
    for (unsigned i = 0; i < attempts; ++i) {
        s.write(SWSM, s.read(SWSM) | SWESMBI);
        if ((s.read(SWSM) & SWESMBI) != 0) return true;
    }
    return false;
}

void unlock(Semaphores& s) { s.write(SWSM, s.read(SWSM) & ~(SMBI | SWESMBI)); }

bool acquire(Semaphores& s, std::uint32_t resource) {
    if (!lock(s)) return false;
    const std::uint32_t held = s.read(SW_FW_SYNC);
    const bool available = (held & (resource | resource << 5)) == 0;
    if (available) s.write(SW_FW_SYNC, held | resource);
    unlock(s);
    return available;
}

void release(Semaphores& s, std::uint32_t resource) {
    ASSERT_TRUE(lock(s));
    s.write(SW_FW_SYNC, s.read(SW_FW_SYNC) & ~resource);
    unlock(s);
}

TEST(Semaphores, HandlesItsThreeRegistersAndNoOther) {
    for (const std::uint32_t offset : {SWSM, FWSM, SW_FW_SYNC}) EXPECT_TRUE(Semaphores::handles(offset));
    for (const std::uint32_t offset : {0x10144u, 0x1014Cu, 0x10164u, 0u})
        EXPECT_FALSE(Semaphores::handles(offset));
}

TEST(Semaphores, Behaviour6_ReadingSwsmTakesTheSemaphore) {
    Semaphores s;
    EXPECT_EQ(s.read(SWSM) & SMBI, 0u) << "it was free, and is now ours";
    EXPECT_EQ(s.read(SWSM) & SMBI, SMBI);
    s.write(SWSM, SMBI);
    EXPECT_EQ(s.read(SWSM) & SMBI, SMBI) << "writing a one does not free it";
    s.write(SWSM, 0);
    EXPECT_EQ(s.read(SWSM) & SMBI, 0u);
}

TEST(Semaphores, WritingAOneDoesNotTakeTheSemaphore) {
    Semaphores s;
    s.write(SWSM, SMBI);
    EXPECT_EQ(s.read(SWSM) & SMBI, 0u);
}

TEST(Semaphores, Behaviour6_ASyncWriteWithoutTheSemaphoreIsFlagged) {
    Semaphores s;
    s.write(SW_FW_SYNC, phy0);
    EXPECT_EQ(s.unguarded_writes(), 1u);
    EXPECT_EQ(s.read(SW_FW_SYNC), phy0) << "the card does not check";
    s.read(SWSM);  // SMBI alone is not enough
    s.write(SW_FW_SYNC, 0);
    EXPECT_EQ(s.unguarded_writes(), 2u);
}

TEST(Semaphores, TheHandshakeOfDriversTakesAndGivesBackAResource) {
    Semaphores s;
    EXPECT_TRUE(acquire(s, phy0));
    EXPECT_EQ(s.read(SW_FW_SYNC), phy0);
    EXPECT_FALSE(acquire(s, phy0)) << "taken";
    EXPECT_TRUE(acquire(s, 1u)) << "another resource is free";
    release(s, phy0);
    EXPECT_TRUE(acquire(s, phy0));
    EXPECT_EQ(s.unguarded_writes(), 0u);
    EXPECT_EQ(s.foreign_bits(), 0u);
    EXPECT_EQ(s.read(SWSM), 0u) << "unlocked in between";
}

TEST(Semaphores, ALockHeldByAnotherDriverIsNotGiven) {
    Semaphores s;
    ASSERT_TRUE(lock(s));
    EXPECT_FALSE(lock(s));
    unlock(s);
    EXPECT_TRUE(lock(s));
}

TEST(Semaphores, SwesmbiDoesNotStickWhileTheFirmwareHoldsIt) {
    Semaphores s;
    s.firmware_holds(true);
    EXPECT_FALSE(lock(s));
    unlock(s);
    s.firmware_holds(false);
    EXPECT_TRUE(lock(s));
}

TEST(Semaphores, AResourceOfTheFirmwareIsSeenAndCanOnlyBeCleared) {
    Semaphores s;
    s.firmware_takes(phy0);
    EXPECT_EQ(s.read(SW_FW_SYNC), firmware_phy0);
    EXPECT_FALSE(acquire(s, phy0));
    release(s, phy0 | firmware_phy0);  // what a driver does when its patience ends
    EXPECT_TRUE(acquire(s, phy0));
    ASSERT_TRUE(lock(s));
    s.write(SW_FW_SYNC, phy0 | firmware_phy0);
    EXPECT_EQ(s.read(SW_FW_SYNC), phy0);
    EXPECT_EQ(s.foreign_bits(), 1u);
}

TEST(Semaphores, FirmwareIsValidAndSpeaksThroughAReadOnlyRegister) {
    Semaphores s;
    s.write(FWSM, ~0u);
    EXPECT_EQ(s.read(FWSM), 0x8040u);
}

TEST(Semaphores, ResetFreesEverything) {
    Semaphores s;
    ASSERT_TRUE(acquire(s, phy0));
    ASSERT_TRUE(lock(s));
    s.reset();
    EXPECT_EQ(s.read(SW_FW_SYNC), 0u);
    EXPECT_EQ(s.read(SWSM), 0u);
}

}  // namespace
}  // namespace ringside::sim
