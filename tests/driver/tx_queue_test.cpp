// The transmit queue on plain memory: the test reads descriptors as a device would.
#include "driver/ixgbe/queues.hpp"
#include "tests/driver/ring_fixture.hpp"

#include <random>

namespace ringside::test {
namespace {

using D = TxDescriptor;
constexpr std::uint32_t group = ixgbe::TxQueue::group;

struct TxSetup {
    explicit TxSetup(std::uint32_t size = 64, mem::PoolOptions options = {.buffers = 2048},
                     std::uint32_t first_position = 0)
        : memory(options),
          cache(std::make_unique<mem::PacketCache>(*memory.pool)),
          queue(std::make_unique<ixgbe::TxQueue>(memory.domain, memory.pool, size, hal::Doorbell(tail),
                                                 TxRequest::everything, first_position)),
          device(memory, queue->ring(), tail) {}

    mem::Packet packet(std::span<const std::byte> bytes, bool more = false) {
        mem::Packet p = cache->allocate().value();
        std::copy(bytes.begin(), bytes.end(), p.data);
        p.length = static_cast<std::uint16_t>(bytes.size());
        p.flags = more ? mem::Packet::more : std::uint16_t{0};
        return p;
    }
    std::vector<mem::Packet> packets(std::size_t count, std::uint64_t first = 0, std::size_t length = 60) {
        std::vector<mem::Packet> out;
        for (std::size_t i = 0; i < count; ++i) out.push_back(packet(pattern(first + i, length)));
        return out;
    }
    // `bytes` in parts of `part` bytes.
    std::vector<mem::Packet> chain(std::span<const std::byte> bytes, std::size_t part) {
        std::vector<mem::Packet> out;
        for (; bytes.size() > part; bytes = bytes.subspan(part))
            out.push_back(packet(bytes.first(part), true));
        out.push_back(packet(bytes));
        return out;
    }
    std::uint32_t send(std::span<const mem::Packet> in) { return queue->send(*cache, in); }
    // All in one call, which must take all.
    void send_all(std::span<const mem::Packet> in) { ASSERT_EQ(send(in), in.size()); }
    std::uint32_t in_ring() const { return device.waiting() + device.unreported(); }
    bool asks(std::uint32_t slot) const { return (queue->ring()[slot].command & D::RS) != 0; }
    // Everything goes back; says how many buffers are missing then.
    std::uint32_t missing() {
        cache.reset();
        queue.reset();
        return memory.pool->size() - memory.pool->available();
    }

