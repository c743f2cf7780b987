// The shortest way from reset to a frame that comes back.
#include "tests/model/fixture.hpp"

namespace ringside::test {
namespace {

TEST_F(Model, BringsAFrameFromTransmitToReceiveThroughALoopCable) {
    wire->loop = true;
    EXPECT_EQ(get(r::RAL0), 0x82000002u);
    EXPECT_EQ(get(r::RAH0), 0x80009059u);
    receive_all();
    enable_tx();
    const Frame frame = make_frame(64, own_mac);
    put_tx(0, frame);
    set(r::tx(0, r::T), 1);
    device->pump();
    ASSERT_TRUE(received(0));
    EXPECT_EQ(rx_ring()[0].high & 0xFFFFF, rx_dd | rx_eop);
    EXPECT_EQ(contents(0), frame);
    EXPECT_NE(tx_ring()[0].high & tx_dd, 0u);
    EXPECT_EQ(device->strict_total(), 0u) << device->function().report();
}

}  // namespace
}  // namespace ringside::test
