// Pause frames on the 1-gigabit cards: marks, what is written to MAC and PHY, and what two ports agree on.
#include "driver/gigabit/flow_control.hpp"
#include "tests/driver/gigabit/fixture.hpp"

namespace ringside::test {
namespace {

using gigabit::PauseAbility;

constexpr std::uint32_t CTRL = 0x0, FCAL = 0x28, FCAH = 0x2C, FCT = 0x30, FCTTV = 0x170, TXCW = 0x178,
                        FCRTL = 0x2160, FCRTH = 0x2168, FCRTV = 0x2460;
constexpr std::uint32_t RFCE = 1u << 27, TFCE = 1u << 28, XONE = 1u << 31;
constexpr std::uint16_t PAUSE = 1u << 10, ASM_DIR = 1u << 11;

TEST(PauseMarks, LeaveRoomForWhatIsOnItsWayAndForAFrameBelow) {
    for (const std::uint32_t buffer : {20u, 32u, 34u, 35u, 36u, 48u, 64u, 72u, 144u})
        for (const std::uint32_t frame : {90u, 1522u, 2048u, 4096u, 9022u, 9238u}) {
            const auto marks = gigabit::pause_marks(buffer * 1024, frame);
            EXPECT_EQ(marks.low % 16, 0u);
            EXPECT_EQ(marks.high % 16, 0u);
            EXPECT_LT(marks.low, marks.high);
            EXPECT_GE(marks.low, 48u);
            EXPECT_GE(marks.high, frame) << "a frame fits below";
            EXPECT_GE(buffer * 1024 - marks.high, frame) << "and above";
            if (buffer * 1024 >= 3 * frame + 1040) {
                EXPECT_GE(buffer * 1024 - marks.high, 2 * frame + 1024) << buffer << " " << frame;
            }
        }
}

TEST(PauseAbilities, AreResolvedAsTheStandardsTableSays) {
    const PauseAbility none{}, toward_partner{false, true}, symmetric{true, false}, any{true, true};
    const FlowControl off{}, both{true, true}, send{true, false}, honour{false, true};
    const struct {
        PauseAbility ours, theirs;
        FlowControl result;
    } table[] = {
        {none, none, off},
        {none, any, off},
        {toward_partner, none, off},
        {toward_partner, toward_partner, off},
        {toward_partner, symmetric, off},
        {toward_partner, any, send},
        {symmetric, none, off},
        {symmetric, toward_partner, off},
        {symmetric, symmetric, both},
        {symmetric, any, both},
        {any, none, off},
        {any, toward_partner, honour},
        {any, symmetric, both},
        {any, any, both},
    };
    for (const auto& row : table) EXPECT_EQ(gigabit::agreed(row.ours, row.theirs), row.result);
    EXPECT_EQ(gigabit::advertised(off), none);
    EXPECT_EQ(gigabit::advertised(send), toward_partner);
    EXPECT_EQ(gigabit::advertised(honour), any);
    EXPECT_EQ(gigabit::advertised(both), any);
}

class FlowControlOf : public EachFamily {
protected:
    static constexpr FlowControl both{true, true};
    std::uint32_t pauses() const { return card->reg(CTRL) & (RFCE | TFCE); }
    std::uint32_t buffer() const {
        return family() == Family::igb ? 64 : family() == Family::e1000 ? 48 : 32;
    }
};
INSTANTIATE_TEST_SUITE_P(, FlowControlOf, each_family(), family_name);

TEST_P(FlowControlOf, IsOffUnlessAskedFor) {
    open(family(), {}, [&](FakeCard& c) {
        for (const std::uint32_t r : {FCAL, FCAH, FCT, FCTTV, FCRTL, FCRTH}) c.reg(r) = 0x12345670;
        c.reg(CTRL) |= RFCE | TFCE;
    });
    EXPECT_TRUE(nic->info().features.has(Feature::flow_control));
    start();
    for (const std::uint32_t r : {FCAL, FCAH, FCT, FCTTV, FCRTL, FCRTH}) EXPECT_EQ(card->reg(r), 0u) << r;
    EXPECT_EQ(pauses(), 0u);
    EXPECT_EQ(card->reg(0x20), 0u) << "the PHY was not touched";
}

TEST_P(FlowControlOf, IsOnWhenAskedFor) {
    open(family());
    card->phy[5] |= PAUSE;
    start({.flow_control = both});
    EXPECT_EQ(card->reg(FCAL), 0x00C28001u);
    EXPECT_EQ(card->reg(FCAH), 0x0100u);
    EXPECT_EQ(card->reg(FCT), 0x8808u);
    EXPECT_EQ(card->reg(FCTTV), 0xFFFFu);
    if (igb()) { EXPECT_EQ(card->reg(FCRTV), 0x7FFFu) << "asked again in time"; }
    const std::uint32_t high = (buffer() * 1024 - 2 * 1522 - 1024) / 16 * 16;
    EXPECT_EQ(card->reg(FCRTH), high);
    EXPECT_EQ(card->reg(FCRTL), XONE | high / 2 / 16 * 16);
    EXPECT_EQ(pauses(), RFCE | TFCE);
    start();
    EXPECT_EQ(pauses(), 0u) << "a restart without it ends it";
    EXPECT_EQ(card->reg(FCRTH), 0u);
}

TEST_P(FlowControlOf, MarksFollowTheFrameSize) {
    open(family());
    start({.mtu = 9000, .flow_control = both});
    const std::uint32_t frame = 9022, low = card->reg(FCRTL) & ~XONE, high = card->reg(FCRTH);
    const std::uint32_t rest = family() == Family::e1000    ? std::min(48u, 64u - 2 * 9)
                               : family() == Family::e1000e ? std::min(32u, 40u - 2 * 9)
                                                            : 64u;
    EXPECT_LT(low, high);
    EXPECT_GE(high, frame);
    EXPECT_GE(rest * 1024 - high, frame);
}

TEST_P(FlowControlOf, OneDirectionAlone) {
    open(family());
    card->phy[5] |= PAUSE | ASM_DIR;
    start({.flow_control = {.honour = true}});
    EXPECT_EQ(pauses(), RFCE);
    EXPECT_EQ(card->reg(FCRTH), 0u);
    EXPECT_EQ(card->reg(FCTTV), 0u);
    EXPECT_EQ(card->reg(FCT), 0x8808u) << "it must know a pause frame";
    start({.flow_control = {.send = true}});
    EXPECT_EQ(pauses(), TFCE);
    EXPECT_EQ(card->phy[4] & (PAUSE | ASM_DIR), ASM_DIR);
}

TEST_P(FlowControlOf, ThePartnerIsAskedAndHasASay) {
    open(family());
    const auto result = [&](FlowControl wanted, std::uint16_t theirs) {
        card->phy[5] = theirs;
        start({.flow_control = wanted});
        return pauses();
    };
    EXPECT_EQ(result(both, 0x41E1), 0u) << "the partner does not know pauses";
    EXPECT_EQ(card->phy[4], 0x01E1 | PAUSE | ASM_DIR) << "speeds are offered as before";
    EXPECT_EQ(result(both, PAUSE), RFCE | TFCE);
    EXPECT_EQ(result(both, ASM_DIR), RFCE);
    EXPECT_EQ(result({.honour = true}, PAUSE), RFCE);
    EXPECT_EQ(result({.send = true}, PAUSE), 0u);
    EXPECT_EQ(result({.send = true}, PAUSE | ASM_DIR), TFCE);
}

TEST_P(FlowControlOf, WhereNobodyNegotiatesBothEndsAreTold) {
    open(family());
    card->partner_negotiates = false;
    start({.flow_control = both});
    EXPECT_EQ(pauses(), RFCE | TFCE);
    card->partner_negotiates = true;
    card->full_duplex = false;
    card->phy[5] |= PAUSE;
    start({.flow_control = both});
    EXPECT_EQ(pauses(), 0u) << "half duplex has no pauses";
}

TEST_P(FlowControlOf, ALinkIsNegotiatedAnewOnlyForNewsAndSettledEachTimeItComesUp) {
    open(family());
    card->phy[5] |= PAUSE;
    make_pool();
    nic->start(pool, {.flow_control = both});
    EXPECT_FALSE(nic->link().up) << "the partner has to hear of it";
    nic->wait_for_link(1s);
    nic->start(pool, {.flow_control = both});
    EXPECT_TRUE(nic->link().up) << "it has heard of it";
    EXPECT_EQ(pauses(), RFCE | TFCE);
    card->set_link(false);
    EXPECT_FALSE(nic->link().up);
    card->phy[5] = 0x41E1;
    card->set_link(true);
    EXPECT_TRUE(nic->link().up);
    EXPECT_EQ(pauses(), 0u) << "another partner";
    card->set_link(false);
    nic->link();
    nic->start(pool, {});
    EXPECT_EQ(card->phy[4] & (PAUSE | ASM_DIR), 0) << "not asked for any more";
}

class FlowControlOfOne : public OnFake {};

TEST_F(FlowControlOfOne, AFiberPortOffersItInItsConfigurationWord) {
    open(Family::e1000, {.device_id = 0x1011});
    start({.flow_control = {true, true}});
    EXPECT_EQ(card->reg(TXCW), 1u << 31 | 1u << 5 | 1u << 7 | 1u << 8);
    EXPECT_EQ(card->reg(CTRL) & (RFCE | TFCE), RFCE | TFCE);
    EXPECT_EQ(card->reg(0x20), 0u) << "there is no PHY";
}

TEST_F(FlowControlOfOne, TheBufferIsEachCardsOwn) {
    const struct {
        std::uint16_t id;
        std::uint32_t kib;
    } cards[] = {{0x10C9, 64}, {0x150E, 36}, {0x1521, 36}, {0x1533, 34}, {0x1539, 34}};
    for (const auto& c : cards) {
        open(Family::igb, {.device_id = c.id});
        start({.rx_descriptors = 64, .flow_control = {.send = true}});
        EXPECT_EQ(card->reg(FCRTH), (c.kib * 1024 - 2 * 1522 - 1024) / 16 * 16) << c.id;
        TearDown();
    }
    open(Family::igb, {.device_id = 0x1521});
}

TEST_F(FlowControlOfOne, ABufferThatIsTooSmallIsRefusedInASentence) {
    open(Family::igb, {.device_id = 0x1521});
    start();
    card->reg(0x2404) = 15;
    struct Keep final : hal::RegisterObserver {  // a reset brings the size back
        explicit Keep(FakeCard& c) : card(c) {}
        void saw(const Event& e) override {
            if (std::string(e.name) == "FCTTV") card.reg(0x2404) = row;
        }
        FakeCard& card;
        std::uint32_t row = 15;
    } keep(*card);
    nic->observe_registers(&keep);
    const NicConfig config{.flow_control = {.send = true}};
    expect_says(sentence<hal::Error>([&] { start(config); }), "packet buffer of 0 KiB is too small");
    keep.row = 4;
    expect_says(sentence<hal::Error>([&] { start({.mtu = 9000, .flow_control = {.send = true}}); }),
                "packet buffer of 2 KiB is too small to send pause frames in time for frames of 9022 bytes");
    EXPECT_FALSE(nic->running());
    keep.row = 0;
    start(config);
    nic->observe_registers(nullptr);
}

}  // namespace
}  // namespace ringside::test
