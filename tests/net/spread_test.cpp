#include "net/spread.hpp"

#include "hal/error.hpp"
#include "tests/net/packets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <map>
#include <thread>
#include <vector>

namespace ringside::net {
namespace {

using test::build;
using test::Bytes;
using test::Description;
using test::L4;
using test::Packets;
using test::Random;

// What a worker gets, in bursts of `burst`.
struct Taken {
    std::vector<mem::Packet> packets;
    std::vector<RxInfo> info;
};
Taken take_all(Spreader& spreader, std::uint32_t worker, std::size_t burst = 32) {
    Taken all;
    std::vector<mem::Packet> out(burst);
    std::vector<RxInfo> info(burst);
    while (const std::uint32_t n = spreader.take(worker, out, info)) {
        all.packets.insert(all.packets.end(), out.begin(), out.begin() + n);
        all.info.insert(all.info.end(), info.begin(), info.begin() + n);
    }
    return all;
}

TEST(Spreader, HandsEveryFrameToTheWorkerOfItsHash) {
    Packets packets;
    Random random(1);
    const Rss rss = Rss::over(5);
    const SoftwareRss decide(rss);
    Spreader spreader(rss, 5);
    for (int round = 0; round < 50; ++round) {
        std::vector<mem::Packet> burst;
        std::vector<RxInfo> info;
        std::array<std::vector<Bytes>, 5> expected;
        for (int i = 0; i < 60; ++i) {
            const Bytes bytes = build(random.description(600)).bytes;
            RxInfo about{random.number16(), random.number16(), 0};
            if (random.coin()) about.flags = RxInfo::hash_valid;
            for (const mem::Packet& part : packets.put(bytes, 400, 100)) {
                burst.push_back(part);
                info.push_back(about);
            }
            const auto h = find_headers(bytes, static_cast<std::uint32_t>(bytes.size()));
            expected[about.flags ? rss.table[about.rss_hash % 128] : decide(bytes, h).queue].push_back(bytes);
        }
        spreader.hand_out(packets.cache, burst, info);
        for (std::uint32_t w = 0; w < 5; ++w) {
            const Taken taken = take_all(spreader, w, 1 + random.below(100));
            std::vector<Bytes> frames;
            for (std::size_t i = 0; i < taken.packets.size();) {
                std::size_t end = i;
                while (taken.packets[end].flags != 0) ++end;
                frames.push_back(Packets::content(std::span(taken.packets).subspan(i, end + 1 - i)));
                i = end + 1;
            }
            ASSERT_EQ(frames, expected[w]);
            ASSERT_EQ(spreader.dropped(w), 0u);
            packets.give(taken.packets);
        }
    }
    EXPECT_EQ(packets.missing(), 0u);
}

TEST(Spreader, PassesOnWhatTheCardKnows) {
    Packets packets;
    Spreader spreader(Rss::over(1), 1);
    const auto frame = packets.put(build(Description{}).bytes);
    spreader.hand_out(packets.cache, frame,
                      std::vector{RxInfo{77, 5, RxInfo::vlan_stripped | RxInfo::l4_checked}});
    const Taken taken = take_all(spreader, 0);
    ASSERT_EQ(taken.info.size(), 1u);
    EXPECT_EQ(taken.info[0].rss_hash, 77u);
    EXPECT_EQ(taken.info[0].vlan, 5);
    EXPECT_EQ(taken.info[0].flags, RxInfo::vlan_stripped | RxInfo::l4_checked);
    packets.give(taken.packets);
}

TEST(Spreader, DropsWholeFramesForAWorkerThatDoesNotKeepUp) {
    Packets packets;
    Spreader spreader(Rss::over(1), 1, 256);
    Description d;
    d.payload.resize(500);
    const Bytes bytes = build(d).bytes;
    for (int i = 0; i < 5; ++i) {
        std::vector<mem::Packet> burst;
        for (int k = 0; k < 20; ++k)  // of three parts each
            for (const mem::Packet& part : packets.put(bytes, 200, 200)) burst.push_back(part);
        spreader.hand_out(packets.cache, burst, std::vector<RxInfo>(burst.size()));
    }
    EXPECT_EQ(spreader.dropped(0), 100u - 85) << "85 frames of 3 parts fit into 256 places";
    EXPECT_EQ(packets.missing(), 85u * 3);
    const Taken taken = take_all(spreader, 0);
    ASSERT_EQ(taken.packets.size(), 85u * 3);
    for (std::size_t i = 0; i < taken.packets.size(); ++i)
        ASSERT_EQ(taken.packets[i].flags, i % 3 == 2 ? 0 : mem::Packet::more);
    packets.give(taken.packets);
    EXPECT_EQ(packets.missing(), 0u);
}

TEST(Spreader, RefusesNumbersThatMakeNoSense) {
    EXPECT_THROW(Spreader(Rss::over(1), 0), hal::Error);
    EXPECT_THROW(Spreader(Rss::over(1), 129), hal::Error);
    EXPECT_THROW(Spreader(Rss::over(1), 1, 128), hal::Error);
    EXPECT_THROW(Spreader(Rss::over(1), 1, 1000), hal::Error);
}

// How far the fullest and the emptiest of `queues` are from an even share of `flows`, in percent.
double worst_deviation(const SoftwareRss& rss, std::uint32_t queues, const std::vector<Description>& flows) {
    std::vector<std::uint32_t> counts(queues);
    for (const Description& d : flows) {
        const Bytes bytes = build(d).bytes;
        ++counts[rss(bytes, find_headers(bytes, static_cast<std::uint32_t>(bytes.size()))).queue];
    }
    const double even = static_cast<double>(flows.size()) / queues;
    double worst = 0;
    for (const std::uint32_t count : counts) worst = std::max(worst, std::abs(count - even) / even * 100);
    return worst;
}

// A client's connections: one port after the other. Toeplitz is linear, so their hashes' low bits go through
// all values evenly, as far as the number of flows allows. (Connections of random addresses and ports spread
// like dice, with this or any hash: of 1000 over 4, 8 and 16 queues, the worst queue is usually 8, 15 and 25
// % off.)
TEST(Spread, OfAThousandFlowsFromOneClientIsWithinTenPercentOfEven) {
    for (const bool v6 : {false, true})
        for (const std::uint32_t queues : {2u, 4u, 8u, 16u})
            for (const RssKey& key : {RssKey::microsoft(), RssKey::symmetric()}) {
                std::vector<Description> flows(1000);
                for (std::size_t i = 0; i < flows.size(); ++i) {
                    flows[i].v6 = v6;
                    flows[i].source_port = static_cast<std::uint16_t>(32768 + i);
                    flows[i].destination_port = 443;
                }
                const double worst = worst_deviation(SoftwareRss(Rss::over(queues, key)), queues, flows);
                EXPECT_LE(worst, 10.0) << queues << " queues" << (v6 ? ", IPv6" : "")
                                       << (key == RssKey::symmetric() ? ", symmetric" : "");
            }
}

// The receiving thread and three workers, each with its own cache. Every flow stays with one worker and in
// order, whatever the timing; and no buffer is lost.
TEST(Spreader, NeverBreaksTheAffinityOrTheOrderOfAFlow) {
    constexpr std::uint32_t workers = 3, flows = 60, rounds = 300;
    Packets packets({8192, 1024, 0});
    Spreader spreader(Rss::over(workers), workers, 256);
    std::atomic<bool> finished{false};
    struct Seen {
        std::array<std::uint32_t, flows> next{};  // number of the next frame of each flow, at least
        std::array<bool, flows> here{};
        std::uint64_t frames = 0, disordered = 0;
    };
    std::array<Seen, workers> seen;
    std::vector<std::thread> threads;
    for (std::uint32_t w = 0; w < workers; ++w)
        threads.emplace_back([&, w] {
            mem::PacketCache cache(packets.pool);
            std::array<mem::Packet, 32> out;
            std::array<RxInfo, 32> info;
            for (bool last = false;;) {
                last = finished.load(std::memory_order_acquire);
                const std::uint32_t n = spreader.take(w, out, info);
                for (std::uint32_t i = 0; i < n; ++i) {
                    std::uint32_t number = 0;
                    std::memcpy(&number, out[i].data + 54, sizeof number);
                    const std::size_t flow = std::to_integer<std::size_t>(out[i].data[35]);
                    seen[w].disordered += number < seen[w].next[flow];
                    seen[w].next[flow] = number + 1;
                    seen[w].here[flow] = true;
                    ++seen[w].frames;
                    cache.give(out[i]);
                }
                if (n == 0 && last) break;
                if (n == 0) std::this_thread::yield();
            }
        });
    std::vector<Bytes> templates;
    for (std::uint32_t flow = 0; flow < flows; ++flow) {
        Description d;
        d.source_port = static_cast<std::uint16_t>(flow);
        d.payload.resize(4);
        templates.push_back(build(d).bytes);
    }
    for (std::uint32_t round = 0; round < rounds; ++round) {
        std::vector<mem::Packet> burst;
        for (Bytes& bytes : templates) {
            std::memcpy(bytes.data() + 54, &round, sizeof round);
            burst.push_back(packets.put(bytes)[0]);
        }
        spreader.hand_out(packets.cache, burst, std::vector<RxInfo>(burst.size()));
    }
    finished.store(true, std::memory_order_release);
    for (std::thread& thread : threads) thread.join();

    std::uint64_t frames = 0, dropped = 0;
    for (std::uint32_t w = 0; w < workers; ++w) {
        EXPECT_EQ(seen[w].disordered, 0u);
        frames += seen[w].frames;
        dropped += spreader.dropped(w);
    }
    EXPECT_EQ(frames + dropped, std::uint64_t{flows} * rounds);
    for (std::uint32_t flow = 0; flow < flows; ++flow) {
        int owners = 0;
        for (const Seen& s : seen) owners += s.here[flow];
        EXPECT_LE(owners, 1) << "flow " << flow;
    }
    EXPECT_EQ(packets.missing(), 0u);
}

}  // namespace
}  // namespace ringside::net
