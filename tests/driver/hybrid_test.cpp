// One thread that serves several receive queues, polling under load and sleeping when idle; across processes,
// as on hardware.
#include "driver/hybrid.hpp"

#include "tests/driver/two_nics.hpp"

#include <array>
#include <cstring>
#include <set>
#include <vector>

namespace ringside::test {
namespace {

struct Case {
    const char* name;
    Interrupts kind;
};

// The receiver spreads what it receives over its queues.
class HybridReceive : public TwoNics, public testing::WithParamInterface<Case> {
protected:
    static constexpr std::uint32_t queues = 3;

    void SetUp() override {
        open("", {.rx_queues = queues, .promiscuous = true, .interrupts = GetParam().kind});
    }
    // IPv4 without options; each source address is another flow.
    static void fill(std::byte* frame, std::uint32_t flow) {
        constexpr std::array<std::uint8_t, 34> header{
            2,  0, 0, 0,  0, 2, 2, 0, 0,  0,   0, 1, 8,  0,                    // Ethernet
            69, 0, 0, 46, 0, 0, 0, 0, 64, 253, 0, 0, 10, 0, 0, 0, 10, 1, 0, 1  // IPv4
        };
        std::memset(frame, 0, 60);
        std::memcpy(frame, header.data(), header.size());
        frame[28] = static_cast<std::byte>(flow >> 8 & 0xFF);
        frame[29] = static_cast<std::byte>(flow & 0xFF);
    }
    void send(std::uint32_t frames) {
        send_slowly(frames, [](std::byte* frame, std::uint32_t random) { fill(frame, random >> 16); });
    }
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
        EXPECT_TRUE(send_one(cache, [](std::byte* frame) { fill(frame, 0); }));
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
    drain(cache);
}

INSTANTIATE_TEST_SUITE_P(Each, HybridReceive,
                         testing::Values(Case{"msix", Interrupts::msix}, Case{"msi", Interrupts::msi},
                                         Case{"intx", Interrupts::intx}),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace ringside::test
