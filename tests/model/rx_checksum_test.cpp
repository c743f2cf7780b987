// Checksums of received frames: behaviour 27.
#include "tests/model/packets.hpp"

namespace ringside::test {
namespace {

constexpr std::uint32_t RXCSUM = 0x5000, XEC = 0x4120;
constexpr std::uint64_t udpcs = 1u << 4, l4i = 1u << 5, ipcs = 1u << 6, udpv = 1u << 10, l4e = 1u << 30,
                        ipe = 1u << 31, all = udpcs | l4i | ipcs | udpv | l4e | ipe;

class RxChecksum : public Model {
protected:
    void ready(const std::string& options = "", std::uint32_t srrctl = 1u << 25) {
        open(options);
        set(RXCSUM, 1u << 13);
        receive_all(srrctl);
        next_ = 0;
    }
    void SetUp() override { ready(); }
    // The status and error bits that tell of checksums.
    std::uint64_t status(const Packet& p) { return status(build(p)); }
    std::uint64_t status(const Frame& frame) {
        arrive(frame);
        EXPECT_TRUE(received(next_));
        last_ = rx_ring()[next_];
        if (++next_ == ring_size - 1) {  // start over
            set(r::rx(0, r::DCTL), 0);
            clock.sleep(100us);
            enable_rx();
            give_rx(ring_size - 1);
            next_ = 0;
        }
        return last_.high & all;
    }
    Descriptor last_;
    std::uint32_t next_ = 0;
};

Packet v4(std::uint8_t protocol) {
    Packet p;
    p.protocol = protocol;
    return p;
}
Packet v6(std::uint8_t protocol) {
    Packet p = v4(protocol);
    p.source = "2001:db8::1:2", p.destination = "fe80::ffff:1";
    return p;
}

TEST_F(RxChecksum, Behaviour27_GoodSumsAreCheckedAndGood) {
    for (const std::uint8_t protocol : {proto_tcp, proto_udp, proto_sctp}) {
        EXPECT_EQ(status(v4(protocol)), ipcs | l4i) << int{protocol};
        EXPECT_EQ(status(v6(protocol)), l4i) << int{protocol};
    }
    EXPECT_EQ(get(XEC), 0u);
}

TEST_F(RxChecksum, Behaviour27_BadSumsAreFlaggedAndDelivered) {
    for (const std::uint8_t protocol : {proto_tcp, proto_udp, proto_sctp}) {
        Packet p = v4(protocol);
        p.wrong_sum = true;
        EXPECT_EQ(status(p), ipcs | l4i | l4e) << int{protocol};
        p.wrong_ip_sum = true;
        EXPECT_EQ(status(p), ipcs | ipe | l4i | l4e) << int{protocol};
        Packet q = v6(protocol);
        q.wrong_sum = true;
        EXPECT_EQ(status(q), l4i | l4e) << int{protocol};
    }
    EXPECT_EQ(get(XEC), 9u) << "one for each frame";
}

TEST_F(RxChecksum, Behaviour27_EveryLengthAndAlignmentIsSummedRight) {
    for (std::size_t payload = 0; payload < 150; ++payload) {
        Packet p = v4(proto_udp);
        p.payload = payload;
        p.seed = static_cast<std::uint8_t>(payload * 31);
        EXPECT_EQ(status(p), ipcs | l4i) << payload;
        p.wrong_sum = true;
        EXPECT_EQ(status(p), ipcs | l4i | l4e) << payload;
    }
    Packet large = v6(proto_tcp);
    large.payload = 1400;
    EXPECT_EQ(status(large), l4i);
}

TEST_F(RxChecksum, Behaviour27_PaddingIsNotPartOfThePacket) {
    Packet p = v4(proto_udp);
    p.payload = 1;
    Frame frame = build(p);
    frame.resize(60, std::byte{0xEE});
    EXPECT_EQ(status(frame), ipcs | l4i);
}

TEST_F(RxChecksum, Behaviour27_UdpWithoutASumIsNotChecked) {
    Packet p = v4(proto_udp);
    p.no_udp_sum = true;
    EXPECT_EQ(status(p), ipcs);
    Packet q = v6(proto_udp);
    q.no_udp_sum = true;
    EXPECT_EQ(status(q), l4i | l4e) << "over IPv6 there must be one";
    ready("erratum=udp-zero");
    EXPECT_EQ(status(p), ipcs | l4i | l4e) << "the erratum of real cards";
}

TEST_F(RxChecksum, Behaviour27_FragmentsAreNotChecked) {
    Packet p = v4(proto_udp);
    for (const std::uint16_t fragment : std::initializer_list<std::uint16_t>{0x2000, 0x2003, 0x0003}) {
        p.fragment = fragment;
        EXPECT_EQ(status(p), ipcs) << fragment;
    }
    Packet q = v6(proto_tcp);
    q.extensions = {{44, {0, 0, 1, 0, 0, 0, 9}}};
    EXPECT_EQ(status(q), 0u);
}

TEST_F(RxChecksum, Behaviour27_OptionsAndExtensionHeadersAreSteppedOver) {
    Packet p = v4(proto_tcp);
    p.ip_options = {1, 1, 1, 1, 1, 1, 1, 0};
    EXPECT_EQ(status(p), ipcs | l4i);
    p.wrong_ip_sum = true;
    EXPECT_EQ(status(p), ipcs | ipe | l4i);
    Packet q = v6(proto_udp);
    q.extensions = {{0, {0, 1, 4, 0, 0, 0, 0}}, {60, {1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}};
    EXPECT_EQ(status(q), l4i);
}

TEST_F(RxChecksum, Behaviour27_OtherFramesSayNothing) {
    EXPECT_EQ(status(v4(1)), ipcs) << "ICMP";
    Frame arp = make_frame(60, own_mac);
    arp[13] = std::byte{0x06};
    EXPECT_EQ(status(arp), 0u);
    Packet p = v4(proto_tcp);
    p.tci = 5;
    EXPECT_EQ(status(p), ipcs | l4i) << "behind a tag it is the same";
}

TEST_F(RxChecksum, Behaviour27_LegacyDescriptorsSayItToo) {
    ready("", 0);
    arrive(build(v4(proto_tcp)));
    EXPECT_EQ(rx_ring()[0].high >> 32 & 0xFFFF, 0x63u) << "DD, EOP, L4CS, IPCS";
    Packet p = v4(proto_tcp);
    p.wrong_sum = p.wrong_ip_sum = true;
    arrive(build(p));
    EXPECT_EQ(rx_ring()[1].high >> 32 & 0xFFFF, 0xC063u) << "and TCPE, IPE";
}

TEST_F(RxChecksum, Behaviour27_WithoutPcsdFragmentsOfUdpComeWithTheirSum) {
    set(RXCSUM, 1u << 12);  // IPPCSE
    Packet p = v4(proto_udp);
    p.payload = 41;
    p.id = 0xABCD;
    p.fragment = 0x2000;
    EXPECT_EQ(status(p), ipcs | udpcs | udpv);
    EXPECT_EQ(last_.low >> 32 & 0xFFFF, 0xABCDu);
    EXPECT_EQ(last_.low >> 48, reference::ones_sum(l4_of(p)));
    p.fragment = 0x2010;
    EXPECT_EQ(status(p), ipcs | udpcs) << "the first one only tells whether there is a sum";
    set(RXCSUM, 0);
    EXPECT_EQ(status(p), ipcs);
    EXPECT_EQ(last_.low >> 48, 0u);
}

TEST_F(RxChecksum, Behaviour27_FramesThatWaitInThePacketBufferKeepTheirVerdict) {
    open("");
    set(RXCSUM, 1u << 13);
    link_up();
    enable_rx();
    start_receiving();
    Packet p = v4(proto_tcp);
    p.wrong_sum = true;
    arrive(build(p));
    arrive(build(v4(proto_udp)));
    EXPECT_EQ(get(XEC), 1u);
    give_rx(4);
    device->pump();
    EXPECT_EQ(rx_ring()[0].high & all, ipcs | l4i | l4e);
    EXPECT_EQ(rx_ring()[0].low >> 4 & 0x1FFF, 0x11u);
    EXPECT_EQ(rx_ring()[1].high & all, ipcs | l4i);
    EXPECT_EQ(get(XEC), 0u) << "counted once, when it arrived";
}

}  // namespace
}  // namespace ringside::test
