#include "net/segment.hpp"

#include "net/fallback.hpp"
#include "net/headers.hpp"
#include "net/prepare.hpp"
#include "tests/net/packets.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace ringside::net {
namespace {

using test::build;
using test::Built;
using test::Bytes;
using test::cut;
using test::Description;
using test::Packets;
using test::Random;

TxRequest request_for(std::vector<mem::Packet>& frame, std::uint16_t segment_size) {
    const Prepared p = prepare(frame, find_headers(frame), {.segment_size = segment_size});
    EXPECT_TRUE(p) << describe(p.unfit);
    return p.request;
}

// Each frame's bytes, and all of their buffers given back.
std::vector<Bytes> all_frames(Segmenter& segmenter, Packets& packets) {
    std::vector<Bytes> frames;
    std::array<mem::Packet, 80> out;
    while (segmenter.more()) {
        const std::uint32_t parts = segmenter.next(packets.cache, out);
        if (parts == 0) break;
        const auto frame = std::span(out).first(parts);
        for (std::uint32_t i = 0; i < parts; ++i)
            EXPECT_EQ(frame[i].flags, i + 1 < parts ? mem::Packet::more : 0);
        frames.push_back(Packets::content(frame));
        packets.give(frame);
    }
    return frames;
}

TEST(Segmenter, MakesTheFramesThatWouldHaveBeenBuiltOneByOne) {
    Packets packets;
    Random random(1);
    std::size_t made = 0;
    for (int i = 0; i < 10'000; ++i) {
        Description d = random.tcp(i % 20 == 0 ? 12'000 : 1000);
        const auto segment_size = static_cast<std::uint16_t>(
            1 + random.below(static_cast<std::uint32_t>(std::min<std::size_t>(d.payload.size(), 1448) + 1)));
        const Built built = build(d);
        if (d.payload.size() <= segment_size) continue;
        std::vector<mem::Packet> frame =
            packets.put(built.bytes, built.payload + random.below(100), 100 + random.below(1900));
        const TxRequest request = request_for(frame, segment_size);
        ASSERT_TRUE(fits(frame, request));
        Segmenter segmenter(frame, request);
        const std::vector<Bytes> frames = all_frames(segmenter, packets);
        const std::vector<Description> expected = cut(d, segment_size);
        ASSERT_EQ(frames.size(), expected.size());
        for (std::size_t k = 0; k < frames.size(); ++k)
            ASSERT_EQ(frames[k], build(expected[k]).bytes) << i << ", segment " << k;
        made += frames.size();
        packets.give(frame);
        ASSERT_EQ(packets.missing(), 0u);
    }
    EXPECT_GT(made, 50'000u);
}

TEST(Segmenter, CarriesSequenceAndIdentificationOverTheirEnds) {
    Packets packets;
    Description d;
    d.sequence = 0xFFFFFFF0;
    d.identification = 0xFFFF;
    d.payload.assign(64, 3);
    std::vector<mem::Packet> frame = packets.put(build(d).bytes);
    Segmenter segmenter(frame, request_for(frame, 16));
    const std::vector<Bytes> frames = all_frames(segmenter, packets);
    const std::vector<Description> expected = cut(d, 16);
    ASSERT_EQ(frames.size(), 4u);
    EXPECT_EQ(expected[1].sequence, 0u);
    EXPECT_EQ(expected[1].identification, 0u);
    for (std::size_t k = 0; k < 4; ++k) EXPECT_EQ(frames[k], build(expected[k]).bytes);
    packets.give(frame);
}

TEST(Segmenter, KeepsFinAndPushForTheLastAndCwrForTheFirst) {
    Packets packets;
    Description d;
    d.tcp_flags = 0x10 | 0x80 | 0x08 | 0x01;
    d.payload.assign(30, 3);
    std::vector<mem::Packet> frame = packets.put(build(d).bytes);
    Segmenter segmenter(frame, request_for(frame, 10));
    const std::vector<Bytes> frames = all_frames(segmenter, packets);
    ASSERT_EQ(frames.size(), 3u);
    EXPECT_EQ(frames[0][47], std::byte{0x90});
    EXPECT_EQ(frames[1][47], std::byte{0x10});
    EXPECT_EQ(frames[2][47], std::byte{0x19});
    packets.give(frame);
}

TEST(Segmenter, LeavesAFrameThatFitsAsItIs) {
    Packets packets;
    Description d;
    d.tcp_flags = 0x10 | 0x80 | 0x08 | 0x01;
    d.payload.assign(30, 3);
    std::vector<mem::Packet> frame = packets.put(build(d).bytes);
    TxRequest request = request_for(frame, 29);
    request.segment_size = 30;
    Segmenter segmenter(frame, request);
    const std::vector<Bytes> frames = all_frames(segmenter, packets);
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0], build(d).bytes);
    packets.give(frame);
}

TEST(Segmenter, MakesFramesOfSeveralPartsWhereBuffersAreSmall) {
    Packets packets({2048, 1024, 0});
    Random random(2);
    for (int i = 0; i < 200; ++i) {
        Description d = random.tcp(30'000);
        const auto segment_size = static_cast<std::uint16_t>(900 + random.below(8000));
        if (d.payload.size() <= segment_size) continue;
        std::vector<mem::Packet> frame = packets.put(build(d).bytes);
        Segmenter segmenter(frame, request_for(frame, segment_size));
        const std::vector<Bytes> frames = all_frames(segmenter, packets);
        const std::vector<Description> expected = cut(d, segment_size);
        ASSERT_EQ(frames.size(), expected.size());
        for (std::size_t k = 0; k < frames.size(); ++k) ASSERT_EQ(frames[k], build(expected[k]).bytes);
        packets.give(frame);
    }
    EXPECT_EQ(packets.missing(), 0u);
}

TEST(Segmenter, GoesOnWhereItStoppedForWantOfBuffersOrSpace) {
    Packets packets({64, 1024, 0});
    Description d;
    d.payload.assign(4000, 9);
    std::vector<mem::Packet> frame = packets.put(build(d).bytes);
    Segmenter segmenter(frame, request_for(frame, 1100));  // two buffers each
    std::array<mem::Packet, 4> out;
    EXPECT_EQ(segmenter.next(packets.cache, std::span(out).first(1)), 0u);
    std::vector<mem::Packet> hoard;
    while (const auto packet = packets.cache.allocate()) hoard.push_back(*packet);
    EXPECT_EQ(segmenter.next(packets.cache, out), 0u);
    packets.cache.give(hoard.back());
    hoard.pop_back();
    EXPECT_EQ(segmenter.next(packets.cache, out), 0u) << "one buffer is not enough";
    packets.give(hoard);
    const std::vector<Bytes> frames = all_frames(segmenter, packets);
    ASSERT_EQ(frames.size(), 4u);
    const std::vector<Description> expected = cut(d, 1100);
    for (std::size_t k = 0; k < 4; ++k) EXPECT_EQ(frames[k], build(expected[k]).bytes);
    packets.give(frame);
    EXPECT_EQ(packets.missing(), 0u);
}

TEST(Segmenter, HasNothingToDoWithoutAFrame) {
    Packets packets;
    Segmenter segmenter;
    std::array<mem::Packet, 4> out;
    EXPECT_FALSE(segmenter.more());
    EXPECT_EQ(segmenter.next(packets.cache, out), 0u);
}

}  // namespace
}  // namespace ringside::net
