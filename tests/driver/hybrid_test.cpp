// One thread that serves several receive queues, polling under load and sleeping when idle; across processes,
// as on hardware.
#include "driver/hybrid.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <thread>

namespace ringside::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Case {
    const char* name;
    Interrupts kind;
};

// Two NICs on a cable; one sends, the other spreads what it receives over its queues and sleeps.
class HybridReceive : public testing::TestWithParam<Case> {
protected:
    static constexpr std::uint32_t queues = 3;

    void SetUp() override {
        ::setenv("RINGSIDE_SIM", SIMULATOR, 1);
        sender = open_nic(domain, "sim:82599,cable=link:x");
        receiver = open_nic(domain, "sim:82599,cable=link:x");
        pool = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = 8192});
        sender->start(pool, {.promiscuous = true});
        receiver->start(pool, {.rx_queues = queues, .promiscuous = true, .interrupts = GetParam().kind});
        sender->wait_for_link(30s);
        receiver->wait_for_link(30s);
    }

    // IPv4 without options; each source address is another flow.
    bool send_frame(mem::PacketCache& cache, std::uint32_t flow) {
        auto packet = cache.allocate();
        if (!packet) return false;
        packet->length = 60;
        std::memset(packet->data, 0, 60);
        const std::array<std::uint8_t, 34> header{2,
                                                  0,
                                                  0,
                                                  0,
                                                  0,
                                                  2,
                                                  2,
                                                  0,
                                                  0,
                                                  0,
                                                  0,
                                                  1,
                                                  8,
                                                  0,
                                                  0x45,
                                                  0,
                                                  0,
                                                  46,
                                                  0,
                                                  0,
                                                  0,
                                                  0,
                                                  64,
                                                  253,
                                                  0,
                                                  0,
                                                  10,
                                                  0,
                                                  static_cast<std::uint8_t>(flow >> 8),
                                                  static_cast<std::uint8_t>(flow),
                                                  10,
                                                  1,
                                                  0,
                                                  1};
        std::memcpy(packet->data, header.data(), header.size());
        if (sender->tx(0).send(cache, {&*packet, 1}) == 1) return true;
        cache.give(*packet);
        return false;
    }
    // One frame after another, each when the one before was seen, after a while that is never the same.
    void send(std::uint32_t frames) {
        mem::PacketCache cache(*pool);
        for (std::uint32_t sent = 0, random = 1; sent < frames && !give_up;) {
            if (seen < sent) {
                std::this_thread::yield();
                continue;
            }
            random = random * 1664525 + 1013904223;
            for (const auto end = Clock::now() + std::chrono::nanoseconds((random >> 8) % 50000);
                 Clock::now() < end;) {}
            sent += send_frame(cache, random >> 16);
            sender->tx(0).reclaim(cache);
        }
        for (int i = 0; i < 1000 && sender->tx(0).reclaim(cache) > 0; ++i) std::this_thread::sleep_for(1ms);
    }

    mem::DmaDomain domain{{.page_size = mem::PageSize::small, .numa_node = -1}};
    std::shared_ptr<mem::PacketPool> pool;
    std::unique_ptr<Nic> sender, receiver;
    std::atomic<std::uint32_t> seen{0};
    std::atomic<bool> give_up{false};
};

TEST_P(HybridReceive, LosesNoWakeUpOnAnyOfItsQueues) {
    constexpr std::uint32_t frames = 1500;
    constexpr auto limit = 20s;  // a sleep that ends here was one too many
    std::vector<RxSource> sources;
    for (std::uint32_t q = 0; q < queues; ++q) sources.push_back({*receiver, q});
    // Impatient: it shall sleep between any two frames.
    Hybrid hybrid(sources, {.shortest_patience = 0us, .longest_patience = 0us, .longest_sleep = limit});
    std::thread thread([&] { send(frames); });
    mem::PacketCache cache(*pool);
    mem::Batch<32> batch(cache);
    std::set<std::uint32_t> used;
    for (std::uint32_t received = 0; received < frames;) {
        std::uint32_t now = 0;
        for (std::uint32_t q = 0; q < queues; ++q) {
            const std::uint32_t n = receiver->rx(q).receive(batch);
            if (n > 0) used.insert(q);
            now += n;
            batch.clear();
        }
        received += now;
        seen = received;
        const auto begin = Clock::now();
        if (received < frames) hybrid.after(now > 0);
        if (Clock::now() - begin >= limit) {
            ADD_FAILURE() << "frame " << received << " was not announced";
            break;
        }
    }
    give_up = true;
    thread.join();
    EXPECT_EQ(used.size(), queues);
    EXPECT_GT(hybrid.counters().wake_ups, frames / 10);
    EXPECT_LE(hybrid.counters().wake_ups, hybrid.counters().sleeps);
}

