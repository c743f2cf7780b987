// Receiving: behaviours 8 to 24 and 33.
#include "sim/ixgbe/crc32.hpp"
#include "tests/model/fixture.hpp"

namespace ringside::test {
namespace {

constexpr std::uint32_t advanced = 1u << 25;

class Rx : public Model {
protected:
    // Sends one frame for us and says whether it was written to memory.
    bool accepts(const Frame& frame) {
        const std::uint32_t head = get(r::rx(0, r::H));
        arrive(frame);
        return get(r::rx(0, r::H)) != head;
    }
};

TEST_F(Rx, Behaviour8_NothingIsReceivedUntilEverythingIsOn) {
    link_up();
    enable_rx();
    give_rx(ring_size - 1);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(get(r::rx(0, r::H)), 0u) << "RXEN is off";
    start_receiving();
    set(r::SECRXCTRL, 2);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(get(r::rx(0, r::H)), 0u) << "the path from the MAC is stopped";
    set(r::SECRXCTRL, 0);
    device->config_write(4, 2, 2);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(get(r::rx(0, r::H)), 0u) << "no bus mastering";
    device->config_write(4, 6, 2);
    wire->connected = false;
    device->pump();
    const std::uint32_t head = get(r::rx(0, r::H));
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(get(r::rx(0, r::H)), head) << "the link is down";
}

TEST_F(Rx, Behaviour9_EnableReadsBackAfterADelay) {
    set(r::rx(0, r::LEN), 512);
    set(r::rx(0, r::DCTL), r::ENABLE);
    EXPECT_EQ(get(r::rx(0, r::DCTL)) & r::ENABLE, 0u);
    clock.sleep(20us);
    EXPECT_EQ(get(r::rx(0, r::DCTL)) & r::ENABLE, r::ENABLE);
    EXPECT_EQ(device->strict_total(), 0u);
}

TEST_F(Rx, Behaviour9_TailBeforeEnableIsFlagged) {
    set(r::rx(0, r::LEN), 512);
    set(r::rx(0, r::DCTL), r::ENABLE);
    set(r::rx(0, r::T), 31);
    EXPECT_EQ(flags("tail-before-enable"), 1u);
}

TEST_F(Rx, Behaviour10_DeviceOwnsHeadToTail) {
    link_up();
    enable_rx();
    start_receiving();
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(get(r::rx(0, r::H)), 0u) << "head = tail: the device owns nothing";
    give_rx(3);
    for (int i = 0; i < 10; ++i) arrive(make_frame(64, own_mac));
    EXPECT_EQ(get(r::rx(0, r::H)), 3u) << "the head stops at the tail";
    EXPECT_TRUE(received(2));
    EXPECT_FALSE(received(3));
    set(r::rx(0, r::T), 5);
    device->pump();
    EXPECT_EQ(get(r::rx(0, r::H)), 5u);
}

TEST_F(Rx, Behaviour10_TailOutOfTheRingIsFlaggedAndNotTaken) {
    link_up();
    enable_rx();
    start_receiving();
    give_rx(ring_size);
    EXPECT_EQ(flags("tail-out-of-range"), 1u);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(get(r::rx(0, r::H)), 0u);
}

TEST_F(Rx, Behaviour11_HeadWrapsAtTheEndOfTheRing) {
    receive_all();
    for (std::uint32_t i = 0; i < ring_size - 1; ++i) arrive(make_frame(64, own_mac));
    EXPECT_EQ(get(r::rx(0, r::H)), ring_size - 1);
    give_rx(10);
    for (int i = 0; i < 3; ++i) arrive(make_frame(64, own_mac));
    EXPECT_EQ(get(r::rx(0, r::H)), 2u);
    EXPECT_TRUE(received(ring_size - 1));
    EXPECT_TRUE(received(1));
}

TEST_F(Rx, Behaviour12_WriteBackHasLengthAndStatusTogetherAndClearsTheAddress) {
    receive_all();
    const Frame frame = make_frame(100, own_mac);
    arrive(frame);
    EXPECT_EQ(rx_ring()[0].low, 0u);
    EXPECT_EQ(rx_ring()[0].high, 100ull << 32 | rx_eop | rx_dd);
    EXPECT_EQ(contents(0), frame);
}

TEST_F(Rx, Behaviour12_LegacyWriteBackKeepsTheAddress) {
    receive_all(0);
    const Frame frame = make_frame(100, own_mac);
    arrive(frame);
    EXPECT_EQ(rx_ring()[0].low, iova(rx_buffers));
    EXPECT_EQ(rx_ring()[0].high, 3ull << 32 | 100);
    EXPECT_EQ(Frame(rx_buffer(0), rx_buffer(0) + 100), frame);
}

TEST_F(Rx, Behaviour12_WorksWithoutWindowsIntoMemory) {
    device->dma().windows = false;
    receive_all();
    const Frame frame = make_frame(100, own_mac);
    arrive(frame);
    ASSERT_TRUE(received(0));
    EXPECT_EQ(contents(0), frame);
}

TEST_F(Rx, Behaviour13_LongFramesTakeSeveralDescriptorsAndStayInTheirBuffers) {
    receive_all();
    set(r::HLREG0, get(r::HLREG0) | 4);
    set(r::MAXFRS, 9728u << 16);
    std::memset(rx_buffer(3), 0x5A, buffer_size);
    const Frame frame = make_frame(5000, own_mac);
    arrive(frame);
    EXPECT_EQ(rx_ring()[0].high, 2048ull << 32 | rx_dd);
    EXPECT_EQ(rx_ring()[1].high, 2048ull << 32 | rx_dd);
    EXPECT_EQ(rx_ring()[2].high, (5000ull - 4096) << 32 | rx_dd | rx_eop);
    Frame all;
    for (std::uint32_t i = 0; i < 3; ++i) {
        const Frame part = contents(i);
        all.insert(all.end(), part.begin(), part.end());
    }
    EXPECT_EQ(all, frame);
    EXPECT_EQ(*rx_buffer(3), std::byte{0x5A});
    EXPECT_EQ(rx_buffer(2)[5000 - 4096], std::byte{0});
}

TEST_F(Rx, Behaviour14_DescriptorsAreReadAtTheTailWriteAndNeverAgain) {
    receive_all();
    rx_ring()[0].low = iova(rx_buffers + 7 * buffer_size);
    const Frame frame = make_frame(64, own_mac);
    arrive(frame);
    EXPECT_EQ(Frame(rx_buffer(0), rx_buffer(0) + 64), frame);
}

TEST_F(Rx, Behaviour15_FramesWaitInThePacketBufferAndThenAreMissed) {
    link_up();
    enable_rx();
    start_receiving();
    get(r::EICR);
    const std::size_t fit = 512 * 1024 / (1000 + 4);
    for (std::size_t i = 0; i < fit; ++i)
        wire->to_nic.push_back(make_frame(1000, own_mac, static_cast<std::uint8_t>(i)));
    device->pump();
    EXPECT_EQ(get(r::MPC0), 0u);
    EXPECT_EQ(get(r::EICR) & (1u << 17), 0u);
    arrive(make_frame(1000, own_mac));
    arrive(make_frame(1000, own_mac));
    EXPECT_EQ(get(r::MPC0), 2u);
    EXPECT_NE(get(r::EICR) & (1u << 17), 0u) << "RX_MISS";
    EXPECT_EQ(get(r::rx(0, r::QPRDC)), 0u);
    give_rx(4);
    device->pump();
    for (std::uint32_t i = 0; i < 4; ++i)
        EXPECT_EQ(contents(i), make_frame(1000, own_mac, static_cast<std::uint8_t>(i)))
            << "delivered in order";
    EXPECT_EQ(get(r::GPRC), fit + 2) << "good frames count, missed or not";
}

TEST_F(Rx, Behaviour15_PacketBufferIsAsLargeAsItWasSet) {
    link_up();
    enable_rx();
    start_receiving();
    set(r::RXPBSIZE0, 16u << 10);
    for (int i = 0; i < 20; ++i) arrive(make_frame(1020, own_mac));
    EXPECT_EQ(get(r::MPC0), 4u);
}

TEST_F(Rx, Behaviour16_DropEnableDropsAtOnceAndCountsForTheQueue) {
    link_up();
    enable_rx(0, advanced | r::DROP_EN);
    start_receiving();
    give_rx(2);
    for (int i = 0; i < 5; ++i) arrive(make_frame(64, own_mac));
    EXPECT_EQ(get(r::rx(0, r::QPRDC)), 3u);
    EXPECT_EQ(get(r::rx(0, r::QPRDC)), 0u) << "cleared by reading";
    EXPECT_EQ(get(r::MPC0), 0u);
    set(r::RQSMR0, 5);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(get(r::rx(5, r::QPRDC)), 1u) << "in the counter that RQSMR says";
}

TEST_F(Rx, Behaviour17_FramesForADisabledQueueAreDroppedAndCounted) {
    link_up();
    start_receiving();
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(get(r::rx(0, r::QPRDC)), 1u);
    EXPECT_EQ(get(r::rx(0, r::H)), 0u);
}

TEST_F(Rx, Behaviour18_DisablingEndsDmaWhenEnableReadsZero) {
    receive_all();
    set(r::rx(0, r::DCTL), 0);
    EXPECT_NE(get(r::rx(0, r::DCTL)) & r::ENABLE, 0u);
    arrive(make_frame(64, own_mac));
    EXPECT_TRUE(received(0)) << "until ENABLE reads 0 the device may still write";
    clock.sleep(20us);
    EXPECT_EQ(get(r::rx(0, r::DCTL)) & r::ENABLE, 0u);
    std::memset(rx_buffer(1), 0x5A, buffer_size);
    arrive(make_frame(64, own_mac));
    EXPECT_FALSE(received(1));
    EXPECT_EQ(*rx_buffer(1), std::byte{0x5A});
}

TEST_F(Rx, Behaviour19_CrcIsKeptOrStripped) {
    receive_all();
    const Frame frame = make_frame(100, own_mac);
    arrive(frame);
    EXPECT_EQ(length(0), 100u);
    set(r::HLREG0, get(r::HLREG0) & ~2u);
    arrive(frame);
    ASSERT_EQ(length(1), 104u);
    std::uint32_t crc = 0;
    std::memcpy(&crc, rx_buffer(1) + 100, 4);
    EXPECT_EQ(crc, sim::ixgbe::crc32(frame));
}

TEST_F(Rx, Behaviour19_CrcIsThatOfEthernet) {
    const char text[] = "123456789";  // the check value of CRC-32
    EXPECT_EQ(sim::ixgbe::crc32(std::as_bytes(std::span(text, 9))), 0xCBF43926u);
}

TEST_F(Rx, Behaviour19_UnequalCrcSettingsAreFlagged) {
    set(r::FCRTH0, 0x1000);
    set(r::SECRXCTRL, 2);
    set(r::RXCTRL, 1);
    EXPECT_EQ(flags("crc-strip-unequal"), 1u) << "their reset values differ";
}

TEST_F(Rx, Behaviour20_FramesOfTheWrongLengthAreDroppedAndCounted) {
    open("runts=drop");
    receive_all();
    EXPECT_TRUE(accepts(make_frame(1514, own_mac)));
    EXPECT_FALSE(accepts(make_frame(1515, own_mac)));
    EXPECT_EQ(get(r::ROC), 1u);
    EXPECT_TRUE(accepts(tagged(make_frame(1514, own_mac), 5))) << "a tag is allowed on top";
    EXPECT_FALSE(accepts(tagged(make_frame(1515, own_mac), 5)));
    EXPECT_FALSE(accepts(make_frame(59, own_mac)));
    EXPECT_EQ(get(r::RUC), 1u);
    set(r::HLREG0, get(r::HLREG0) | 4);
    set(r::MAXFRS, 2000u << 16);
    EXPECT_TRUE(accepts(make_frame(1996, own_mac)));
    EXPECT_FALSE(accepts(make_frame(1997, own_mac)));
}

TEST_F(Rx, Behaviour20_JumboFramesUpToTheLimitsOfSettingAndCard) {
    receive_all();
    set(r::HLREG0, get(r::HLREG0) | 4);
    set(r::MAXFRS, 9728u << 16);  // the most that Linux asks for
    EXPECT_TRUE(accepts(make_frame(9724, own_mac)));
    EXPECT_FALSE(accepts(make_frame(9725, own_mac)));
    EXPECT_TRUE(accepts(tagged(make_frame(9724, own_mac), 5)));
    set(r::MAXFRS, 0xFFFFu << 16);
    EXPECT_TRUE(accepts(make_frame(15868, own_mac))) << "15.5 KiB with the CRC";
    EXPECT_FALSE(accepts(make_frame(15869, own_mac)));
    EXPECT_FALSE(accepts(make_frame(60000, own_mac)));
    EXPECT_EQ(get(r::ROC), 3u);
}

TEST_F(Rx, Behaviour20_ShortFramesFromACableArePadded) {
    receive_all();
    Frame frame = make_frame(42, own_mac);
    arrive(frame);
    frame.resize(60);
    EXPECT_EQ(contents(0), frame);
    EXPECT_EQ(get(r::RUC), 0u);
    EXPECT_FALSE(accepts(make_frame(13, own_mac))) << "not even a header";
    EXPECT_EQ(get(r::RUC), 1u);
}

TEST_F(Rx, Behaviour21_AddressesAreFilteredBitByBit) {
    receive_all(advanced, 0, 0);
    EXPECT_TRUE(accepts(make_frame(64, own_mac)));
    EXPECT_FALSE(accepts(make_frame(64, stranger)));
    EXPECT_FALSE(accepts(make_frame(64, broadcast)));
    EXPECT_FALSE(accepts(make_frame(64, some_group)));
    set(r::FCTRL, 1u << 10);
    EXPECT_TRUE(accepts(make_frame(64, broadcast))) << "BAM";
    EXPECT_FALSE(accepts(make_frame(64, some_group)));
    set(r::FCTRL, 1u << 8);
    EXPECT_TRUE(accepts(make_frame(64, some_group))) << "MPE";
    EXPECT_TRUE(accepts(make_frame(64, broadcast))) << "MPE";
    EXPECT_FALSE(accepts(make_frame(64, stranger)));
    set(r::FCTRL, 1u << 9);
    EXPECT_TRUE(accepts(make_frame(64, stranger))) << "UPE";
    EXPECT_FALSE(accepts(make_frame(64, some_group)));
}

TEST_F(Rx, Behaviour21_FurtherAddressesNeedAddressValid) {
    receive_all(advanced, 0, 0);
    set(r::RAL0 + 8 * 5, 0x00000002);
    set(r::RAH0 + 8 * 5, 0x7700);
    EXPECT_FALSE(accepts(make_frame(64, stranger)));
    set(r::RAH0 + 8 * 5, 0x80007700);
    EXPECT_TRUE(accepts(make_frame(64, stranger)));
    set(r::RAH0, 0);
    EXPECT_FALSE(accepts(make_frame(64, own_mac)));
}

TEST_F(Rx, Behaviour22_MulticastTableUsesTheSliceThatIsSet) {
    receive_all(advanced, 0, 0);
    set(r::MTA + 4 * 125, 1u << 16);  // index 0xFB0: bits 47:36 of 01:00:5E:00:00:FB
    EXPECT_FALSE(accepts(make_frame(64, some_group))) << "MFE is off";
    set(r::MCSTCTRL, 4);
    EXPECT_TRUE(accepts(make_frame(64, some_group)));
    EXPECT_FALSE(accepts(make_frame(64, 0x01005E000001)));
    set(r::MTA, 1u << 16);  // index 0x010: 01:00:5E:00:00:01
    EXPECT_TRUE(accepts(make_frame(64, 0x01005E000001)));
    const std::uint64_t group = 0x01005E00A1FB;                         // bytes 4 and 5: A1, FB
    constexpr std::uint32_t expected[] = {0xFBA, 0xF74, 0xEE8, 0xBA1};  // from bits 47, 46, 45, 43 downwards
    for (std::uint32_t mo = 0; mo < 4; ++mo) {
        for (std::uint32_t i = 0; i < 128; ++i) set(r::MTA + 4 * i, 0);
        set(r::MCSTCTRL, 4 | mo);
        set(r::MTA + 4 * (expected[mo] >> 5), 1u << (expected[mo] & 31));
        EXPECT_TRUE(accepts(make_frame(64, group))) << "MO " << mo;
    }
}

TEST_F(Rx, Behaviour23_VlanFilterLooksAtTaggedFramesOnly) {
    receive_all();
    EXPECT_TRUE(accepts(tagged(make_frame(64, own_mac), 100))) << "the filter is off";
    set(r::VLNCTRL, get(r::VLNCTRL) | 1u << 30);
    EXPECT_TRUE(accepts(make_frame(64, own_mac)));
    EXPECT_FALSE(accepts(tagged(make_frame(64, own_mac), 100)));
    EXPECT_FALSE(accepts(tagged(make_frame(64, own_mac), 0xE000))) << "a priority tag is VLAN 0";
    set(r::VFTA + 4 * 3, 1u << 4);
    EXPECT_TRUE(accepts(tagged(make_frame(64, own_mac), 0x2000 | 100)));
    set(r::VFTA, 1);
    EXPECT_TRUE(accepts(tagged(make_frame(64, own_mac), 0xE000)));
}

TEST_F(Rx, Behaviour24_StrippingTakesTheTagIntoTheDescriptor) {
    receive_all(advanced, r::VME);
    const Frame inner = make_frame(100, own_mac);
    arrive(tagged(inner, 0x2064));
    EXPECT_EQ(rx_ring()[0].high, 0x2064ull << 48 | 100ull << 32 | rx_vp | rx_eop | rx_dd);
    EXPECT_EQ(contents(0), inner);
    arrive(inner);
    EXPECT_EQ(rx_ring()[1].high & rx_vp, 0u);
}

TEST_F(Rx, Behaviour24_WithoutStrippingTheTagStays) {
    receive_all();
    const Frame frame = tagged(make_frame(100, own_mac), 7);
    arrive(frame);
    EXPECT_EQ(contents(0), frame);
}

TEST_F(Rx, Behaviour33_FramesOfTheWrongLengthArriveIfBadPacketsAreStored) {
    receive_all(advanced, 0, 1u << 1);
    arrive(make_frame(1600, own_mac));
    ASSERT_TRUE(received(0));
    EXPECT_NE(rx_ring()[0].high & (1u << 29), 0u) << "RXE";
    EXPECT_EQ(length(0), 1600u);
    EXPECT_EQ(get(r::ROC), 1u);
}

TEST_F(Rx, AWaitingCableKeepsItsFramesUntilThereIsRoom) {
    wire->waits = true;
    for (int i = 0; i < 6; ++i) wire->to_nic.push_back(make_frame(64, own_mac, static_cast<std::uint8_t>(i)));
    link_up();
    enable_rx(0, advanced | r::DROP_EN);
    EXPECT_EQ(wire->to_nic.size(), 6u) << "RXEN is off";
    start_receiving();
    EXPECT_EQ(wire->to_nic.size(), 6u) << "no descriptors";
    give_rx(4);
    device->pump();
    EXPECT_EQ(wire->to_nic.size(), 2u);
    EXPECT_EQ(get(r::rx(0, r::QPRDC)), 0u);
    EXPECT_EQ(get(r::GPRC), 4u) << "frames in the cable have not arrived";
    set(r::rx(0, r::T), 10);
    device->pump();
    EXPECT_EQ(wire->to_nic.size(), 0u);
    EXPECT_EQ(contents(5), make_frame(64, own_mac, 5));
}

}  // namespace
}  // namespace ringside::test
