// prepare() and what insert_checksums() makes of the result, as a card would: the frame as it should have
// been.
#include "net/prepare.hpp"

#include "net/fallback.hpp"
#include "tests/net/packets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace ringside::net {
namespace {

using test::build;
using test::Built;
using test::Bytes;
using test::Description;
using test::L4;
using test::Packets;
using test::Random;

// As a program leaves it that does not care: anything may be in the checksum fields.
Bytes without_checksums(const Built& built, const Description& d, Random& random) {
    Bytes bytes = built.bytes;
    const auto spoil = [&](std::size_t at, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i)
            bytes[at + i] = std::byte{static_cast<std::uint8_t>(random.number16())};
    };
    if (!d.v6) spoil(built.l3 + 10, 2);
    if (d.l4 == L4::tcp) spoil(built.l4 + 16, 2);
    if (d.l4 == L4::udp) spoil(built.l4 + 6, 2);
    if (d.l4 == L4::sctp) spoil(built.l4 + 8, 4);
    return bytes;
}

Prepared prepare(std::span<mem::Packet> frame, const Wanted& wanted = {}) {
    return net::prepare(frame, find_headers(frame), wanted);
}

class PrepareTest : public testing::Test {
protected:
    void TearDown() override { EXPECT_EQ(packets_.missing(), 0u); }

    Unfit why(const Bytes& bytes, const Wanted& wanted = {}, std::size_t first = 2048) {
        std::vector<mem::Packet> frame = packets_.put(bytes, first);
        const Prepared p = prepare(frame, wanted);
        EXPECT_EQ(Packets::content(frame) == bytes, !p || p.request == TxRequest{});
        EXPECT_TRUE(p || p.request == TxRequest{});
        packets_.give(frame);
        return p.unfit;
    }
    Packets packets_;
};

TEST_F(PrepareTest, GivesAnyFrameItsChecksums) {
    Random random(1);
    for (int i = 0; i < 10'000; ++i) {
        const Description d = random.description(i % 10 == 0 ? 1400 : 60);
        const Built built = build(d);
        Bytes bytes = without_checksums(built, d, random);
        if (random.coin()) bytes.resize(bytes.size() + 1 + random.below(6), std::byte{0xEE});  // padding
        // The last part keeps at least one byte of the packet.
        const std::size_t first = random.coin() ? 2048 : built.payload;
        std::vector<mem::Packet> frame = packets_.put(bytes, first, 8 + random.below(100));
        if (Prepared p = prepare(frame)) {
            ASSERT_TRUE(fits(frame, p.request));
            ASSERT_FALSE(p.request.asks(TxRequest::segment | TxRequest::vlan));
            insert_checksums(frame, p.request);
            ASSERT_EQ(Packets::content(frame), built.bytes) << i;
        } else {
            ASSERT_EQ(p.unfit, Unfit::padded);
            ASSERT_GT(frame.size(), 1u);
            ASSERT_LE(frame.back().length, bytes.size() - built.bytes.size());
        }
        packets_.give(frame);
    }
}

TEST_F(PrepareTest, WritesAUdpChecksumOfZeroInItsOtherForm) {
    Description d;
    d.l4 = L4::udp;
    d.payload.resize(2);
    const Built with_zeroes = build(d);  // its checksum, as payload, adds up to zero
    for (std::size_t i = 0; i < 2; ++i)
        d.payload[i] = std::to_integer<std::uint8_t>(with_zeroes.bytes[with_zeroes.l4 + 6 + i]);
    const Built built = build(d);
    ASSERT_EQ(built.bytes[built.l4 + 6], std::byte{0xFF});
    ASSERT_EQ(built.bytes[built.l4 + 7], std::byte{0xFF});
    std::vector<mem::Packet> frame = packets_.put(built.bytes);
    insert_checksums(frame, prepare(frame).request);
    EXPECT_EQ(Packets::content(frame), built.bytes);
    packets_.give(frame);
}

TEST_F(PrepareTest, SaysWhereTheHeadersAre) {
    Random random(2);
    for (int i = 0; i < 1000; ++i) {
        const Description d = random.description(100);
        const Built built = build(d);
        std::vector<mem::Packet> frame = packets_.put(built.bytes);
        const TxRequest request = prepare(frame).request;
        ASSERT_EQ(request.l2_length, built.l3);
        ASSERT_EQ(request.l3_length, built.l4 - built.l3);
        ASSERT_EQ(request.asks(TxRequest::ipv6), d.v6);
        ASSERT_EQ(request.asks(TxRequest::ip_checksum), !d.v6);
        ASSERT_EQ(request.asks(TxRequest::tcp_checksum), d.l4 == L4::tcp);
        ASSERT_EQ(request.asks(TxRequest::udp_checksum), d.l4 == L4::udp);
        ASSERT_EQ(request.asks(TxRequest::sctp_checksum), d.l4 == L4::sctp);
        packets_.give(frame);
    }
}