TEST_P(HybridReceive, ThreadsSleepOnQueuesOfTheirOwn) {
    constexpr std::uint32_t frames = 1000;
    std::atomic<std::uint32_t> received{0}, late{0};
    std::vector<std::thread> threads;
    for (std::uint32_t q = 0; q < queues; ++q)
        threads.emplace_back([&, q] {
            mem::PacketCache cache(*pool);
            mem::Batch<32> batch(cache);
            while (received < frames && !give_up) {
                const std::uint32_t n = receiver->rx(q).receive(batch);
                batch.clear();
                seen = received += n;
                if (n > 0) continue;
                const auto begin = Clock::now();
                // The others end within this time when all is done.
                const bool frame = receiver->wait_for_frames(q, 2s);
                if (!frame && received < frames && receiver->rx(q).ready() && Clock::now() - begin >= 2s)
                    ++late;
            }
        });
    send(frames);
    const auto deadline = Clock::now() + 30s;
    while (received < frames && Clock::now() < deadline) std::this_thread::sleep_for(1ms);
    give_up = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(received, frames);
    EXPECT_EQ(late, 0u);
}

TEST_P(HybridReceive, SleepsLongWhenNothingArrives) {
    Hybrid hybrid({{*receiver, 0}}, {.longest_sleep = 50ms});
    while (hybrid.counters().sleeps < 3) hybrid.after(false);
    EXPECT_EQ(hybrid.counters().wake_ups, 0u);
    EXPECT_GE(hybrid.counters().asleep, 100ms);
}

TEST_P(HybridReceive, SaysSoWhenThereAreTooManyQueuesForOneThread) {
    const std::vector<RxSource> many(129, {*receiver, 0});
    EXPECT_THROW(wait_for_frames(many, 0ms), hal::Error);
}

// Each look at it takes as long as the test says.
struct SteppingClock final : hal::Clock {
    Duration time{}, step{};
    Duration now() override { return time += step; }
    void sleep(Duration duration) override { time += duration; }
};

TEST_P(HybridReceive, IsPatientWhileFramesComeSoonAndImpatientWhenTheyDoNot) {
    SteppingClock clock;
    Hybrid hybrid({{*receiver, 0}, {*receiver, 1}, {*receiver, 2}},
                  {.shortest_patience = 10us, .longest_patience = 80us, .longest_sleep = 10s}, clock);
    mem::PacketCache cache(*pool);
    mem::Batch<32> batch(cache);
    const auto patience_after_a_sleep_of = [&](std::chrono::microseconds time) {
        clock.step = time;
        EXPECT_TRUE(send_frame(cache, 0));
        const auto wake_ups = hybrid.counters().wake_ups;
        while (hybrid.counters().wake_ups == wake_ups) hybrid.after(false);
        for (std::uint32_t q = 0; q < queues; ++q) {
            receiver->rx(q).receive(batch);
            batch.clear();
        }
        hybrid.after(true);
        return hybrid.patience();
    };
    EXPECT_EQ(patience_after_a_sleep_of(50us), 20us);
    EXPECT_EQ(patience_after_a_sleep_of(50us), 40us);
    EXPECT_EQ(patience_after_a_sleep_of(200us), 40us) << "neither soon nor late";
    EXPECT_EQ(patience_after_a_sleep_of(79us), 80us);
    EXPECT_EQ(patience_after_a_sleep_of(50us), 80us) << "the longest";
    for (const auto less : {40us, 20us, 10us, 10us}) EXPECT_EQ(patience_after_a_sleep_of(1000us), less);
    while (sender->tx(0).reclaim(cache) > 0) std::this_thread::yield();
}

INSTANTIATE_TEST_SUITE_P(Each, HybridReceive,
                         testing::Values(Case{"msix", Interrupts::msix}, Case{"msi", Interrupts::msi},
                                         Case{"intx", Interrupts::intx}),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace ringside::test
