// What the self test of Linux's driver (`ethtool -t`, offline) expects of the card: registers that keep
// patterns, frames that come back by MAC loopback, interrupts that software raises.
#include "tests/model/fixture.hpp"

namespace ringside::test {
namespace {

class SelfTest : public Model {
protected:
    // Patterns go in through `write`; what comes out is what `mask` lets through. The old value comes back.
    void expect_patterns(std::uint32_t offset, std::uint32_t mask, std::uint32_t write) {
        for (const std::uint32_t pattern : {0x5A5A5A5Au, 0xA5A5A5A5u, 0x00000000u, 0xFFFFFFFFu}) {
            const std::uint32_t before = get(offset);
            set(offset, pattern & write);
            EXPECT_EQ(get(offset), pattern & write & mask) << std::hex << "0x" << offset;
            set(offset, before);
        }
    }
    void expect_patterns(std::uint32_t offset, std::uint32_t stride, std::uint32_t count, std::uint32_t mask,
                         std::uint32_t write) {
        for (std::uint32_t i = 0; i < count; ++i) expect_patterns(offset + i * stride, mask, write);
    }
};

TEST_F(SelfTest, RegistersKeepPatterns) {
    constexpr std::uint32_t all = 0xFFFFFFFF, marks = 0x8007FFF0;
    expect_patterns(0x3220, marks, marks);  // FCRTL
    expect_patterns(0x3260, marks, marks);  // FCRTH
    expect_patterns(0x3008, all, all);      // PFCTOP
    expect_patterns(r::VLNCTRL, 0, 0);
    expect_patterns(r::rx(0, r::BAL), 0x40, 4, 0xFFFFFF80, 0xFFFFFF80);
    expect_patterns(r::rx(0, r::BAH), 0x40, 4, all, all);
    expect_patterns(r::rx(0, r::LEN), 0x40, 4, 0x000FFF80, 0x000FFFFF);
    for (std::uint32_t q = 0; q < 4; ++q) set(r::rx(q, r::DCTL), r::ENABLE);
    expect_patterns(r::rx(0, r::T), 0x40, 4, 0xFFFF, 0xFFFF);
    for (std::uint32_t q = 0; q < 4; ++q) set(r::rx(q, r::DCTL), 0);
    expect_patterns(0x3200, all, all);  // FCTTV
    expect_patterns(r::tx(0, r::BAL), 0x40, 4, 0xFFFFFF80, all);
    expect_patterns(r::tx(0, r::BAH), 0x40, 4, all, all);
    expect_patterns(r::tx(0, r::LEN), 0x40, 4, 0x000FFF80, 0x000FFF80);
    set(r::RXCTRL, 1);
    EXPECT_EQ(get(r::RXCTRL) & 1, 1u);
    set(r::RXCTRL, 0);
    expect_patterns(0x5400, 8, 16, all, all);                // RAL
    expect_patterns(0x5404, 8, 16, 0x8001FFFF, 0x800CFFFF);  // RAH
    expect_patterns(r::MTA, 4, 128, all, all);
}

TEST_F(SelfTest, StatusIgnoresWrites) {
    constexpr std::uint32_t toggle = 0x7FFFF30F;
    const std::uint32_t before = get(r::STATUS) & toggle;
    set(r::STATUS, toggle);
    EXPECT_EQ(get(r::STATUS) & toggle, before);
}

TEST_F(SelfTest, FramesComeBackByMacLoopbackWithoutAPartner) {
    wire->connected = false;
    enable_tx();
    enable_rx();
    give_rx(ring_size - 1);
    start_receiving();
    set(r::HLREG0, get(r::HLREG0) | 1u << 15);
    set(r::FCTRL, get(r::FCTRL) | 1u << 10 | 1u << 1 | 1u << 8);  // broadcast, bad packets, all multicast
    set(r::AUTOC, get(r::AUTOC) | 1);                             // force the link up
    clock.sleep(15ms);
    Frame frame(1024, std::byte{0xFF});
    std::fill(frame.begin() + 512, frame.begin() + 767, std::byte{0xAA});
    frame[522] = std::byte{0xBE}, frame[524] = std::byte{0xAF};
    for (std::uint32_t i = 0; i < 30; ++i) put_tx(i, frame);
    set(r::tx(0, r::T), 30);
    clock.sleep(1ms);
    for (std::uint32_t i = 0; i < 30; ++i) {
        ASSERT_EQ(rx_ring()[i].high, 1024ull << 32 | rx_eop | rx_dd) << i;
        EXPECT_EQ(contents(i), frame) << i;
    }
    EXPECT_TRUE(wire->from_nic.empty());
}

// Linux takes the first frame that it did not send itself for a failure, and a partner's ARP probes come by
// the second.
TEST_F(SelfTest, WhatAPartnerSendsToADeafPortIsGone) {
    enable_rx();
    give_rx(ring_size - 1);
    start_receiving();
    const auto frames_after = [&](auto deafen, auto listen) {
        deafen();
        clock.sleep(15ms);
        for (int i = 0; i < 3; ++i) wire->to_nic.push_back(Frame(64, std::byte{0xFF}));
        clock.sleep(15ms);
        listen();
        clock.sleep(15ms);
        EXPECT_TRUE(wire->to_nic.empty());
        return get(r::rx(0, r::H));
    };
    const auto loop = [&] { set(r::HLREG0, get(r::HLREG0) | 1u << 15); };
    const auto end_loop = [&] { set(r::HLREG0, get(r::HLREG0) & ~(1u << 15)); };
    const auto unplug = [&] { wire->connected = false; };
    const auto plug = [&] { wire->connected = true; };
    wire->forgets = true;
    EXPECT_EQ(frames_after(loop, end_loop), 0u);
    EXPECT_EQ(frames_after(unplug, plug), 0u);
    wire->forgets = false;  // a file, a generator
    EXPECT_EQ(frames_after(loop, end_loop), 3u);
    EXPECT_EQ(frames_after(unplug, plug), 6u);
}

TEST_F(SelfTest, WithMsiEachCauseIsRaisedAloneAndOnlyWhileItIsNotMasked) {
    const int fds[] = {-1};
    device->set_interrupts(hal::InterruptKind::msi, fds);
    set(r::EIMC, 0xFFFFFFFF);
    std::uint64_t seen = device->interrupts().messages[0];
    for (std::uint32_t i = 0; i < 10; ++i) {
        const std::uint32_t cause = 1u << i;
        set(r::EIMC, ~cause & 0x7FFF);
        set(r::EICS, ~cause & 0x7FFF);
        clock.sleep(10ms);
        EXPECT_EQ(device->interrupts().messages[0], seen) << i << ": others, masked";
        set(r::EIMS, cause);
        set(r::EICS, cause);
        clock.sleep(10ms);
        EXPECT_EQ(device->interrupts().messages[0], ++seen) << i;
        EXPECT_NE(get(r::EICR) & cause, 0u);
    }
}

TEST_F(SelfTest, LinkReportsTenGigabits) {
    link_up();
    EXPECT_EQ(get(r::LINKS) >> 28 & 7, 7u) << "up, and speed code 3";
}

}  // namespace
}  // namespace ringside::test
