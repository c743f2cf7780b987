// From what was seen to the reason why nothing arrives.
#include "examples/support/diagnosis.hpp"
#include "examples/support/json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ringside::examples {
namespace {

// A card that works, and frames for it.
Evidence healthy() {
    Evidence e;
    e.port = "here";
    e.model = "a card";
    e.mac = {{2, 0, 0, 0, 0, 1}};
    e.seconds = 3;
    e.bus_master = true;
    e.link = {true, 10000};
    e.receiver_name = "RXCTRL.RXEN";
    e.receiver_on = true;
    e.rings = {{.size = 512, .tail = 511, .possible = true, .device_owns = 511, .enabled = true}};
    e.statistics.rx_packets = e.statistics.rx_wire_packets = 10;
    e.destinations.own = 10;
    return e;
}
// The same without a frame.
Evidence silent() {
    Evidence e = healthy();
    e.statistics = {};
    e.destinations = {};
    return e;
}

// What the reason is about, and part of what is said of it.
void expect_reason(const Evidence& evidence, const std::string& what, const std::string& words) {
    const Diagnosis diagnosis(evidence);
    EXPECT_FALSE(diagnosis.frames_arrive());
    ASSERT_NE(diagnosis.reason(), nullptr) << diagnosis.text();
    EXPECT_EQ(diagnosis.reason()->what, what) << diagnosis.text();
    const std::string said = diagnosis.reason()->saw + " -> " + diagnosis.reason()->advice;
    EXPECT_NE(said.find(words), std::string::npos) << said;
    EXPECT_FALSE(diagnosis.reason()->advice.empty());
}

TEST(Diagnosis, OfACardThatReceivesHasNothingToComplain) {
    const Diagnosis diagnosis(healthy());
    EXPECT_TRUE(diagnosis.frames_arrive());
    EXPECT_EQ(diagnosis.reason(), nullptr) << diagnosis.text();
    for (const Finding& f : diagnosis.findings()) EXPECT_EQ(f.state, Finding::State::good) << f.what;
}

TEST(Diagnosis, NamesTheStepThatFailed) {
    Evidence e = silent();
    e.start_failure = "RXDCTL[0] did not become {ENABLE=1}";
    expect_reason(e, "start", "RXDCTL[0]");
    EXPECT_EQ(Diagnosis(e).findings().size(), 2u) << "the rest was not looked at";
}

TEST(Diagnosis, FindsBusMasteringOff) {
    Evidence e = silent();
    e.bus_master = false;
    expect_reason(e, "bus master", "memory");
}

TEST(Diagnosis, FindsTheLinkDownWithTheDriversReason) {
    Evidence e = silent();
    e.link = {};
    e.why_no_link = "here: the link did not come up within 5 ms; there is no module: plug one in";
    expect_reason(e, "link", "down -> there is no module: plug one in");
    e.why_no_link = "";  // it went down after that
    expect_reason(e, "link", "check the cable");
}

TEST(Diagnosis, FindsTheReceiverOff) {
    Evidence e = silent();
    e.receiver_on = false;
    expect_reason(e, "receiver", "RXCTRL.RXEN is 0");
}

TEST(Diagnosis, FindsQueuesThatAreOffEmptyOrImpossible) {
    Evidence e = silent();
    e.rings[0].enabled = false;
    expect_reason(e, "queue 0", "it is off");
    e = silent();
    e.rings[0].device_owns = 0;
    e.rings[0].tail = 0;
    expect_reason(e, "queue 0", "no descriptor");
    e = silent();
    e.rings[0].possible = false;
    e.rings[0].head = 9999;
    expect_reason(e, "queue 0", "9999");
    // A transmit ring is empty most of the time.
    e = healthy();
    e.rings.push_back({.transmit = true, .size = 512, .possible = true, .enabled = true});
    EXPECT_EQ(Diagnosis(e).reason(), nullptr);
}

TEST(Diagnosis, BlamesThePartnerIfTheWireIsSilent) { expect_reason(silent(), "wire", "not a single frame"); }

TEST(Diagnosis, BlamesTheCableIfAllIsDamaged) {
    Evidence e = silent();
    e.statistics.rx_dropped.crc = 50;
    expect_reason(e, "wire", "clean or replace");
}

TEST(Diagnosis, FindsFramesThatHadNowhereToGo) {
    Evidence e = silent();
    e.statistics.rx_wire_packets = 50;
    e.statistics.rx_dropped.missed = 50;
    expect_reason(e, "wire", "nowhere");
}

TEST(Diagnosis, SuspectsTheIommuIfWhatWasWrittenIsNotThere) {
    Evidence e = silent();
    e.statistics.rx_wire_packets = e.statistics.rx_packets = 50;
    expect_reason(e, "write-back", "DMAR");
}

TEST(Diagnosis, SuspectsAFilterIfNothingWasWritten) {
    Evidence e = silent();
    e.statistics.rx_wire_packets = 50;
    expect_reason(e, "write-back", "filter");
}

TEST(Diagnosis, SaysIfFramesArriveOnlyBecauseTheCardTakesAll) {
    Evidence e = healthy();
    const MacAddress stranger{{2, 0, 0, 0, 0, 0x99}};
    e.destinations = {.own = 0, .broadcast = 0, .multicast = 0, .other = 10, .most = {{stranger, 10}}};
    const Diagnosis diagnosis(e);
    EXPECT_TRUE(diagnosis.frames_arrive());
    EXPECT_EQ(diagnosis.reason(), nullptr);
    EXPECT_NE(diagnosis.text().find("02:00:00:00:00:99 (10)"), std::string::npos) << diagnosis.text();
    EXPECT_NE(diagnosis.text().find("only because the card is promiscuous"), std::string::npos);
}

TEST(Diagnosis, SaysWhetherAnInterruptCame) {
    Evidence e = healthy();
    e.woken = false;
    EXPECT_NE(Diagnosis(e).text().find("no interrupt has come"), std::string::npos);
    e.woken = true;
    EXPECT_NE(Diagnosis(e).text().find("one has come"), std::string::npos);
}

TEST(Diagnosis, IsJsonForMachines) {
    Evidence e = silent();
    e.port = "a\"port";
    const Json json = parse_json(Diagnosis(e).json());
    EXPECT_EQ(json.at("port").string(), "a\"port");
    EXPECT_FALSE(json.at("frames_arrive").boolean);
    EXPECT_EQ(json.at("reason").string(), "wire");
    EXPECT_GE(json.at("findings").array().size(), 6u);
    EXPECT_EQ(parse_json(Diagnosis(healthy()).json()).at("reason").kind, Json::Kind::null);
}

}  // namespace
}  // namespace ringside::examples
