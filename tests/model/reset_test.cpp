// Reset, identity and semaphores: behaviours 1 to 7.
#include "tests/model/fixture.hpp"

namespace ringside::test {
namespace {

constexpr std::uint32_t rst = 1u << 26, lrst = 1u << 3, master_disable = 1u << 2, master_enabled = 1u << 19;

class Reset : public Model {};

TEST_F(Reset, Behaviour1_ResetBitsClearThemselves) {
    for (const std::uint32_t bit : {rst, lrst}) {
        set(r::CTRL, bit);
        clock.sleep(1ms);
        EXPECT_EQ(get(r::CTRL), 0u);
    }
    EXPECT_EQ(device->strict_total(), 0u);
}

TEST_F(Reset, Behaviour1_AccessWithinAMillisecondAfterResetIsFlagged) {
    set(r::CTRL, rst);
    clock.sleep(900us);
    EXPECT_EQ(get(r::CTRL) & rst, rst);
    EXPECT_EQ(flags("access-during-reset"), 1u);
    clock.sleep(100us);
    EXPECT_EQ(get(r::CTRL) & rst, 0u);
    EXPECT_EQ(flags("access-during-reset"), 1u);
}

TEST_F(Reset, Behaviour1_TimeThatAMessageMayHaveWaitedIsNotHeldAgainstTheDriver) {
    clock.advance(800us);  // without a round: the model's thread was not running
    set(r::CTRL, rst);
    clock.advance(300us);
    get(r::CTRL);
    EXPECT_EQ(flags("access-during-reset"), 0u);
}

TEST_F(Reset, Behaviour2_ResetBringsBackResetValuesAndTheAddressFromTheEeprom) {
    receive_all();
    enable_tx();
    set(r::RAL0, 0x11111111);
    set(r::RAL0 + 8, 0x22222222);
    set(r::RAH0 + 8, 0x8000AAAA);
    set(r::VFTA + 8, 0xFF);
    set(r::EIMS, 0xFF);
    set(r::HLREG0, 0);
    set(r::CTRL, rst);
    clock.sleep(10ms);
    EXPECT_EQ(get(r::RAL0), 0x82000002u);
    EXPECT_EQ(get(r::RAH0), 0x80009059u);
    EXPECT_EQ(get(r::RAH0 + 8), 0u);
    EXPECT_EQ(get(r::VFTA + 8), 0u);
    EXPECT_EQ(get(r::EIMS), 0u);
    EXPECT_EQ(get(r::HLREG0), 0x08012C0Bu);
    EXPECT_EQ(get(r::RDRXCTL), 0x00108808u);
    EXPECT_EQ(get(r::RXCTRL), 0u);
    EXPECT_EQ(get(r::DMATXCTL), 0x81000004u);
    EXPECT_EQ(get(r::rx(0, r::DCTL)), 0u);
    EXPECT_EQ(get(r::rx(0, r::LEN)), 0u);
    EXPECT_EQ(get(r::tx(0, r::DCTL)), 0u);
    EXPECT_EQ(get(r::tx(0, r::T)), 0u);
    EXPECT_EQ(get(0x4950), 0x96u) << "TXPBTHRESH(0)";
    EXPECT_EQ(device->config_read(4, 2) & 6, 6u) << "the configuration space survives";
}

TEST_F(Reset, Behaviour2_PinSettingsSurviveReset) {
    set(r::ESDP, 0x800);
    set(r::CTRL, lrst);
    clock.sleep(1ms);
    EXPECT_EQ(get(r::ESDP) & ~4u, 0x800u);
}

TEST_F(Reset, Behaviour3_MasterDisableStopsDmaAndShowsInStatus) {
    receive_all();
    EXPECT_EQ(get(r::STATUS) & master_enabled, master_enabled);
    set(r::CTRL, master_disable);
    EXPECT_EQ(get(r::CTRL), master_disable);
    EXPECT_EQ(get(r::STATUS) & master_enabled, 0u);
    arrive(make_frame(64, own_mac));
    EXPECT_FALSE(received(0));
    set(r::CTRL, 0);
    device->pump();
    EXPECT_TRUE(received(0)) << "the frame waited in the packet buffer";
}

TEST_F(Reset, Behaviour3_MasterStaysBusyWhileWriteBacksAreOutstanding) {
    open("dd-delay,seed=4");
    receive_all();
    arrive(make_frame(64, own_mac));
    ASSERT_FALSE(received(0));
    set(r::CTRL, master_disable);
    EXPECT_NE(get(r::STATUS) & master_enabled, 0u);
    clock.sleep(1ms);
    EXPECT_EQ(get(r::STATUS) & master_enabled, 0u);
    EXPECT_TRUE(received(0));
}

TEST_F(Reset, Behaviour3_ResetEndsMasterDisable) {
    set(r::CTRL, master_disable);
    set(r::CTRL, master_disable | rst);
    clock.sleep(1ms);
    EXPECT_EQ(get(r::CTRL), 0u);
    EXPECT_NE(get(r::STATUS) & master_enabled, 0u);
}

TEST_F(Reset, Behaviour3_MasterCanBeToldNeverToGetIdle) {
    open("master=stuck");
    set(r::CTRL, master_disable);
    clock.sleep(1s);
    EXPECT_NE(get(r::STATUS) & master_enabled, 0u);
}

TEST_F(Reset, Behaviour4_EepromAndDmaAreReadySomeTimeAfterReset) {
    open("init-delay=3000");
    set(r::CTRL, rst);
    clock.sleep(2ms);
    EXPECT_EQ(get(r::EEC) & (1u << 9), 0u);
    EXPECT_EQ(get(r::RDRXCTL) & (1u << 3), 0u);
    EXPECT_EQ(get(r::EEMNGCTL), 0u);
    clock.sleep(1ms);
    EXPECT_NE(get(r::EEC) & (1u << 9), 0u);
    EXPECT_NE(get(r::RDRXCTL) & (1u << 3), 0u);
    EXPECT_EQ(get(r::EEMNGCTL), 3u << 18);
}

TEST_F(Reset, Behaviour4_DmaCanBeToldNeverToGetReady) {
    open("dmaidone=never");
    clock.sleep(1s);
    EXPECT_EQ(get(r::RDRXCTL) & (1u << 3), 0u);
}

TEST_F(Reset, Behaviour5_EerdDeliversDataWithDone) {
    set(r::EERD, 0x3Fu << 2 | 1);
    EXPECT_EQ(get(r::EERD) & 2, 0u) << "DONE takes a while";
    clock.sleep(10us);
    const std::uint32_t value = get(r::EERD);
    EXPECT_NE(value & 2, 0u);
    EXPECT_NE(value >> 16, 0u);
    EXPECT_NE(value >> 16, 0xFFFFu);
}

TEST_F(Reset, Behaviour6_ReadingTheSemaphoreTakesIt) {
    EXPECT_EQ(get(r::SWSM) & 1, 0u);
    EXPECT_EQ(get(r::SWSM) & 1, 1u);
    set(r::SWSM, 0);
    EXPECT_EQ(get(r::SWSM) & 1, 0u);
}

TEST_F(Reset, Behaviour6_SyncWithoutSemaphoreIsFlagged) {
    set(r::SWSM, 2);
    set(r::SW_FW_SYNC, 1);
    EXPECT_EQ(flags("sync-without-semaphore"), 0u);
    EXPECT_EQ(get(r::SW_FW_SYNC), 1u);
    set(r::SWSM, 0);
    set(r::SW_FW_SYNC, 0);
    EXPECT_EQ(flags("sync-without-semaphore"), 1u);
}

TEST_F(Reset, Behaviour7_ReadOnlyRegistersIgnoreWrites) {
    const std::uint32_t status = get(r::STATUS);
    set(r::STATUS, ~status);
    EXPECT_EQ(get(r::STATUS), status);
    const std::uint32_t sec = get(r::SECRXSTAT);
    set(r::SECRXSTAT, ~sec);
    EXPECT_EQ(get(r::SECRXSTAT), sec);
    EXPECT_EQ(flags("read-only-written"), 2u);
}

TEST_F(Reset, Behaviour7_OddAccessesAreFlagged) {
    std::byte wide[8]{};
    device->function().read(0, r::RAL0, wide);
    EXPECT_EQ(flags("access-width"), 1u);
    EXPECT_EQ(wide[0], std::byte{0x02}) << "the halves are answered all the same";
    EXPECT_EQ(wide[4], std::byte{0x59});
    device->function().write(0, r::RAL0 + 2, std::span(wide).first(2));
    EXPECT_EQ(flags("access-width"), 2u);
    EXPECT_EQ(get(0x1FF00), 0u);
    EXPECT_EQ(flags("unknown-register"), 1u);
}

TEST_F(Reset, FunctionLevelResetEndsBusMasteringAndEverythingElse) {
    receive_all();
    device->reset();
    EXPECT_EQ(device->config_read(4, 2), 0u);
    EXPECT_EQ(get(r::STATUS), ~0u) << "memory is not enabled";
    device->config_write(4, 2, 2);
    EXPECT_EQ(get(r::RXCTRL), 0u);
    EXPECT_EQ(get(r::rx(0, r::DCTL)), 0u);
    arrive(make_frame(64, own_mac));
    EXPECT_FALSE(received(0));
}

TEST_F(Reset, APoweredDownFunctionReadsAsOnesAndForgets) {
    set(r::RXCTRL, 1);
    device->config_write(0x44, 3, 2);
    EXPECT_EQ(get(r::STATUS), ~0u);
    device->config_write(0x44, 0, 2);
    device->config_write(4, 2, 2);  // D3hot to D0 is a reset
    EXPECT_EQ(get(r::RXCTRL), 0u);
}

TEST_F(Reset, IoWindowReachesTheRegisters) {
    hal::Bar& io = device->bar(2);
    EXPECT_EQ(io.load32(0), ~0u) << "I/O is not enabled";
    device->config_write(4, device->config_read(4, 2) | 1, 2);
    io.store32(0, r::RAL0);
    EXPECT_EQ(io.load32(0), r::RAL0);
    EXPECT_EQ(io.load32(4), 0x82000002u);
    io.store32(4, 0x01020304);
    EXPECT_EQ(get(r::RAL0), 0x01020304u);
    io.store32(0, 0xFFFFFFFC);
    EXPECT_EQ(io.load32(4), 0u);
}

}  // namespace
}  // namespace ringside::test
