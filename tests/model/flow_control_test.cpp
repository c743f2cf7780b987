// Pause frames, both ways.
#include "tests/model/fixture.hpp"

namespace ringside::test {
namespace {

constexpr std::uint32_t FCTTV = 0x3200, FCRTL = 0x3220, FCRTH = 0x3260, FCCFG = 0x3D00, MFLCN = 0x4294,
                        LXONTXC = 0x3F60, LXOFFTXC = 0x3F68, LXONRXCNT = 0x41A4;
constexpr std::uint64_t pause_group = 0x0180C2000001;

Frame pause(std::uint16_t quanta) {
    Frame f = make_frame(60, pause_group);
    f[12] = std::byte{0x88}, f[13] = std::byte{0x08}, f[14] = std::byte{0}, f[15] = std::byte{1};
    f[16] = static_cast<std::byte>(quanta >> 8), f[17] = static_cast<std::byte>(quanta);
    return f;
}

class FlowControlTest : public Model {
protected:
    void send(std::uint32_t slot) {
        put_tx(slot, make_frame(64, stranger));
        set(r::tx(0, r::T), slot + 1);
        device->pump();
    }
};

TEST_F(FlowControlTest, APauseHoldsBackWhatIsSent) {
    receive_all();
    enable_tx();
    set(MFLCN, 8);
    arrive(pause(1000));  // 51.2 us
    send(0);
    EXPECT_TRUE(wire->from_nic.empty());
    clock.sleep(50us);
    EXPECT_TRUE(wire->from_nic.empty());
    clock.sleep(2us);
    device->pump();
    EXPECT_EQ(wire->from_nic.size(), 1u);
    EXPECT_EQ(get(r::LXOFFRXCNT), 1u);
}

TEST_F(FlowControlTest, APauseOfZeroEndsIt) {
    receive_all();
    enable_tx();
    set(MFLCN, 8);
    arrive(pause(0xFFFF));
    send(0);
    EXPECT_TRUE(wire->from_nic.empty());
    arrive(pause(0));
    device->pump();
    EXPECT_EQ(wire->from_nic.size(), 1u);
    EXPECT_EQ(get(LXONRXCNT), 1u);
}

TEST_F(FlowControlTest, PausesAreNotObeyedUnlessTheyAreToBe) {
    receive_all();
    enable_tx();
    arrive(pause(0xFFFF));
    send(0);
    EXPECT_EQ(wire->from_nic.size(), 1u);
    EXPECT_FALSE(received(0)) << "nor do they reach the driver";
}

TEST_F(FlowControlTest, AFullPacketBufferIsToldAndItsEmptyingToo) {
    link_up();
    enable_rx();
    start_receiving();
    set(FCTTV, 0x1234);
    set(FCCFG, 1u << 3);
    set(FCRTH, 1u << 31 | 10240);
    set(FCRTL, 1u << 31 | 4096);
    for (int i = 0; i < 10; ++i) arrive(make_frame(1020, own_mac));
    EXPECT_TRUE(wire->from_nic.empty()) << "at the mark";
    arrive(make_frame(1020, own_mac));
    ASSERT_EQ(wire->from_nic.size(), 1u);
    Frame expected = pause(0x1234);
    std::fill(expected.begin() + 18, expected.end(), std::byte{0});
    for (std::size_t i = 0; i < 6; ++i) expected[6 + i] = static_cast<std::byte>(own_mac >> (8 * (5 - i)));
    EXPECT_EQ(wire->from_nic[0], expected);
    arrive(make_frame(1020, own_mac));
    EXPECT_EQ(wire->from_nic.size(), 1u) << "once";
    give_rx(7);
    device->pump();
    EXPECT_EQ(wire->from_nic.size(), 1u) << "five frames are more than the lower mark";
    give_rx(ring_size - 1);
    device->pump();
    ASSERT_EQ(wire->from_nic.size(), 2u);
    EXPECT_EQ(wire->from_nic[1][16], std::byte{0});
    EXPECT_EQ(wire->from_nic[1][17], std::byte{0});
    EXPECT_EQ(get(LXOFFTXC), 1u);
    EXPECT_EQ(get(LXONTXC), 1u);
}

TEST_F(FlowControlTest, NothingIsToldWhileItIsOff) {
    link_up();
    enable_rx();
    start_receiving();
    set(FCRTH, 1u << 31 | 1024);
    for (int i = 0; i < 10; ++i) arrive(make_frame(1020, own_mac));
    EXPECT_TRUE(wire->from_nic.empty());
}

}  // namespace
}  // namespace ringside::test