    volatile std::uint32_t tail = 0;
    PacketMemory memory;
    std::unique_ptr<mem::PacketCache> cache;
    std::unique_ptr<ixgbe::TxQueue> queue;
    TxDevice device;
};

void expect_sent(TxDevice& device, std::uint64_t first, std::size_t count, std::size_t length = 60) {
    ASSERT_EQ(device.sent.size(), count);
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(device.sent[i], pattern(first + i, length)) << i;
    device.sent.clear();
}

TEST(TxQueue, FramesLeaveInOrderOverSeveralWraps) {
    TxSetup s;
    std::uint64_t number = 0;
    for (std::size_t round = 0; round < 200; ++round) {
        const std::size_t count = 1 + round % 32;
        s.send_all(s.packets(count, number));
        s.device.finish();
        expect_sent(s.device, number, count);
        number += count;
    }
    EXPECT_GT(number, 64u * 20);
    EXPECT_EQ(s.queue->reclaim(*s.cache), 0u);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(TxQueue, ADescriptorSaysAllThatTheDeviceMustKnow) {
    TxSetup s(64, {.buffers = 64, .room = 2048, .headroom = 128});
    mem::Packet p = s.packet(pattern(1, 1514));
    p.data -= 100;  // somebody prepended a header
    p.length = 1614;
    s.send_all({&p, 1});
    const D& d = s.queue->ring()[0];
    EXPECT_EQ(d.buffer, s.memory.iova_of(p));
    EXPECT_EQ(d.command & D::dtalen_mask, 1614u);
    EXPECT_EQ(d.command >> D::paylen_shift, 1614u);
    EXPECT_EQ((d.command >> D::dtyp_shift) & 0xF, 3u);
    const std::uint64_t flags = D::EOP | D::IFCS | D::RS | D::DEXT;
    EXPECT_EQ(d.command & (flags | D::VLE | D::TSE | D::DD), flags);
}

TEST(TxQueue, TheTailIsToldOncePerCallAndOnlyIfThereIsSomething) {
    TxSetup s;
    s.tail = 99;
    EXPECT_EQ(s.send({}), 0u);
    EXPECT_EQ(s.queue->reclaim(*s.cache), 0u);
    EXPECT_EQ(s.tail, 99u);
    s.send_all(s.packets(5));
    EXPECT_EQ(s.tail, 5u);
    const mem::Packet runt = s.packet(pattern(0, 16));
    s.tail = 99;
    EXPECT_EQ(s.send({&runt, 1}), 1u);
    EXPECT_EQ(s.tail, 99u) << "nothing was sent";
}

TEST(TxQueue, OneDescriptorAlwaysStaysFree) {
    for (const std::uint32_t size : {64u, 512u}) {
        TxSetup s(size);
        const auto in = s.packets(size + 10);
        EXPECT_EQ(s.send(in), size - 1);
        EXPECT_EQ(s.send(std::span(in).subspan(size - 1)), 0u);
        EXPECT_EQ(s.device.waiting(), size - 1);
        for (const auto& p : std::span(in).subspan(size - 1)) s.cache->give(p);
        s.device.finish();
        expect_sent(s.device, 0, size - 1);
        EXPECT_EQ(s.queue->reclaim(*s.cache), 0u);
        EXPECT_EQ(s.missing(), 0u);
    }
}

TEST(TxQueue, AFullRingGoesOnWhenTheDeviceReports) {
    TxSetup s;
    const auto in = s.packets(100);
    ASSERT_EQ(s.send(in), 63u);
    s.device.fetch();
    EXPECT_EQ(s.send(std::span(in).subspan(63)), 0u) << "sent, but not reported";
    s.device.report(31);
    EXPECT_EQ(s.send(std::span(in).subspan(63)), 0u) << "the first group's last descriptor is not reported";
    s.device.report(1);
    EXPECT_EQ(s.send(std::span(in).subspan(63)), 32u);
    s.device.finish();
    EXPECT_EQ(s.send(std::span(in).subspan(95)), 5u);
    s.device.finish();
    expect_sent(s.device, 0, 100);
    EXPECT_EQ(s.missing(), 0u);
}

// --- When the device is asked for a report.

TEST(TxQueue, EveryGroupsLastDescriptorAndEveryCallsLastAskForAReport) {
    TxSetup s(128);
    s.send_all(s.packets(70));
    for (std::uint32_t slot = 0; slot < 70; ++slot)
        EXPECT_EQ(s.asks(slot), slot == 31 || slot == 63 || slot == 69) << slot;
    s.send_all(s.packets(3));
    for (std::uint32_t slot = 70; slot < 73; ++slot) EXPECT_EQ(s.asks(slot), slot == 72) << slot;
}

TEST(TxQueue, AFrameAcrossAGroupsEndReportsAtItsOwnEnd) {
    TxSetup s(128);
    s.send_all(s.packets(30));
    auto in = s.chain(pattern(1, 500), 100);  // slots 30 to 34
    const auto more = s.packets(10);
    in.insert(in.end(), more.begin(), more.end());
    s.send_all(in);
    for (std::uint32_t slot = 30; slot < 45; ++slot) {
        EXPECT_EQ(s.asks(slot), slot == 34 || slot == 44) << slot;
        const bool end = slot >= 34;
        EXPECT_EQ((s.queue->ring()[slot].command & D::EOP) != 0, end) << slot;
        EXPECT_EQ(s.queue->ring()[slot].command >> D::paylen_shift, end && slot > 34 ? 60u : 500u) << slot;
    }
    // The group is free when the frame that ends it is, and not before.
    s.device.fetch();
    s.device.report(34);
    EXPECT_EQ(s.send({}), 0u);
    EXPECT_EQ(s.queue->reclaim(*s.cache), 45u);
    s.device.report(1);
    EXPECT_EQ(s.queue->reclaim(*s.cache), 45u - 32u);
    s.device.report();
    EXPECT_EQ(s.queue->reclaim(*s.cache), 0u);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(TxQueue, AFrameMayCoverAWholeGroup) {
    TxSetup s(128);
    s.send_all(s.packets(30));
    s.send_all(s.chain(pattern(7, 40 * 100), 100));  // slots 30 to 69: the ends of two groups
    EXPECT_FALSE(s.asks(31));
    EXPECT_FALSE(s.asks(63));
    EXPECT_TRUE(s.asks(69));
    s.device.fetch();
    s.device.report(69);
    EXPECT_EQ(s.queue->reclaim(*s.cache), 70u);
    s.device.report();
    EXPECT_EQ(s.queue->reclaim(*s.cache), 0u);
    ASSERT_EQ(s.device.sent.size(), 31u);
    EXPECT_EQ(s.device.sent.back(), pattern(7, 4000));
    // The groups' next lap is not led astray by what was noted about the frame.
    for (std::uint64_t i = 0; i < 20; ++i) {
        s.device.sent.clear();
        s.send_all(s.packets(32, i * 32));
        s.device.finish();
        expect_sent(s.device, i * 32, 32);
        ASSERT_LE(s.queue->reclaim(*s.cache), 0u);
    }
    EXPECT_EQ(s.missing(), 0u);
}

TEST(TxQueue, AFrameMayCrossTheEndOfTheRing) {
    TxSetup s;
    std::uint64_t number = 0;
    for (std::size_t round = 0; round < 100; ++round) {
        const Bytes frame = pattern(number++, 17 + round * 13);
        s.send_all(s.chain(frame, 60));
        s.device.finish();
        ASSERT_EQ(s.device.sent.size(), 1u);
        ASSERT_EQ(s.device.sent[0], frame);
        s.device.sent.clear();
        ASSERT_EQ(s.queue->reclaim(*s.cache), 0u);
    }
    EXPECT_EQ(s.missing(), 0u);
}

// --- Taking buffers back.

TEST(TxQueue, OneReportedDescriptorFreesItsWholeGroup) {
    TxSetup s(128, {.buffers = 512});
    s.send_all(s.packets(100));
    // Only the group's last descriptor is written back: the others were never asked.
    s.queue->ring()[31] = {0, D::DD};
    const std::uint32_t before = s.cache->in_stock();
    EXPECT_EQ(s.send({}), 0u);
    EXPECT_EQ(s.cache->in_stock(), before + group);
    s.queue->ring()[95] = {0, D::DD};
    EXPECT_EQ(s.send({}), 0u);
    EXPECT_EQ(s.cache->in_stock(), before + group) << "groups are freed in order";
}

TEST(TxQueue, AReportInsideAGroupIsNotTakenForItsEnd) {
    TxSetup s(128, {.buffers = 512});
    s.send_all(s.packets(10));
    s.send_all(s.packets(30));
    s.device.fetch();
    s.device.report(10);
    const std::uint32_t before = s.cache->in_stock();
    EXPECT_EQ(s.send({}), 0u);
    EXPECT_EQ(s.cache->in_stock(), before);
    EXPECT_EQ(s.queue->reclaim(*s.cache), 40u);
}

TEST(TxQueue, ReclaimTakesBackPartialGroups) {
    TxSetup s;
    std::uint64_t number = 0;
    for (std::size_t round = 0; round < 200; ++round) {
        const std::size_t count = 1 + round % 33;
        s.send_all(s.packets(count, number));
        ASSERT_EQ(s.queue->reclaim(*s.cache), count);
        s.device.fetch();
        ASSERT_EQ(s.queue->reclaim(*s.cache), count) << "not reported yet";
        s.device.report();
        ASSERT_EQ(s.queue->reclaim(*s.cache), 0u);
        ASSERT_EQ(s.queue->reclaim(*s.cache), 0u);
        expect_sent(s.device, number, count);
        number += count;
    }
    EXPECT_EQ(s.missing(), 0u);
}

TEST(TxQueue, TheDestructorGivesBackWhatWasNeverSent) {
    TxSetup s;
    s.send_all(s.packets(10));
    s.send_all(s.chain(pattern(1, 400), 100));
    s.device.fetch(5);
    s.device.report(5);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(TxQueue, PositionsMayWrapAroundTheirThirtyTwoBits) {
    TxSetup s(64, {.buffers = 512}, 0u - 128u);
    std::uint64_t number = 0;
    for (std::size_t round = 0; round < 60; ++round) {
        auto in = s.packets(round % 5, number);
        const Bytes frame = pattern(round, 1000);
        const auto parts = s.chain(frame, 200);
        in.insert(in.end(), parts.begin(), parts.end());
        s.send_all(in);
        if (round % 3 != 0) {
            s.device.finish();
            if (round % 2 == 0) s.queue->reclaim(*s.cache);
        }
        number += round % 5;
    }
    s.device.finish();
    EXPECT_EQ(s.queue->reclaim(*s.cache), 0u);
    EXPECT_EQ(s.device.sent.size(), number + 60);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(TxQueue, AFullRingAcrossTheWrapOfPositionsLosesNothing) {
    TxSetup s(64, {.buffers = 512}, 0u - 64u);
    for (std::uint64_t lap = 0; lap < 4; ++lap) {
        const auto in = s.packets(64, lap * 63);
        ASSERT_EQ(s.send(in), 63u);
        s.cache->give(in.back());
        s.device.finish();
        expect_sent(s.device, lap * 63, 63);
        ASSERT_EQ(s.queue->reclaim(*s.cache), 0u);
    }
    EXPECT_EQ(s.missing(), 0u);
}

// --- What is refused, and what has to wait.

TEST(TxQueue, WhatTheDeviceMustNotSeeIsGivenBackAndCounted) {
    TxSetup s(64, {.buffers = 256, .room = 16384, .headroom = 4096});
    std::uint64_t refused = 0;
    for (const std::size_t length : {0u, 1u, 16u, 16385u, 20000u}) {
        std::vector<mem::Packet> in = s.packets(2, 1);
        mem::Packet bad = s.packet({});
        if (length > 16384) bad.data -= 4096;
        bad.length = static_cast<std::uint16_t>(length);
        in.insert(in.begin() + 1, bad);
        s.send_all(in);
        EXPECT_EQ(s.queue->counters().refused, ++refused) << length;
        s.device.finish();
        expect_sent(s.device, 1, 2);
    }
    EXPECT_EQ(s.queue->reclaim(*s.cache), 0u);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(TxQueue, TheShortestAndTheLongestFrameAreSent) {
    constexpr std::size_t longest = 15864;
    TxSetup s(64, {.buffers = 256, .room = 16384, .headroom = 64});
    for (const std::size_t length : {std::size_t{17}, std::size_t{60}, longest}) {
        const mem::Packet p = s.packet(pattern(length, length));
        s.send_all({&p, 1});
        s.device.finish();
        expect_sent(s.device, length, 1, length);
    }
    mem::Packet p = s.packet({});
    p.data -= 64;
    p.length = longest + 1;
    s.send_all({&p, 1});
    EXPECT_EQ(s.queue->counters().refused, 1u);
    EXPECT_EQ(s.queue->reclaim(*s.cache), 0u);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(TxQueue, AFrameInPartsIsRefusedAsAWhole) {
    TxSetup s(64, {.buffers = 512, .room = 2048});
    std::uint64_t refused = 0;
    const auto refuse = [&](std::vector<mem::Packet> in, const char* what) {
        const auto behind = s.packets(1, 5);
        in.push_back(behind[0]);
        s.send_all(in);
        EXPECT_EQ(s.queue->counters().refused, ++refused) << what;
        s.device.finish();
        expect_sent(s.device, 5, 1);
        EXPECT_EQ(s.queue->reclaim(*s.cache), 0u) << what;
    };
    refuse(s.chain(pattern(1, 16), 8), "16 bytes in two parts");
    refuse(s.chain(pattern(1, 9 * 2048), 2048), "too long in all");
    refuse(s.chain(pattern(1, 41 * 50), 50), "more parts than the device can hold");
    auto with_nothing = s.chain(pattern(1, 300), 100);
    with_nothing[1].length = 0;
    refuse(with_nothing, "a part without data");
    s.send_all(s.chain(pattern(1, 17), 1));
    s.device.finish();
    expect_sent(s.device, 1, 1, 17);
    EXPECT_EQ(s.queue->reclaim(*s.cache), 0u);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(TxQueue, AFrameWithoutItsEndStaysWithTheCaller) {
    TxSetup s;
    auto in = s.packets(3);
    auto parts = s.chain(pattern(9, 300), 100);
    in.insert(in.end(), parts.begin(), parts.end() - 1);
    EXPECT_EQ(s.send(in), 3u);
    EXPECT_EQ(s.send(std::span(in).subspan(3)), 0u);
    EXPECT_EQ(s.tail, 3u);
    s.send_all(parts);
    s.device.finish();
    ASSERT_EQ(s.device.sent.size(), 4u);
    EXPECT_EQ(s.device.sent[3], pattern(9, 300));
    EXPECT_EQ(s.queue->counters().refused, 0u);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(TxQueue, AFrameThatDoesNotFitTheRingWaitsAsAWhole) {
    TxSetup s;
    s.send_all(s.packets(60));
    const auto parts = s.chain(pattern(1, 500), 100);
    EXPECT_EQ(s.send(parts), 0u) << "three descriptors are left, it takes five";
    EXPECT_EQ(s.tail, 60u);
    s.device.finish();
    s.send_all(parts);
    s.device.finish();
    EXPECT_EQ(s.device.sent.size(), 61u);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(TxQueue, TheRingIsFilledToTheEndWhateverTheFramesAre) {
    TxSetup s;
    std::vector<mem::Packet> in;
    for (std::uint64_t i = 0; i < 60; ++i) {
        const auto parts = i % 2 == 0 ? s.chain(pattern(i, 200), 100) : s.packets(1, i);
        in.insert(in.end(), parts.begin(), parts.end());
        const mem::Packet runt = s.packet(pattern(0, 10));
        in.push_back(runt);
    }
    // Two frames of three descriptors and two runts a round: 63 descriptors are 21 rounds, but for the last
    // runt.
    const std::uint32_t taken = s.send(in);
    EXPECT_EQ(taken, 21u * 5 - 1);
    EXPECT_EQ(s.device.waiting(), 63u);
    EXPECT_EQ(s.queue->counters().refused, 41u);
    for (const mem::Packet& p : std::span(in).subspan(taken)) s.cache->give(p);
    s.device.finish();
    EXPECT_EQ(s.queue->reclaim(*s.cache), 0u);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(TxQueue, ABatchKeepsWhatTheRingCouldNotTake) {
    TxSetup s;
    s.send_all(s.packets(50));
    {
        mem::Batch<32> batch(*s.cache);
        for (const mem::Packet& p : s.packets(32, 50)) ASSERT_TRUE(batch.push(p));
        EXPECT_EQ(s.queue->send(batch), 13u);
        EXPECT_EQ(batch.size(), 19u);
    }
    s.device.finish();
    expect_sent(s.device, 0, 63);
    EXPECT_EQ(s.queue->reclaim(*s.cache), 0u);
    EXPECT_EQ(s.missing(), 0u);
}

// --- A device that takes its time.

class RandomTraffic {
public:
    RandomTraffic(std::uint32_t ring, std::uint32_t seed)
        : random_(seed), s_(ring, {.buffers = 1024, .room = 1024}, 0u - 4 * ring) {}

    void step() {
        switch (below(6)) {
            case 0: s_.device.fetch(below(100)); break;
            case 1: s_.device.report(below(100)); break;
            case 2: s_.queue->reclaim(*s_.cache); break;
            default: send();
        }
        while (!s_.device.sent.empty()) {
            ASSERT_FALSE(expected_.empty());
            ASSERT_EQ(s_.device.sent.front(), expected_.front());
            s_.device.sent.pop_front();
            expected_.pop_front();
            ++frames;
        }
    }
    void finish() {
        s_.device.finish();
        EXPECT_EQ(s_.device.sent.size(), expected_.size());
        EXPECT_EQ(s_.queue->reclaim(*s_.cache), 0u);
        EXPECT_EQ(s_.queue->counters().refused, refused_);
        EXPECT_EQ(s_.missing(), 0u);
    }
    std::uint64_t frames = 0;

private:
    struct Wanted {
        std::size_t parts;
        Bytes frame;  // empty: to be refused
    };
    std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_()) % limit; }

    void add_frame(std::vector<mem::Packet>& in, std::vector<Wanted>& wanted) {
        const std::uint32_t kind = below(10);
        const std::size_t length = kind == 0 ? below(17) : 17 + below(kind < 3 ? 2000 : 200);
        const std::size_t part = kind < 6 ? 1000 : std::max<std::size_t>(1, length / (1 + below(45)));
        Bytes frame = pattern(number_++, length);
        const auto parts = s_.chain(frame, part);
        const bool bad = length < 17 || parts.size() > 40;
        if (bad) frame.clear();
        wanted.push_back({parts.size(), std::move(frame)});
        in.insert(in.end(), parts.begin(), parts.end());
    }
    void send() {
        std::vector<mem::Packet> in;
        std::vector<Wanted> wanted;
        for (std::uint32_t i = below(40); i > 0 && in.size() < 200; --i) add_frame(in, wanted);
        std::size_t taken = s_.send(in);
        for (const mem::Packet& p : std::span(in).subspan(taken)) s_.cache->give(p);
        for (Wanted& w : wanted) {
            if (taken == 0) break;
            ASSERT_GE(taken, w.parts) << "a frame was taken in part";
            taken -= w.parts;
            if (w.frame.empty())
                ++refused_;
            else
                expected_.push_back(std::move(w.frame));
        }
    }

    std::mt19937 random_;
    TxSetup s_;
    std::deque<Bytes> expected_;
    std::uint64_t number_ = 0, refused_ = 0;
};

TEST(TxQueue, ThousandsOfRandomStepsLoseNoBufferAndNoByte) {
    for (const std::uint32_t ring : {64u, 128u, 256u}) {
        RandomTraffic traffic(ring, ring);
        for (int i = 0; i < 4000; ++i) {
            traffic.step();
            if (testing::Test::HasFatalFailure()) FAIL() << "ring of " << ring << ", step " << i;
        }
        traffic.finish();
        EXPECT_GT(traffic.frames, 2000u);
    }
}

// The card would look for the checksum's place behind the frame's end.
TEST(TxQueue, AFrameTooShortForTheRequestOfTheOneBeforeIsRefused) {
    const std::vector<TxRequest> requests(
        12, {.flags = TxRequest::tcp_checksum, .l2_length = 14, .l3_length = 20});
    for (std::size_t wrong = 0; wrong < requests.size(); ++wrong)
        for (const std::size_t length : {51u, 52u}) {
            TxSetup s;
            auto in = s.packets(requests.size());
            in[wrong].length = static_cast<std::uint16_t>(length);
            ASSERT_EQ(s.queue->send(*s.cache, in, requests), requests.size());
            EXPECT_EQ(s.queue->counters().refused, length == 51 ? 1u : 0u) << "frame " << wrong;
            EXPECT_EQ(s.device.waiting(), requests.size() + 1 - s.queue->counters().refused)
                << "with a context";
        }
}

}  // namespace
}  // namespace ringside::test
