// The igb cards' rules: which filters they become, and where frames then go. Offsets and bits are typed from
// the datasheets' tables.
#include "tests/driver/gigabit/fixture.hpp"

#include <map>

namespace ringside::test {
namespace {

constexpr std::uint32_t RFCTL = 0x5008, SYNQF = 0x55FC, SAQF = 0x5980, DAQF = 0x59A0, SPQF = 0x59C0,
                        FTQF = 0x59E0, IMIR = 0x5A80, IMIREXT = 0x5AA0, ETQF = 0x5CB0;
constexpr std::uint32_t SYNQFP = 1u << 19;
constexpr std::uint8_t tcp = 6, udp = 17, sctp = 132;
constexpr std::uint8_t SYN = 2, ACK = 0x10;

class IgbRules : public OnFake {
protected:
    void open_card(std::uint16_t id, std::uint32_t queues) {
        open(Family::igb, {.device_id = id});
        start({.rx_queues = queues, .rx_descriptors = 64, .rss = Rss::off()});
        queues_ = queues;
    }
    void open_82576() { open_card(0x10C9, 16); }
    void open_i350() { open_card(0x1521, 8); }
    RuleId add(const std::string& rule) { return nic->add_rule(parse_rule(rule)); }
    std::string refusal(const std::string& rule) {
        return sentence<hal::Error>([&] { add(rule); });
    }
    static Frame ip(std::uint8_t protocol, std::array<int, 4> from, unsigned sport, std::array<int, 4> to,
                    unsigned dport, std::uint8_t flags = ACK) {
        Frame f = frame(own, 64);
        f[12] = std::byte{8}, f[13] = std::byte{0}, f[14] = std::byte{0x45}, f[23] = std::byte{protocol};
        for (std::size_t i = 0; i < 4; ++i)
            f[26 + i] = static_cast<std::byte>(from[i]), f[30 + i] = static_cast<std::byte>(to[i]);
        f[34] = static_cast<std::byte>(sport >> 8), f[35] = static_cast<std::byte>(sport);
        f[36] = static_cast<std::byte>(dport >> 8), f[37] = static_cast<std::byte>(dport);
        f[47] = std::byte{flags};
        return f;
    }
    static constexpr std::array<int, 4> here{10, 0, 0, 1}, there{10, 0, 0, 2};
    static Frame request(unsigned dport = 80) { return ip(tcp, there, 1000, here, dport, SYN); }
    // The one queue it arrives in.
    std::uint32_t queue_of(const Frame& f) {
        card->arrive(f);
        std::uint32_t found = ~0u;
        for (std::uint32_t q = 0; q < queues_; ++q)
            if (!received(q).empty()) found = q;
        return found;
    }

private:
    std::uint32_t queues_ = 1;
};

TEST_F(IgbRules, EtherTypesGoToTheirQueues) {
    open_82576();
    const RuleId first = add("ether 0x88f7 queue 3");
    EXPECT_EQ(card->reg(ETQF), 0x88F7u | 3u << 16 | 1u << 26 | 1u << 31);
    Frame f = frame(own, 64);
    f[12] = std::byte{0x88}, f[13] = std::byte{0xF7};
    EXPECT_EQ(queue_of(f), 3u);
    expect_says(refusal("ether 0x88f7 queue 2"), "there is 'ether 0x88f7 queue 3'; remove that first");
    for (int n = 1; n < 8; ++n)
        nic->add_rule({.ether_type = static_cast<std::uint16_t>(0x9000 + n), .queue = 1});
    expect_says(refusal("ether 0xA000 queue 1"), "has room for 8 EtherType rules, and all of it is taken");
    nic->remove_rule(first);
    EXPECT_EQ(card->reg(ETQF), 0u);
    EXPECT_EQ(queue_of(f), 0u);
    EXPECT_EQ(nic->rules().size(), 7u);
    add("ether 0xA000 queue 1");
    EXPECT_EQ(card->reg(ETQF) & 0xFFFF, 0xA000u) << "the free place is used again";
    expect_says(sentence<hal::Error>([&] { nic->remove_rule(first); }), "there is no rule 1");
}

TEST_F(IgbRules, TcpConnectionRequestsGoToTheirQueue) {
    open_82576();
    const RuleId id = add("tcp syn queue 5");
    EXPECT_EQ(card->reg(SYNQF), 1u | 5u << 1);
    EXPECT_EQ(queue_of(request()), 5u);
    EXPECT_EQ(queue_of(ip(tcp, there, 1000, here, 80, SYN | ACK)), 0u) << "an answer is no request";
    EXPECT_EQ(queue_of(ip(udp, there, 1000, here, 80, SYN)), 0u);
    expect_says(refusal("tcp syn queue 4"), "has room for 1 rule for TCP's SYN");
    expect_says(refusal("tcp syn queue 9"), "its filter reaches the queues 0 to 7");
    nic->remove_rule(id);
    EXPECT_EQ(card->reg(SYNQF), 0u);
    EXPECT_EQ(queue_of(request()), 0u);
}

TEST_F(IgbRules, FiveTuplesGoToTheirQueues) {
    open_82576();
    const RuleId id = add("tcp src 10.0.0.2 sport 1000 dst 10.0.0.1 dport 80 priority 2 queue 15");
    EXPECT_EQ(card->reg(SAQF), 0x0200000Au) << "the first byte is in bits 7:0";
    EXPECT_EQ(card->reg(DAQF), 0x0100000Au);
    EXPECT_EQ(card->reg(SPQF), 0xE803u);
    EXPECT_EQ(card->reg(IMIR), 0x5000u | 3u << 29);
    EXPECT_EQ(card->reg(IMIREXT), 1u << 12 | 1u << 19);
    EXPECT_EQ(card->reg(FTQF), 6u | 1u << 8 | 1u << 15 | 15u << 16);
    EXPECT_EQ(queue_of(ip(tcp, there, 1000, here, 80)), 15u);
    for (const Frame& f :
         {ip(udp, there, 1000, here, 80), ip(tcp, here, 1000, here, 80), ip(tcp, there, 1001, here, 80),
          ip(tcp, there, 1000, there, 80), ip(tcp, there, 1000, here, 81)})
        EXPECT_EQ(queue_of(f), 0u);
    nic->remove_rule(id);
    for (const std::uint32_t r : {SAQF, DAQF, SPQF, IMIR, IMIREXT, FTQF}) EXPECT_EQ(card->reg(r), 0u);
    EXPECT_EQ(queue_of(ip(tcp, there, 1000, here, 80)), 0u);
}

TEST_F(IgbRules, WhatARuleDoesNotSayIsNotCompared) {
    open_82576();
    const std::map<std::string, std::uint32_t> rules{
        {"udp dport 53 queue 1", 0xE0000000u},   {"sctp queue 2", 0xE0000000u},
        {"src 10.0.0.2 queue 3", 0xD0000000u},   {"dst 10.0.0.1 queue 4", 0xB0000000u},
        {"udp sport 7000 queue 5", 0x60000000u}, {"tcp src 0.0.0.0/0 dport 81 queue 6", 0xE0000000u}};
    for (const auto& [rule, masks] : rules) {
        const RuleId id = add(rule);
        EXPECT_EQ(card->reg(FTQF) & 0xF0000000, masks) << rule;
        EXPECT_EQ((card->reg(IMIR) & 1u << 17) != 0, rule.find("dport") == std::string::npos) << rule;
        const std::array<int, 4> elsewhere{192, 0, 2, 1};
        const Frame f = rule.starts_with("udp dport")   ? ip(udp, elsewhere, 9, elsewhere, 53)
                        : rule.starts_with("sctp")      ? ip(sctp, elsewhere, 9, elsewhere, 9)
                        : rule.starts_with("src")       ? ip(1, there, 9, elsewhere, 9)
                        : rule.starts_with("dst")       ? ip(tcp, elsewhere, 9, here, 9)
                        : rule.starts_with("udp sport") ? ip(udp, elsewhere, 7000, elsewhere, 9)
                                                        : ip(tcp, elsewhere, 9, elsewhere, 81);
        EXPECT_EQ(queue_of(f), *parse_rule(rule).queue) << rule;
        nic->remove_rule(id);
    }
}

TEST_F(IgbRules, LaterCardsCompareProtocolAndDestinationPort) {
    open_i350();
    EXPECT_FALSE(nic->info().features.has(Feature::five_tuple_rules));
    EXPECT_TRUE(nic->info().features.has(Feature::port_rules));
    add("udp dport 53 queue 7");
    EXPECT_EQ(card->reg(FTQF), 0xE0000000u | 17u | 1u << 8 | 1u << 15 | 7u << 16)
        << "reserved bits stay ones";
    EXPECT_EQ(card->reg(IMIR), 0x3500u | 1u << 29);
    add("sctp queue 2");
    EXPECT_EQ(card->reg(IMIR + 4), 1u << 17 | 1u << 29);
    EXPECT_EQ(queue_of(ip(udp, there, 1000, here, 53)), 7u);
    EXPECT_EQ(queue_of(ip(tcp, there, 1000, here, 53)), 0u);
    EXPECT_EQ(queue_of(ip(sctp, there, 1000, here, 53)), 2u);
    for (const char* rule :
         {"udp sport 53 queue 1", "src 10.0.0.1 queue 1", "tcp dst 10.0.0.1 dport 1 queue 1"})
        expect_says(refusal(rule), "compares the protocol and the destination port only");
    add("tcp syn queue 1");
    EXPECT_EQ(queue_of(request()), 1u);
}

TEST_F(IgbRules, WhatNoFilterCanIsRefusedInASentence) {
    open_82576();
    expect_says(refusal("ether 0x88f8 drop"), "can send frames to a queue, not drop them");
    expect_says(refusal("udp dport 53 drop"), "can send frames to a queue, not drop them");
    expect_says(refusal("udp src 10.0.0.0/8 queue 1"), "compares an address wholly or not at all");
    expect_says(refusal("vlan 7 queue 1"), "has no rules for VLANs");
    expect_says(refusal("ether 0x88f7 queue 8"), "its filter reaches the queues 0 to 7");
    expect_says(refusal("udp dport 53 queue 16"), "there is no receive queue 16");
    EXPECT_TRUE(nic->rules().empty());
}

TEST_F(IgbRules, AFullTableIsSaidAndAFreePlaceIsUsedAgain) {
    open_82576();
    std::vector<RuleId> ids;
    for (int n = 0; n < 8; ++n) ids.push_back(add("udp dport " + std::to_string(1000 + n) + " queue 1"));
    expect_says(refusal("udp dport 2000 queue 1"),
                "has room for 8 rules for addresses, ports and protocols (5-tuples), and all of it is taken: "
                "remove one");
    nic->remove_rule(ids[3]);
    add("udp dport 2000 queue 1");
    EXPECT_EQ(card->reg(IMIR + 4 * 3) & 0xFFFF, 0xD007u);
    EXPECT_EQ(nic->rules().size(), 8u);
    EXPECT_EQ(nic->rules().back().rule, parse_rule("udp dport 2000 queue 1"));
}

TEST_F(IgbRules, TheI210HasFourEtherTypeFilters) {
    open_card(0x1533, 4);
    for (int n = 0; n < 4; ++n)
        nic->add_rule({.ether_type = static_cast<std::uint16_t>(0x9000 + n), .queue = 1});
    expect_says(refusal("ether 0xA000 queue 1"), "has room for 4 EtherType rules");
    add("tcp syn queue 3");
    add("udp dport 53 queue 3");
}

TEST_F(IgbRules, OfTwoThatMatchTheHigherPriorityDecides) {
    open_82576();
    add("tcp dport 80 queue 1");
    add("src 10.0.0.2 priority 3 queue 2");
    EXPECT_EQ(queue_of(ip(tcp, there, 9, here, 80)), 2u);
    EXPECT_EQ(queue_of(ip(tcp, here, 9, here, 80)), 1u);
}

TEST_F(IgbRules, SynGoesBeforeOrBehindTheOthersAsPrioritiesSay) {
    open_82576();
    add("tcp syn priority 2 queue 1");
    EXPECT_EQ(card->reg(RFCTL) & SYNQFP, SYNQFP);
    const RuleId higher = add("tcp dport 80 priority 3 queue 2");
    EXPECT_EQ(card->reg(RFCTL) & SYNQFP, 0u);
    EXPECT_EQ(queue_of(request()), 2u);
    EXPECT_EQ(queue_of(request(81)), 1u);
    expect_says(refusal("tcp dport 81 priority 1 queue 3"), "not between: change the priorities");
    add("udp dport 81 priority 1 queue 3");  // no frame is both
    nic->remove_rule(higher);
    EXPECT_EQ(card->reg(RFCTL) & SYNQFP, SYNQFP);
    add("tcp dport 80 priority 1 queue 3");
    EXPECT_EQ(queue_of(request()), 1u);
    EXPECT_EQ(queue_of(ip(tcp, there, 9, here, 80)), 3u);
}

TEST_F(IgbRules, EndWithStopAndNothingOfAnEarlierProgramIsLeft) {
    open_82576();
    add("ether 0x88f7 queue 3");
    add("tcp syn queue 1");
    add("udp dport 53 queue 3");
    start({.rx_queues = 4});
    EXPECT_TRUE(nic->rules().empty());
    for (std::uint32_t n = 0; n < 8; ++n) {
        EXPECT_EQ(card->reg(ETQF + 4 * n), 0u);
        EXPECT_EQ(card->reg(FTQF + 4 * n), 0u);
    }
    EXPECT_EQ(card->reg(SYNQF), 0u);
    expect_says(refusal("udp dport 53 queue 4"), "the NIC runs with 4");
    add("udp dport 53 queue 3");
}

}  // namespace
}  // namespace ringside::test
