// How a virtual function is described.
#include "sim/ixgbe_vf/options.hpp"
#include "hal/error.hpp"
#include "sim/ixgbe_vf/function.hpp"
#include "tests/support/sentence.hpp"

#include <gtest/gtest.h>

namespace ringside::test {
namespace {

using sim::ixgbe_vf::parse_options;

std::string refusal(const std::string& text) {
    return sentence<hal::Error>([&] { static_cast<void>(parse_options(text)); });
}

TEST(VfOptions, DefaultsAreAnUntrusted82599Function) {
    const auto o = parse_options("");
    EXPECT_EQ(o.device_id, 0x10ED);
    EXPECT_FALSE(o.trusted);
    EXPECT_EQ(o.queues, 4u);
    EXPECT_EQ(o.mtu, 9710u);
    EXPECT_EQ(o.card.device_id, 0x10FB);
    EXPECT_FALSE(o.card.doorbells_mapped);
}

TEST(VfOptions, OwnKeysAndTheCardsAreUnderstood) {
    const auto o = parse_options(
        "id=1515,mac=none,trust=on,queues=2,mtu=1500,pf=silent,pf-reset=20,dead-after=7,strict=off,"
        "link-delay=9,seed=3,dd-delay,link=down");
    EXPECT_EQ(o.card.device_id, 0x1528);
    EXPECT_FALSE(o.mac.has_value());
    EXPECT_TRUE(o.trusted && o.pf_silent && !o.pf_absent);
    EXPECT_EQ(o.queues, 2u);
    EXPECT_EQ(o.mtu, 1500u);
    EXPECT_EQ(o.pf_reset, std::chrono::milliseconds(20));
    EXPECT_EQ(o.dead_after, 7u);
    EXPECT_FALSE(o.card.dead_after.has_value());
    EXPECT_EQ(o.card.seed, 3u);
    EXPECT_TRUE(o.card.hold_completions && o.card.link_down);
}

TEST(VfOptions, WhatIsWrongIsRefusedWithWhatIsRight) {
    expect_says(refusal("colour=red"), "'colour' is not known; there are: id, mac, trust");
    expect_says(refusal("eeprom=absent"), "'eeprom' is not known");
    expect_says(refusal("id=10fb"), "10ed or 1515");
    expect_says(refusal("trust=yes"), "on or off");
    expect_says(refusal("queues=8"), "2 or 4");
    expect_says(refusal("mtu=67"), "from 68 to 9710");
    expect_says(refusal("mtu=big"), "a number");
    expect_says(refusal("pf=gone"), "absent or silent");
    expect_says(refusal("mac=1"), "an address like");
    expect_says(refusal("strict=maybe"), "report, fatal or off");
}

TEST(VfOptions, HelpNamesThemAll) {
    for (const char* name :
         {"id=", "mac=", "trust=", "queues=", "mtu=", "pf=", "pf-reset=", "dead-after=", "seed"})
        EXPECT_NE(sim::vf_help().find(name), std::string::npos) << name;
}

}  // namespace
}  // namespace ringside::test
