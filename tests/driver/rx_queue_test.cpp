// The receive queue on plain memory: the test writes descriptors as a device would.
#include "driver/ixgbe/queues.hpp"
#include "tests/driver/ring_fixture.hpp"

#include <array>
#include <atomic>
#include <thread>

namespace ringside::test {
namespace {

using D = RxDescriptor;

struct RxSetup {
    explicit RxSetup(std::uint32_t size = 64, mem::PoolOptions options = {.buffers = 2048})
        : memory(options),
          cache(std::make_unique<mem::PacketCache>(*memory.pool)),
          queue(std::make_unique<ixgbe::RxQueue>(memory.domain, memory.pool, size, hal::Doorbell(tail))),
          device(memory, queue->ring(), tail) {
        queue->ring_doorbell(queue->first_tail());
    }
    // Everything goes back; says how many buffers are missing then.
    std::uint32_t missing() {
        cache.reset();
        queue.reset();
        return memory.pool->size() - memory.pool->available();
    }
    std::vector<mem::Packet> receive(std::size_t burst = 32) {
        std::vector<mem::Packet> out(burst);
        out.resize(queue->receive(*cache, out));
        return out;
    }
    void give(std::span<const mem::Packet> packets) {
        for (const mem::Packet& p : packets) cache->give(p);
    }

