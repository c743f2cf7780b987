// What the physical function answers, and what comes of it.
#include "tests/model/vf/fixture.hpp"

namespace ringside::test {
namespace {

constexpr std::uint64_t second = 0x020000000002, third = 0x020000000003;

// Hash of a group as the physical function's table wants it: bits 47:36 of the address, last byte first.
std::uint32_t hash_of(std::uint64_t group) {
    return static_cast<std::uint32_t>((group & 0xFF) << 4 | (group >> 8 & 0xFF) >> 4);
}

TEST_F(VfModel, ARequestIsAcknowledgedBeforeItIsAnswered) {
    set(v::MAILBOX, v::VFU);
    set(v::MBMEM, 1);
    set(v::MAILBOX, v::REQ);
    EXPECT_TRUE(sees(v::PFACK));
    device->pump();
    EXPECT_TRUE(sees(v::PFSTS));
    EXPECT_EQ(get(v::MAILBOX), 0u) << "reading clears them";
    EXPECT_EQ(get(v::MBMEM) & 0xFFFF, 1u);
}

TEST_F(VfModel, ResetIsAnsweredWithTheAddress) {
    open("mac=02:11:22:33:44:55");
    const MailboxMessage answer = ask({1});
    EXPECT_EQ(answer[0], 1 | v::granted);
    EXPECT_EQ(answer[1], 0x33221102u);
    EXPECT_EQ(answer[2], 0x5544u);
    EXPECT_EQ(answer[3], 0u);
}

TEST_F(VfModel, WithoutAnAddressResetIsRefusedAndAnyAddressGranted) {
    open("mac=none");
    EXPECT_EQ(ask({1})[0], 1 | v::refused);
    EXPECT_TRUE(grants(about(2, second)));
    EXPECT_TRUE(grants(about(6 | 1 << 16, third)));
    EXPECT_FALSE(grants(about(2, some_group)));
    EXPECT_FALSE(grants(about(2, 0)));
}

TEST_F(VfModel, NothingIsGrantedToAFunctionThatHasNotReportedIn) {
    EXPECT_EQ(verdict({8, 4}), v::refused) << "and without clear to send";
    ask({1});
    EXPECT_TRUE(grants({8, 4}));
    set(v::CTRL, v::RST);
    EXPECT_EQ(verdict({8, 4}), v::refused);
}

TEST_F(VfModel, VersionsThatAreKnownAreGranted) {
    ask({1});
    for (const std::uint32_t version : {0u, 2u, 3u, 4u, 5u}) EXPECT_TRUE(grants({8, version})) << version;
    EXPECT_FALSE(grants({8, 1})) << "nobody's";
    EXPECT_FALSE(grants({8, 6}));
}

TEST_F(VfModel, QueuesAreToldFromVersion11On) {
    for (const std::uint32_t queues : {2u, 4u}) {
        open("queues=" + std::to_string(queues));
        ask({1});
        EXPECT_FALSE(grants({9}));
        EXPECT_TRUE(grants({8, 2}));
        const MailboxMessage answer = ask({9});
        EXPECT_EQ(answer[1], queues);
        EXPECT_EQ(answer[2], queues);
        EXPECT_EQ(get(v::rx(queues - 1, r::SRRCTL)), 0x402u);
        EXPECT_EQ(device->strict_total(), 0u);
        get(v::rx(queues, r::SRRCTL));
        EXPECT_EQ(device->strict_total(), 1u) << "that queue is another's";
    }
}

TEST_F(VfModel, OwnAddressAndBroadcastPassAndNothingElse) {
    report_in();
    enable_rx();
    EXPECT_TRUE(passes(own_mac));
    EXPECT_TRUE(passes(broadcast));
    EXPECT_FALSE(passes(stranger));
    EXPECT_FALSE(passes(some_group));
}

TEST_F(VfModel, AnAddressThatTheAdministratorHasChosenStaysUnlessHeTrusts) {
    report_in();
    EXPECT_FALSE(grants(about(2, second)));
    EXPECT_FALSE(grants(about(6 | 1 << 16, second)));
    EXPECT_TRUE(grants(about(2, own_mac)));
    EXPECT_TRUE(grants({6})) << "to clear an empty list";
    open("trust=on");
    report_in();
    enable_rx();
    EXPECT_TRUE(grants(about(2, second)));
    EXPECT_TRUE(passes(second));
    EXPECT_FALSE(passes(own_mac));
}

TEST_F(VfModel, FurtherAddressesComeAndGoAndFillATable) {
    open("trust=on");
    report_in();
    enable_rx();
    EXPECT_TRUE(grants(about(6 | 1 << 16, second)));
    EXPECT_TRUE(grants(about(6 | 2 << 16, third)));
    EXPECT_TRUE(passes(second) && passes(third) && passes(own_mac));
    EXPECT_TRUE(grants(about(6 | 1 << 16, third))) << "the first of a list clears the one before";
    EXPECT_FALSE(passes(second));
    EXPECT_TRUE(grants({6}));
    EXPECT_FALSE(passes(third));
    for (std::uint32_t i = 1; i <= 16; ++i) EXPECT_TRUE(grants(about(6 | i << 16, 0x020000001000 + i)));
    EXPECT_FALSE(grants(about(6 | 17 << 16, second)));
    EXPECT_TRUE(passes(0x020000001010));
}

TEST_F(VfModel, GroupsPassByTheirHashes) {
    report_in();
    enable_rx();
    const std::uint64_t other_group = 0x333300001234;
    EXPECT_TRUE(grants({3 | 2 << 16, hash_of(some_group) | hash_of(other_group) << 16}));
    EXPECT_TRUE(passes(some_group) && passes(other_group));
    EXPECT_TRUE(grants({3 | 1 << 16, hash_of(other_group)}));
    EXPECT_FALSE(passes(some_group));
    EXPECT_TRUE(grants({3 | 0xFF << 16})) << "a count beyond the message";
}

TEST_F(VfModel, TaggedFramesPassIfTheirVlanWasAskedFor) {
    report_in();
    enable_rx();
    const auto in_vlan = [&](std::uint16_t id) { return passes(tagged(make_frame(60, own_mac), id)); };
    EXPECT_FALSE(in_vlan(7));
    EXPECT_TRUE(in_vlan(0)) << "of no VLAN";
    EXPECT_TRUE(grants({4 | 1 << 16, 7}));
    EXPECT_TRUE(in_vlan(7));
    EXPECT_FALSE(in_vlan(8));
    EXPECT_TRUE(grants({4, 7}));
    EXPECT_FALSE(in_vlan(7));
    EXPECT_TRUE(grants({4, 0}));
    EXPECT_TRUE(in_vlan(0)) << "which cannot be removed";
    for (std::uint32_t id = 1; id < 64; ++id) EXPECT_TRUE(grants({4 | 1 << 16, id}));
    EXPECT_FALSE(grants({4 | 1 << 16, 64})) << "the table is full";
    EXPECT_TRUE(grants({4 | 1 << 16, 63})) << "but it is in there";
}

TEST_F(VfModel, FramesUpToTheSizeThatWasAskedForPass) {
    open("mtu=4000");
    report_in();
    enable_rx();
    EXPECT_TRUE(passes(make_frame(1514, own_mac)));
    EXPECT_FALSE(passes(make_frame(1515, own_mac)));
    EXPECT_FALSE(grants({5, 4019}));
    EXPECT_FALSE(grants({5, 0}));
    EXPECT_TRUE(grants({5, 1818}));
    EXPECT_TRUE(passes(make_frame(1814, own_mac)));
    EXPECT_TRUE(grants({5, 1518})) << "the card's limit stays: it is not for this function alone";
    EXPECT_TRUE(passes(make_frame(1814, own_mac)));
}

TEST_F(VfModel, JumboFramesNeedAVersionThatKnowsThemOnAn82599) {
    ask({1});
    EXPECT_FALSE(grants({5, 9018}));
    EXPECT_TRUE(grants({5, 1518}));
    open("id=1515");
    ask({1});
    EXPECT_TRUE(grants({5, 9018}));
}

TEST_F(VfModel, ModesAreReducedWithoutTrust) {
    report_in();
    enable_rx();
    for (const std::uint32_t mode : {2u, 3u}) EXPECT_EQ(ask({12, mode})[1], 1u);
    EXPECT_FALSE(passes(some_group) || passes(stranger));
    open("trust=on");
    report_in();
    enable_rx();
    EXPECT_EQ(ask({12, 2})[1], 2u);
    EXPECT_TRUE(passes(some_group));
    EXPECT_FALSE(grants({12, 3})) << "an 82599 cannot";
    open("trust=on,id=1515");
    report_in();
    enable_rx();
    EXPECT_TRUE(grants({12, 3}));
    EXPECT_TRUE(passes(stranger) && passes(some_group));
    EXPECT_TRUE(grants({12, 1}));
    EXPECT_FALSE(passes(stranger) || passes(some_group));
    EXPECT_FALSE(grants({12, 4}));
    EXPECT_TRUE(grants({8, 3}));
    EXPECT_FALSE(grants({12, 3})) << "that came with version 1.3";
}

TEST_F(VfModel, WhatNobodyKnowsIsRefused) {
    report_in();
    for (const std::uint32_t request : {0u, 7u, 0xAu, 0xBu, 0xDu, 0xFFFFu})
        EXPECT_FALSE(grants({request})) << request;
    EXPECT_EQ(ask({5, 1518})[0] & v::granted, v::granted) << "and does no harm";
}

TEST_F(VfModel, TheMemoryIsWrittenByWhoHoldsIt) {
    set(v::MBMEM, 1);
    EXPECT_EQ(get(v::MBMEM), 0u);
    EXPECT_EQ(device->strict_total(), 1u);
    EXPECT_NE(device->function().report().find("without holding VFU"), std::string::npos);
}

TEST_F(VfModel, ARequestWaitsUntilTheMemoryIsLetGo) {
    set(v::MAILBOX, v::VFU);
    set(v::MBMEM, 1);
    set(v::MAILBOX, v::REQ | v::VFU);
    clock.sleep(1ms);
    EXPECT_FALSE(sees(v::PFACK));
    set(v::MAILBOX, 0);
    clock.sleep(1ms);
    EXPECT_TRUE(sees(v::PFACK | v::PFSTS));
}

TEST_F(VfModel, AChangeOfTheLinkIsToldAndShown) {
    report_in();
    EXPECT_NE(get(v::LINKS) & 1u << 30, 0u);
    EXPECT_EQ(get(v::LINKS) >> 28 & 3, 3u) << "10 Gb/s";
    seen = 0;
    wire->connected = false;
    device->pump();
    EXPECT_TRUE(sees(v::PFSTS));
    EXPECT_EQ(message()[0], 0x100u | v::cts);
    EXPECT_EQ(get(v::LINKS) & 1u << 30, 0u);
    wire->connected = true;
    clock.sleep(5ms);
    EXPECT_TRUE(sees(v::PFSTS));
    EXPECT_NE(get(v::LINKS) & 1u << 30, 0u);
}

TEST_F(VfModel, NewsDoNotOverwriteAnAnswer) {
    report_in();
    set(v::MAILBOX, v::VFU);
    set(v::MBMEM, 8);
    set(v::MBMEM + 4, 4);
    set(v::MAILBOX, v::REQ);
    device->pump();
    wire->connected = false;
    device->pump();
    EXPECT_EQ(message()[0], 8 | v::granted | v::cts);
    device->pump();
    EXPECT_EQ(message()[0], 0x100u | v::cts);
}

TEST_F(VfModel, ASilentPhysicalFunctionSaysNothing) {
    open("pf=silent");
    set(v::MAILBOX, v::VFU);
    set(v::MBMEM, 1);
    set(v::MAILBOX, v::REQ);
    clock.sleep(100ms);
    EXPECT_EQ(get(v::MAILBOX), 0u);
}

TEST_F(VfModel, AnAbsentPhysicalFunctionIsInResetForEver) {
    open("pf=absent");
    clock.sleep(100ms);
    EXPECT_EQ(get(v::MAILBOX), v::RSTI);
    EXPECT_EQ(get(v::LINKS), 0u);
}

}  // namespace
}  // namespace ringside::test
