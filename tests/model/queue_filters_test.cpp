// EtherType, SYN and 5-tuple filters: behaviours 29, 30 and 32.
#include "tests/model/steering_fixture.hpp"

namespace ringside::test {
namespace {

constexpr std::uint32_t ETQF = 0x5128, ETQS = 0xEC00, SYNQF = 0xEC30, SAQF = 0xE000, DAQF = 0xE200,
                        SDPQF = 0xE400, FTQF = 0xE600, L34T_IMIR = 0xE800, MRQC = 0x5818, RETA = 0x5C00;
constexpr std::uint32_t enable = 1u << 31;
constexpr std::uint32_t no_source = 1u << 25, no_destination = 1u << 26, no_source_port = 1u << 27,
                        no_destination_port = 1u << 28, no_protocol = 1u << 29, no_pool = 1u << 30;

// As it is in a register: the first byte in bits 7:0.
std::uint32_t in_register(const std::string& text) {
    const Bytes b = address(text);
    return b[0] | static_cast<std::uint32_t>(b[1]) << 8 | static_cast<std::uint32_t>(b[2]) << 16 |
           static_cast<std::uint32_t>(b[3]) << 24;
}
std::uint32_t swapped(std::uint16_t port) {
    return static_cast<std::uint32_t>((port & 0xFF) << 8 | port >> 8);
}

class QueueFilter : public SteeringTest {
protected:
    void tuple(std::uint32_t i, const Packet& p, std::uint32_t queue, std::uint32_t ftqf) {
        set(SAQF + 4 * i, in_register(p.source));
        set(DAQF + 4 * i, in_register(p.destination));
        set(SDPQF + 4 * i, swapped(p.source_port) | swapped(p.destination_port) << 16);
        set(FTQF + 4 * i, enable | no_pool | ftqf);
        set(L34T_IMIR + 4 * i, queue << 21 | 1u << 19);
    }
    // The queue starts again, without descriptors.
    void starve(std::uint32_t q, std::uint32_t srrctl = 0) {
        set(r::rx(q, r::DCTL), 0);
        clock.sleep(100us);
        enable_rx(q, 1u << 25 | srrctl);
    }
    static Frame ether(std::uint16_t type) {
        Frame f = make_frame(60, own_mac);
        f[12] = static_cast<std::byte>(type >> 8), f[13] = static_cast<std::byte>(type);
        return f;
    }
    static Packet syn() {
        Packet p;
        p.protocol = proto_tcp;
        p.tcp_flags = 0x02;
        return p;
    }
};

TEST_F(QueueFilter, Behaviour29_EtherTypeFilterGivesTypeAndQueue) {
    set(ETQF + 4 * 3, enable | 0x88F7);
    set(ETQS + 4 * 3, enable | 5u << 16);
    const Seen seen = arrives(ether(0x88F7));
    EXPECT_EQ(seen.queue, 5u);
    EXPECT_EQ(seen.packet_type(), 0x800u | 3);
    EXPECT_EQ(arrives(ether(0x88F8)).queue, 0u);
    EXPECT_EQ(arrives(ether(0x88F8)).packet_type(), 0u);
}

TEST_F(QueueFilter, Behaviour29_WithoutAQueueOnlyTheTypeIsSet) {
    set(ETQF + 4 * 7, enable | 0x88CC);
    set(ETQS + 4 * 7, 5u << 16);
    const Seen seen = arrives(ether(0x88CC));
    EXPECT_EQ(seen.queue, 0u);
    EXPECT_EQ(seen.packet_type(), 0x800u | 7);
}

TEST_F(QueueFilter, Behaviour29_EtherTypeIsLookedForBehindTheTag) {
    set(ETQF, enable | 0x888E);
    set(ETQS, enable | 2u << 16);
    EXPECT_EQ(arrives(tagged(ether(0x888E), 7)).queue, 2u);
    set(ETQF, 0x888E);
    EXPECT_EQ(arrives(ether(0x888E)).queue, 0u) << "the filter is off";
}

TEST_F(QueueFilter, Behaviour30_AllFiveFieldsMustMatch) {
    Packet p;
    tuple(0, p, 9, 1);  // UDP
    EXPECT_EQ(arrives(p).queue, 9u);
    Packet other = p;
    other.source = "10.0.0.9";
    EXPECT_EQ(arrives(other).queue, 0u);
    other = p, other.destination = "10.0.0.9";
    EXPECT_EQ(arrives(other).queue, 0u);
    other = p, other.source_port = 1001;
    EXPECT_EQ(arrives(other).queue, 0u);
    other = p, other.destination_port = 2001;
    EXPECT_EQ(arrives(other).queue, 0u);
    other = p, other.protocol = proto_tcp;
    EXPECT_EQ(arrives(other).queue, 0u);
}

TEST_F(QueueFilter, Behaviour30_OnesInTheMaskAreIgnoredFields) {
    Packet p;
    const Packet wild = [] {
        Packet w;
        w.source = "1.2.3.4", w.destination = "5.6.7.8", w.source_port = 1, w.destination_port = 2;
        return w;
    }();
    tuple(0, wild, 3, 1 | no_source | no_destination | no_source_port | no_destination_port);
    EXPECT_EQ(arrives(p).queue, 3u) << "any UDP";
    p.protocol = proto_tcp;
    EXPECT_EQ(arrives(p).queue, 0u);
    tuple(0, wild, 4, 1 | no_source | no_destination | no_source_port | no_destination_port | no_protocol);
    EXPECT_EQ(arrives(p).queue, 4u) << "any IPv4";
    tuple(0, p, 5, no_source | no_destination | no_source_port);
    EXPECT_EQ(arrives(p).queue, 5u) << "TCP to one port";
    p.destination_port = 1;
    EXPECT_EQ(arrives(p).queue, 0u);
}

TEST_F(QueueFilter, Behaviour30_ProtocolsHaveNumbersOfTheirOwn) {
    Packet p;
    const std::uint32_t only_protocol = no_source | no_destination | no_source_port | no_destination_port;
    tuple(0, p, 1, 0 | only_protocol);
    tuple(1, p, 2, 1 | only_protocol);
    tuple(2, p, 3, 2 | only_protocol);
    tuple(3, p, 4, 3 | only_protocol);
    p.protocol = proto_tcp;
    EXPECT_EQ(arrives(p).queue, 1u);
    p.protocol = proto_udp;
    EXPECT_EQ(arrives(p).queue, 2u);
    p.protocol = proto_sctp;
    EXPECT_EQ(arrives(p).queue, 3u);
    p.protocol = 1;
    EXPECT_EQ(arrives(p).queue, 4u) << "any other";
}

TEST_F(QueueFilter, Behaviour30_TheHighestPriorityWins) {
    Packet p;
    const std::uint32_t any = 1 | no_source | no_destination | no_source_port | no_destination_port;
    tuple(0, p, 1, any | 2u << 2);
    tuple(1, p, 2, any | 6u << 2);
    tuple(2, p, 3, any | 6u << 2);
    EXPECT_EQ(arrives(p).queue, 2u) << "of equals, the first";
    tuple(127, p, 4, any | 7u << 2);
    EXPECT_EQ(arrives(p).queue, 4u);
}

TEST_F(QueueFilter, Behaviour30_FragmentsAndIpv6AreNotForTuples) {
    Packet p;
    const std::uint32_t any = no_protocol | no_source | no_destination | no_source_port | no_destination_port;
    tuple(0, p, 6, any);
    p.fragment = 0x2000;
    EXPECT_EQ(arrives(p).queue, 0u);
    Packet v6;
    v6.source = "2001:db8::1", v6.destination = "2001:db8::2";
    EXPECT_EQ(arrives(v6).queue, 0u);
}

TEST_F(QueueFilter, Behaviour32_SynFilterTakesTheFirstSegmentOnly) {
    set(SYNQF, 1 | 7u << 1);
    EXPECT_EQ(arrives(syn()).queue, 7u);
    Packet p = syn();
    p.tcp_flags = 0x12;
    EXPECT_EQ(arrives(p).queue, 0u) << "SYN and ACK";
    p.tcp_flags = 0x10;
    EXPECT_EQ(arrives(p).queue, 0u);
    p = syn();
    p.source = "2001:db8::1", p.destination = "2001:db8::2";
    EXPECT_EQ(arrives(p).queue, 7u);
}

TEST_F(QueueFilter, Behaviour32_SynFilterStandsBeforeOrBehindTheTuples) {
    const Packet p = syn();
    tuple(0, p, 4, 0);
    set(SYNQF, 1 | 7u << 1 | 1u << 31);
    EXPECT_EQ(arrives(p).queue, 7u);
    set(SYNQF, 1 | 7u << 1);
    EXPECT_EQ(arrives(p).queue, 4u);
}

TEST_F(QueueFilter, Behaviour32_EtherTypeBeforeSynBeforeTupleBeforeRss) {
    for (std::uint32_t i = 0; i < 32; ++i) set(RETA + 4 * i, 0x0F0F0F0F);
    set(MRQC, 1 | 1u << 16);
    const Packet p = syn();
    EXPECT_EQ(arrives(p).queue, 15u) << "RSS";
    tuple(0, p, 4, 0);
    EXPECT_EQ(arrives(p).queue, 4u) << "5-tuple";
    set(SYNQF, 1 | 7u << 1 | 1u << 31);
    EXPECT_EQ(arrives(p).queue, 7u) << "SYN";
    set(ETQF, enable | 0x0800);
    set(ETQS, enable | 2u << 16);
    EXPECT_EQ(arrives(p).queue, 2u) << "EtherType";
}

TEST_F(QueueFilter, Behaviour15_OneStuckQueueHoldsUpAllOthers) {
    Packet stuck;
    tuple(0, stuck, 1, 1);
    starve(1);
    Frame free = ether(0x0806);
    EXPECT_EQ(arrives(stuck).queue, 999u);
    EXPECT_EQ(arrives(free).queue, 999u) << "it waits behind the other";
    give_rx(5, 1);
    device->pump();
    EXPECT_EQ(get(r::rx(1, r::H)), 1u);
    EXPECT_EQ(get(r::rx(0, r::H)), 1u);
    EXPECT_EQ(get(r::MPC0), 0u);
}

TEST_F(QueueFilter, Behaviour16_WithDropEnableOtherQueuesGoOn) {
    Packet stuck;
    tuple(0, stuck, 1, 1);
    starve(1, r::DROP_EN);
    set(r::RQSMR0, 3u << 8);
    EXPECT_EQ(arrives(stuck).queue, 999u);
    EXPECT_EQ(arrives(ether(0x0806)).queue, 0u);
    EXPECT_EQ(get(r::rx(3, r::QPRDC)), 1u) << "in the counter of queue 1";
}

TEST_F(QueueFilter, Behaviour57_EveryQueueCountsWhereItsMapSays) {
    Packet p;
    tuple(0, p, 6, 1);
    set(r::RQSMR0 + 4, 9u << 16);  // queue 6: counter 9
    arrives(p);
    arrives(ether(0x0806));
    EXPECT_EQ(get(r::rx(9, r::QPRC)), 1u);
    EXPECT_EQ(get(r::rx(0, r::QPRC)), 1u);
}

TEST_F(QueueFilter, AQueueThatIsOffDropsAndCounts) {
    Packet p;
    tuple(0, p, 100, 1);
    EXPECT_EQ(arrives(p).queue, 999u);
    EXPECT_EQ(get(r::rx(0, r::QPRDC)), 1u);
}

}  // namespace
}  // namespace ringside::test
