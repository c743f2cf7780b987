// Options: what a user may type, and the faults that tests ask for.
#include "sim/ixgbe/options.hpp"
#include "hal/error.hpp"
#include "tests/model/fixture.hpp"

namespace ringside::test {
namespace {

using sim::ixgbe::parse_options;

std::string sentence_for(const std::string& options) {
    try {
        parse_options(options);
    } catch (const hal::Error& e) { return e.what(); }
    return "";
}

TEST(NicOptions, UnknownKeysAreAnsweredWithTheKnownOnes) {
    const std::string sentence = sentence_for("id=10fb,speed=9");
    EXPECT_NE(sentence.find("'speed'"), std::string::npos) << sentence;
    for (const char* key : {"id", "mac", "strict", "link-delay", "doorbells", "eeprom", "module", "seed"})
        EXPECT_NE(sentence.find(key), std::string::npos) << key;
}

TEST(NicOptions, BadValuesAreRefused) {
    for (const char* bad : {"id=1234", "mac=02:00:00:00:00", "mac=01:00:00:00:00:01", "mac=02:00:00:00:00:0g",
                            "strict=yes", "link-delay=soon", "link-delay=-1", "doorbells=open",
                            "eeprom=present", "module=xx", "reset=now", "dead-after=", "seed=1x", "=", "id"})
        EXPECT_NE(sentence_for(bad), "") << bad;
}

TEST(NicOptions, AllKeysAreUnderstood) {
    const auto o = parse_options(
        "id=10f9,mac=02:11:22:33:44:55,strict=off,link-delay=7,init-delay=9,doorbells=trapped,"
        "eeprom=absent,module=da,runts=drop,reset=stuck,master=stuck,link=down,dmaidone=never,"
        "enable=never,dead-after=5,dd-delay,seed=3");
    EXPECT_EQ(o.device_id, 0x10F9);
    EXPECT_EQ(o.mac[5], 0x55);
    EXPECT_EQ(o.strict, sim::ixgbe::StrictMode::off);
    EXPECT_EQ(o.link_delay, 7ms);
    EXPECT_EQ(o.init_delay, 9us);
    EXPECT_FALSE(o.doorbells_mapped || o.eeprom_present);
    EXPECT_EQ(o.module, sim::SfpKind::da);
    EXPECT_TRUE(o.drop_runts && o.reset_stuck && o.master_stuck && o.link_down && o.dma_init_never &&
                o.enable_never && o.hold_completions);
    EXPECT_EQ(o.dead_after, 5u);
    EXPECT_EQ(o.seed, 3u);
    EXPECT_NE(sim::nic_help().find("dd-delay"), std::string::npos);
}

class Faults : public Model {};

TEST_F(Faults, IdentityFollowsTheId) {
    EXPECT_EQ(device->config_read(0, 4), 0x10FB8086u);
    open("id=10f9");
    EXPECT_EQ(device->config_read(0, 4), 0x10F98086u);
    EXPECT_EQ(get(r::AUTOC), 0x2100u);
}

TEST_F(Faults, MacIsTheOneThatWasGiven) {
    open("mac=02:11:22:33:44:55");
    EXPECT_EQ(get(r::RAL0), 0x33221102u);
    EXPECT_EQ(get(r::RAH0), 0x80005544u);
}

TEST_F(Faults, ResetCanGetStuck) {
    open("reset=stuck");
    set(r::CTRL, 1u << 26);
    clock.sleep(10s);
    EXPECT_EQ(get(r::CTRL), 1u << 26);
}

TEST_F(Faults, QueuesCanRefuseToEnable) {
    open("enable=never");
    set(r::rx(0, r::LEN), 512);
    set(r::rx(0, r::DCTL), r::ENABLE);
    set(r::DMATXCTL, 1);
    set(r::tx(0, r::DCTL), r::ENABLE);
    clock.sleep(10s);
    EXPECT_EQ(get(r::rx(0, r::DCTL)), 0u);
    EXPECT_EQ(get(r::tx(0, r::DCTL)), 0u);
}

TEST_F(Faults, WithoutEepromThereIsNoAddressAndNoPresence) {
    open("eeprom=absent");
    clock.sleep(5ms);
    EXPECT_EQ(get(r::EEC) & 0x300, 0x200u) << "auto-read is done all the same";
    EXPECT_EQ(get(r::RAL0), 0u);
    EXPECT_EQ(get(r::RAH0), 0u);
}

TEST_F(Faults, ADeadCardReadsAsOnesAndIsSilent) {
    open("dead-after=300");
    receive_all();
    int reads = 0;
    while (get(r::STATUS) != ~0u && reads < 1000) ++reads;
    EXPECT_LT(reads, 300);
    EXPECT_EQ(device->config_read(0, 4), ~0u);
    EXPECT_EQ(device->condition(), hal::Condition::gone);
    arrive(make_frame(64, own_mac));
    EXPECT_FALSE(received(0));
}

TEST_F(Faults, HeldCompletionsComeInOrderAndAreTheSameForASeed) {
    const auto run = [this](const std::string& options) {
        open(options);
        receive_all();
        std::vector<std::uint32_t> seen;
        for (std::uint32_t i = 0; i < 20; ++i) {
            arrive(make_frame(64, own_mac, static_cast<std::uint8_t>(i)));
            clock.sleep(10us);
            std::uint32_t n = 0;
            while (n <= i && received(n)) ++n;
            for (std::uint32_t k = n; k <= i; ++k) EXPECT_FALSE(received(k)) << "no holes";
            seen.push_back(n);
        }
        clock.sleep(2ms);
        for (std::uint32_t i = 0; i < 20; ++i)
            EXPECT_EQ(contents(i), make_frame(64, own_mac, static_cast<std::uint8_t>(i)));
        return seen;
    };
    const auto first = run("dd-delay,seed=11");
    EXPECT_EQ(first, run("dd-delay,seed=11"));
    EXPECT_NE(first, run("dd-delay,seed=12"));
}

}  // namespace
}  // namespace ringside::test
