// Interrupts as the model raises them: behaviours 48 to 54. How causes become messages is the interrupt
// controller's business and tested in parts/.
#include "tests/model/fixture.hpp"

namespace ringside::test {
namespace {

constexpr std::uint32_t multiple_msix = 1u << 4, ocd = 1u << 5, eiame = 1u << 30;

class Interrupt : public Model {
protected:
    // Receive queue 0 on vector 3, transmit queue 0 on vector 5.
    void ready(std::uint32_t gpie) {
        set(r::GPIE, gpie | multiple_msix);
        set(r::IVAR0, 0x8583);
        device->set_interrupts(hal::InterruptKind::msix, std::vector<int>(8, -1));
        receive_all();
        enable_tx();
        get(r::EICR);
    }
    std::uint64_t sent(unsigned vector) { return device->interrupts().messages[vector]; }
};

TEST_F(Interrupt, Behaviour48_MaskedCausesLatchAndUnmaskingSends) {
    ready(0);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(sent(3), 0u);
    EXPECT_EQ(get(r::EICS) & 8, 8u);
    set(r::EIMS, 1u << 3);
    EXPECT_EQ(sent(3), 1u);
}

TEST_F(Interrupt, Behaviour49_CausesAreClearedByWritingOnesAndByReading) {
    ready(0);
    arrive(make_frame(64, own_mac));
    set(r::EICR, 1);
    EXPECT_EQ(get(r::EICS) & 8, 8u);
    set(r::EICR, 8);
    EXPECT_EQ(get(r::EICS) & 8, 0u);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(get(r::EICR) & 8, 8u);
    EXPECT_EQ(get(r::EICR) & 8, 0u);
}

TEST_F(Interrupt, Behaviour49_WithOcdReadingKeepsQueueCauses) {
    ready(ocd);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(get(r::EICR) & 8, 8u);
    EXPECT_EQ(get(r::EICR) & 8, 8u);
}

TEST_F(Interrupt, Behaviour50_AutoClearAndAutoMask) {
    ready(eiame);
    set(r::EIAC, 8);
    set(r::EIAM, 8);
    set(r::EIMS, 8);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(sent(3), 1u);
    EXPECT_EQ(get(r::EICS) & 8, 0u) << "EIAC";
    EXPECT_EQ(get(r::EIMS) & 8, 0u) << "EIAM";
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(sent(3), 1u);
    set(r::EIMS, 8);
    EXPECT_EQ(sent(3), 2u) << "what came in between is told on unmasking";
}

TEST_F(Interrupt, Behaviour51_MessagesKeepTheirDistance) {
    ready(0);
    set(r::EIAC, 8);
    set(r::EITR0 + 4 * 3, 50u << 3);  // 102.4 us
    set(r::EIMS, 8);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(sent(3), 1u) << "the first is immediate";
    arrive(make_frame(64, own_mac));
    clock.sleep(80us);
    EXPECT_EQ(sent(3), 1u);
    clock.sleep(40us);
    EXPECT_EQ(sent(3), 2u);
}

TEST_F(Interrupt, Behaviour52_MaskedVectorsPendAndAreSentOnUnmask) {
    ready(0);
    set(r::EIMS, 8);
    device->function().mask_msix(3, true);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(sent(3), 0u);
    EXPECT_EQ(device->bar(4).load32(0x2000) & 8, 8u) << "PBA";
    device->function().mask_msix(3, false);
    EXPECT_EQ(sent(3), 1u);
    EXPECT_EQ(device->bar(4).load32(0x2000) & 8, 0u);
}

TEST_F(Interrupt, Behaviour53_SoftwareCanRaiseACause) {
    ready(0);
    set(r::EIMS, 8);
    set(r::EICS, 8);
    EXPECT_EQ(sent(3), 1u);
}

TEST_F(Interrupt, Behaviour54_QueuesWithoutValidVectorAreSilentAndMayShareOne) {
    ready(0);
    set(r::EIMS, ~0u);
    set(r::IVAR0, 0x0303);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(sent(3), 0u);
    set(r::IVAR0, 0x8383);
    put_tx(0, make_frame(64, stranger));
    set(r::tx(0, r::T), 1);
    EXPECT_EQ(sent(3), 1u) << "transmit";
    set(r::EICR, 8);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(sent(3), 2u) << "receive";
}

TEST_F(Interrupt, NothingIsSentWithoutBusMastering) {
    ready(0);
    set(r::EIMS, 8);
    device->config_write(4, 2, 2);
    set(r::EICS, 8);
    EXPECT_EQ(sent(3), 0u);
}

// What behaviour 50 of the datasheet's list of causes adds: a queue that runs low does not wait for EITR.
TEST_F(Interrupt, Behaviour51_AQueueThatRunsLowIsToldAtOnce) {
    set(r::GPIE, 1u << 4 | 1u << 30);
    set(r::IVAR0, 0x80 | 3);
    set(r::EITR0 + 4 * 3, 500u << 3);  // 1 ms
    set(r::EIAC, 8);
    set(r::EIMS, 8);
    link_up();
    enable_rx();
    start_receiving();
    give_rx(3);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(device->interrupts().messages[3], 1u) << "the first one";
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(device->interrupts().messages[3], 1u) << "moderated";
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(device->interrupts().messages[3], 2u) << "no descriptor is left";
}

TEST_F(Interrupt, Behaviour51_TheLowMarkIsSrrctls) {
    set(r::GPIE, 1u << 4);
    set(r::IVAR0, 0x80 | 3);
    set(r::EITR0 + 4 * 3, 500u << 3);
    set(r::EIAC, 8);
    set(r::EIMS, 8);
    link_up();
    enable_rx(0, 1u << 25 | 1u << 22);  // 64 descriptors: more than the ring has
    start_receiving();
    give_rx(20);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(device->interrupts().messages[3], 1u);
    set(r::rx(0, r::SRRCTL), 1u << 25 | 2);
    arrive(make_frame(64, own_mac));
    set(r::rx(0, r::SRRCTL), 1u << 25 | 1u << 22 | 2);
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(device->interrupts().messages[3], 2u) << "below the mark again";
    arrive(make_frame(64, own_mac));
    EXPECT_EQ(device->interrupts().messages[3], 2u) << "it was told";
}

}  // namespace
}  // namespace ringside::test
