#include "driver/rule.hpp"

#include "hal/error.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

namespace ringside {
namespace {

using Protocol = Rule::Protocol;

std::string complaint(const std::string& text) {
    try {
        parse_rule(text);
        return "no complaint";
    } catch (const hal::Error& e) { return e.what(); }
}

TEST(Rule, IsReadFromTheWordsPeopleWrite) {
    Rule ether;
    ether.ether_type = 0x88f7;
    ether.queue = 2;
    EXPECT_EQ(parse_rule("ether 0x88f7 queue 2"), ether);
    EXPECT_EQ(parse_rule("ether 35063 queue 2"), ether);

    Rule syn;
    syn.syn = true;
    syn.protocol = Protocol::tcp;
    syn.queue = 1;
    EXPECT_EQ(parse_rule("tcp syn queue 1"), syn);

    Rule udp;
    udp.protocol = Protocol::udp;
    udp.destination = Ipv4Prefix{{10, 0, 0, 1}, 32};
    udp.destination_port = 53;
    udp.queue = 3;
    EXPECT_EQ(parse_rule("udp dst 10.0.0.1 dport 53 queue 3"), udp);

    Rule drop;
    drop.source = Ipv4Prefix{{192, 168, 0, 0}, 16};
    drop.priority = 2;
    EXPECT_EQ(parse_rule("src 192.168.0.0/16 priority 2 drop"), drop);

    Rule vlan;
    vlan.vlan = 100;
    EXPECT_EQ(parse_rule("vlan 100 drop"), vlan);
}

TEST(Rule, MayHaveItsPartsInAnyOrderAndSpacesAnywhere) {
    EXPECT_EQ(parse_rule("  queue 3\tdport 53  dst 10.0.0.1 udp\n"),
              parse_rule("udp dst 10.0.0.1 dport 53 queue 3"));
    EXPECT_EQ(parse_rule("drop priority 2 src 10.0.0.0/8"), parse_rule("src 10.0.0.0/8 priority 2 drop"));
}

TEST(Rule, IsWrittenAsPeopleWriteIt) {
    for (const char* text :
         {"ether 0x88f7 queue 2", "tcp syn queue 1", "udp dst 10.0.0.1 dport 53 queue 3",
          "src 192.168.0.0/16 priority 2 drop",
          "vlan 5 sctp src 1.2.3.4 sport 1 dst 5.6.7.0/24 dport 2 queue 0", "syn drop", "ether 0x0800 drop"})
        EXPECT_EQ(to_string(parse_rule(text)), text);
}

TEST(Rule, IsTheSameAfterWritingAndReadingIt) {
    std::mt19937 random(1);
    const auto coin = [&random] { return random() % 2 != 0; };
    const auto prefix = [&random] {
        Ipv4Prefix p;
        p.length = static_cast<std::uint8_t>(random() % 33);
        const std::uint32_t bits =
            static_cast<std::uint32_t>(random()) & (p.length == 0 ? 0u : ~0u << (32 - p.length));
        for (unsigned i = 0; i < 4; ++i) p.address[i] = static_cast<std::uint8_t>(bits >> (24 - 8 * i));
        return p;
    };
    for (int i = 0; i < 10'000; ++i) {
        Rule rule;
        if (random() % 8 == 0) {
            rule.ether_type = static_cast<std::uint16_t>(0x600 + random() % (0x10000 - 0x600));
        } else if (random() % 8 == 0) {
            rule.syn = true;
            if (coin()) rule.protocol = Protocol::tcp;
        } else {
            rule.protocol = static_cast<Protocol>(random() % 3);
            if (coin()) rule.vlan = static_cast<std::uint16_t>(random() % 4095);
            if (coin()) rule.source = prefix();
            if (coin()) rule.destination = prefix();
            if (coin()) rule.source_port = static_cast<std::uint16_t>(random());
            if (coin()) rule.destination_port = static_cast<std::uint16_t>(random());
        }
        rule.priority = static_cast<std::uint8_t>(random() % 7);
        if (coin()) rule.queue = static_cast<std::uint32_t>(random());
        ASSERT_EQ(parse_rule(to_string(rule)), rule) << to_string(rule);
    }
}

TEST(Rule, IsRefusedWithWhatIsWrong) {
    const struct {
        const char* text;
        const char* why;
    } cases[] = {
        {"", "does not say where its frames go"},
        {"tcp", "does not say where its frames go"},
        {"queue 1", "matches everything"},
        {"drop", "matches everything"},
        {"tcp queue", "its value is missing"},
        {"tcp queue x", "give a number from 0 to"},
        {"tcp queue -1", "give a number from 0 to"},
        {"tcp queue 1x", "give a number from 0 to"},
        {"tcp queue 99999999999", "give a number from 0 to"},
        {"tcp queue 1 drop", "both dropped and in a queue"},
        {"tcp drop queue 1", "both dropped and in a queue"},
        {"tcp queue 1 queue 2", "a second time"},
        {"tcp udp queue 1", "a second time, or something that contradicts it"},
        {"tcp dport 65536 queue 1", "give a number from 0 to 65535"},
        {"tcp dport 0x queue 1", "give a number"},
        {"dport 53 queue 1", "add tcp, udp or sctp"},
        {"vlan 4095 drop", "give a number from 0 to 4094"},
        {"ether 0x5ff drop", "give a number from 1536 to 65535"},
        {"tcp priority 7 drop", "give a number from 0 to 6"},
        {"tcp priority 1 priority 1 drop", "a second time"},
        {"src 10.0.0 drop", "give an IPv4 address"},
        {"src 10.0.0.256 drop", "give an IPv4 address"},
        {"src 10.0.0.1. drop", "give an IPv4 address"},
        {"src 10.0.0.1/33 drop", "give an IPv4 address"},
        {"src 10.0.0.1/ drop", "give an IPv4 address"},
        {"src 10..0.1 drop", "give an IPv4 address"},
        {"src ::1 drop", "give an IPv4 address"},
        {"src 10.1.2.3/8 drop", "did you mean 10.0.0.0/8?"},
        {"src 10.1.2.3/0 drop", "did you mean 0.0.0.0/0?"},
        {"ether 0x800 tcp drop", "stands alone"},
        {"ether 0x800 vlan 1 drop", "stands alone"},
        {"ether 0x800 syn drop", "stands alone"},
        {"udp syn drop", "stands alone"},
        {"tcp syn dport 80 drop", "stands alone"},
        {"icmp drop", "unknown word, \"icmp\""},
    };
    for (const auto& c : cases)
        EXPECT_NE(complaint(c.text).find(c.why), std::string::npos) << c.text << ": " << complaint(c.text);
}

TEST(Rule, IsQuotedInTheComplaint) {
    EXPECT_EQ(
        complaint("udp dport 70000 drop"),
        "the rule \"udp dport 70000 drop\" has \"70000\" behind \"dport\": give a number from 0 to 65535");
}

}  // namespace
}  // namespace ringside
