// A virtual function from start to stop, and what it asks its physical function for.
#include "tests/driver/vf/fixture.hpp"

#include <set>

namespace ringside::test {
namespace {

using Vf = OnVf;
INSTANTIATE_TEST_SUITE_P(, Vf, testing::Values(VfFamily::igbvf, VfFamily::ixgbevf), vf_family_name);

TEST_P(Vf, FramesGoBothWays) {
    run();
    for (unsigned n = 0; n < 1000; ++n) {
        ASSERT_TRUE(card->arrive(frame(given, 60 + n, n)));
        ASSERT_EQ(received(), std::vector<Frame>{frame(given, 60 + n, n)});
        send(frame(other, 60 + n, n));
        ASSERT_EQ(card->sent.size(), n + 1);
        ASSERT_EQ(card->sent.back(), frame(other, 60 + n, n));
    }
}

TEST_P(Vf, LargeFramesAreReceivedInSeveralParts) {
    open();
    start({.mtu = 9000});
    ASSERT_TRUE(card->arrive(frame(given, 9014)));
    EXPECT_EQ(received(), std::vector<Frame>{frame(given, 9014)});
    EXPECT_EQ(card->pf.frame_size, igb() ? 9022u : 9018u);
}

TEST_P(Vf, AddressLinkAndModelAreThePhysicalFunctions) {
    open();
    EXPECT_EQ(nic->mac(), given);
    EXPECT_NE(nic->info().model.find("virtual function"), std::string::npos);
    start();
    EXPECT_EQ(nic->link().mbit_per_second, igb() ? 1000u : 10000u);
    card->set_link(false);
    EXPECT_FALSE(nic->link().up);
    expect_says(sentence<hal::Timeout>([&] { nic->wait_for_link(1s); }), "it is the physical function's");
    EXPECT_EQ(card->pf.count(2), 0u) << "an address that it has given is not asked for: it would be refused";
}

TEST_P(Vf, WithoutAnAddressItMakesOneUpAndAsksForIt) {
    for (const bool ack_zero : {false, true}) {
        std::set<std::array<std::uint8_t, 6>> seen;
        for (int n = 0; n < 3; ++n) {
            open({}, [&](FakePf& pf) {
                pf.mac = {};
                pf.ack_zero_mac = ack_zero;
            });
            const MacAddress mac = nic->mac();
            EXPECT_EQ(mac.bytes[0] & 3, 2) << "locally administered, unicast: " << to_string(mac);
            start();
            EXPECT_EQ(nic->mac(), mac);
            EXPECT_EQ(card->pf.own, mac.bytes);
            EXPECT_TRUE(passes(mac));
            nic->stop();
            start();
            EXPECT_EQ(nic->mac(), mac) << "it stays the same";
            seen.insert(mac.bytes);
            TearDown();
        }
        EXPECT_EQ(seen.size(), 3u) << "and is another for another function";
    }
}

TEST_P(Vf, AnAddressOfAGroupIsNoneAtAll) {
    open({}, [](FakePf& pf) { pf.mac = {0x01, 0, 0, 0, 0, 1}; });
    EXPECT_FALSE(nic->mac().is_multicast());
}

TEST_P(Vf, FiltersAreTheOnesThatWereAskedFor) {
    run();
    const MacAddress third{{0x02, 0, 0, 0, 0, 3}}, group2{{0x33, 0x33, 0, 0, 0x12, 0x34}};
    const auto passing = [&] {
        return std::vector<bool>{passes(given), passes(broadcast), passes(other),
                                 passes(third), passes(group),     passes(group2)};
    };
    EXPECT_EQ(passing(), (std::vector<bool>{true, true, false, false, false, false}));
    nic->set_unicast_filters(std::vector{other, third});
    nic->set_multicast_filters(std::vector{group});
    EXPECT_EQ(passing(), (std::vector<bool>{true, true, true, true, true, false}));
    nic->set_unicast_filters(std::vector{third});
    nic->set_multicast_filters({});
    EXPECT_EQ(passing(), (std::vector<bool>{true, true, false, true, false, false}));
    nic->set_unicast_filters({});
    nic->set_all_multicast(true);
    EXPECT_EQ(passing(), (std::vector<bool>{true, true, false, false, true, true}));
    nic->set_all_multicast(false);
    nic->set_mac(other);
    EXPECT_EQ(passing(), (std::vector<bool>{false, true, true, false, false, false}));
}

TEST_P(Vf, WhatWasAskedForBeforeTheStartIsAskedForThenAndAgain) {
    open();
    const std::size_t before = card->pf.asked.size();
    nic->set_unicast_filters(std::vector{other});
    nic->set_multicast_filters(std::vector{group});
    nic->set_vlan_filters(std::vector<std::uint16_t>{7, 4094});
    EXPECT_EQ(card->pf.asked.size(), before) << "nobody listens yet";
    for (int n = 0; n < 2; ++n) {
        start();
        EXPECT_TRUE(passes(other));
        EXPECT_TRUE(passes(group));
        EXPECT_EQ(card->pf.vlans, (std::set<std::uint32_t>{7, 4094}));
        nic->stop();
    }
}

TEST_P(Vf, VlansComeAndGo) {
    run();
    nic->set_vlan_filters(std::vector<std::uint16_t>{1, 2, 3});
    EXPECT_EQ(card->pf.vlans, (std::set<std::uint32_t>{1, 2, 3}));
    nic->set_vlan_filters(std::vector<std::uint16_t>{2, 100});
    EXPECT_EQ(card->pf.vlans, (std::set<std::uint32_t>{2, 100}));
    EXPECT_EQ(card->pf.count(4), 6u) << "only what changes is said";
    nic->set_vlan_filters({});
    EXPECT_TRUE(card->pf.vlans.empty());
}

TEST_P(Vf, MoreGroupsThanAMessageHoldsAreAllGroups) {
    run();
    std::vector<MacAddress> groups;
    for (std::uint8_t i = 0; i < 30; ++i) groups.push_back({{0x01, 0, 0x5E, 0, 0, i}});
    nic->set_multicast_filters(groups);
    EXPECT_EQ(card->pf.groups.size(), 30u);
    EXPECT_EQ(card->pf.mode, 1u);
    groups.push_back({{0x01, 0, 0x5E, 0, 0, 30}});
    nic->set_multicast_filters(groups);
    EXPECT_EQ(card->pf.mode, 2u);
    for (const MacAddress& g : groups) ASSERT_TRUE(passes(g)) << to_string(g);
    groups.pop_back();
    nic->set_multicast_filters(groups);
    EXPECT_EQ(card->pf.mode, 1u);
}

TEST_P(Vf, PromiscuousModeIsAskedForAndARefusalIsASentence) {
    run({}, [](FakePf& pf) { pf.trusts = false; });
    const std::string text = sentence<hal::Error>([&] { nic->set_promiscuous(true); });
    expect_says(text, "test:vf: the physical function refuses promiscuous mode");
    EXPECT_EQ(card->pf.mode, 1u) << "nor half of it";
    nic->set_promiscuous(false);  // it knows that it is not
    if (igb()) return;
    nic->stop();
    card->pf.trusts = true;
    start({.promiscuous = true});
    EXPECT_TRUE(passes(other));
    nic->set_promiscuous(false);
    EXPECT_FALSE(passes(other));
}

TEST_P(Vf, WhatIsRefusedLeavesEverythingAsItWas) {
    run();
    card->pf.refuses = {2, 3, 4, 5, 6};
    expect_says(
        sentence<hal::Error>([&] { nic->set_mac(other); }),
        "refuses the address 02:11:22:33:44:55; its administrator has chosen this function's address");
    EXPECT_EQ(nic->mac(), given);
    expect_says(sentence<hal::Error>([&] { nic->set_unicast_filters(std::vector{other}); }), "refuses to");
    expect_says(sentence<hal::Error>([&] { nic->set_multicast_filters(std::vector{group}); }),
                "refuses the multicast groups");
    expect_says(sentence<hal::Error>([&] { nic->set_vlan_filters(std::vector<std::uint16_t>{5}); }),
                "refuses VLAN 5");
    EXPECT_TRUE(passes(given));
    nic->stop();
    card->pf.refuses = {};
    start();  // and none of it is tried again
    EXPECT_FALSE(passes(other));
    EXPECT_TRUE(card->pf.vlans.empty());
}

TEST_P(Vf, AFullTableIsASentence) {
    run();
    std::vector<MacAddress> many;
    for (std::uint8_t i = 0; i < 5; ++i) many.push_back({{0x02, 0, 0, 0, 1, i}});
    expect_says(sentence<hal::Error>([&] { nic->set_unicast_filters(many); }),
                "refuses to receive for 02:00:00:00:01:04; its table is full");
}

TEST_P(Vf, AFrameSizeThatIsRefusedFailsTheStart) {
    open({}, [](FakePf& pf) { pf.refuses = {5}; });
    make_pool();
    expect_says(sentence<hal::Error>([&] { nic->start(pool, {.mtu = 9000}); }), "choose a smaller MTU");
    EXPECT_FALSE(nic->running());
    cache.reset();
    EXPECT_EQ(pool->available(), pool->size());
}

TEST_P(Vf, WhatAVirtualFunctionCannotDoIsRefusedWithASentence) {
    run();
    expect_says(sentence<hal::Error>([&] { nic->start(pool, {.flow_control = {true, true}}); }), "cannot do");
    expect_says(sentence<hal::Error>([&] { nic->start(pool, {.rx_queues = 16}); }), "rx_queues = 16");
    expect_says(sentence<hal::Error>([&] { nic->start(pool, {.interrupts = Interrupts::intx}); }),
                "choose Interrupts::best");
    expect_says(sentence<hal::Error>([&] { nic->set_rss(Rss::over(2)); }), "cannot do");
    expect_says(sentence<hal::Error>([&] { nic->add_rule({.ether_type = 0x88F7, .queue = 0}); }),
                "has no filters that choose queues");
    expect_says(sentence<hal::Error>([&] { nic->blink(true); }), "have those of its physical function blink");
    EXPECT_TRUE(nic->running());
    EXPECT_TRUE(passes(given));
}

TEST_P(Vf, CountersThatGoOnAndWrapAroundCountFromTheStart) {
    open();
    card->count_from(~0u - 1, ~0u - 100);
    start();
    for (int n = 0; n < 5; ++n) {
        ASSERT_TRUE(card->arrive(frame(given, 100)));
        send(frame(other, 200));
    }
    EXPECT_EQ(received().size(), 5u);
    const Statistics s = nic->statistics();
    EXPECT_EQ(s.rx_packets, 5u);
    EXPECT_EQ(s.rx_bytes, 500u);
    EXPECT_EQ(s.tx_packets, 5u);
    EXPECT_EQ(s.tx_bytes, 1000u);
    start();
    EXPECT_EQ(nic->statistics().rx_packets, 0u);
}

TEST_P(Vf, ItStartsAgainManyTimes) {
    open({.slow = 3});
    for (unsigned n = 0; n < 20; ++n) {
        start({.rx_descriptors = n % 2 ? 64u : 512u});
        ASSERT_TRUE(card->arrive(frame(given, 64, n)));
        ASSERT_EQ(received().size(), 1u);
        send(frame(other, 64, n));
        nic->stop();
        EXPECT_FALSE(card->bus_master());
    }
    EXPECT_EQ(card->sent.size(), 20u);
}

TEST_P(Vf, ASleeperIsWokenByFramesAndByNews) {
    open();
    start({.interrupts = Interrupts::msix});
    static_cast<void>(nic->wait_for_link_change(0s));  // what starting up has changed
    for (unsigned n = 0; n < 100; ++n) {
        card->when_armed = [&] { card->arrive(frame(given, 64, n)); };
        ASSERT_TRUE(nic->wait_for_frames(0, 10s)) << n;
        ASSERT_EQ(received().size(), 1u);
        EXPECT_FALSE(nic->wait_for_frames(0, 0s));
        card->when_armed = [&] {
            card->set_link(n % 2 != 0);
            card->say(0x100 | FakePf::clear_to_send);
        };
        ASSERT_TRUE(nic->wait_for_link_change(10s)) << n;
        EXPECT_EQ(nic->link().up, n % 2 != 0);
    }
    EXPECT_GE(card->messages(0), 100u);
    EXPECT_GE(card->messages(1), 100u);
}

TEST_P(Vf, RegistersAndRingsCanBeLookedAtWithoutHarm) {
    run();
    ASSERT_TRUE(card->arrive(frame(given, 64)));
    const auto values = nic->read_registers();
    EXPECT_GT(values.size(), 30u);
    for (const RegisterValue& v : values) EXPECT_EQ(v.name().find("MAILBOX["), std::string::npos);
    const auto rings = nic->rings();
    ASSERT_EQ(rings.size(), 2u);
    EXPECT_TRUE(rings[0].enabled.value());
    EXPECT_EQ(rings[0].head, 1u);
    EXPECT_EQ(rings[0].done, 1u);
    EXPECT_EQ(received().size(), 1u);
    nic->set_multicast_filters(std::vector{group});  // the mailbox still works
}

}  // namespace
}  // namespace ringside::test
