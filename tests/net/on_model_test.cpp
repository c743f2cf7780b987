// What the software 82599 does to frames, and what this room says that it does: byte by byte the same.
#include "net/prepare.hpp"
#include "net/sender.hpp"
#include "net/toeplitz.hpp"
#include "tests/driver/nic_fixture.hpp"
#include "tests/net/frames.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace ringside::net {
namespace {

using test::build;
using test::Built;
using test::Bytes;
using test::Description;
using test::Random;

class NetOnModel : public test::OnModel {
protected:
    struct Traffic {
        std::vector<mem::Packet> packets;
        std::vector<TxRequest> requests;
        std::vector<Bytes> expected;
    };

    // All headers are in the first part; padded as the card pads.
    void add_frame(Traffic& traffic, Description d, Random& random) {
        const Built built = build(d);
        std::vector<mem::Packet> frame;
        for (std::size_t at = 0; at < built.bytes.size();) {
            mem::Packet packet = cache->allocate().value();
            const std::size_t most = at == 0 ? built.payload + random.below(100) : 100 + random.below(1000);
            const std::size_t size = std::min(most, built.bytes.size() - at);
            std::copy_n(built.bytes.begin() + static_cast<std::ptrdiff_t>(at), size, packet.data);
            at += size;
            packet.length = static_cast<std::uint16_t>(size);
            packet.flags = at < built.bytes.size() ? mem::Packet::more : std::uint16_t{0};
            frame.push_back(packet);
        }
        Wanted wanted;
        if (random.coin()) wanted.vlan = random.number16();
        if (random.coin()) wanted.segment_size = static_cast<std::uint16_t>(100 + random.below(1300));
        const Prepared p = prepare(frame, find_headers(frame), wanted);
        ASSERT_TRUE(p) << describe(p.unfit);
        for (std::size_t i = 0; i < frame.size(); ++i) {
            traffic.packets.push_back(frame[i]);
            traffic.requests.push_back(i == 0 ? p.request : TxRequest{});
        }
        if (wanted.vlan) d.tags.insert(d.tags.begin(), *wanted.vlan);
        for (const Description& s : p.request.asks(TxRequest::segment) ? test::cut(d, wanted.segment_size)
                                                                       : std::vector<Description>{d}) {
            traffic.expected.push_back(build(s).bytes);
            if (traffic.expected.back().size() < 60) traffic.expected.back().resize(60);
        }
    }
};

TEST_F(NetOnModel, TheCardMakesOfPreparedFramesWhatSoftwareMakesOfThem) {
    open();
    start_and_link({.mtu = 9000});
    Random random(1);
    Sender sender(nic->tx(0), *cache);
    for (int round = 0; round < 625; ++round) {
        Traffic traffic;
        for (int i = 0; i < 16; ++i) add_frame(traffic, random.description(i % 4 == 0 ? 3000 : 200), random);
        std::vector<Bytes> wire_frames;
        std::size_t done = 0;
        for (int tries = 0; done < traffic.packets.size() && tries < 1000; ++tries) {
            done += sender.send(std::span(traffic.packets).subspan(done),
                                std::span(traffic.requests).subspan(done));
            for (const test::Frame& frame : on_wire()) wire_frames.push_back(frame);
        }
        ASSERT_EQ(done, traffic.packets.size());
        ASSERT_EQ(wire_frames.size(), traffic.expected.size()) << round;
        for (std::size_t i = 0; i < wire_frames.size(); ++i)
            ASSERT_EQ(wire_frames[i], traffic.expected[i]) << "frame " << i << " of round " << round;
    }
    EXPECT_EQ(sender.counters().checksummed + sender.counters().segmented + sender.counters().tagged, 0u)
        << "the card has done it all";
    EXPECT_EQ(nic->tx(0).counters().refused, 0u);
}

TEST_F(NetOnModel, TheCardHashesAndSpreadsAsSoftwareDoes) {
    open();
    constexpr std::uint32_t queues = 8;
    Random random(2);
    for (const RssKey& key : {RssKey::microsoft(), RssKey::symmetric()})
        for (const unsigned types : {Rss::with_udp, Rss::usual, unsigned{Rss::ipv4 | Rss::ipv6_tcp}}) {
            const Rss rss = Rss::over(queues, key, types);
            const SoftwareRss decide(rss);
            start_and_link({.rx_queues = queues, .rx_descriptors = 64, .promiscuous = true, .rss = rss});
            for (int i = 0; i < 500; ++i) {
                Description d = random.description(100);
                d.tags.resize(random.below(2));
                if (random.below(10) == 0) d.fragment = 0x2000;
                Bytes bytes = build(d).bytes;
                if (bytes.size() < 60) bytes.resize(60);
                const auto expected =
                    decide(bytes, find_headers(bytes, static_cast<std::uint32_t>(bytes.size())));
                arrive(bytes);
                std::array<mem::Packet, 4> out;
                std::array<RxInfo, 4> info;
                ASSERT_EQ(nic->rx(expected.queue).receive(*cache, out, info), 1u) << i;
                ASSERT_EQ((info[0].flags & RxInfo::hash_valid) != 0, expected.type != 0) << i;
                ASSERT_EQ(info[0].rss_hash, expected.hash) << i;
                cache->give(out[0]);
            }
            nic->stop();
        }
}

}  // namespace
}  // namespace ringside::net