TEST_F(PrepareTest, AsksForCuttingOnlyWhereThereIsMoreThanOneSegment) {
    Description d;
    for (const std::size_t size : {0u, 99u, 100u, 101u}) {
        d.payload.assign(size, 1);
        std::vector<mem::Packet> frame = packets_.put(build(d).bytes);
        const Prepared p = prepare(frame, {.segment_size = 100});
        ASSERT_TRUE(p);
        EXPECT_EQ(p.request.asks(TxRequest::segment), size > 100);
        EXPECT_EQ(p.request.l4_length, size > 100 ? 20 : 0);
        EXPECT_EQ(p.request.segment_size, size > 100 ? 100 : 0);
        packets_.give(frame);
    }
    d.payload.assign(200, 1);
    d.l4 = L4::udp;
    std::vector<mem::Packet> frame = packets_.put(build(d).bytes);
    EXPECT_FALSE(prepare(frame, {.segment_size = 100}).request.asks(TxRequest::segment));
    packets_.give(frame);
}

TEST_F(PrepareTest, AsksForATagWithoutTouchingAnything) {
    const Bytes bytes = build(Description{}).bytes;
    std::vector<mem::Packet> frame = packets_.put(bytes);
    const Prepared p = prepare(frame, {.checksums = false, .vlan = 0x6123});
    ASSERT_TRUE(p);
    EXPECT_EQ(p.request.flags, TxRequest::vlan);
    EXPECT_EQ(p.request.vlan_tag, 0x6123);
    EXPECT_EQ(Packets::content(frame), bytes);
    packets_.give(frame);
}

TEST_F(PrepareTest, AsksForNothingWhereThereIsNoChecksum) {
    Bytes arp = build(Description{}).bytes;
    arp[12] = std::byte{0x08}, arp[13] = std::byte{0x06};
    EXPECT_EQ(why(arp), Unfit::no);
    std::vector<mem::Packet> frame = packets_.put(arp);
    EXPECT_EQ(prepare(frame).request, TxRequest{});
    packets_.give(frame);
}

TEST_F(PrepareTest, AsksForIpv4sChecksumAloneInAFragment) {
    Description d;
    d.fragment = 0x2000;
    const Bytes bytes = build(d).bytes;
    std::vector<mem::Packet> frame = packets_.put(bytes);
    const Prepared p = prepare(frame);
    EXPECT_EQ(p.request.flags, TxRequest::ip_checksum);
    insert_checksums(frame, p.request);
    EXPECT_EQ(Packets::content(frame), bytes);
    packets_.give(frame);
}

TEST_F(PrepareTest, RefusesWhatDoesNotFit) {
    const Built good = build(Description{});
    EXPECT_EQ(why(Bytes(good.bytes.begin(), good.bytes.end() - 1)), Unfit::malformed) << "cut off";
    EXPECT_EQ(why(Bytes(13, std::byte{1})), Unfit::malformed) << "not even Ethernet";
    EXPECT_EQ(why(good.bytes, {}, good.payload - 1), Unfit::malformed) << "headers in two parts";
    Bytes short_tcp = good.bytes;
    short_tcp[good.l4 + 12] = std::byte{0x40};
    EXPECT_EQ(why(short_tcp), Unfit::malformed);

    Description udp;
    udp.l4 = L4::udp;
    Built wrong_length = build(udp);
    wrong_length.bytes[wrong_length.l4 + 5] = std::byte{9};
    EXPECT_EQ(why(wrong_length.bytes), Unfit::malformed);

    Description v6;
    v6.v6 = true;
    v6.options.resize(8);
    Built routed = build(v6);
    routed.bytes[routed.l3 + 6] = std::byte{43};
    routed.bytes[routed.l3 + 43] = std::byte{1};
    EXPECT_EQ(why(routed.bytes), Unfit::routed);

    Bytes padded = good.bytes;
    padded.resize(padded.size() + 10);
    EXPECT_EQ(why(padded, {}, good.bytes.size()), Unfit::padded);
}

TEST_F(PrepareTest, RefusesToCutWhatCannotBeCut) {
    for (const std::uint16_t flag : std::initializer_list<std::uint16_t>{0x02, 0x04, 0x20}) {
        Description d;
        d.tcp_flags |= flag;
        d.payload.resize(200);
        EXPECT_EQ(why(build(d).bytes, {.segment_size = 100}), Unfit::not_segmentable) << flag;
        std::vector<mem::Packet> frame = packets_.put(build(d).bytes);
        EXPECT_TRUE(prepare(frame, {.segment_size = 200})) << "nothing to cut";
        packets_.give(frame);
    }
}

