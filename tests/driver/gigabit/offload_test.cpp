// What frames that are sent ask of the card: contexts and commands, as the datasheets have them. The card's
// work is tried in QEMU.
#include "driver/tx_request.hpp"
#include "tests/driver/gigabit/fixture.hpp"

namespace ringside::test {
namespace {

constexpr std::uint64_t IXSM = 1ull << 40, TXSM = 1ull << 41, VLE = 1u << 30;

class TxOffload : public EachFamily {
protected:
    bool e1000() const { return family() == Family::e1000; }
    // Sends a frame with this request; what the card is asked is in `asked`.
    void ask(const TxRequest& request, std::size_t length = 200) {
        const auto parts = parts_of(frame(other, length));
        const std::vector requests(parts.size(), request);
        ASSERT_EQ(nic->tx(0).send(*cache, parts, requests), parts.size());
        ASSERT_EQ(nic->tx(0).counters().refused, 0u);
        ASSERT_EQ(card->sent.size(), 1u);
        EXPECT_EQ(card->sent.front(), frame(other, length)) << "the driver changes nothing";
        card->sent.clear();
        asked = card->asked;
    }
    // Where checksums begin and go, of the 8254x's and 82574's contexts.
    static std::uint64_t places(std::uint64_t ip, std::uint64_t l4, std::uint64_t sum) {
        return ip | (ip + 10) << 8 | (l4 - 1) << 16 | l4 << 32 | (l4 + sum) << 40;
    }
    FakeCard::Asked asked;
};
INSTANTIATE_TEST_SUITE_P(, TxOffload, each_family(), family_name);

TEST_P(TxOffload, NothingIsAskedByAFrameThatAsksForNothing) {
    open(family());
    start();
    ask({});
    EXPECT_EQ(asked.command & (IXSM | TXSM | VLE | 1u << 31), 0u);
    EXPECT_EQ(asked.context.second, 0u);
}

TEST_P(TxOffload, ChecksumsAreAskedFor) {
    open(family());
    start();
    ask({.flags = TxRequest::ip_checksum | TxRequest::tcp_checksum, .l2_length = 14, .l3_length = 20});
    EXPECT_EQ(asked.command & (IXSM | TXSM), IXSM | TXSM);
    if (igb()) {
        EXPECT_EQ(asked.context.first, 14u << 9 | 20u);
        EXPECT_EQ(asked.context.second & 0xFFF03FFF, 2u << 20 | 1u << 29 | 1u << 10 | 1u << 11)
            << "IPv4, TCP";
    } else {
        EXPECT_EQ(asked.context.first, places(14, 34, 16));
        EXPECT_EQ(asked.context.second & 3u << 24, 3u << 24) << "TCP, IPv4";
    }
    ask({.flags = TxRequest::udp_checksum | TxRequest::ipv6, .l2_length = 18, .l3_length = 40});
    EXPECT_EQ(asked.command & (IXSM | TXSM), TXSM);
    if (igb()) {
        EXPECT_EQ(asked.context.first, 18u << 9 | 40u);
        EXPECT_EQ(asked.context.second & (1u << 10 | 3u << 11), 0u) << "IPv6, UDP";
    } else {
        EXPECT_EQ(asked.context.first, places(18, 58, 6));
        EXPECT_EQ(asked.context.second & 3u << 24, 0u);
    }
}

TEST_P(TxOffload, SctpChecksumsAreAskedFor) {
    if (!igb()) GTEST_SKIP() << "the card has none";
    open(family());
    start();
    ask({.flags = TxRequest::sctp_checksum, .l2_length = 14, .l3_length = 20});
    EXPECT_EQ(asked.command & (IXSM | TXSM), TXSM);
    EXPECT_EQ(asked.context.second & 3u << 11, 2u << 11);
}

TEST_P(TxOffload, SegmentationIsAskedFor) {
    if (e1000()) GTEST_SKIP() << "the driver does not ask the card for it";
    open(family());
    start();
    ask({.flags = TxRequest::segment,
         .l2_length = 14,
         .l3_length = 20,
         .l4_length = 20,
         .segment_size = 1000},
        5054);
    if (igb()) {
        EXPECT_NE(asked.command & 1u << 31, 0u) << "TSE";
        EXPECT_EQ(asked.command >> 46, 5000u) << "PAYLEN is without headers";
        EXPECT_EQ(asked.context.second >> 40, 1000u << 8 | 20u);
    } else {
        EXPECT_NE(asked.command & 1u << 26, 0u) << "TSE";
        EXPECT_EQ(asked.context.second & 0xFFFFF, 5000u);
        EXPECT_EQ(asked.context.second >> 40, 1000u << 8 | 54u);
    }
    EXPECT_EQ(asked.command & (IXSM | TXSM), IXSM | TXSM);
}

TEST_P(TxOffload, TagsAreAskedFor) {
    open(family());
    start({.strip_vlan = true});  // the 8254x and the 82574 insert tags only if they take them off, too
    ask({.flags = TxRequest::vlan, .vlan_tag = 0x6007});
    EXPECT_NE(asked.command & VLE, 0u);
    EXPECT_EQ(igb() ? asked.context.first >> 16 : asked.command >> 48, 0x6007u);
}

}  // namespace
}  // namespace ringside::test
