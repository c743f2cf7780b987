// Rules on the software 82599: each kind of filter, their order, full tables, and what is refused.
#include "tests/driver/steering_fixture.hpp"

#include "driver/ixgbe/card.hpp"
#include "driver/ixgbe/flow.hpp"

#include <random>

namespace ringside::test {
namespace {

using ixgbe::bucket_of;
using ixgbe::FlowType;

constexpr std::optional<std::uint32_t> nowhere = std::nullopt;

// Computed by hand from the hash's description.
static_assert(bucket_of({FlowType::tcp, 0, 0x0A000001, 0x0A000002, 1000, 2000}) == 0x086B);
static_assert(bucket_of({FlowType::tcp, 100, 0x0A000001, 0x0A000002, 1000, 2000}) == 0x0F69);
static_assert(bucket_of({FlowType::udp, 0, 0xC0A80101, 0xC0A80102, 53, 5353}) == 0x10DB);

TEST(FlowTable, HasRoomForAtLeastWhatIsAskedFor) {
    using ixgbe::flow_room;
    EXPECT_EQ(flow_room(0).kib, 0u);
    EXPECT_EQ(flow_room(1).kib, 64u);
    EXPECT_EQ(flow_room(2046).filters, 2046u);
    EXPECT_EQ(flow_room(2047).filters, 4094u);
    EXPECT_EQ(flow_room(4095).kib, 256u);
    EXPECT_EQ(flow_room(8190).filters, 8190u);
}

TEST(FlowTable, MasksAreNamedForPeople) {
    EXPECT_EQ(to_string(ixgbe::masks_of(parse_rule("udp src 10.0.0.0/16 dport 53 drop"))),
              "the protocol, the first 16 bits of the source address and the destination port");
    EXPECT_EQ(to_string(ixgbe::masks_of(parse_rule("vlan 5 drop"))), "the VLAN");
    EXPECT_EQ(to_string(ixgbe::masks_of(parse_rule("src 0.0.0.0/0 drop"))), "nothing");
}

TEST(FlowTable, TheX550IsNotTrustedWithFiveTupleFilters) {
    EXPECT_TRUE(ixgbe::find_card(0x8086, 0x10FB)->five_tuple_filters);
    EXPECT_TRUE(ixgbe::find_card(0x8086, 0x1528)->five_tuple_filters);
    EXPECT_FALSE(ixgbe::find_card(0x8086, 0x1563)->five_tuple_filters);
}

class Rules : public Steered {
protected:
    // Frames that no rule is about go to queue 0.
    void begin(std::uint32_t flow_rules = 0, std::uint32_t queues = 8) {
        open();
        start_queues(queues, {.rss = Rss::off(), .flow_rules = flow_rules});
    }
    RuleId add(const std::string& rule) { return nic->add_rule(parse_rule(rule)); }
    std::string refusal(const std::string& rule) {
        return sentence<hal::Error>([&] { add(rule); });
    }
    static Frame of_type(std::uint16_t type) { return ethernet(own, 1, 100, {type >> 8, type & 0xFF}); }
};

// --- EtherTypes.

TEST_F(Rules, AnEtherTypeGoesToItsQueueUntilTheRuleIsRemoved) {
    begin();
    const RuleId id = add("ether 0x88f7 queue 2");
    EXPECT_EQ(arrives(of_type(0x88F7)).queue, 2u);
    EXPECT_EQ(arrives(of_type(0x88F8)).queue, 0u);
    EXPECT_EQ(queue_of(udp()), 0u);
    nic->remove_rule(id);
    EXPECT_EQ(arrives(of_type(0x88F7)).queue, 0u);
    EXPECT_TRUE(nic->rules().empty());
}

TEST_F(Rules, EightEtherTypesAreThereAndOneMoreIsTooMany) {
    begin();
    std::vector<RuleId> ids;
    for (std::uint16_t i = 0; i < 8; ++i) {
        Rule rule;
        rule.ether_type = static_cast<std::uint16_t>(0x9000 + i);
        rule.queue = i;
        ids.push_back(nic->add_rule(rule));
    }
    expect_says(refusal("ether 0x9008 queue 1"), "has room for 8 EtherType rules");
    EXPECT_EQ(nic->rules().size(), 8u);
    for (std::uint16_t i = 0; i < 8; ++i)
        EXPECT_EQ(arrives(of_type(static_cast<std::uint16_t>(0x9000 + i))).queue, i);
    nic->remove_rule(ids[3]);
    add("ether 0x9008 queue 1");
    EXPECT_EQ(arrives(of_type(0x9008)).queue, 1u);
    EXPECT_EQ(arrives(of_type(0x9003)).queue, 0u);
}

TEST_F(Rules, EtherTypesThatTheCardCannotServeAreRefused) {
    begin(100);
    expect_says(refusal("ether 0x0800 queue 2"), "not for IP");
    expect_says(refusal("ether 0x86dd queue 2"), "not for IP");
    expect_says(refusal("ether 0x88f7 drop"), "drops by its flow table only");
    add("ether 0x88f7 queue 2");
    expect_says(refusal("ether 0x88f7 queue 3"), "one filter for an EtherType, and there is 'ether 0x88f7");
}

// --- SYN.

TEST_F(Rules, ConnectionRequestsGoToTheirQueue) {
    begin();
    const RuleId id = add("tcp syn queue 3");
    Packet p = tcp();
    p.tcp_flags = 0x02;
    EXPECT_EQ(queue_of(p), 3u);
    p.tcp_flags = 0x12;
    EXPECT_EQ(queue_of(p), 0u) << "the answer to one";
    p.tcp_flags = 0x10;
    EXPECT_EQ(queue_of(p), 0u);
    p.source = "fe80::1", p.destination = "fe80::2", p.tcp_flags = 0x02;
    EXPECT_EQ(queue_of(p), 3u);
    expect_says(refusal("syn queue 4"), "has room for 1 rule for TCP's SYN");
    nic->remove_rule(id);
    EXPECT_EQ(queue_of(p), 0u);
    expect_says(refusal("syn drop"), "drops by its flow table only");
}

TEST_F(Rules, SynAndFiveTuplesGoByPriority) {
    begin();
    Packet request = tcp();
    request.tcp_flags = 0x02;
    const RuleId syn = add("syn queue 3");
    const RuleId web = add("tcp dport 2000 priority 4 queue 5");
    EXPECT_EQ(queue_of(request), 5u);
    EXPECT_EQ(queue_of(tcp()), 5u);
    nic->remove_rule(web);
    EXPECT_EQ(queue_of(request), 3u);
    nic->remove_rule(syn);
    add("tcp dport 2000 queue 5");
    add("syn priority 2 queue 3");
    EXPECT_EQ(queue_of(request), 3u);
    EXPECT_EQ(queue_of(tcp()), 5u);
    expect_says(refusal("tcp sport 7 priority 3 queue 6"), "not between");
    add("udp sport 7 priority 3 queue 6");  // no TCP: it does not meet the other
    EXPECT_EQ(queue_of(udp("10.0.0.1", 7)), 6u);
}

// --- 5-tuples.

TEST_F(Rules, EveryFieldOfAFiveTupleCounts) {
    begin();
    add("udp src 10.0.0.1 sport 1000 dst 10.0.0.2 dport 2000 queue 6");
    EXPECT_EQ(queue_of(udp()), 6u);
    EXPECT_EQ(queue_of(tcp()), 0u);
    EXPECT_EQ(queue_of(udp("10.0.0.3")), 0u);
    EXPECT_EQ(queue_of(udp("10.0.0.1", 1001)), 0u);
    EXPECT_EQ(queue_of(udp("10.0.0.1", 1000, "10.0.0.1")), 0u);
    EXPECT_EQ(queue_of(udp("10.0.0.1", 1000, "10.0.0.2", 2001)), 0u);
    EXPECT_EQ(queue_of(udp("10.0.0.2", 2000, "10.0.0.1", 1000)), 0u) << "the way back";
}

TEST_F(Rules, FieldsThatAreNotGivenMatchAnything) {
    const struct {
        const char* rule;
        Packet yes, no;
    } cases[] = {
        {"src 10.0.0.1 queue 1", udp("10.0.0.1", 9, "1.2.3.4"), udp("10.0.0.2")},
        {"dst 10.0.0.2 queue 2", tcp("9.9.9.9"), tcp("9.9.9.9", 1, "10.0.0.3")},
        {"tcp queue 3", tcp("1.1.1.1"), udp("1.1.1.1")},
        {"udp sport 53 queue 4", udp("1.1.1.1", 53), udp("1.1.1.1", 54)},
        {"tcp dport 80 queue 5", tcp("1.1.1.1", 5, "2.2.2.2", 80), tcp("1.1.1.1", 80, "2.2.2.2", 5)},
        {"tcp src 1.2.3.4 dst 0.0.0.0/0 queue 6", tcp("1.2.3.4"), udp("1.2.3.4")},
    };
    begin();
    for (const auto& c : cases) {
        const RuleId id = add(c.rule);
        EXPECT_EQ(queue_of(c.yes), parse_rule(c.rule).queue) << c.rule;
        EXPECT_EQ(queue_of(c.no), 0u) << c.rule;
        nic->remove_rule(id);
        EXPECT_EQ(queue_of(c.yes), 0u) << c.rule << " is gone";
    }
}

TEST_F(Rules, SctpHasItsOwn) {
    begin();
    add("sctp dport 2000 queue 4");
    Packet p = tcp();
    EXPECT_EQ(queue_of(p), 0u);
    p.protocol = proto_sctp;
    EXPECT_EQ(queue_of(p), 4u);
}

TEST_F(Rules, TheHighestPriorityDecides) {
    begin();
    add("src 10.0.0.1 priority 2 queue 2");
    add("udp priority 6 queue 6");
    add("udp dport 2000 priority 4 queue 4");
    EXPECT_EQ(queue_of(udp()), 6u);
    EXPECT_EQ(queue_of(tcp()), 2u);
    nic->remove_rule(nic->rules()[1].id);
    EXPECT_EQ(queue_of(udp()), 4u);
    add("dport 2000 tcp queue 1");
    EXPECT_EQ(queue_of(tcp()), 2u) << "the new one has priority 0";
}

TEST_F(Rules, A128FiveTuplesAreThereAndOneMoreIsTooMany) {
    begin();
    const auto rule = [](unsigned i) {
        return "udp dport " + std::to_string(5000 + i) + " queue " + std::to_string(1 + i % 7);
    };
    std::vector<RuleId> ids;
    for (unsigned i = 0; i < 128; ++i) ids.push_back(add(rule(i)));
    expect_says(refusal(rule(128)), "has room for 128 rules for whole addresses, ports and protocols");
    const auto sent_to = [&](unsigned i) {
        return queue_of(udp("10.0.0.1", 1, "10.0.0.2", static_cast<std::uint16_t>(5000 + i)));
    };
    for (unsigned i = 0; i < 128; ++i) EXPECT_EQ(sent_to(i), 1 + i % 7) << i;
    EXPECT_EQ(sent_to(128), 0u);
    nic->remove_rule(ids[77]);
    EXPECT_EQ(sent_to(77), 0u);
    add(rule(128));
    EXPECT_EQ(sent_to(128), 1 + 128 % 7);
    EXPECT_EQ(nic->rules().size(), 128u);
}

// Many rules against the plainest reading of what rules mean.
TEST_F(Rules, RandomFiveTuplesChooseAsTheirPrioritiesSay) {
    begin();
    std::mt19937 random(7);
    const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    const auto address = [&] { return Ipv4Prefix{{10, 0, 0, static_cast<std::uint8_t>(1 + below(3))}, 32}; };
    const auto port = [&] { return static_cast<std::uint16_t>(1000 + below(3)); };
    std::vector<Rule> rules;
    for (std::uint8_t priority = 0; priority < 7; ++priority) {  // one of each: no two rules are equal
        Rule r;
        r.priority = priority;
        r.queue = 1u + priority;
        r.protocol = below(2) != 0 ? Rule::Protocol::tcp : Rule::Protocol::udp;
        if (below(2) != 0) r.source = address();
        if (below(2) != 0) r.destination = address();
        if (below(2) != 0) r.source_port = port();
        if (below(2) != 0) r.destination_port = port();
        nic->add_rule(r);
        rules.push_back(r);
    }
    const auto text = [](const Ipv4Prefix& a) { return "10.0.0." + std::to_string(a.address[3]); };
    for (int i = 0; i < 500; ++i) {
        Packet p = below(2) != 0 ? tcp() : udp();
        const Ipv4Prefix from = address(), to = address();
        p.source = text(from), p.destination = text(to), p.source_port = port(), p.destination_port = port();
        std::uint32_t expected = 0;
        for (const Rule& r : rules)  // rising priorities
            if ((r.protocol == Rule::Protocol::tcp) == (p.protocol == proto_tcp) &&
                (!r.source || *r.source == from) && (!r.destination || *r.destination == to) &&
                r.source_port.value_or(p.source_port) == p.source_port &&
                r.destination_port.value_or(p.destination_port) == p.destination_port)
                expected = *r.queue;
        ASSERT_EQ(queue_of(p), expected) << i;
    }
}

// --- The flow table.

TEST_F(Rules, DroppedFramesAreNobodysAndNoQueuesLoss) {
    begin(100);
    const RuleId id = add("udp dport 2000 drop");
    EXPECT_EQ(queue_of(udp()), nowhere);
    EXPECT_EQ(queue_of(tcp()), 0u);
    EXPECT_EQ(queue_of(udp("10.0.0.1", 1000, "10.0.0.2", 2001)), 0u);
    const Statistics s = nic->statistics();
    EXPECT_EQ(s.rx_packets, 2u);
    EXPECT_EQ(s.rx_wire_packets, 3u);
    EXPECT_EQ(s.rx_dropped.total(), 0u) << "the program kept up";
    EXPECT_EQ(s.rx_queues[0].dropped, 0u);
    nic->remove_rule(id);
    EXPECT_EQ(queue_of(udp()), 0u);
}

TEST_F(Rules, VlansHaveRules) {
    begin(100);
    add("vlan 100 queue 3");
    add("vlan 200 drop");
    Packet p = udp();
    EXPECT_EQ(queue_of(p), 0u);
    p.tci = 100;
    EXPECT_EQ(queue_of(p), 3u);
    p.tci = 0xE000 | 100;
    EXPECT_EQ(queue_of(p), 3u) << "whatever the tag's priority";
    p.tci = 200;
    EXPECT_EQ(queue_of(p), nowhere);
    p.tci = 101;
    EXPECT_EQ(queue_of(p), 0u);
    expect_says(refusal("vlan 0 drop"), "VLANs 1 to 4094");
}

TEST_F(Rules, PrefixesMatchTheirWholeNetwork) {
    begin(100);
    add("tcp src 10.1.0.0/16 dst 192.168.7.0/24 queue 2");
    add("tcp src 10.2.0.0/16 dst 192.168.7.0/24 drop");
    EXPECT_EQ(queue_of(tcp("10.1.0.1", 1, "192.168.7.1")), 2u);
    EXPECT_EQ(queue_of(tcp("10.1.255.255", 9, "192.168.7.255", 8)), 2u);
    EXPECT_EQ(queue_of(tcp("10.2.3.4", 9, "192.168.7.255", 8)), nowhere);
    EXPECT_EQ(queue_of(tcp("10.3.0.1", 1, "192.168.7.1")), 0u);
    EXPECT_EQ(queue_of(tcp("10.1.0.1", 1, "192.168.8.1")), 0u);
    EXPECT_EQ(queue_of(udp("10.1.0.1", 1, "192.168.7.1")), 0u);
}

TEST_F(Rules, EveryBitOfAPrefixCounts) {
    begin(100);
    for (std::uint8_t length = 1; length <= 31; ++length) {
        Rule rule;
        rule.destination = Ipv4Prefix{{0xAA, 0x55, 0xCC, 0x33}, length};
        const RuleId id = nic->add_rule(rule);
        constexpr std::uint32_t number = 0xAA55CC33;
        const auto to = [](std::uint32_t n) {
            return std::to_string(n >> 24) + "." + std::to_string(n >> 16 & 255) + "." +
                   std::to_string(n >> 8 & 255) + "." + std::to_string(n & 255);
        };
        const std::uint32_t last_in = 1u << (32 - length), first_out = last_in >> 1;
        EXPECT_EQ(queue_of(udp("1.1.1.1", 1, to(number ^ first_out).c_str())), nowhere) << int{length};
        EXPECT_EQ(queue_of(udp("1.1.1.1", 1, to(number ^ last_in).c_str())), 0u) << int{length};
        nic->remove_rule(id);
    }
}

TEST_F(Rules, WithoutRoomForThemFlowRulesAreRefused) {
    begin();
    for (const char* rule : {"udp drop", "vlan 5 queue 1", "src 10.0.0.0/8 queue 1"})
        expect_says(refusal(rule), "start the NIC with NicConfig::flow_rules");
    EXPECT_TRUE(nic->rules().empty());
}

TEST_F(Rules, TheFlowTableComparesTheSameForAllOfItsRules) {
    begin(100);
    const RuleId first = add("udp dport 53 drop");
    const std::string text = refusal("tcp src 10.0.0.0/8 drop");
    expect_says(text,
                "which is now the protocol and the destination port; this one would compare the "
                "protocol and the first 8 bits of the source address");
    const RuleId second = add("tcp dport 80 drop");
    nic->remove_rule(first);
    expect_says(refusal("tcp src 10.0.0.0/8 drop"), "compare the same");
    nic->remove_rule(second);
    add("tcp src 10.0.0.0/8 drop");
    EXPECT_EQ(queue_of(tcp("10.9.9.9")), nowhere);
    EXPECT_EQ(queue_of(udp("10.0.0.1", 1, "10.0.0.2", 53)), 0u);
}

TEST_F(Rules, WhatTheFlowTableCannotHoldIsRefused) {
    begin(100);
    expect_says(refusal("sctp dport 7 drop"), "does not compare SCTP's ports");
    add("sctp drop");
    Packet p = tcp();
    p.protocol = proto_sctp;
    EXPECT_EQ(queue_of(p), nowhere);
    expect_says(refusal("sctp priority 1 drop"), "matches the same frames as 'sctp drop'");
    expect_says(refusal("sctp vlan 4 drop"), "the VLAN and the protocol");
}

TEST_F(Rules, TheFlowTableFillsUpAndEmpties) {
    begin(1);
    std::vector<RuleId> ids;
    Rule rule;
    rule.protocol = Rule::Protocol::udp;
    const auto port = [](std::size_t i) { return static_cast<std::uint16_t>(1 + i); };
    for (std::size_t i = 0; i < 2046; ++i) {
        rule.destination_port = port(i);
        rule.queue = i % 2 == 0 ? std::nullopt : std::optional<std::uint32_t>(1 + i % 7);
        rule.source = Ipv4Prefix{{10, 0, 0, 0}, 24};
        ids.push_back(nic->add_rule(rule));
    }
    rule.destination_port = port(2046);
    expect_says(sentence<hal::Error>([&] { nic->add_rule(rule); }),
                "has room for 2046 rules in its flow table");
    for (std::size_t i = 0; i < 2046; i += 61) {
        const auto expected = i % 2 == 0 ? nowhere : std::optional<std::uint32_t>(1 + i % 7);
        EXPECT_EQ(queue_of(udp("10.0.0.77", 9, "1.1.1.1", port(i))), expected) << i;
    }
    for (std::size_t i = 0; i < ids.size(); i += 2) nic->remove_rule(ids[i]);
    for (std::size_t i = 0; i < 2046; i += 61) {
        const std::uint32_t expected = i % 2 == 0 ? 0u : static_cast<std::uint32_t>(1 + i % 7);
        EXPECT_EQ(queue_of(udp("10.0.0.77", 9, "1.1.1.1", port(i))), expected) << i;
    }
    nic->add_rule(rule);
}

TEST_F(Rules, TheFlowTableTakesItsRoomFromThePacketBuffer) {
    const struct {
        std::uint32_t rules, kib, pballoc;
    } cases[] = {{0, 512, 0}, {2046, 448, 1}, {2047, 384, 2}, {8190, 256, 3}};
    open();
    for (const auto& c : cases) {
        start_queues(1, {.flow_rules = c.rules});
        EXPECT_EQ(reg(0x3C00), c.kib << 10) << c.rules;
        EXPECT_EQ(reg(0xEE00) & 3, c.pballoc) << c.rules;
    }
    expect_says(sentence<hal::Error>([&] { start_queues(1, {.flow_rules = 8191}); }), "flow_rules");
}

TEST_F(Rules, TheLastQueueIsForDroppedFrames) {
    open();
    start_queues(128, {.rss = Rss::off(), .flow_rules = 10});
    expect_says(refusal("udp drop"), "fewer receive queues");
    add("src 10.0.0.0/8 queue 127");
    EXPECT_EQ(queue_of(udp()), 127u);
}

// --- Across the tables.

TEST_F(Rules, PrioritiesThatTheCardsOrderCannotKeepAreRefused) {
    begin(100);
    add("tcp dport 80 priority 1 queue 1");
    expect_says(refusal("src 10.0.0.0/8 priority 2 drop"),
                "behind 'tcp dport 80 priority 1 queue 1', whose priority is lower");
    const RuleId drop = add("src 10.0.0.0/8 drop");
    expect_says(sentence<hal::Error>([&] { nic->remove_rule(RuleId{4711}); }), "there is no rule 4711");
    EXPECT_EQ(queue_of(tcp("10.0.0.1", 1, "1.1.1.1", 80)), 1u);
    EXPECT_EQ(queue_of(tcp("10.0.0.1", 1, "1.1.1.1", 81)), nowhere);
    nic->remove_rule(drop);
    add("src 10.0.0.0/8 priority 1 drop");
    expect_says(refusal("udp queue 2"), "before 'src 10.0.0.0/8 priority 1 drop', whose priority is higher");
    expect_says(refusal("syn queue 2"), "before 'src 10.0.0.0/8 priority 1 drop'");
    add("udp src 11.0.0.1 queue 2");  // the other is not about it
}

TEST_F(Rules, RulesGoBeforeRssAndWhatTheyAreNotAboutIsSpread) {
    open();
    start_queues(8, {.rss = Rss::over(4), .flow_rules = 10});
    add("udp dport 2000 queue 7");
    std::array<int, 8> seen{};
    for (std::uint16_t i = 0; i < 64; ++i) {
        EXPECT_EQ(queue_of(udp("10.0.0.1", i)), 7u);
        const Seen spread = arrives(tcp("10.0.0.1", i));
        ASSERT_TRUE(spread.queue);
        EXPECT_TRUE(has(spread.info, RxInfo::hash_valid)) << "the flow table leaves the hash where it is";
        ++seen[*spread.queue];
    }
    for (std::size_t q = 0; q < 8; ++q) EXPECT_EQ(seen[q] > 0, q < 4) << q;
}

TEST_F(Rules, StoppingEndsThem) {
    begin(100);
    add("udp dport 2000 queue 5");
    add("syn queue 4");
    add("ether 0x9000 queue 3");
    add("src 99.0.0.0/8 drop");
    EXPECT_EQ(nic->rules().size(), 4u);
    nic->stop();
    start_queues(8, {.rss = Rss::off(), .flow_rules = 100});
    EXPECT_TRUE(nic->rules().empty());
    Packet request = tcp();
    request.tcp_flags = 0x02;
    EXPECT_EQ(queue_of(udp()), 0u);
    EXPECT_EQ(queue_of(request), 0u);
    EXPECT_EQ(arrives(of_type(0x9000)).queue, 0u);
    EXPECT_EQ(queue_of(udp("99.1.1.1")), 0u);
    // All room is there again, and the masks are free.
    add("vlan 7 drop");
    for (unsigned i = 0; i < 128; ++i) add("tcp sport " + std::to_string(i) + " queue 1");
    add("syn queue 4");
}

TEST_F(Rules, WhatMakesNoSenseIsRefusedBeforeTheCardHearsOfIt) {
    begin(10, 4);
    expect_says(refusal("udp queue 4"), "there is no receive queue 4");
    add("udp queue 1");
    expect_says(refusal("udp queue 1"), "it is there already");
    Rule bad;
    bad.source = Ipv4Prefix{{1, 2, 3, 4}, 33};
    bad.queue = 1;
    expect_says(sentence<hal::Error>([&] { nic->add_rule(bad); }), "IPv4 addresses have 32 bits");
    EXPECT_EQ(nic->rules().size(), 1u);
}

TEST_F(Rules, TheCardSaysThatItCan) {
    open();
    const Features f = nic->info().features;
    for (const Feature feature : {Feature::ether_type_rules, Feature::syn_rules, Feature::five_tuple_rules,
                                  Feature::flow_rules, Feature::flow_control})
        EXPECT_TRUE(f.has(feature)) << name(feature);
}

}  // namespace
}  // namespace ringside::test