TEST_F(PrepareTest, RefusesHeadersThatARequestCannotDescribe) {
    // IPv6 with one header of destination options; 40 + 8 + 8 * more bytes.
    const auto frame_with = [](std::uint8_t more) {
        Description d;
        d.v6 = true;
        d.options.resize(8);
        d.payload.resize(200);
        Built built = build(d);
        built.bytes[built.l3 + 41] = std::byte{more};
        built.bytes.insert(built.bytes.begin() + static_cast<std::ptrdiff_t>(built.l4), std::size_t{8} * more,
                           std::byte{0});
        const std::size_t length = built.bytes.size() - built.l3 - 40;
        built.bytes[built.l3 + 4] = static_cast<std::byte>(length >> 8);
        built.bytes[built.l3 + 5] = static_cast<std::byte>(length & 0xFF);
        return built.bytes;
    };
    const auto fit = [&](std::uint8_t more, std::uint16_t segment_size) {
        std::vector<mem::Packet> frame = packets_.put(frame_with(more));
        const Unfit unfit = prepare(frame, {.segment_size = segment_size}).unfit;
        packets_.give(frame);
        return unfit;
    };
    EXPECT_EQ(fit(25, 0), Unfit::no) << "248 bytes of IP";
    EXPECT_EQ(fit(26, 0), Unfit::headers_too_big) << "256";
    EXPECT_EQ(fit(19, 100), Unfit::no) << "234 bytes in all";
    EXPECT_EQ(fit(20, 100), Unfit::headers_too_big) << "242";
    EXPECT_EQ(fit(20, 200), Unfit::no) << "nothing to cut";
    EXPECT_EQ(why(frame_with(26)), Unfit::headers_too_big) << "and left as it was";
}

TEST(Fits, RefusesRequestsThatPointOutsideTheFirstPart) {
    Packets packets;
    std::vector<mem::Packet> frame = packets.put(build(Description{}).bytes);  // 54 bytes
    const TxRequest good{
        .flags = TxRequest::ip_checksum | TxRequest::tcp_checksum, .l2_length = 14, .l3_length = 20};
    EXPECT_TRUE(fits(frame, good));
    EXPECT_TRUE(fits(frame, {}));
    const auto with = [&](auto change) {
        TxRequest request = good;
        change(request);
        return fits(frame, request);
    };
    EXPECT_FALSE(with([](TxRequest& r) { r.l3_length = 21; }));
    EXPECT_FALSE(with([](TxRequest& r) { r.l3_length = 19; }));
    EXPECT_FALSE(with([](TxRequest& r) { r.l2_length = 13; }));
    EXPECT_FALSE(with([](TxRequest& r) { r.l2_length = 255; }));
    EXPECT_FALSE(with([](TxRequest& r) { r.flags |= TxRequest::udp_checksum; }));
    EXPECT_FALSE(with([](TxRequest& r) { r.flags |= TxRequest::ipv6; }));
    EXPECT_FALSE(with([](TxRequest& r) {
        r.flags |= TxRequest::segment, r.l4_length = 20, r.segment_size = 1;
    })) << "nothing to cut";
    EXPECT_FALSE(
        with([](TxRequest& r) { r.flags |= TxRequest::segment, r.l4_length = 16, r.segment_size = 1; }));
    EXPECT_FALSE(fits(std::span(frame).first(1),
                      {.flags = TxRequest::sctp_checksum, .l2_length = 14, .l3_length = 60}));
    packets.give(frame);
}

TEST(InsertVlan, PutsTheTagBehindTheAddresses) {
    Random random(3);
    for (const std::uint32_t headroom : {64u, 0u}) {
        Packets packets({64, 2048, headroom});
        for (int i = 0; i < 1000; ++i) {
            Description d = random.description(200);
            Bytes before = build(d).bytes;
            std::vector<mem::Packet> frame = packets.put(before);
            const std::uint16_t tag = random.number16();
            ASSERT_TRUE(insert_vlan(frame[0], packets.pool, tag));
            d.tags.insert(d.tags.begin(), tag);
            ASSERT_EQ(Packets::content(frame), build(d).bytes);
            ASSERT_TRUE(packets.pool.owns(frame[0]));
            packets.give(frame);
        }
    }
}

TEST(InsertVlan, RefusesWhereTheBufferHasNoRoom) {
    Packets packets({64, 1024, 0});
    std::vector<mem::Packet> frame = packets.put(Bytes(1021, std::byte{5}));
    EXPECT_FALSE(insert_vlan(frame[0], packets.pool, 1));
    EXPECT_EQ(Packets::content(frame), Bytes(1021, std::byte{5}));
    frame[0].length = 1020;
    EXPECT_TRUE(insert_vlan(frame[0], packets.pool, 1));
    EXPECT_EQ(frame[0].length, 1024);
    packets.give(frame);
}

}  // namespace
}  // namespace ringside::net
