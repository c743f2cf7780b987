// What the card does to frames that it sends: checksums (behaviour 42), segmentation (behaviour 43), tags
// (behaviour 45).
#include "tests/model/packets.hpp"

namespace ringside::test {
namespace {

constexpr std::uint64_t tx_tse = 1ull << 31, tx_ixsm = 1ull << 40, tx_txsm = 1ull << 41,
                        tx_index1 = 1ull << 36;
constexpr std::uint64_t tx_ic = 1u << 26;
constexpr std::uint32_t udp = 0, tcp = 1, sctp = 2;

// A context descriptor.
struct Context {
    std::uint64_t mac = 14, ip = 20, l4_length = 0, mss = 0, l4 = udp, ipv4 = 1, tag = 0, index = 0;
    operator Descriptor() const {
        return {tag << 16 | mac << 9 | ip,
                mss << 48 | l4_length << 40 | index << 36 | tx_dext | tx_context | l4 << 11 | ipv4 << 10};
    }
};

class TxOffload : public Model {
protected:
    void SetUp() override { ready(); }
    void ready(const std::string& options = "") {
        open(options);
        link_up();
        enable_tx();
    }
    void send(std::uint32_t tail) {
        set(r::tx(0, r::T), tail);
        device->pump();
    }
    const Frame& sent(std::size_t i = 0) { return wire->from_nic.at(i); }
    // Data descriptor `slot` for bytes [from, to) of `frame`, which lies at the start of the TX buffers.
    void piece(std::uint32_t slot, std::size_t from, std::size_t to, std::uint64_t flags,
               std::uint64_t payload = 0) {
        tx_ring()[slot] = {iova(tx_buffers) + from, payload << 46 | tx_data | tx_dext | flags | (to - from)};
    }
    void place(const Frame& frame) { std::memcpy(tx_buffer(0), frame.data(), frame.size()); }
    void send_whole(const Context& context, const Frame& frame, std::uint64_t flags) {
        tx_ring()[0] = context;
        place(frame);
        piece(1, 0, frame.size(), tx_eop | tx_ifcs | tx_rs | flags, frame.size());
        send(2);
    }
    // A frame as drivers give it: no IP checksum, the pseudo header's sum in TCP's or UDP's place.
    static Frame unfinished(const Packet& p, bool with_length = true) {
        Bytes bytes = bytes_of(build(p));
        const std::size_t ip = p.tci ? 18 : 14;
        if (!p.v6()) put16(bytes, ip + 10, 0);
        const std::size_t l4 = bytes.size() - l4_of(p).size();
        Bytes pseudo = pseudo_header(p, with_length ? bytes.size() - l4 : 0);
        if (p.protocol == proto_sctp)
            for (std::size_t i = 0; i < 4; ++i) bytes[l4 + 8 + i] = 0;
        else
            put16(bytes, l4 + (p.protocol == proto_tcp ? 16 : 6), reference::ones_sum(pseudo));
        return frame_of(bytes);
    }
};

Packet packet(std::uint8_t protocol, bool v6 = false) {
    Packet p;
    p.mac = stranger;
    p.protocol = protocol;
    if (v6) p.source = "2001:db8::1", p.destination = "2001:db8::2:3";
    return p;
}
std::uint32_t l4_number(std::uint8_t protocol) {
    return protocol == proto_tcp ? tcp : protocol == proto_udp ? udp : sctp;
}

TEST_F(TxOffload, Behaviour42_ChecksumsAreInsertedForEveryProtocol) {
    std::size_t i = 0;
    for (const bool v6 : {false, true})
        for (const std::uint8_t protocol : {proto_tcp, proto_udp, proto_sctp})
            for (const std::size_t payload : {60u, 61u, 1000u}) {
                if (i != 0) ready();
                ++i;
                Packet p = packet(protocol, v6);
                p.payload = payload;
                Context c;
                c.ip = v6 ? 40 : 20;
                c.ipv4 = !v6;
                c.l4 = l4_number(protocol);
                send_whole(c, unfinished(p), tx_ixsm | tx_txsm);
                EXPECT_EQ(sent(), build(p)) << int{protocol} << (v6 ? " v6 " : " v4 ") << payload;
                EXPECT_EQ(device->strict_total(), 0u) << device->function().report();
            }
}

TEST_F(TxOffload, Behaviour42_OnlyWhatIsAskedForIsInserted) {
    const Packet p = packet(proto_udp);
    const Frame raw = unfinished(p);
    send_whole({}, raw, tx_ixsm);
    Bytes expected = bytes_of(raw);
    const Bytes right = bytes_of(build(p));
    expected[24] = right[24], expected[25] = right[25];
    EXPECT_EQ(sent(), frame_of(expected)) << "the IP checksum alone";
    ready();
    send_whole({}, raw, tx_txsm);
    expected = bytes_of(raw);
    expected[40] = right[40], expected[41] = right[41];
    EXPECT_EQ(sent(), frame_of(expected)) << "the UDP checksum alone";
}

TEST_F(TxOffload, Behaviour42_UdpSumsOfZeroAreSentAsOnes) {
    Packet p = packet(proto_udp);
    p.payload = 20;
    Bytes bytes = bytes_of(unfinished(p));
    // Two bytes that make the whole sum all ones, whose complement is 0.
    bytes[42] = bytes[43] = 0;
    put16(bytes, 42, reference::checksum(Bytes(bytes.begin() + 34, bytes.end())));
    send_whole({}, frame_of(bytes), tx_txsm);
    EXPECT_EQ(sent().at(40), std::byte{0xFF});
    EXPECT_EQ(sent().at(41), std::byte{0xFF});
}

TEST_F(TxOffload, Behaviour42_PlacesFollowTheContextsLengths) {
    Packet p = packet(proto_tcp);
    p.tci = 5;
    p.ip_options = {1, 1, 1, 1, 1, 1, 1, 0};
    Context c;
    c.mac = 18, c.ip = 28, c.l4 = tcp;
    send_whole(c, unfinished(p), tx_ixsm | tx_txsm);
    EXPECT_EQ(sent(), build(p));
}

TEST_F(TxOffload, Behaviour42_WhatIsInTheIpFieldCounts) {
    // Linux covers inner headers by IPLEN too, and cancels them by the field.
    const Packet p = packet(proto_udp);
    Bytes bytes = bytes_of(unfinished(p));
    Bytes more(bytes.begin() + 34, bytes.begin() + 54);
    put16(bytes, 24, reference::checksum(more));
    Context c;
    c.ip = 40;
    send_whole(c, frame_of(bytes), tx_ixsm);
    const Bytes right = bytes_of(build(p));
    EXPECT_EQ(sent().at(24), static_cast<std::byte>(right[24]));
    EXPECT_EQ(sent().at(25), static_cast<std::byte>(right[25]));
}

TEST_F(TxOffload, Behaviour42_PiecesAreSummedAsOne) {
    Packet p = packet(proto_tcp);
    p.payload = 301;
    Context c;
    c.l4 = tcp;
    tx_ring()[0] = c;
    const Frame raw = unfinished(p);
    place(raw);
    piece(1, 0, 37, tx_ifcs | tx_ixsm | tx_txsm, raw.size());
    piece(2, 37, 100, tx_ifcs);
    piece(3, 100, raw.size(), tx_ifcs | tx_eop | tx_rs);
    send(4);
    EXPECT_EQ(sent(), build(p));
}

TEST_F(TxOffload, Behaviour42_TheIndexChoosesTheContext) {
    Context wrong;
    wrong.mac = 60;
    Context right;
    right.index = 1;
    tx_ring()[0] = wrong;
    tx_ring()[1] = right;
    const Packet p = packet(proto_udp);
    place(unfinished(p));
    piece(2, 0, build(p).size(), tx_eop | tx_ifcs | tx_ixsm | tx_txsm | tx_index1);
    send(3);
    EXPECT_EQ(sent(), build(p));
}

TEST_F(TxOffload, Behaviour42_ChecksumsBehindTheFrameAreFlaggedAndLeftOut) {
    const Packet p = packet(proto_udp);
    Context c;
    c.mac = 127, c.ip = 511;
    const Frame raw = unfinished(p);
    send_whole(c, raw, tx_ixsm | tx_txsm);
    EXPECT_EQ(sent(), raw);
    EXPECT_EQ(flags("checksum-outside-frame"), 1u);
}

TEST_F(TxOffload, Behaviour42_LegacyDescriptorsNameStartAndPlace) {
    const Packet p = packet(proto_udp);
    const Frame raw = unfinished(p);
    place(raw);
    tx_ring()[0] = {iova(tx_buffers),
                    34ull << 40 | 40ull << 16 | tx_eop | tx_ifcs | tx_rs | tx_ic | raw.size()};
    send(1);
    Bytes expected = bytes_of(raw);
    const Bytes right = bytes_of(build(p));
    expected[40] = right[40], expected[41] = right[41];
    EXPECT_EQ(sent(), frame_of(expected));
    tx_ring()[1] = {iova(tx_buffers),
                    34ull << 40 | 200ull << 16 | tx_eop | tx_ifcs | tx_rs | tx_ic | raw.size()};
    tx_ring()[2] = {iova(tx_buffers),
                    200ull << 40 | 40ull << 16 | tx_eop | tx_ifcs | tx_rs | tx_ic | raw.size()};
    send(3);
    EXPECT_EQ(sent(1), raw) << "a place behind the end";
    EXPECT_EQ(sent(2), raw) << "a start behind the end";
}

// A stream to be cut, and the frames that it must become.
struct Stream {
    Packet packet;
    std::size_t mss = 500, payload = 1600;

