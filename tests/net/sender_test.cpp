#include "net/sender.hpp"

#include "net/fallback.hpp"
#include "net/frame.hpp"
#include "net/prepare.hpp"
#include "tests/net/packets.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace ringside::net {
namespace {

using test::build;
using test::Built;
using test::Bytes;
using test::cut;
using test::Description;
using test::L4;
using test::Packets;
using test::Random;

// A queue that puts frames on the wire, with what it was asked to do to them, and keeps buffers until it is
// asked for them. It takes as many packets in a call as `room` says.
class FakeQueue final : public TxQueue {
public:
    FakeQueue(Packets& packets, std::uint8_t accepted) : packets_(packets), accepted_(accepted) {}
    std::uint8_t accepts() const noexcept override { return accepted_; }

    std::uint32_t send(mem::PacketCache& cache, std::span<const mem::Packet> in) noexcept override {
        return send(cache, in, std::vector<TxRequest>(in.size()));
    }
    std::uint32_t send(mem::PacketCache&, std::span<const mem::Packet> in,
                       std::span<const TxRequest> requests) noexcept override {
        ++calls;
        std::size_t taken = 0;
        const std::size_t most = room ? room() : in.size();
        while (taken < in.size()) {
            const std::size_t parts = parts_of_frame(in.subspan(taken));
            if (parts == 0 || taken + parts > most) break;
            put_on_the_wire(in.subspan(taken, parts), requests[taken]);
            taken += parts;
        }
        return static_cast<std::uint32_t>(taken);
    }
    std::uint32_t reclaim(mem::PacketCache& cache) noexcept override {
        for (const mem::Packet& packet : sent_) cache.give(packet);
        sent_.clear();
        return 0;
    }
    TxQueueCounters counters() const noexcept override { return {}; }

