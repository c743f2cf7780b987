// Strict mode: each mistake that the behaviours' own tests do not make.
#include "tests/model/fixture.hpp"

#include "hal/error.hpp"

namespace ringside::test {
namespace {

class StrictChecks : public Model {};

TEST_F(StrictChecks, AnOrderlyDriverMakesNoFlags) {
    wire->loop = true;
    receive_all();
    enable_tx();
    for (std::uint32_t i = 0; i < 40; ++i) {
        put_tx(i % ring_size, make_frame(64, own_mac));
        set(r::tx(0, r::T), (i + 1) % ring_size);
    }
    set(r::rx(0, r::DCTL), 0);
    set(r::tx(0, r::DCTL), 0);
    clock.sleep(1ms);
    EXPECT_EQ(device->strict_total(), 0u) << device->function().report();
    EXPECT_EQ(device->dma().refused, 0u);
}

TEST_F(StrictChecks, WordBehindTheEndOfTheEeprom) {
    clock.sleep(5ms);
    set(r::EERD, 300u << 2 | 1);
    EXPECT_EQ(flags("eeprom-out-of-range"), 1u);
}

TEST_F(StrictChecks, EepromAccessStartedBeforeTheLastWasDone) {
    clock.sleep(5ms);
    set(r::EERD, 1u << 2 | 1);
    set(r::EERD, 2u << 2 | 1);
    EXPECT_EQ(flags("eeprom-interrupted"), 1u);
    clock.sleep(1ms);
    get(r::EERD);
    set(r::EERD, 2u << 2 | 1);
    EXPECT_EQ(flags("eeprom-interrupted"), 1u);
}

TEST_F(StrictChecks, FirmwaresBitsOfTheSynchronizationRegister) {
    set(r::SWSM, 2);
    set(r::SW_FW_SYNC, 1);
    EXPECT_EQ(flags("sync-foreign-bits"), 0u);
    set(r::SW_FW_SYNC, 1u << 5);
    EXPECT_EQ(flags("sync-foreign-bits"), 1u);
    EXPECT_EQ(get(r::SW_FW_SYNC), 0u);
}

TEST_F(StrictChecks, RingWrittenWhileEnabled) {
    enable_rx();
    enable_tx();
    set(r::rx(0, r::BAL), 0x80);
    set(r::tx(0, r::LEN), 0x80);
    EXPECT_EQ(flags("ring-written-while-enabled"), 2u);
}

TEST_F(StrictChecks, HeadWrittenWhileEnabled) {
    enable_rx();
    set(r::rx(0, r::H), 3);
    EXPECT_EQ(flags("head-written-while-enabled"), 1u);
    EXPECT_EQ(get(r::rx(0, r::H)), 0u);
}

TEST_F(StrictChecks, MisalignedRing) {
    set(r::rx(0, r::BAL), 0x40);
    set(r::tx(0, r::LEN), 0x90);
    EXPECT_EQ(flags("ring-misaligned"), 2u);
    set(r::rx(0, r::DCTL), r::ENABLE);
    clock.sleep(1ms);
    EXPECT_EQ(flags("ring-misaligned"), 3u) << "enabled without a length";
}

TEST_F(StrictChecks, ReceiverStartedWithoutStoppingTheSecurityPath) {
    set(r::FCRTH0, 0x1000);
    set(r::RDRXCTL, get(r::RDRXCTL) | 2);
    set(r::RXCTRL, 1);
    EXPECT_EQ(flags("secrx-not-stopped"), 1u);
    EXPECT_EQ(device->strict_total(), 1u);
}

TEST_F(StrictChecks, FlowControlThresholdLeftAtZero) {
    set(r::RDRXCTL, get(r::RDRXCTL) | 2);
    set(r::SECRXCTRL, 2);
    set(r::RXCTRL, 1);
    EXPECT_EQ(flags("flow-control-threshold-zero"), 1u);
    EXPECT_EQ(device->strict_total(), 1u);
}

TEST_F(StrictChecks, QueueModeChangedWithoutStoppingTheArbiter) {
    set(r::RTTDCS, get(r::RTTDCS) | 1u << 6);
    set(r::MTQC, 0);
    EXPECT_EQ(device->strict_total(), 0u);
    set(r::RTTDCS, get(r::RTTDCS) & ~(1u << 6));
    set(r::MTQC, 0);
    EXPECT_EQ(flags("mtqc-without-arbdis"), 1u);
}

TEST_F(StrictChecks, DescriptorHandedOverWithDoneSet) {
    enable_rx();
    constexpr std::uint64_t length = std::uint64_t{60} << 32;
    for (std::uint32_t i = 0; i < ring_size; ++i) rx_ring()[i] = {iova(rx_buffers), rx_dd | length};
    rx_ring()[2].high = rx_dd;  // Linux clears the length only, which is what it looks at
    rx_ring()[3].high = length;
    set(r::rx(0, r::T), 4);
    EXPECT_EQ(flags("rx-descriptor-done"), 2u);
}

TEST_F(StrictChecks, ReservedDcaBit) {
    set(r::rx(0, r::DCA), 0xB200);
    enable_rx();
    EXPECT_EQ(flags("dca-bit-12"), 1u);
}

TEST_F(StrictChecks, TransmitTailBeforeEnable) {
    set(r::tx(0, r::T), 1);
    EXPECT_EQ(flags("tail-before-enable"), 1u);
    set(r::tx(0, r::T), 0);
    EXPECT_EQ(flags("tail-before-enable"), 1u) << "clearing it is no mistake";
}

TEST_F(StrictChecks, TooManyDescriptors) {
    link_up();
    enable_tx();
    set(r::tx(0, r::DCTL), 0);
    clock.sleep(1ms);
    set(r::tx(0, r::LEN), 128 * 16);
    set(r::tx(0, r::DCTL), r::ENABLE);
    clock.sleep(1ms);
    for (std::uint32_t i = 0; i < 41; ++i)
        tx_ring()[i] = {iova(tx_buffers), tx_data | tx_dext | tx_ifcs | (i == 40 ? tx_eop | tx_rs : 0) | 20};
    set(r::tx(0, r::T), 41);
    EXPECT_EQ(flags("too-many-descriptors"), 1u);
    for (std::uint32_t i = 41; i < 120; ++i)
        tx_ring()[i] = {iova(tx_buffers), tx_data | tx_dext | tx_ifcs | 20};
    set(r::tx(0, r::T), 120);
    device->pump();
    EXPECT_EQ(flags("too-many-descriptors"), 2u) << "a frame that does not end is thrown away in pieces";
    EXPECT_GE(get(r::tx(0, r::H)), 41u + 64);
}

TEST_F(StrictChecks, FrameTooLong) {
    link_up();
    enable_tx();
    for (std::uint32_t i = 0; i < 2; ++i)
        tx_ring()[i] = {iova(tx_buffers),
                        tx_data | tx_dext | tx_ifcs | (i == 1 ? tx_eop | tx_rs : 0) | 16000};
    set(r::tx(0, r::T), 2);
    EXPECT_EQ(flags("frame-too-long"), 1u);
    EXPECT_TRUE(wire->from_nic.empty());
    EXPECT_NE(tx_ring()[1].high & tx_dd, 0u);
}

TEST_F(StrictChecks, ReceiveIntoMemoryThatIsNotMapped) {
    link_up();
    enable_rx();
    start_receiving();
    for (std::uint32_t i = 0; i < ring_size; ++i) rx_ring()[i] = {0xBAD00000, 0};
    set(r::rx(0, r::T), 2);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(flags("dma-unmapped"), 1u);
    EXPECT_EQ(device->dma().last_refused, 0xBAD00000u);
    EXPECT_TRUE(received(0)) << "writes are posted: the card does not learn that they were refused";
}

TEST_F(StrictChecks, RingThatIsNotMapped) {
    link_up();
    enable_rx();
    start_receiving();
    device->dma().unmap(hal::Iova{iova_base}, memory_size);
    set(r::rx(0, r::T), 2);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(flags("dma-unmapped"), 1u) << "once, not in every round";
    EXPECT_EQ(get(r::rx(0, r::H)), 0u);
}

TEST_F(StrictChecks, ReportNamesRegisterAndValue) {
    enable_rx();
    set(r::rx(0, r::T), 33);
    const std::string report = device->function().report();
    EXPECT_NE(report.find("tail-out-of-range (1 times)"), std::string::npos) << report;
    EXPECT_NE(report.find("RDT[0] = 0x21"), std::string::npos) << report;
}

TEST_F(StrictChecks, FatalModeThrowsTheSentence) {
    open("strict=fatal");
    try {
        set(r::tx(3, r::T), 5);
        FAIL();
    } catch (const hal::Error& e) {
        EXPECT_NE(std::string(e.what()).find("TDT[3] = 0x5"), std::string::npos) << e.what();
    }
}

TEST_F(StrictChecks, OffModeCountsNothing) {
    open("strict=off");
    set(r::tx(3, r::T), 5);
    EXPECT_EQ(device->strict_total(), 0u);
}

}  // namespace
}  // namespace ringside::test