    std::size_t frames() const { return (payload + mss - 1) / mss; }
    Packet segment(std::size_t i, std::uint8_t flags) const {
        Packet p = packet;
        p.payload = i + 1 == frames() ? payload - i * mss : mss;
        p.seed = static_cast<std::uint8_t>(packet.seed + 13 * i * mss);
        p.id = static_cast<std::uint16_t>(packet.id + i);
        p.sequence = packet.sequence + static_cast<std::uint32_t>(i * mss);
        p.tcp_flags = flags;
        return p;
    }
};

class Segmentation : public TxOffload {
protected:
    static Context context(const Stream& s) {
        Context c;
        c.mac = s.packet.tci ? 18 : 14;
        c.ipv4 = !s.packet.v6();
        c.ip = s.packet.v6() ? 40 : 20 + s.packet.ip_options.size();
        c.l4 = l4_number(s.packet.protocol);
        c.l4_length = s.packet.protocol == proto_tcp ? 20 : 8;
        c.mss = s.mss;
        return c;
    }
    // The stream in one frame as Linux gives it: lengths of 0, the pseudo header's sum without a length.
    static Frame super_frame(const Stream& s) {
        Packet p = s.packet;
        p.payload = s.payload;
        Bytes bytes = bytes_of(unfinished(p, false));
        put16(bytes, (p.tci ? 18 : 14) + (p.v6() ? 4 : 2), 0);
        return frame_of(bytes);
    }
    void cut(const Stream& s, std::uint64_t flags = tx_ixsm | tx_txsm) {
        tx_ring()[0] = context(s);
        const Frame all = super_frame(s);
        place(all);
        piece(1, 0, all.size(), tx_eop | tx_ifcs | tx_rs | tx_tse | flags, s.payload);
        send(2);
    }
    static Stream stream(bool v6 = false) {
        Stream s;
        s.packet = packet(proto_tcp, v6);
        return s;
    }
};

TEST_F(Segmentation, Behaviour43_TcpOverIpv4BecomesFramesWithHeadersOfTheirOwn) {
    const Stream s = stream();
    cut(s);
    ASSERT_EQ(wire->from_nic.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(sent(i), build(s.segment(i, 0x10))) << i;
    EXPECT_EQ(get(r::GPTC), 4u) << "frames count after segmentation";
    EXPECT_EQ(get(r::GOTCL), 1600u + 4 * (54 + 4));
    EXPECT_EQ(tx_ring()[1].high, tx_dd);
    EXPECT_EQ(device->strict_total(), 0u) << device->function().report();
}

TEST_F(Segmentation, Behaviour43_TcpOverIpv6) {
    const Stream s = stream(true);
    cut(s, tx_txsm);
    ASSERT_EQ(wire->from_nic.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(sent(i), build(s.segment(i, 0x10))) << i;
}

TEST_F(Segmentation, Behaviour43_UdpGetsLengthsAndSums) {
    Stream s = stream();
    s.packet.protocol = proto_udp;
    cut(s);
    ASSERT_EQ(wire->from_nic.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(sent(i), build(s.segment(i, 0))) << i;
}

TEST_F(Segmentation, Behaviour43_FinAndPushOnlyInTheLastReducedWindowOnlyInTheFirst) {
    Stream s = stream();
    s.packet.tcp_flags = 0xFF;
    cut(s);
    ASSERT_EQ(wire->from_nic.size(), 4u);
    const std::uint8_t expected[] = {0xF6, 0xF6, 0xF6, 0x7F};
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(sent(i), build(s.segment(i, expected[i]))) << i;
}

TEST_F(Segmentation, Behaviour43_FlagMasksAreTheRegisters) {
    set(0x4A88, 0x0F00'0FFF);  // all in the first, in between only what is above the flags
    set(0x4A8C, 0x00F);
    Stream s = stream();
    s.packet.tcp_flags = 0xFF;
    cut(s);
    ASSERT_EQ(wire->from_nic.size(), 4u);
    const std::uint8_t expected[] = {0xFF, 0x00, 0x00, 0x0F};
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(sent(i), build(s.segment(i, expected[i]))) << i;
}

TEST_F(Segmentation, Behaviour43_OneSegmentKeepsItsFlags) {
    Stream s = stream();
    s.payload = 500;
    s.packet.tcp_flags = 0xFF;
    cut(s);
    ASSERT_EQ(wire->from_nic.size(), 1u);
    EXPECT_EQ(sent(), build(s.segment(0, 0xFF)));
}

TEST_F(Segmentation, Behaviour43_SequenceAndIdentificationWrap) {
    Stream s = stream();
    s.packet.sequence = 0xFFFFFF00;
    s.packet.id = 0xFFFE;
    cut(s);
    ASSERT_EQ(wire->from_nic.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(sent(i), build(s.segment(i, 0x10))) << i;
}

TEST_F(Segmentation, Behaviour43_PiecesMayLieAnywhere) {
    const Stream s = stream();
    tx_ring()[0] = context(s);
    const Frame all = super_frame(s);
    place(all);
    piece(1, 0, 20, tx_ifcs | tx_tse | tx_ixsm | tx_txsm, s.payload);
    piece(2, 20, 54, tx_ifcs | tx_tse);
    piece(3, 54, 900, tx_ifcs | tx_tse);
    piece(4, 900, 901, tx_ifcs | tx_tse);
    piece(5, 901, all.size(), tx_ifcs | tx_tse | tx_eop | tx_rs);
    send(6);
    ASSERT_EQ(wire->from_nic.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(sent(i), build(s.segment(i, 0x10))) << i;
    EXPECT_EQ(device->strict_total(), 0u) << device->function().report();
}

TEST_F(Segmentation, Behaviour43_SixtyFourKilobytes) {
    Stream s = stream();
    s.mss = 1460, s.payload = 65536 - 54 - 40;
    cut(s);
    ASSERT_EQ(wire->from_nic.size(), s.frames());
    for (std::size_t i = 0; i < s.frames(); ++i) EXPECT_EQ(sent(i), build(s.segment(i, 0x10))) << i;
}

TEST_F(Segmentation, Behaviour43_SmallLastSegmentsArePadded) {
    Stream s = stream();
    s.payload = 501;
    cut(s);
    Frame last = build(s.segment(1, 0x10));
    last.resize(60);
    EXPECT_EQ(sent(1), last);
}

TEST_F(Segmentation, Behaviour43_EverySegmentGetsTheTag) {
    const Stream s = stream();
    Context c = context(s);
    c.tag = 0x6123;
    tx_ring()[0] = c;
    const Frame all = super_frame(s);
    place(all);
    piece(1, 0, all.size(), tx_eop | tx_ifcs | tx_rs | tx_tse | tx_ixsm | tx_txsm | tx_vle, s.payload);
    send(2);
    ASSERT_EQ(wire->from_nic.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(sent(i), tagged(build(s.segment(i, 0x10)), 0x6123)) << i;
}

TEST_F(Segmentation, Behaviour43_WrongPayloadLengthIsFlagged) {
    const Stream s = stream();
    tx_ring()[0] = context(s);
    const Frame all = super_frame(s);
    place(all);
    piece(1, 0, all.size(), tx_eop | tx_ifcs | tx_rs | tx_tse | tx_ixsm | tx_txsm, s.payload - 1);
    send(2);
    EXPECT_EQ(flags("payload-length-wrong"), 1u);
    EXPECT_EQ(wire->from_nic.size(), 4u) << "what the descriptors hold is sent";
}

TEST_F(Segmentation, Behaviour43_ImpossibleHeadersAreRefused) {
    const Stream s = stream();
    std::vector<Context> wrong(6, context(s));
    wrong[0].l4 = sctp;
    wrong[1].mac = 13;
    wrong[2].ip = 19;
    wrong[3].l4_length = 19;
    wrong[4].ip = 240;  // 274 bytes
    wrong[5] = {};      // no lengths at all
    wrong[5].mac = wrong[5].ip = 0;
    const Frame all = super_frame(s);
    place(all);
    for (std::uint32_t i = 0; i < wrong.size(); ++i) {
        tx_ring()[2 * i] = wrong[i];
        piece(2 * i + 1, 0, all.size(), tx_eop | tx_ifcs | tx_rs | tx_tse, s.payload);
        send(2 * i + 2);
        EXPECT_EQ(flags("segmentation-header"), i + 1);
    }
    EXPECT_TRUE(wire->from_nic.empty());
    EXPECT_TRUE((tx_ring()[11].high & tx_dd) != 0) << "the queue goes on";
}

TEST_F(Segmentation, Behaviour43_ImpossibleSizesAreRefused) {
    const Stream s = stream();
    const Frame all = super_frame(s);
    place(all);
    Context c = context(s);
    c.mss = 0;
    tx_ring()[0] = c;
    piece(1, 0, all.size(), tx_eop | tx_ifcs | tx_tse, s.payload);
    c.mss = 1;  // as 60000 frames
    tx_ring()[2] = c;
    piece(3, 0, 60054, tx_eop | tx_ifcs | tx_tse, 60000);
    c.mss = 20000;  // longer than the card can send
    tx_ring()[4] = c;
    piece(5, 0, 60054, tx_eop | tx_ifcs | tx_tse, 60000);
    c.mss = 100;
    tx_ring()[6] = c;
    piece(7, 0, 54, tx_eop | tx_ifcs | tx_tse, 0);  // headers, and nothing to send
    send(8);
    EXPECT_EQ(flags("segmentation-size"), 4u);
    EXPECT_TRUE(wire->from_nic.empty());
}

TEST_F(Segmentation, Behaviour43_AHeaderSpreadOverFiveDescriptorsIsFlagged) {
    const Stream s = stream();
    tx_ring()[0] = context(s);
    const Frame all = super_frame(s);
    place(all);
    for (std::uint32_t i = 0; i < 5; ++i)
        piece(1 + i, 10 * i, 10 * i + 10, tx_ifcs | tx_tse | tx_ixsm | tx_txsm, s.payload);
    piece(6, 50, all.size(), tx_ifcs | tx_tse | tx_eop);
    send(7);
    EXPECT_EQ(flags("segmentation-header"), 1u);
}

TEST_F(Segmentation, Behaviour43_UnmappedPayloadEndsTheStream) {
    const Stream s = stream();
    tx_ring()[0] = context(s);
    const Frame all = super_frame(s);
    place(all);
    piece(1, 0, 54 + 700, tx_ifcs | tx_tse | tx_ixsm | tx_txsm, s.payload);
    tx_ring()[2] = {0xDEAD0000, tx_data | tx_dext | tx_ifcs | tx_tse | tx_eop | tx_rs | 900};
    send(3);
    EXPECT_EQ(wire->from_nic.size(), 1u) << "the second segment is not all there";
    EXPECT_EQ(flags("dma-unmapped"), 1u);
    EXPECT_TRUE((tx_ring()[2].high & tx_dd) != 0);
}

TEST_F(Segmentation, Behaviour43_ManyStreamsDoNotKeepOtherQueuesWaiting) {
    enable_tx(1);
    Stream s = stream();
    s.mss = 40;  // 40 frames
    const Frame all = super_frame(s);
    place(all);
    for (std::uint32_t i = 0; i < 30; i += 2) {
        tx_ring()[i] = context(s);
        piece(i + 1, 0, all.size(), tx_eop | tx_ifcs | tx_rs | tx_tse | tx_ixsm | tx_txsm, s.payload);
    }
    const Frame other = make_frame(64, 0x020000000055);
    std::memcpy(tx_buffer(20), other.data(), other.size());
    tx_ring(1)[0] = {iova(tx_buffers + 20 * buffer_size),
                     64ull << 46 | tx_data | tx_dext | tx_eop | tx_ifcs | tx_rs | 64};
    set(r::tx(0, r::T), 30);
    set(r::tx(1, r::T), 1);
    device->pump();
    ASSERT_EQ(wire->from_nic.size(), 15u * 40 + 1);
    std::size_t place_of_other = 0;
    while (sent(place_of_other) != other) ++place_of_other;
    EXPECT_LT(place_of_other, 200u);
}

TEST_F(TxOffload, Behaviour45_TagsComeFromTheContext) {
    Context c;
    c.tag = 0xA064;
    const Packet p = packet(proto_udp);
    send_whole(c, unfinished(p), tx_ixsm | tx_txsm | tx_vle);
    EXPECT_EQ(sent(), tagged(build(p), 0xA064)) << "behind the checksums, which do not see it";
}

TEST_F(TxOffload, WithoutIfcsNothingIsInserted) {
    const Packet p = packet(proto_udp);
    const Frame raw = unfinished(p);
    tx_ring()[0] = Context{};
    place(raw);
    piece(1, 0, raw.size(), tx_eop | tx_ixsm | tx_txsm | tx_vle);
    send(2);
    EXPECT_EQ(sent(), Frame(raw.begin(), raw.end() - 4)) << "its last four bytes are the CRC";
}

TEST_F(TxOffload, WithoutIfcsThereMustBeMoreThanAHeaderAndACrc) {
    place(make_frame(64, stranger));
    piece(0, 0, 17, tx_eop | tx_rs);
    send(1);
    EXPECT_TRUE(wire->from_nic.empty());
    piece(1, 0, 18, tx_eop | tx_rs);
    send(2);
    EXPECT_EQ(sent().size(), 14u);
}

}  // namespace
}  // namespace ringside::test