    std::function<std::size_t()> room;
    std::vector<Bytes> wire;
    std::vector<TxRequest> requests_seen;
    int calls = 0;

private:
    void put_on_the_wire(std::span<const mem::Packet> frame, TxRequest request) {
        requests_seen.push_back(request);
        EXPECT_TRUE(fits(frame, request));
        EXPECT_EQ(request.flags & ~accepted_ & ~TxRequest::ipv6, 0);
        std::vector<Bytes> frames;
        if (request.asks(TxRequest::segment)) {
            Segmenter segmenter(frame, request);
            std::array<mem::Packet, 80> out;
            while (segmenter.more()) {
                const auto made = std::span(out).first(segmenter.next(packets_.cache, out));
                frames.push_back(Packets::content(made));
                packets_.give(made);
            }
        } else {
            insert_checksums(frame, request);
            frames.push_back(Packets::content(frame));
        }
        for (Bytes& bytes : frames) {
            if (request.asks(TxRequest::vlan)) {
                const std::byte tag[] = {std::byte{0x81}, std::byte{0}, std::byte(request.vlan_tag >> 8),
                                         std::byte(request.vlan_tag & 0xFF)};
                bytes.insert(bytes.begin() + 12, std::begin(tag), std::end(tag));
            }
            wire.push_back(bytes);
        }
        sent_.insert(sent_.end(), frame.begin(), frame.end());
    }
    Packets& packets_;
    std::uint8_t accepted_;
    std::vector<mem::Packet> sent_;
};

constexpr std::uint8_t usual_checksums =
    TxRequest::ip_checksum | TxRequest::tcp_checksum | TxRequest::udp_checksum;

// All kinds of cards there may be, by what their queues accept.
std::vector<std::uint8_t> all_kinds_of_cards() {
    std::vector<std::uint8_t> cards;
    for (unsigned bits = 0; bits < 32; ++bits)
        cards.push_back(static_cast<std::uint8_t>(
            ((bits & 1) != 0 ? usual_checksums : 0) | ((bits & 2) != 0 ? TxRequest::sctp_checksum : 0) |
            ((bits & 4) != 0 ? TxRequest::segment : 0) | ((bits & 8) != 0 ? TxRequest::vlan : 0) |
            ((bits & 16) != 0 ? TxRequest::ipv6 : 0)));
    return cards;
}

// A burst, and what shall be on the wire.
struct Traffic {
    std::vector<mem::Packet> packets;
    std::vector<TxRequest> requests;
    std::vector<Bytes> expected;
};

void add_frame(Traffic& traffic, Packets& packets, Description d, Random& random) {
    const Built built = build(d);
    std::vector<mem::Packet> frame = packets.put(built.bytes, built.payload + random.below(200), 500);
    Wanted wanted;
    wanted.checksums = random.below(4) != 0;
    if (random.coin()) wanted.vlan = random.number16();
    if (random.coin()) wanted.segment_size = static_cast<std::uint16_t>(200 + random.below(1200));
    const Prepared p = prepare(frame, find_headers(frame), wanted);
    ASSERT_TRUE(p) << describe(p.unfit);
    for (std::size_t i = 0; i < frame.size(); ++i) {
        traffic.packets.push_back(frame[i]);
        traffic.requests.push_back(i == 0 ? p.request : TxRequest{});
    }
    if (wanted.vlan) d.tags.insert(d.tags.begin(), *wanted.vlan);
    if (wanted.segment_size != 0 && d.l4 == L4::tcp && d.payload.size() > wanted.segment_size)
        for (const Description& segment : cut(d, wanted.segment_size))
            traffic.expected.push_back(build(segment).bytes);
    else
        traffic.expected.push_back(build(d).bytes);
}

// Sends all of it, with whatever the queue takes each time.
void send_all(Sender& sender, const Traffic& traffic) {
    std::size_t done = 0;
    for (int tries = 0; done < traffic.packets.size() && tries < 100'000; ++tries)
        done +=
            sender.send(std::span(traffic.packets).subspan(done), std::span(traffic.requests).subspan(done));
    ASSERT_EQ(done, traffic.packets.size());
    for (int tries = 0; !sender.flush() && tries < 100'000; ++tries) {}
    ASSERT_TRUE(sender.flush());
}

TEST(Sender, PutsTheSameOnTheWireWhateverTheCardCanDo) {
    Random random(1);
    for (const std::uint8_t accepted : all_kinds_of_cards()) {
        Packets packets;
        for (int round = 0; round < 20; ++round) {
            FakeQueue queue(packets, accepted);
            if (round % 2 == 1) queue.room = [&random] { return random.below(20); };
            Sender sender(queue, packets.cache);
            Traffic traffic;
            for (int i = 0; i < 16; ++i)
                add_frame(traffic, packets, random.description(i % 4 == 0 ? 6000 : 300), random);
            send_all(sender, traffic);
            ASSERT_EQ(queue.wire, traffic.expected) << round;
            ASSERT_EQ(sender.counters().refused, 0u);
            queue.reclaim(packets.cache);
            ASSERT_EQ(packets.missing(), 0u);
        }
    }
}

TEST(Sender, GivesWhatTheCardCanDoToItUntouchedAndInOneCall) {
    Packets packets;
    Random random(2);
    constexpr std::uint8_t all =
        usual_checksums | TxRequest::sctp_checksum | TxRequest::segment | TxRequest::vlan;
    FakeQueue queue(packets, all);
    Sender sender(queue, packets.cache);
    Traffic traffic;
    std::vector<TxRequest> requests;
    for (int i = 0; i < 10; ++i) {
        const std::size_t first = traffic.packets.size();
        add_frame(traffic, packets, random.description(3000), random);
        requests.push_back(traffic.requests[first]);
    }
    EXPECT_EQ(sender.send(traffic.packets, traffic.requests), traffic.packets.size());
    EXPECT_EQ(queue.calls, 1);
    EXPECT_EQ(queue.requests_seen, requests);
    queue.reclaim(packets.cache);
    EXPECT_EQ(packets.missing(), 0u);
}

TEST(Sender, TellsTheCardOnceAboutABurstItHasWorkedOn) {
    Packets packets;
    Random random(3);
    FakeQueue queue(packets, 0);
    Sender sender(queue, packets.cache);
    Traffic traffic;
    for (int i = 0; i < 32; ++i) {
        Description d;
        const Built built = build(d);
        std::vector<mem::Packet> frame = packets.put(built.bytes);
        traffic.requests.push_back(prepare(frame, find_headers(frame)).request);
        traffic.packets.push_back(frame[0]);
    }
    EXPECT_EQ(sender.send(traffic.packets, traffic.requests), 32u);
    EXPECT_EQ(queue.calls, 1);
    EXPECT_EQ(sender.counters().checksummed, 32u);
    queue.reclaim(packets.cache);
    EXPECT_EQ(packets.missing(), 0u);
}

TEST(Sender, CutsAFrameIntoMoreSegmentsThanThePoolHasBuffers) {
    Packets packets({64, 2048, 64});
    FakeQueue queue(packets, 0);
    Sender sender(queue, packets.cache);
    Description d;
    d.payload.assign(30'000, 7);
    std::vector<mem::Packet> frame = packets.put(build(d).bytes);
    const Prepared p = prepare(frame, find_headers(frame), {.segment_size = 100});
    Traffic traffic{frame, std::vector<TxRequest>(frame.size(), p.request), {}};
    send_all(sender, traffic);
    ASSERT_EQ(queue.wire.size(), 300u);
    const std::vector<Description> expected = cut(d, 100);
    for (std::size_t i = 0; i < 300; ++i) ASSERT_EQ(queue.wire[i], build(expected[i]).bytes);
    EXPECT_EQ(sender.counters().segmented, 1u);
    EXPECT_EQ(sender.counters().segments, 300u);
    queue.reclaim(packets.cache);
    EXPECT_EQ(packets.missing(), 0u);
}

TEST(Sender, TakesNothingWhileTheQueueTakesNothing) {
    Packets packets;
    Random random(4);
    FakeQueue queue(packets, 0);
    queue.room = [] { return std::size_t{0}; };
    Sender sender(queue, packets.cache);
    Traffic traffic;
    for (int i = 0; i < 400; ++i) add_frame(traffic, packets, random.tcp(100), random);
    std::size_t done = 0;
    for (int i = 0; i < 10; ++i)
        done +=
            sender.send(std::span(traffic.packets).subspan(done), std::span(traffic.requests).subspan(done));
    EXPECT_LT(done, traffic.packets.size()) << "what it has worked on is limited";
    EXPECT_FALSE(sender.flush());
    queue.room = nullptr;
    traffic.packets.erase(traffic.packets.begin(),
                          traffic.packets.begin() + static_cast<std::ptrdiff_t>(done));
    traffic.requests.erase(traffic.requests.begin(),
                           traffic.requests.begin() + static_cast<std::ptrdiff_t>(done));
    send_all(sender, traffic);
    EXPECT_EQ(queue.wire, traffic.expected) << "nothing lost, repeated or overtaken";
    queue.reclaim(packets.cache);
    EXPECT_EQ(packets.missing(), 0u);
}

TEST(Sender, GivesBackWhatItHoldsAtTheEnd) {
    Packets packets;
    FakeQueue queue(packets, 0);
    queue.room = [] { return std::size_t{0}; };
    {
        Sender sender(queue, packets.cache);
        Description d;
        d.payload.assign(5000, 7);
        std::vector<mem::Packet> frame = packets.put(build(d).bytes);
        const Prepared p = prepare(frame, find_headers(frame), {.segment_size = 1000});
        EXPECT_EQ(sender.send(frame, std::vector<TxRequest>(frame.size(), p.request)), frame.size());
        EXPECT_GT(packets.missing(), 0u);
    }
    EXPECT_EQ(packets.missing(), 0u);
}

TEST(Sender, RefusesRequestsThatMakeNoSense) {
    Packets packets;
    FakeQueue queue(packets, 0);
    Sender sender(queue, packets.cache);
    const std::vector<TxRequest> wrong{
        {.flags = TxRequest::tcp_checksum, .l2_length = 14, .l3_length = 255},
        {.flags = TxRequest::segment, .l2_length = 14, .l3_length = 20, .l4_length = 20, .segment_size = 0},
        {.flags = TxRequest::tcp_checksum | TxRequest::udp_checksum, .l2_length = 14, .l3_length = 20},
    };
    for (const TxRequest& request : wrong) {
        const auto frame = packets.put(build(Description{}).bytes);
        EXPECT_EQ(sender.send(frame, std::vector{request}), 1u);
    }
    EXPECT_EQ(sender.counters().refused, 3u);
    EXPECT_TRUE(queue.wire.empty());
    EXPECT_EQ(packets.missing(), 0u);
}

TEST(Sender, RefusesATagForWhichThereIsNoRoom) {
    Packets packets({64, 1024, 0});
    FakeQueue queue(packets, 0);
    Sender sender(queue, packets.cache);
    const auto frame = packets.put(Bytes(1024, std::byte{1}));
    EXPECT_EQ(sender.send(frame, std::vector<TxRequest>{{.flags = TxRequest::vlan, .vlan_tag = 1}}), 1u);
    EXPECT_EQ(sender.counters().refused, 1u);
    EXPECT_EQ(packets.missing(), 0u);
}

TEST(Sender, LeavesAFrameWithoutAnEndToTheQueue) {
    Packets packets;
    FakeQueue queue(packets, 0);
    Sender sender(queue, packets.cache);
    auto frame = packets.put(build(Description{}).bytes);
    const Prepared p = prepare(frame, find_headers(frame));
    frame[0].flags = mem::Packet::more;
    EXPECT_EQ(sender.send(frame, std::vector{p.request}), 0u);
    EXPECT_EQ(sender.send(frame, std::vector{TxRequest{}}), 0u);
    EXPECT_EQ(sender.send({}, {}), 0u);
    packets.give(frame);
    EXPECT_EQ(packets.missing(), 0u);
}

}  // namespace
}  // namespace ringside::net
