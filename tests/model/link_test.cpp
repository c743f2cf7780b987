// The link, and behaviour 55.
#include "tests/model/fixture.hpp"

namespace ringside::test {
namespace {

constexpr std::uint32_t up = 1u << 30, lsc = 1u << 20, latched = 1u << 7, an_restart = 1u << 12;

class LinkState : public Model {};

TEST_F(LinkState, ComesUpAfterTheDelayItWasTold) {
    for (const char* id : {"id=10f9,link-delay=30", "id=10fb,link-delay=30"}) {
        open(id);
        clock.sleep(1ms);
        clock.sleep(28ms);
        EXPECT_EQ(get(r::LINKS) & up, 0u) << id;
        clock.sleep(2ms);
        EXPECT_EQ(get(r::LINKS) & 0x70000000, 0x70000000u) << id << ": up at 10 Gbit/s";
    }
}

TEST_F(LinkState, IsDownWithoutCableModuleOrLaser) {
    link_up();
    wire->connected = false;
    clock.sleep(1ms);
    EXPECT_EQ(get(r::LINKS) & up, 0u);
    wire->connected = true;
    clock.sleep(5ms);
    EXPECT_NE(get(r::LINKS) & up, 0u);
    set(r::ESDP, 1u << 11 | 1u << 3);
    clock.sleep(5ms);
    EXPECT_EQ(get(r::LINKS) & up, 0u) << "the laser is off";

    open("module=absent");
    clock.sleep(5ms);
    EXPECT_EQ(get(r::LINKS) & up, 0u);
    EXPECT_EQ(get(r::ESDP) & 4, 0u);
    open("link=down");
    clock.sleep(5ms);
    EXPECT_EQ(get(r::LINKS) & up, 0u);
}

TEST_F(LinkState, NeedsTheSerialInterfaceOnSfp) {
    link_up();
    EXPECT_EQ(get(r::ESDP) & 4, 4u) << "module present";
    set(r::AUTOC, (get(r::AUTOC) & ~0xE000u) | 4u << 13 | an_restart);
    clock.sleep(5ms);
    EXPECT_EQ(get(r::LINKS) & up, 0u);
    set(r::AUTOC, (get(r::AUTOC) & ~0xE000u) | 3u << 13 | an_restart);
    clock.sleep(5ms);
    EXPECT_NE(get(r::LINKS) & up, 0u);
    EXPECT_EQ(get(r::AUTOC) & an_restart, 0u);
}

TEST_F(LinkState, RestartTakesItDownAndUpAgain) {
    link_up();
    get(r::EICR);
    set(r::AUTOC, get(r::AUTOC) | an_restart);
    EXPECT_EQ(get(r::LINKS) & up, 0u);
    EXPECT_NE(get(r::EICR) & lsc, 0u);
    clock.sleep(2ms);
    EXPECT_NE(get(r::LINKS) & up, 0u);
    EXPECT_NE(get(r::EICR) & lsc, 0u);
}

TEST_F(LinkState, LatchesThatItWasDown) {
    link_up();
    get(r::LINKS);
    EXPECT_NE(get(r::LINKS) & latched, 0u);
    set(r::AUTOC, get(r::AUTOC) | an_restart);
    clock.sleep(5ms);
    EXPECT_EQ(get(r::LINKS) & (up | latched), up);
    EXPECT_EQ(get(r::LINKS) & (up | latched), up | latched);
}

TEST_F(LinkState, Behaviour55_EveryChangeInterruptsAndLinksIsAlreadyNew) {
    set(r::EIMS, lsc);
    set(r::IVAR_MISC, 0x8000);
    set(r::GPIE, 1u << 4);
    device->set_interrupts(hal::InterruptKind::msix, std::vector<int>{-1});
    clock.sleep(5ms);
    EXPECT_EQ(device->interrupts().messages[0], 1u);
    EXPECT_NE(get(r::LINKS) & up, 0u);
    get(r::EICR);
    wire->connected = false;
    clock.sleep(1ms);
    EXPECT_EQ(device->interrupts().messages[0], 2u);
    EXPECT_EQ(get(r::LINKS) & up, 0u);
}

TEST_F(LinkState, ModuleAnswersOnItsTwoWires) {
    EXPECT_EQ(get(r::I2CCTL) & 5, 5u) << "both lines are pulled up";
    set(r::I2CCTL, 0x2);
    EXPECT_EQ(get(r::I2CCTL) & 5, 1u) << "data pulled low by us";
}

}  // namespace
}  // namespace ringside::test
