// The clock of IEEE 1588 and time stamps.
#include "tests/model/packets.hpp"

namespace ringside::test {
namespace {

constexpr std::uint32_t TSYNCRXCTL = 0x5188, RXSTMPH = 0x51A4, RXSTMPL = 0x51E8, RXMTRL = 0x5120,
                        TSYNCTXCTL = 0x8C00, TXSTMPL = 0x8C04, TXSTMPH = 0x8C08, SYSTIML = 0x8C0C,
                        SYSTIMH = 0x8C10, TIMINCA = 0x8C14, TIMADJL = 0x8C18, TIMADJH = 0x8C1C;
constexpr std::uint32_t enable = 1u << 4, valid = 1, l2_v2 = 0, l4_v1 = 1u << 1, l2_l4_v2 = 2u << 1,
                        event_v2 = 5u << 1;
constexpr std::uint64_t rx_ts = 1u << 16;
constexpr std::uint32_t linux_10g = 1u << 24 | 0xCCCCCC;  // 6.4 ns in units of 2^-21

class TimeSyncTest : public Model {
protected:
    void SetUp() override {
        Model::SetUp();
        set(0x5128 + 4 * 3, 1u << 31 | 1u << 30 | 0x88F7);
        receive_all();
        enable_tx();
        set(TIMINCA, linux_10g);
        set(SYSTIML, 0);
        set(SYSTIMH, 0);
    }
    std::uint64_t system_time() {
        const std::uint32_t low = get(SYSTIML);
        return static_cast<std::uint64_t>(get(SYSTIMH)) << 32 | low;
    }
    std::uint64_t nanoseconds() { return system_time() >> 21; }
    std::uint64_t rx_stamp() {
        const std::uint32_t low = get(RXSTMPL);
        return static_cast<std::uint64_t>(get(RXSTMPH)) << 32 | low;
    }
    // IEEE 1588 over Ethernet, version 2 unless told otherwise.
    static Frame message(std::uint8_t type, std::uint8_t version = 2) {
        Frame f = make_frame(80, own_mac);
        f[12] = std::byte{0x88}, f[13] = std::byte{0xF7}, f[14] = static_cast<std::byte>(type);
        f[15] = static_cast<std::byte>(version);
        return f;
    }
    static Frame over_udp(std::uint8_t type, std::uint8_t version = 2, std::uint8_t control = 0) {
        Packet p;
        p.destination_port = 319;
        p.payload = 44;
        Frame f = build(p);
        f[42] = static_cast<std::byte>(type), f[43] = static_cast<std::byte>(version);
        f[42 + 32] = static_cast<std::byte>(control);
        return f;
    }
    void send_asking(std::uint32_t slot) {
        put_tx(slot, make_frame(64, stranger), tx_eop | tx_ifcs | tx_rs | 1u << 19);
        set(r::tx(0, r::T), slot + 1);
        device->pump();
    }
    bool stamped(const Frame& frame) {
        const std::uint32_t head = get(r::rx(0, r::H));
        arrive(frame);
        return (rx_ring()[head].high & rx_ts) != 0;
    }
};

TEST_F(TimeSyncTest, TheClockRunsAsItsIncrementSays) {
    const std::uint64_t start = nanoseconds();
    clock.sleep(1s);
    EXPECT_NEAR(static_cast<double>(nanoseconds() - start), 1e9, 100);
    set(TIMINCA, 1u << 24 | 0x666666);  // half as fast
    const std::uint64_t slow = nanoseconds();
    EXPECT_NEAR(static_cast<double>(slow - start), 1e9, 100) << "and goes on from where it is";
    clock.sleep(1s);
    EXPECT_NEAR(static_cast<double>(nanoseconds() - slow), 0.5e9, 100);
    set(TIMINCA, 2u << 24 | 0xCCCCCC);  // every other tick
    const std::uint64_t other = nanoseconds();
    clock.sleep(1s);
    EXPECT_NEAR(static_cast<double>(nanoseconds() - other), 0.5e9, 100);
}

TEST_F(TimeSyncTest, TheClockStandsWithoutAnIncrement) {
    set(TIMINCA, 0);
    const std::uint64_t start = system_time();
    clock.sleep(1s);
    EXPECT_EQ(system_time(), start);
}

TEST_F(TimeSyncTest, TheClockCanBeSetAndAdjusted) {
    set(TIMINCA, 0);
    set(SYSTIML, 0x89ABCDEF);
    set(SYSTIMH, 0x01234567);
    EXPECT_EQ(system_time(), 0x0123456789ABCDEFull);
    set(TIMADJL, 0x10);
    set(TIMADJH, 0);
    EXPECT_EQ(system_time(), 0x0123456789ABCDFFull);
    set(TIMADJH, 0x80000001);
    EXPECT_EQ(system_time(), 0x0123456689ABCDEFull);
}

TEST_F(TimeSyncTest, TheUpperHalfIsThatOfTheLowerOne) {
    set(SYSTIML, 0xFFFFFFF0);
    set(SYSTIMH, 5);
    const std::uint32_t low = get(SYSTIML);
    clock.sleep(1ms);
    EXPECT_EQ(get(SYSTIMH), low >= 0xFFFFFFF0u ? 5u : 6u) << "as latched when the lower half was read";
}

TEST_F(TimeSyncTest, NothingIsStampedWhileItIsOff) {
    EXPECT_FALSE(stamped(message(0)));
    EXPECT_EQ(get(TSYNCRXCTL) & valid, 0u);
}

TEST_F(TimeSyncTest, MessagesOverEthernetAreStamped) {
    set(TSYNCRXCTL, enable | event_v2);
    clock.sleep(3ms);
    const std::uint64_t before = system_time();
    EXPECT_TRUE(stamped(message(0))) << "Sync";
    EXPECT_EQ(get(TSYNCRXCTL) & valid, valid);
    clock.sleep(3ms);
    const std::uint64_t stamp = rx_stamp();
    EXPECT_GE(stamp, before);
    EXPECT_LT(stamp >> 21, nanoseconds() - 2'000'000);
    EXPECT_EQ(get(TSYNCRXCTL) & valid, 0u) << "reading the upper half frees the register";
}

TEST_F(TimeSyncTest, OneStampAtATime) {
    set(TSYNCRXCTL, enable | event_v2);
    EXPECT_TRUE(stamped(message(1)));
    EXPECT_FALSE(stamped(message(1)));
    get(RXSTMPL);
    EXPECT_FALSE(stamped(message(1))) << "the lower half does not free it";
    get(RXSTMPH);
    EXPECT_TRUE(stamped(message(1)));
}

TEST_F(TimeSyncTest, EventsAreTypesZeroToThree) {
    set(TSYNCRXCTL, enable | event_v2);
    set(RXMTRL, 319u << 16);
    for (std::uint8_t type = 0; type < 16; ++type) {
        EXPECT_EQ(stamped(message(type)), type < 4) << int{type};
        get(RXSTMPH);
        EXPECT_EQ(stamped(over_udp(type)), type < 4) << int{type};
        get(RXSTMPH);
    }
}

TEST_F(TimeSyncTest, OneTypeOfMessageCanBeAskedFor) {
    set(TSYNCRXCTL, enable | l2_v2);
    set(RXMTRL, 319u << 16 | 1u << 8);
    EXPECT_FALSE(stamped(message(0)));
    EXPECT_FALSE(stamped(over_udp(1))) << "over Ethernet only";
    EXPECT_TRUE(stamped(message(1)));
    get(RXSTMPH);
    set(TSYNCRXCTL, enable | l2_l4_v2);
    EXPECT_TRUE(stamped(over_udp(1)));
    get(RXSTMPH);
    EXPECT_FALSE(stamped(over_udp(0)));
}

TEST_F(TimeSyncTest, VersionOneGoesByItsControlByte) {
    set(TSYNCRXCTL, enable | l4_v1);
    set(RXMTRL, 319u << 16 | 1);
    EXPECT_FALSE(stamped(over_udp(0, 1, 0)));
    EXPECT_FALSE(stamped(message(1)));
    EXPECT_FALSE(stamped(over_udp(1, 2, 1))) << "version 2";
    EXPECT_TRUE(stamped(over_udp(0, 1, 1)));
}

TEST_F(TimeSyncTest, MessagesOfAnotherVersionAreNotStamped) {
    set(TSYNCRXCTL, enable | event_v2);
    set(RXMTRL, 319u << 16);
    EXPECT_FALSE(stamped(message(0, 1)));
    EXPECT_FALSE(stamped(over_udp(0, 1)));
    EXPECT_TRUE(stamped(message(0, 0x12))) << "the version is in the lower half of its byte";
}

TEST_F(TimeSyncTest, OtherPortsAndTypesAreNotStamped) {
    set(TSYNCRXCTL, enable | event_v2);
    set(RXMTRL, 320u << 16);
    EXPECT_FALSE(stamped(over_udp(0)));
    set(0x5128 + 4 * 3, 0);
    EXPECT_FALSE(stamped(message(0))) << "without the EtherType filter";
}

TEST_F(TimeSyncTest, SentFramesAreStampedWhereTheDescriptorAsks) {
    send_asking(0);
    EXPECT_EQ(get(TSYNCTXCTL) & valid, 0u) << "it is off";
    EXPECT_EQ(flags("time-stamp-off"), 1u);
    set(TSYNCTXCTL, enable);
    put_tx(1, make_frame(64, stranger));
    set(r::tx(0, r::T), 2);
    device->pump();
    EXPECT_EQ(get(TSYNCTXCTL) & valid, 0u) << "not asked for";
    const std::uint64_t before = system_time();
    send_asking(2);
    EXPECT_EQ(get(TSYNCTXCTL) & valid, valid);
    const std::uint32_t low = get(TXSTMPL);
    EXPECT_GE(static_cast<std::uint64_t>(get(TXSTMPH)) << 32 | low, before);
    EXPECT_EQ(get(TSYNCTXCTL) & valid, 0u);
    EXPECT_EQ(wire->from_nic.size(), 3u);
}

TEST_F(TimeSyncTest, OneStampOfSentFramesAtATime) {
    set(TSYNCTXCTL, enable);
    send_asking(0);
    const std::uint32_t first = get(TXSTMPL);
    clock.sleep(1ms);
    send_asking(1);
    EXPECT_EQ(get(TXSTMPL), first) << "the first stays";
    EXPECT_EQ(flags("time-stamp-waiting"), 1u);
    get(TXSTMPH);
    send_asking(2);
    EXPECT_NE(get(TXSTMPL), first);
    EXPECT_EQ(flags("time-stamp-waiting"), 1u);
}

TEST_F(TimeSyncTest, AStampOfAClockThatStandsIsAMistake) {
    set(TIMINCA, 0);
    set(TSYNCRXCTL, enable | event_v2);
    EXPECT_TRUE(stamped(message(0)));
    EXPECT_EQ(flags("time-stands-still"), 1u);
}

TEST_F(TimeSyncTest, TheX540AddsAllOfItsIncrementAtEveryTick) {
    open("id=1528");
    set(TIMINCA, 0x66666666);  // 6.4 ns in units of 2^-28
    const std::uint64_t start = system_time();
    clock.sleep(1s);
    EXPECT_NEAR(static_cast<double>((system_time() - start) >> 28), 1e9, 100);
}

}  // namespace
}  // namespace ringside::test
