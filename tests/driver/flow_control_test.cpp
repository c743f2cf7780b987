// Pause frames, between the driver and the software 82599.
#include "tests/driver/steering_fixture.hpp"

namespace ringside::test {
namespace {

constexpr std::uint32_t FCRTL = 0x3220, FCRTH = 0x3260;
constexpr std::uint32_t enabled = 1u << 31;

class FlowControlled : public Steered {
protected:
    static Frame pause(std::uint16_t quanta) {
        return ethernet({{0x01, 0x80, 0xC2, 0, 0, 1}}, 0, 60, {0x88, 0x08, 0, 1, quanta >> 8, quanta & 0xFF});
    }
    static bool is_pause(const Frame& f) {
        return f.size() >= 18 && f[12] == std::byte{0x88} && f[13] == std::byte{0x08};
    }
    static unsigned quanta(const Frame& f) {
        return std::to_integer<unsigned>(f[16]) << 8 | std::to_integer<unsigned>(f[17]);
    }
    static NicConfig waiting(FlowControl flow_control) {
        return {.rx_descriptors = 64, .drop_when_full = false, .flow_control = flow_control};
    }
};

TEST_F(FlowControlled, OffUnlessAskedFor) {
    open();
    start_and_link(waiting({}));
    arrive(pause(0xFFFF));
    send({ethernet(other, 1, 60)});
    EXPECT_EQ(on_wire().size(), 1u) << "not honoured";
    for (std::uint32_t i = 0; i < 600; ++i) arrive(ethernet(own, i, 1500));
    EXPECT_TRUE(on_wire().empty()) << "not sent";
    EXPECT_GT(nic->statistics().rx_dropped.missed, 0u);
    EXPECT_EQ(reg(FCRTH), 512u * 1024 - 0x6000) << "for the internal switch";
    received();
}

TEST_F(FlowControlled, HonouredPausesHoldBackWhatIsSent) {
    open();
    start_and_link(waiting({.honour = true}));
    arrive(pause(1000));  // 51.2 us
    std::vector<mem::Packet> parts = parts_of(ethernet(other, 1, 60));
    ASSERT_EQ(nic->tx(0).send(*cache, parts), 1u);
    EXPECT_TRUE(on_wire().empty());
    clock.sleep(50us);
    EXPECT_TRUE(on_wire().empty());
    clock.sleep(2us);
    EXPECT_EQ(on_wire().size(), 1u);
    arrive(pause(0xFFFF));
    parts = parts_of(ethernet(other, 2, 60));
    ASSERT_EQ(nic->tx(0).send(*cache, parts), 1u);
    EXPECT_TRUE(on_wire().empty());
    arrive(pause(0));
    EXPECT_EQ(on_wire().size(), 1u) << "a pause of zero ends it";
    EXPECT_TRUE(received().empty()) << "pause frames are the card's";
}

TEST_F(FlowControlled, AFullBufferAsksForSilenceInTimeAndLosesNothing) {
    open();
    start_and_link(waiting({.send = true}));
    std::uint32_t sent = 0, after = 0;
    std::vector<Frame> told;
    // A partner that goes on for the margin after it was asked to stop.
    for (; after < 2 + 24 * 1024 / 1518 && sent < 1000; ++sent) {
        arrive(ethernet(own, sent, 1514));
        for (const Frame& f : on_wire()) told.push_back(f);
        after += !told.empty();
    }
    ASSERT_EQ(told.size(), 1u);
    EXPECT_TRUE(is_pause(told[0]));
    EXPECT_EQ(quanta(told[0]), 0xFFFFu);
    for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(told[0][6 + i], std::byte{own.bytes[i]});
    EXPECT_EQ(nic->statistics().rx_dropped.total(), 0u);

    std::size_t taken = 0;
    while (on_wire().empty() && taken < sent) {
        std::array<mem::Packet, 32> out;
        const std::uint32_t n = nic->rx(0).receive(*cache, out);
        for (std::uint32_t i = 0; i < n; ++i) cache->give(out[i]);
        taken += n;
    }
    EXPECT_LT(taken, sent) << "it may go on before the buffer is empty";
    EXPECT_EQ(taken + received().size(), sent);
    EXPECT_EQ(nic->statistics().rx_dropped.total(), 0u);
}

TEST_F(FlowControlled, AFreedBufferHasThePartnerGoOn) {
    open();
    start_and_link(waiting({.send = true}));
    for (std::uint32_t i = 0; i < 400; ++i) arrive(ethernet(own, i, 1514));
    ASSERT_EQ(on_wire().size(), 1u);
    received();
    const auto told = on_wire();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_TRUE(is_pause(told[0]));
    EXPECT_EQ(quanta(told[0]), 0u);
}

TEST_F(FlowControlled, TheMarksFollowFrameSizeAndPacketBuffer) {
    open();
    const struct {
        std::uint32_t mtu, rules, kib;
    } cases[] = {{1500, 0, 512}, {9000, 0, 512}, {9710, 8190, 256}, {68, 100, 448}};
    for (const auto& c : cases) {
        start_queues(1, {.mtu = c.mtu, .flow_control = {.send = true}, .flow_rules = c.rules});
        const std::uint32_t margin = (3 * (c.mtu + 22) + 24 * 1024) / 32 * 32;
        EXPECT_EQ(reg(FCRTL), enabled | margin) << c.mtu;
        const std::uint32_t high = (c.kib * 1024 - (3 * (c.mtu + 22) + 24 * 1024)) / 32 * 32;
        EXPECT_EQ(reg(FCRTH), enabled | high) << c.mtu;
        EXPECT_LT(margin, high);
    }
    start_queues(1, {.flow_rules = 100});
    EXPECT_EQ(reg(FCRTH), 448u * 1024 - 0x6000);
    EXPECT_EQ(reg(FCRTL), 0u) << "a restart without it ends it";
}

TEST_F(FlowControlled, TheOtherCardHasASmallerBuffer) {
    open("id=1528");
    start_queues(1, {.mtu = 9000, .flow_control = {.send = true}, .flow_rules = 8000});
    EXPECT_EQ(reg(0x3C00), 128u << 10);
    EXPECT_LT(reg(FCRTL) & ~enabled, reg(FCRTH) & ~enabled);
}

}  // namespace
}  // namespace ringside::test
