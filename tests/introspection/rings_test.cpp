// The state of rings: what the device's registers say, what the driver knows, and that the former is checked.
#include "tests/driver/gigabit/fixture.hpp"
#include "tests/driver/nic_fixture.hpp"

namespace ringside::test {
namespace {

class RingsOfModel : public OnModel {};

TEST_F(RingsOfModel, AreThereWhileTheCardRuns) {
    open();
    EXPECT_TRUE(nic->rings().empty());
    start_and_link({.rx_queues = 3, .tx_queues = 2});
    const auto rings = nic->rings();
    ASSERT_EQ(rings.size(), 5u);
    EXPECT_FALSE(rings[2].transmit);
    EXPECT_EQ(rings[2].queue, 2u);
    EXPECT_TRUE(rings[3].transmit);
    EXPECT_EQ(rings[3].queue, 0u);
    nic->stop();
    EXPECT_TRUE(nic->rings().empty());
}

TEST_F(RingsOfModel, TellWhoOwnsWhat) {
    open();
    start_and_link({.rx_descriptors = 64, .promiscuous = true});
    RingState rx = nic->rings()[0];
    EXPECT_EQ(rx.size, 64u);
    EXPECT_TRUE(rx.possible);
    EXPECT_EQ(rx.enabled, true);
    EXPECT_EQ(rx.device_owns, 63u);
    EXPECT_EQ(rx.done, 0u);
    EXPECT_FALSE(rx.oldest_done);

    for (unsigned i = 0; i < 3; ++i) arrive(ethernet(other, i, 60));
    rx = nic->rings()[0];
    EXPECT_EQ(rx.head, 3u);
    EXPECT_EQ(rx.device_owns, 60u);
    EXPECT_EQ(rx.next, 0u);
    EXPECT_EQ(rx.done, 3u);
    EXPECT_EQ(rx.oldest_done, 0u);

    EXPECT_EQ(received().size(), 3u);
    rx = nic->rings()[0];
    EXPECT_EQ(rx.next, 3u);
    EXPECT_EQ(rx.tail, 2u);
    EXPECT_EQ(rx.device_owns, 63u);
    EXPECT_EQ(rx.done, 0u);
}

TEST_F(RingsOfModel, TellWhatWasSentAndNotTakenBack) {
    open();
    start_and_link();
    send({ethernet(other, 1, 60)});
    RingState tx = nic->rings()[1];
    EXPECT_TRUE(tx.transmit);
    EXPECT_EQ(tx.next, 1u);
    EXPECT_EQ(tx.head, 1u);
    EXPECT_EQ(tx.tail, 1u);
    EXPECT_EQ(tx.device_owns, 0u);
    EXPECT_EQ(tx.unreclaimed, 1u);
    EXPECT_EQ(tx.done, 1u);
    EXPECT_EQ(tx.oldest_done, 0u);
    EXPECT_EQ(nic->tx(0).reclaim(*cache), 0u);
    tx = nic->rings()[1];
    EXPECT_EQ(tx.unreclaimed, 0u);
    EXPECT_FALSE(tx.oldest_done);
}

class RingsOfFake : public EachFamily {};
INSTANTIATE_TEST_SUITE_P(All, RingsOfFake, each_family(), family_name);

TEST_P(RingsOfFake, WithAnImpossibleHeadAreReportedAndNotBelieved) {
    open(family());
    start({.rx_descriptors = 64});
    const std::uint32_t RDH = igb() ? 0xC010 : 0x2810;
    EXPECT_TRUE(nic->rings()[0].possible);
    EXPECT_EQ(nic->rings()[0].device_owns, 63u);
    EXPECT_EQ(nic->rings()[0].enabled.has_value(), igb());
    card->reg(RDH) = 64;
    EXPECT_EQ(nic->rings()[0].head, 64u);
    EXPECT_FALSE(nic->rings()[0].possible);
    EXPECT_EQ(nic->rings()[0].device_owns, 0u);
    card->reg(RDH) = 0;
}

}  // namespace
}  // namespace ringside::test
