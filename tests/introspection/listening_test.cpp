// What is seen by listening, on the software 82599 with its faults.
#include "examples/support/listening.hpp"
#include "tests/driver/nic_fixture.hpp"

namespace ringside::test {
namespace {

using examples::Diagnosis;
using examples::Evidence;

class Listening : public OnModel {
protected:
    Diagnosis listen(const std::string& options = "") {
        open(options);
        return Diagnosis(examples::listen_to(
            *nic, domain, {.duration = 20ms, .link_timeout = 20ms, .interrupts = false}, clock));
    }
    static std::string reason(const Diagnosis& d) { return d.reason() == nullptr ? "" : d.reason()->what; }
    void wait_in_cable(const MacAddress& to, unsigned frames) {
        wire->waits = true;
        for (unsigned i = 0; i < frames; ++i) wire->to_nic.push_back(ethernet(to, i, 60));
    }
};

TEST_F(Listening, CountsForWhomTheFramesAre) {
    wait_in_cable(own, 3);
    wait_in_cable(broadcast, 2);
    wait_in_cable(other, 1);
    wait_in_cable({{0x01, 0x00, 0x5E, 0, 0, 0xFB}}, 4);
    open();
    const Evidence e = examples::listen_to(*nic, domain, {.duration = 20ms, .link_timeout = 20ms}, clock);
    EXPECT_EQ(e.destinations.own, 3u);
    EXPECT_EQ(e.destinations.broadcast, 2u);
    EXPECT_EQ(e.destinations.other, 1u);
    EXPECT_EQ(e.destinations.multicast, 4u);
    ASSERT_EQ(e.destinations.most.size(), 2u);
    EXPECT_EQ(e.destinations.most[0].frames, 4u);
    EXPECT_EQ(e.receiver_name, "RXCTRL.RXEN");
    EXPECT_EQ(e.receiver_on, true);
    EXPECT_EQ(e.statistics.rx_packets, 10u);
    const Diagnosis diagnosis(e);
    EXPECT_TRUE(diagnosis.frames_arrive());
    EXPECT_EQ(reason(diagnosis), "") << diagnosis.text();
}

TEST_F(Listening, FindsASilentWire) { EXPECT_EQ(reason(listen()), "wire"); }

TEST_F(Listening, FindsALinkThatStaysDown) {
    wait_in_cable(own, 3);
    const Diagnosis d = listen("link=down");
    EXPECT_EQ(reason(d), "link") << d.text();
}

TEST_F(Listening, FindsAnEmptyCage) {
    const Diagnosis d = listen("module=absent");
    EXPECT_EQ(reason(d), "link");
    expect_says(d.text(), "there is no SFP+ module in the cage: plug one in");
}

TEST_F(Listening, FindsACardThatDoesNotStart) {
    const Diagnosis d = listen("enable=never");
    EXPECT_EQ(reason(d), "start");
    expect_says(d.text(), "RXDCTL[0] did not become {ENABLE=1}");
}

TEST_F(Listening, OfACardThatIsGoneIsAnError) {
    open();
    device->unplug();
    EXPECT_THROW(examples::listen_to(*nic, domain, {.duration = 20ms, .link_timeout = 20ms}, clock),
                 hal::DeviceGone);
}

}  // namespace
}  // namespace ringside::test