    volatile std::uint32_t tail = 0;
    PacketMemory memory;
    std::unique_ptr<mem::PacketCache> cache;
    std::unique_ptr<ixgbe::RxQueue> queue;
    RxDevice device;
};

TEST(RxQueue, FramesComeInOrderOverSeveralWraps) {
    RxSetup s;
    std::uint64_t sent = 0, got = 0;
    for (int round = 0; round < 100; ++round) {
        for (int i = 0; i < 3 + round % 40; ++i, ++sent)
            ASSERT_TRUE(s.device.complete(pattern(sent, 60 + sent % 1400)));
        for (;;) {
            const auto packets = s.receive(1 + static_cast<std::size_t>(round) % 32);
            if (packets.empty()) break;
            for (const mem::Packet& p : packets) {
                ASSERT_EQ(bytes_of(p), pattern(got, 60 + got % 1400)) << "frame " << got;
                ASSERT_EQ(p.flags, 0);
                ASSERT_TRUE(s.memory.pool->owns(p));
                ++got;
            }
            s.give(packets);
        }
        ASSERT_EQ(got, sent);
    }
    EXPECT_GT(sent, 64u * 20);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(RxQueue, ANewRingGivesTheDeviceAllButOneDescriptor) {
    for (const std::uint32_t size : {64u, 512u, 4096u}) {
        RxSetup s(size, {.buffers = 8192});
        EXPECT_EQ(s.tail, size - 1);
        EXPECT_EQ(s.queue->size(), size);
        EXPECT_EQ(hal::value(s.queue->ring_iova()) % 128, 0u);
        for (const D& d : s.queue->ring()) EXPECT_EQ(d.high, 0u);
        EXPECT_EQ(s.missing(), 0u);
    }
}

TEST(RxQueue, TheTailFollowsOneBehindTheLastTakenDescriptor) {
    RxSetup s;
    std::uint32_t next = 0;
    for (int i = 0; i < 300; ++i) {
        const std::uint32_t count = 1 + static_cast<std::uint32_t>(i) % 7;
        for (std::uint32_t k = 0; k < count; ++k) ASSERT_TRUE(s.device.complete(pattern(k, 64)));
        s.give(s.receive());
        next = (next + count) % 64;
        ASSERT_EQ(s.tail, (next + 63) % 64);
        ASSERT_EQ(s.device.owned(), 63u);
    }
}

TEST(RxQueue, NothingArrivedLeavesTheDoorbellAlone) {
    RxSetup s;
    s.tail = 77;
    EXPECT_TRUE(s.receive().empty());
    EXPECT_EQ(s.tail, 77u);
}

TEST(RxQueue, NeverMoreThanTheBurstTheCacheOrTheRingHas) {
    RxSetup s(512, {.buffers = 4096});
    for (std::uint64_t i = 0; i < 500; ++i) ASSERT_TRUE(s.device.complete(pattern(i, 64)));
    EXPECT_TRUE(s.receive(0).empty());
    std::uint64_t got = 0;
    for (const auto& [burst, wanted] :
         {std::pair<std::size_t, std::size_t>{1, 1}, {32, 32}, {1000, 256}, {256, 211}}) {
        const auto packets = s.receive(burst);
        ASSERT_EQ(packets.size(), wanted);
        for (const mem::Packet& p : packets) ASSERT_EQ(bytes_of(p), pattern(got++, 64));
        s.give(packets);
    }
    RxSetup small(64);
    for (std::uint64_t i = 0; i < 63; ++i) ASSERT_TRUE(small.device.complete(pattern(i, 64)));
    EXPECT_FALSE(small.device.complete(pattern(63, 64)));
    const auto packets = small.receive(1000);
    EXPECT_EQ(packets.size(), 63u);
    small.give(packets);
}

TEST(RxQueue, PacketsKeptOverManyWrapsKeepTheirContents) {
    RxSetup s;
    std::vector<mem::Packet> kept;
    std::vector<std::uint64_t> numbers;
    std::uint64_t number = 0;
    for (int round = 0; round < 60; ++round) {
        const std::uint64_t first = number;
        for (int i = 0; i < 30; ++i) ASSERT_TRUE(s.device.complete(pattern(number++, 1500)));
        const auto packets = s.receive();
        ASSERT_EQ(packets.size(), 30u);
        for (std::size_t i = 0; i < packets.size(); ++i)
            if (i % 3 == 0) {
                kept.push_back(packets[i]);
                numbers.push_back(first + i);
            } else {
                s.cache->give(packets[i]);
            }
    }
    for (std::size_t i = 0; i < kept.size(); ++i) ASSERT_EQ(bytes_of(kept[i]), pattern(numbers[i], 1500));
    s.give(kept);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(RxQueue, ABatchReceivesAndGivesBackWhatNobodyTook) {
    RxSetup s;
    for (int round = 0; round < 20; ++round) {
        for (std::uint64_t i = 0; i < 40; ++i) ASSERT_TRUE(s.device.complete(pattern(i, 64)));
        mem::Batch<32> batch(*s.cache);
        EXPECT_EQ(s.queue->receive(batch), 32u);
        EXPECT_EQ(s.queue->receive(batch), 0u) << "the batch is full";
        batch.clear();
        EXPECT_EQ(s.queue->receive(batch), 8u);
    }
    EXPECT_EQ(s.missing(), 0u);
}

// --- The packet pool is exhausted.

TEST(RxQueue, ARingThatThePoolCannotFillIsAnErrorAndLosesNothing) {
    PacketMemory memory({.buffers = 63});
    volatile std::uint32_t tail = 0;
    try {
        ixgbe::RxQueue queue(memory.domain, memory.pool, 64, hal::Doorbell(tail));
        FAIL() << "63 buffers for 64 descriptors";
    } catch (const hal::Error& e) {
        EXPECT_NE(std::string(e.what()).find("pool of 63 buffers is too small"), std::string::npos)
            << e.what();
    }
    EXPECT_EQ(memory.pool->available(), 63u);
}

TEST(RxQueue, AnExhaustedPoolCutsTheBurstShortCountsAndLosesNoFrame) {
    RxSetup s(64, {.buffers = 64 + 10});
    for (std::uint64_t i = 0; i < 40; ++i) ASSERT_TRUE(s.device.complete(pattern(i, 100)));
    auto held = s.receive();
    ASSERT_EQ(held.size(), 10u) << "every buffer that leaves the ring is replaced";
    const std::uint64_t before = s.queue->counters().no_buffers;
    EXPECT_TRUE(s.receive().empty());
    EXPECT_TRUE(s.receive().empty());
    EXPECT_EQ(s.queue->counters().no_buffers, before + 2);
    EXPECT_EQ(s.tail, (10u + 63) % 64) << "nothing was taken, nothing is offered";

    std::uint64_t next = 0;
    for (; !held.empty(); held = s.receive()) {
        for (const mem::Packet& p : held) ASSERT_EQ(bytes_of(p), pattern(next++, 100));
        s.give(held);
    }
    EXPECT_EQ(next, 40u) << "it goes on as soon as buffers come back";
    EXPECT_EQ(s.missing(), 0u);
}

TEST(RxQueue, AFrameThatNeedsMoreBuffersThanThereAreWaitsAndIsCounted) {
    RxSetup s(64, {.buffers = 64 + 2, .room = 1024});
    ASSERT_TRUE(s.device.complete_chain(pattern(5, 3000)));
    EXPECT_TRUE(s.receive().empty()) << "three parts, two buffers";
    EXPECT_TRUE(s.receive().empty());
    EXPECT_EQ(s.queue->counters().no_buffers, 2u) << "a queue that is stuck for want of buffers must show it";
    EXPECT_EQ(s.queue->counters().too_long, 0u);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(RxQueue, AWaitingFrameIsReceivedWholeWhenBuffersComeBack) {
    RxSetup s(64, {.buffers = 64 + 3, .room = 1024});
    ASSERT_TRUE(s.device.complete(pattern(1, 60)));
    ASSERT_TRUE(s.device.complete_chain(pattern(5, 3000)));
    const auto first = s.receive();
    ASSERT_EQ(first.size(), 1u) << "two buffers are left, the chain needs three";
    s.give(first);
    const auto chain = s.receive();
    ASSERT_EQ(chain.size(), 3u);
    s.give(chain);
    EXPECT_EQ(s.missing(), 0u);
}

// --- Impossible reports.

TEST(RxQueue, DoneWithLengthZeroIsDroppedAndCounted) {
    RxSetup s;
    for (int round = 0; round < 50; ++round) {
        ASSERT_TRUE(s.device.complete(pattern(1, 64)));
        ASSERT_TRUE(s.device.complete({}, D::DD | D::EOP, 0));
        ASSERT_TRUE(s.device.complete(pattern(2, 64)));
        const auto packets = s.receive();
        ASSERT_EQ(packets.size(), 2u);
        EXPECT_EQ(bytes_of(packets[0]), pattern(1, 64));
        EXPECT_EQ(bytes_of(packets[1]), pattern(2, 64));
        s.give(packets);
        ASSERT_EQ(s.device.owned(), 63u);
    }
    EXPECT_EQ(s.queue->counters().bad_descriptors, 50u);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(RxQueue, DoneWithALengthBeyondTheBufferIsDroppedAndCounted) {
    RxSetup s;
    const auto room = static_cast<std::uint16_t>(s.memory.pool->room());
    for (const std::uint16_t length : {static_cast<std::uint16_t>(room + 1), std::uint16_t{0xFFFF}})
        ASSERT_TRUE(s.device.complete({}, D::DD | D::EOP, length));
    ASSERT_TRUE(s.device.complete(pattern(3, room)));
    const auto packets = s.receive();
    ASSERT_EQ(packets.size(), 1u);
    EXPECT_EQ(bytes_of(packets[0]), pattern(3, room)) << "a buffer may be full to the last byte";
    EXPECT_EQ(s.queue->counters().bad_descriptors, 2u);
    s.give(packets);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(RxQueue, TheLargestBufferMayBeFull) {
    RxSetup s(64, {.buffers = 256, .room = 16384});
    ASSERT_TRUE(s.device.complete(pattern(3, 16384)));
    ASSERT_TRUE(s.device.complete({}, D::DD | D::EOP, 16385));
    const auto packets = s.receive();
    ASSERT_EQ(packets.size(), 1u);
    EXPECT_EQ(bytes_of(packets[0]), pattern(3, 16384));
    EXPECT_EQ(s.queue->counters().bad_descriptors, 1u);
    s.give(packets);
}

TEST(RxQueue, DamagedFramesAreDroppedAndCounted) {
    RxSetup s;
    for (const std::uint64_t error : {D::HBO, D::CE, D::LE, D::PE, D::OSE, D::USE})
        ASSERT_TRUE(s.device.complete(pattern(1, 64), D::DD | D::EOP | error, 64));
    // A wrong checksum above the Ethernet layer does not make a frame a bad frame.
    ASSERT_TRUE(s.device.complete(pattern(2, 64), D::DD | D::EOP | D::IPE | D::L4E, 64));
    const auto packets = s.receive();
    ASSERT_EQ(packets.size(), 1u);
    EXPECT_EQ(s.queue->counters().damaged, 6u);
    EXPECT_EQ(s.queue->counters().bad_descriptors, 0u);
    s.give(packets);
    EXPECT_EQ(s.missing(), 0u);
}

// --- Frames in several buffers.

TEST(RxQueue, AFrameInSeveralBuffersComesWholeAndMarked) {
    RxSetup s(64, {.buffers = 512, .room = 1024});
    std::uint64_t number = 0;
    for (int round = 0; round < 60; ++round) {
        const std::size_t length = 1025 + static_cast<std::size_t>(round) * 97;
        const std::uint64_t frames[] = {number, number + 1, number + 2};
        ASSERT_TRUE(s.device.complete(pattern(frames[0], 60)));
        ASSERT_TRUE(s.device.complete_chain(pattern(frames[1], length)));
        ASSERT_TRUE(s.device.complete(pattern(frames[2], 1024)));
        number += 3;
        const auto packets = s.receive();
        const std::size_t parts = (length + 1023) / 1024;
        ASSERT_EQ(packets.size(), parts + 2);
        EXPECT_EQ(bytes_of(packets.front()), pattern(frames[0], 60));
        EXPECT_EQ(bytes_of(packets.back()), pattern(frames[2], 1024));
        Bytes frame;
        for (std::size_t i = 1; i <= parts; ++i) {
            EXPECT_EQ(packets[i].flags, i < parts ? mem::Packet::more : 0);
            EXPECT_TRUE(s.memory.pool->owns(packets[i]));
            const Bytes part = bytes_of(packets[i]);
            frame.insert(frame.end(), part.begin(), part.end());
        }
        ASSERT_EQ(frame, pattern(frames[1], length));
        s.give(packets);
    }
    EXPECT_EQ(s.missing(), 0u);
}

TEST(RxQueue, AnIncompleteFrameWaitsForItsEnd) {
    RxSetup s(64, {.buffers = 512, .room = 1024});
    const Bytes frame = pattern(9, 2500);
    const std::span<const std::byte> bytes(frame);
    ASSERT_TRUE(s.device.complete(pattern(1, 60)));
    ASSERT_TRUE(s.device.complete(bytes.first(1024), D::DD, 1024));
    const auto before = s.receive();
    ASSERT_EQ(before.size(), 1u) << "what is in front of it does not wait";
    EXPECT_TRUE(s.receive().empty());
    ASSERT_TRUE(s.device.complete(bytes.subspan(1024, 1024), D::DD, 1024));
    EXPECT_EQ(s.tail, 0u) << "the parts that are there stay ours";
    s.tail = 99;
    EXPECT_TRUE(s.receive().empty());
    EXPECT_EQ(s.tail, 99u) << "nothing was taken: nothing to tell";
    s.tail = 0;
    ASSERT_TRUE(s.device.complete(bytes.subspan(2048), D::DD | D::EOP, 452));
    const auto packets = s.receive();
    ASSERT_EQ(packets.size(), 3u);
    EXPECT_EQ(s.tail, 3u);
    s.give(before);
    s.give(packets);
    EXPECT_EQ(s.queue->counters().bad_descriptors, 0u);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(RxQueue, AFrameThatDoesNotFitTheRestOfTheBurstComesWithTheNext) {
    RxSetup s(64, {.buffers = 512, .room = 1024});
    ASSERT_TRUE(s.device.complete(pattern(1, 60)));
    ASSERT_TRUE(s.device.complete(pattern(2, 60)));
    ASSERT_TRUE(s.device.complete_chain(pattern(3, 3000)));
    const auto first = s.receive(4);
    EXPECT_EQ(first.size(), 2u);
    const auto second = s.receive(4);
    ASSERT_EQ(second.size(), 3u);
    EXPECT_EQ(second[2].length, 3000 - 2048);
    s.give(first);
    s.give(second);
    EXPECT_EQ(s.queue->counters().too_long, 0u);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(RxQueue, AFrameLongerThanTheBurstIsDroppedAndCounted) {
    RxSetup s(64, {.buffers = 512, .room = 1024});
    for (int round = 0; round < 30; ++round) {
        ASSERT_TRUE(s.device.complete_chain(pattern(3, 3000)));
        ASSERT_TRUE(s.device.complete(pattern(4, 60)));
        const auto packets = s.receive(2);
        ASSERT_EQ(packets.size(), 1u);
        EXPECT_EQ(bytes_of(packets[0]), pattern(4, 60));
        s.give(packets);
    }
    EXPECT_EQ(s.queue->counters().too_long, 30u);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(RxQueue, AChainWithAnImpossiblePartIsDroppedWhole) {
    RxSetup s(64, {.buffers = 512, .room = 1024});
    for (const std::uint16_t bad : {std::uint16_t{0}, std::uint16_t{1025}}) {
        ASSERT_TRUE(s.device.complete(pattern(1, 1024), D::DD, 1024));
        ASSERT_TRUE(s.device.complete({}, D::DD, bad));
        ASSERT_TRUE(s.device.complete(pattern(1, 100), D::DD | D::EOP, 100));
    }
    ASSERT_TRUE(s.device.complete_chain(pattern(2, 2000), D::CE));
    ASSERT_TRUE(s.device.complete(pattern(4, 60)));
    const auto packets = s.receive();
    ASSERT_EQ(packets.size(), 1u);
    EXPECT_EQ(bytes_of(packets[0]), pattern(4, 60));
    EXPECT_EQ(s.queue->counters().bad_descriptors, 2u);
    EXPECT_EQ(s.queue->counters().damaged, 1u);
    s.give(packets);
    EXPECT_EQ(s.device.owned(), 63u);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(RxQueue, AChainWithoutAnEndIsDroppedAndCounted) {
    RxSetup s(64, {.buffers = 512, .room = 1024});
    for (int round = 0; round < 20; ++round) {
        while (s.device.complete(pattern(1, 1024), D::DD, 1024)) {}
        EXPECT_TRUE(s.receive().empty());
        ASSERT_EQ(s.device.owned(), 63u) << "the ring does not stay blocked";
    }
    EXPECT_EQ(s.queue->counters().bad_descriptors, 20u);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(RxQueue, TheRestOfAChainThatIsTooLongIsNotTakenForAFrame) {
    RxSetup s(64, {.buffers = 512, .room = 1024});
    const Bytes frame = pattern(1, 17 * 1024 + 100);
    ASSERT_TRUE(s.device.complete_chain(frame));
    ASSERT_TRUE(s.device.complete(pattern(4, 60)));
    const auto packets = s.receive();
    ASSERT_EQ(packets.size(), 1u) << "only the frame behind it";
    EXPECT_EQ(bytes_of(packets[0]), pattern(4, 60));
    EXPECT_EQ(s.queue->counters().bad_descriptors, 1u);
    s.give(packets);
    EXPECT_EQ(s.missing(), 0u);
}

TEST(RxQueue, OneCallLooksAtAFewBadFramesOnly) {
    RxSetup s;
    while (s.device.complete({}, D::DD | D::EOP, 0)) {}
    EXPECT_TRUE(s.receive().empty());
    EXPECT_EQ(s.queue->counters().bad_descriptors, 32u);
    EXPECT_TRUE(s.receive().empty());
    EXPECT_EQ(s.queue->counters().bad_descriptors, 63u);
    EXPECT_EQ(s.device.owned(), 63u);
}

// The other thread is a device: nobody orders its writes, which is what the sanitizer would complain about.
__attribute__((no_sanitize("thread"))) void set_done_for_ever(std::span<D> ring,
                                                              const std::atomic<bool>& stop) {
    while (!stop.load(std::memory_order_relaxed))
        for (D& d : ring) *static_cast<volatile std::uint64_t*>(&d.high) = D::DD | D::EOP;
}

TEST(RxQueue, ADeviceThatSetsDoneAllTheTimeDoesNotKeepTheCaller) {
    RxSetup s;
    std::atomic<bool> stop = false;
    std::thread device(set_done_for_ever, s.queue->ring(), std::cref(stop));
    for (int i = 0; i < 2000; ++i) {
        const auto packets = s.receive();
        if (!packets.empty()) ADD_FAILURE() << "a frame of length 0";
    }
    stop = true;
    device.join();
    EXPECT_EQ(s.missing(), 0u);
}

// --- What the card says about a frame.

struct InfoCase {
    const char* what;
    std::uint64_t low, status;
    std::uint16_t flags;
    std::uint32_t hash;
    std::uint16_t vlan;
};

constexpr std::uint64_t type(unsigned bits) { return std::uint64_t{bits} << 4; }
constexpr std::uint64_t hashed(std::uint32_t hash, unsigned kind) { return std::uint64_t{hash} << 32 | kind; }

TEST(RxQueue, InfoSaysWhatTheDescriptorSays) {
    using I = RxInfo;
    const unsigned tcp4 = D::type_ipv4 | D::type_tcp, udp4 = D::type_ipv4 | D::type_udp;
    const InfoCase cases[] = {
        {"nothing known", 0, 0, 0, 0, 0},
        {"ARP", type(0), 0, 0, 0, 0},
        {"IPv4", type(D::type_ipv4), D::IPCS, I::ipv4 | I::ip_checked, 0, 0},
        {"IPv4, bad header", type(D::type_ipv4), D::IPCS | D::IPE, I::ipv4 | I::ip_checked | I::ip_bad, 0, 0},
        {"IPE without IPCS says nothing", type(D::type_ipv4), D::IPE, I::ipv4, 0, 0},
        {"IPv6 and TCP", type(D::type_ipv6 | D::type_tcp), D::L4I, I::ipv6 | I::tcp | I::l4_checked, 0, 0},
        {"TCP, bad checksum", type(tcp4), D::L4I | D::L4E | D::IPCS,
         I::ipv4 | I::tcp | I::ip_checked | I::l4_checked | I::l4_bad, 0, 0},
        {"L4E without L4I says nothing", type(tcp4), D::L4E, I::ipv4 | I::tcp, 0, 0},
        {"UDP, good checksum", type(udp4), D::L4I, I::ipv4 | I::udp | I::l4_checked, 0, 0},
        {"UDP, erratum: a bad verdict says nothing", type(udp4), D::L4I | D::L4E, I::ipv4 | I::udp, 0, 0},
        {"SCTP", type(D::type_ipv4 | D::type_sctp), D::L4I | D::L4E,
         I::ipv4 | I::sctp | I::l4_checked | I::l4_bad, 0, 0},
        {"L2 type: the other bits are a filter's number", type(D::type_l2 | 0x7), 0, 0, 0, 0},
        {"hash", hashed(0x51CCC178, 1) | type(tcp4), 0, I::hash_valid | I::ipv4 | I::tcp, 0x51CCC178, 0},
        {"hash of UDP over IPv6", hashed(0x12345678, 9), 0, I::hash_valid, 0x12345678, 0},
        {"flow director's number is no hash", hashed(0x12345678, 0xF), 0, 0, 0, 0},
        {"type 0: no hash", hashed(0x12345678, 0), 0, 0, 0, 0},
        {"VLAN", 0, D::VP | std::uint64_t{0xA123} << 48, I::vlan_stripped, 0, 0xA123},
        {"a tag without VP is none", 0, std::uint64_t{0xA123} << 48, 0, 0, 0},
    };
    RxSetup s;
    for (const InfoCase& c : cases)
        ASSERT_TRUE(s.device.complete(pattern(1, 64), D::DD | D::EOP | c.status, 64, c.low));
    std::array<mem::Packet, 32> out;
    std::array<RxInfo, 32> info;
    ASSERT_EQ(s.queue->receive(*s.cache, out, info), std::size(cases));
    for (std::size_t i = 0; i < std::size(cases); ++i) {
        EXPECT_EQ(info[i].flags, cases[i].flags) << cases[i].what;
        EXPECT_EQ(info[i].rss_hash, cases[i].hash) << cases[i].what;
        EXPECT_EQ(info[i].vlan, cases[i].vlan) << cases[i].what;
        EXPECT_EQ(out[i].length, 64) << cases[i].what;
    }
    s.give(std::span(out).first(std::size(cases)));
    EXPECT_EQ(s.missing(), 0u);
}

TEST(RxQueue, InfoOfAFrameInSeveralBuffersIsAtItsFirstHandle) {
    RxSetup s(64, {.buffers = 512, .room = 1024});
    ASSERT_TRUE(s.device.complete(pattern(1, 64), D::DD | D::EOP, 64, hashed(1, 1)));
    ASSERT_TRUE(s.device.complete(pattern(2, 1024), D::DD, 1024, hashed(2, 1)));
    ASSERT_TRUE(s.device.complete(pattern(2, 10), D::DD | D::EOP, 10, hashed(3, 1)));
    ASSERT_TRUE(s.device.complete({}, D::DD | D::EOP, 0, hashed(4, 1)));
    ASSERT_TRUE(s.device.complete(pattern(1, 64), D::DD | D::EOP, 64, hashed(5, 1)));
    std::array<mem::Packet, 8> out;
    std::array<RxInfo, 8> info;
    ASSERT_EQ(s.queue->receive(*s.cache, out, info), 4u);
    EXPECT_EQ(info[0].rss_hash, 1u);
    EXPECT_EQ(info[1].rss_hash, 3u) << "only the last descriptor of a frame knows";
    EXPECT_EQ(info[3].rss_hash, 5u);
    s.give(std::span(out).first(4));
    EXPECT_EQ(s.missing(), 0u);
}

}  // namespace
}  // namespace ringside::test
