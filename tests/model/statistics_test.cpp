// Statistics: behaviours 56 and 57.
#include "sim/ixgbe/statistics.hpp"
#include "sim/ixgbe/bits.hpp"
#include "sim/ixgbe/pool_counters.hpp"
#include "tests/model/fixture.hpp"

namespace ringside::test {
namespace {

class Counters : public Model {};

TEST_F(Counters, Behaviour56_CountersAreClearedByReading) {
    receive_all();
    arrive(make_frame(60, own_mac));
    arrive(make_frame(60, broadcast));
    EXPECT_EQ(get(r::GPRC), 2u);
    EXPECT_EQ(get(r::GPRC), 0u);
    EXPECT_EQ(get(r::BPRC), 1u);
    EXPECT_EQ(get(r::MPRC), 0u) << "broadcast is not multicast";
    EXPECT_EQ(get(r::PRC64), 2u);
    EXPECT_EQ(get(r::TPR), 2u);
}

TEST_F(Counters, Behaviour56_ByteCountersAreReadLowThenHigh) {
    receive_all();
    arrive(make_frame(100, own_mac));
    EXPECT_EQ(get(r::GORCL), 104u) << "with CRC";
    EXPECT_EQ(get(r::GORCH), 0u);
    EXPECT_EQ(get(r::GORCL), 0u);
}

TEST_F(Counters, Behaviour56_SizesAreCountedWithCrc) {
    receive_all();
    arrive(make_frame(60, own_mac));
    arrive(make_frame(61, own_mac));
    arrive(make_frame(123, own_mac));
    arrive(make_frame(1514, own_mac));
    EXPECT_EQ(get(r::PRC64), 1u);
    EXPECT_EQ(get(r::PRC127), 2u);
    EXPECT_EQ(get(r::PRC1522), 1u);
}

TEST_F(Counters, Behaviour56_PauseFramesAreNotGoodFrames) {
    receive_all(1u << 25, 0, 1u << 8 | 1u << 9);
    Frame pause = make_frame(60, 0x0180C2000001);
    pause[12] = std::byte{0x88};
    pause[13] = std::byte{0x08};
    arrive(pause);
    EXPECT_EQ(get(r::GPRC), 0u);
    EXPECT_EQ(get(r::LXOFFRXCNT), 1u);
    EXPECT_FALSE(received(0));
}

TEST_F(Counters, Behaviour57_QueueCountersFollowTheirMaps) {
    receive_all();
    enable_tx(5);
    tx_ring(5)[0] =
        tx_ring(5)[1] = {iova(tx_buffers), 64ull << 46 | tx_data | tx_dext | tx_eop | tx_ifcs | 64};
    arrive(make_frame(64, own_mac));
    set(r::tx(5, r::T), 1);
    EXPECT_EQ(get(r::rx(0, r::QPRC)), 1u);
    EXPECT_EQ(get(r::QPTC0), 1u) << "by default all queues count in counter 0";
    EXPECT_EQ(get(r::QPTC0 + 4 * 5), 0u);
    set(r::RQSMR0, 7);
    set(r::TQSM0 + 4, 9u << 8);
    arrive(make_frame(64, own_mac));
    set(r::tx(5, r::T), 2);
    EXPECT_EQ(get(r::rx(7, r::QPRC)), 1u);
    EXPECT_EQ(get(r::QPTC0 + 4 * 9), 1u);
    EXPECT_EQ(get(0x6030 + 0x40 * 9), 0u) << "its other address, already cleared";
}

// The counters themselves, with values that would take hours of frames.
class LongCounters : public testing::Test {
protected:
    sim::ixgbe::Statistics statistics;
    std::uint32_t read(std::uint32_t offset) { return statistics.read(sim::ixgbe::find_register(offset)); }
};

TEST_F(LongCounters, Behaviour56_StickAtAllOnes) {
    statistics.add(sim::ixgbe::Counter::GPRC, 0x1'0000'0005);
    EXPECT_EQ(read(r::GPRC), 0xFFFFFFFFu);
    EXPECT_EQ(read(r::GPRC), 0u);
}

TEST_F(LongCounters, Behaviour56_ReadingTheLowHalfLatchesTheHighHalf) {
    statistics.add(sim::ixgbe::Counter::GORC, 0x7'1234'5678);
    EXPECT_EQ(read(r::GORCL), 0x12345678u);
    statistics.add(sim::ixgbe::Counter::GORC, 0x3'0000'0000);
    EXPECT_EQ(read(r::GORCH), 7u);
    EXPECT_EQ(read(r::GORCL), 0u);
    EXPECT_EQ(read(r::GORCH), 3u);
    statistics.add(sim::ixgbe::Counter::GORC, 0x12'0000'0000);
    EXPECT_EQ(read(r::GORCL), 0xFFFFFFFFu);
    EXPECT_EQ(read(r::GORCH), 0xFu) << "36 bits, and they stick";
}

TEST_F(Counters, Behaviour56_PauseCountersStickAtSixteenBits) {
    receive_all();
    Frame pause = make_frame(60, 0x0180C2000001);
    pause[12] = std::byte{0x88}, pause[13] = std::byte{0x08};
    for (int i = 0; i < 0x10010; ++i) {
        wire->to_nic.push_back(pause);
        if (i % 1000 == 0) device->pump();
    }
    device->pump();
    EXPECT_EQ(get(r::LXOFFRXCNT), 0xFFFFu);
    EXPECT_EQ(get(r::LXOFFRXCNT), 0u);
}

TEST_F(Counters, Behaviour33_LengthFieldsThatPromiseTooMuchAreMacErrors) {
    constexpr std::uint32_t RLEC = 0x4040;
    receive_all();
    Frame frame = make_frame(100, own_mac);
    frame[12] = std::byte{0}, frame[13] = std::byte{87};
    arrive(frame);
    EXPECT_FALSE(received(0)) << "86 bytes are there";
    EXPECT_EQ(get(RLEC), 1u);
    EXPECT_EQ(get(r::GPRC), 0u);
    frame[13] = std::byte{86};
    arrive(frame);
    EXPECT_TRUE(received(0));
    frame[13] = std::byte{3};
    arrive(frame);
    EXPECT_TRUE(received(1)) << "padding may follow";
    frame[13] = std::byte{87};
    set(r::HLREG0, get(r::HLREG0) & ~(1u << 27));
    arrive(frame);
    EXPECT_TRUE(received(2)) << "not checked";
    EXPECT_EQ(get(RLEC), 0u);
}

class PoolStatistics : public Model {};

TEST_F(PoolStatistics, Behaviour58_CountersOfPoolsAreNotClearedByReading) {
    constexpr std::uint32_t VFGPRC = 0x101C, VFGORC_L = 0x1020, VFGORC_H = 0xD020, VFMPRC = 0xD01C,
                            VFGPTC = 0x8300, VFGOTC_L = 0x8400;
    set(0x51B0, 1 | 3u << 7);  // default pool 3
    set(0x5818, 0xB);          // 64 pools of two queues
    set(r::RTTDCS, 1u << 6);
    set(r::MTQC, 1u << 1 | 1u << 2);
    link_up();
    enable_rx(6);
    give_rx(ring_size - 1, 6);
    start_receiving(1u << 10 | 1u << 8);
    arrive(make_frame(96, own_mac));
    arrive(make_frame(96, some_group));
    for (int twice = 0; twice < 2; ++twice) {
        EXPECT_EQ(get(VFGPRC + 0x40 * 3), 2u);
        EXPECT_EQ(get(VFGORC_L + 0x40 * 3), 200u) << "with the CRC, as those sent";
        EXPECT_EQ(get(VFMPRC + 0x40 * 3), 1u);
    }
    EXPECT_EQ(get(VFGPRC), 0u) << "another pool";
    set(VFGPRC + 0x40 * 3, 77);
    EXPECT_EQ(get(VFGPRC + 0x40 * 3), 2u) << "read only";
    EXPECT_EQ(get(VFGORC_H + 0x40 * 3), 0u);
    enable_tx(6);
    put_tx(0, make_frame(96, stranger), tx_eop | tx_ifcs | tx_rs, 6);
    set(r::tx(6, r::T), 1);
    device->pump();
    for (int twice = 0; twice < 2; ++twice) {
        EXPECT_EQ(get(VFGPTC + 4 * 3), 1u);
        EXPECT_EQ(get(VFGOTC_L + 8 * 3), 100u);
    }
}

TEST(PoolCounters, Behaviour58_LongOnesCarryIntoTheUpperHalfAndWrap) {
    using namespace sim::ixgbe;
    RegisterStore registers(false);
    PoolCounters counters(registers);
    registers.set(reg::MRQC, 0x8);
    counters.reload();
    registers.set(0x1020, 0xFFFFFFFF);
    registers.set(0xD020, 0xF);
    counters.received(1, 2, false);
    EXPECT_EQ(registers.get(0x1020), 1u);
    EXPECT_EQ(registers.get(0xD020), 0u);
    registers.set(0x101C, 0xFFFFFFFF);
    counters.received(0, 1, false);
    EXPECT_EQ(registers.get(0x101C), 0u) << "they do not stick";
    counters.received(127, 1, false);
    EXPECT_EQ(registers.get(0x101C + 0x40 * 63), 1u);
}

}  // namespace
}  // namespace ringside::test
