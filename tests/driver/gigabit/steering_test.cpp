// Which frames, to which queue, with what done to them: what the drivers write to the cards for it. Offsets
// and bits are typed from the datasheets' tables.
#include "driver/tx_request.hpp"
#include "tests/driver/gigabit/fixture.hpp"

#include <array>

namespace ringside::test {
namespace {

constexpr std::uint32_t CTRL = 0x0000, RCTL = 0x0100, VFTA = 0x5600, MRQC = 0x5818, RETA = 0x5C00,
                        RSSRK = 0x5C80;
constexpr std::uint32_t VME = 1u << 30, VFE = 1u << 18;

class Steering : public EachFamily {
protected:
    bool e1000() const { return family() == Family::e1000; }
    std::uint32_t queues() const { return igb() ? 16 : e1000() ? 1 : 2; }
};
INSTANTIATE_TEST_SUITE_P(, Steering, each_family(), family_name);

TEST_P(Steering, OneQueueHasNoHash) {
    open(family());
    start();
    if (!e1000()) { EXPECT_EQ(card->reg(MRQC), 0u); }
    EXPECT_EQ(nic->rss(), Rss::off());
}

TEST_P(Steering, SeveralQueuesAreSpreadOverUnlessToldOtherwise) {
    if (e1000()) GTEST_SKIP() << "it has one queue";
    open(family());
    start({.rx_queues = queues(), .rx_descriptors = 64});
    const std::uint32_t usual = 1u << 16 | 1u << 17 | 1u << 20;  // TCP/IPv4, IPv4, IPv6
    EXPECT_EQ(card->reg(MRQC), igb() ? usual | 1u << 21 | 2 : usual | 1u << 18 | 1);
    EXPECT_EQ(card->reg(RSSRK), 0xda565a6du) << "the key's first byte is in bits 7:0";
    EXPECT_EQ(card->reg(RSSRK + 36), 0xfa01acbeu);
    EXPECT_EQ(card->reg(RETA), igb() ? 0x03020100u : 0x80008000u);
    EXPECT_EQ(card->reg(RETA + 124), igb() ? 0x0f0e0d0cu : 0x80008000u);
    EXPECT_EQ(nic->rss(), Rss::over(queues()));
    start({.rx_queues = queues(), .rx_descriptors = 64, .rss = Rss::off()});
    EXPECT_EQ(card->reg(MRQC), 0u);
}

TEST_P(Steering, WhatWasSetIsReadBackFromTheCard) {
    if (e1000()) GTEST_SKIP() << "it has one queue";
    open(family());
    start({.rx_queues = queues(), .rx_descriptors = 64});
    Rss rss = Rss::over(queues(), RssKey::symmetric(), igb() ? Rss::with_udp : Rss::usual);
    rss.table[5] = rss.table[77] = static_cast<std::uint8_t>(queues() - 1);
    nic->set_rss(rss);
    EXPECT_EQ(nic->rss(), rss);
    for (const unsigned type : {Rss::ipv4, Rss::ipv4_tcp, Rss::ipv6, Rss::ipv6_tcp}) {
        rss.types = type;
        nic->set_rss(rss);
        EXPECT_EQ(nic->rss(), rss) << type;
    }
    nic->set_rss(Rss::off());
    EXPECT_EQ(nic->rss(), Rss::off());
}

TEST_P(Steering, WhatTheCardCannotIsRefusedInASentence) {
    open(family());
    const std::string model = nic->info().model;
    const auto says = [&](const NicConfig& config) { return sentence<hal::Error>([&] { start(config); }); };
    if (e1000()) expect_says(says({.rss = Rss::over(1)}), model + " cannot do what was asked for");
    if (!e1000()) expect_says(says({.rx_queues = 2, .rss = Rss::over(3)}), "the NIC runs with 2");
    if (family() == Family::e1000e)
        expect_says(says({.rx_queues = 2, .rss = Rss::over(2, RssKey::microsoft(), Rss::with_udp)}), "UDP");
    expect_says(says({.flow_rules = 1}), "flow_rules = 1 is not possible");
    EXPECT_FALSE(nic->running());
    start();
    expect_says(sentence<hal::Error>([&] {
                    nic->add_rule(parse_rule(igb() ? "tcp dport 80 queue 1" : "tcp dport 80 queue 0"));
                }),
                igb() ? "there is no receive queue 1" : "has no filters that choose queues");
    expect_says(sentence<hal::Error>([&] { nic->add_rule(parse_rule("ether 0x88f7 queue 1")); }),
                "there is no receive queue 1");
}

TEST_P(Steering, VlansAreFilteredWhenAskedFor) {
    open(family());
    start();
    EXPECT_EQ(card->reg(RCTL) & VFE, 0u);
    const std::array<std::uint16_t, 3> some{1, 33, 4094};
    nic->set_vlan_filters(some);
    EXPECT_EQ(card->reg(RCTL) & VFE, VFE);
    EXPECT_EQ(card->reg(VFTA), 3u) << "VLAN 1, and frames with a priority only";
    EXPECT_EQ(card->reg(VFTA + 4), 2u);
    EXPECT_EQ(card->reg(VFTA + 4 * 127), 1u << 30);
    start();
    EXPECT_EQ(card->reg(RCTL) & VFE, VFE) << "filters hold until they are changed";
    EXPECT_EQ(card->reg(VFTA + 4 * 127), 1u << 30);
    nic->set_vlan_filters({});
    EXPECT_EQ(card->reg(RCTL) & VFE, 0u);
    EXPECT_EQ(card->reg(VFTA), 0u);
    const std::uint16_t none = 4095;
    expect_says(sentence<hal::Error>([&] { nic->set_vlan_filters({&none, 1}); }), "4095 is not a VLAN");
}

TEST_P(Steering, TagsAreTakenOffWhenAskedFor) {
    open(family());
    start();
    EXPECT_EQ(card->reg(CTRL) & VME, 0u);
    EXPECT_EQ((nic->tx(0).accepts() & TxRequest::vlan) != 0, igb());
    start({.strip_vlan = true});
    EXPECT_EQ(card->reg(CTRL) & VME, VME);
    EXPECT_NE(nic->tx(0).accepts() & TxRequest::vlan, 0);
}

TEST_P(Steering, QueuesAcceptWhatTheCardCan) {
    open(family());
    start();
    const auto accepts = [&](std::uint8_t flag) { return (nic->tx(0).accepts() & flag) != 0; };
    EXPECT_TRUE(accepts(TxRequest::ip_checksum) && accepts(TxRequest::tcp_checksum) &&
                accepts(TxRequest::udp_checksum));
    EXPECT_EQ(accepts(TxRequest::segment), !e1000());
    EXPECT_EQ(accepts(TxRequest::sctp_checksum), igb());
    // What is not accepted is refused, counted, and the buffer is back.
    const TxRequest request{.flags = TxRequest::sctp_checksum, .l2_length = 14, .l3_length = 20};
    const auto parts = parts_of(frame(other, 100));
    if (igb()) {
        for (const mem::Packet& p : parts) cache->give(p);
        return;
    }
    EXPECT_EQ(nic->tx(0).send(*cache, parts, {&request, 1}), 1u);
    EXPECT_EQ(nic->tx(0).counters().refused, 1u);
    EXPECT_TRUE(card->sent.empty());
}

TEST_P(Steering, TheGapBetweenInterruptsIsInTheCardsUnits) {
    open(family());
    start({.interrupts = Interrupts::best, .interrupt_gap = 100us});
    if (e1000()) { EXPECT_EQ(card->reg(0x00C4), 100000u / 256); }
    if (family() == Family::e1000e) { EXPECT_EQ(card->reg(0x00E8 + 4), 100000u / 256); }
    if (igb()) { EXPECT_EQ(card->reg(0x1680 + 4), 100u << 2); }
    for (const auto gap : {1001us, -1us})
        expect_says(sentence<hal::Error>([&] { start({.interrupt_gap = gap}); }),
                    "interrupt_gap = " + std::to_string(gap.count()) + " us is not possible");
}

}  // namespace
}  // namespace ringside::test
