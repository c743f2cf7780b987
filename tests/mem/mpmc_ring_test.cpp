#include "mem/mpmc_ring.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <numeric>
#include <random>
#include <thread>
#include <tuple>
#include <vector>

namespace ringside::mem {
namespace {

// Constants, the pushing and the popping end each have their own pair of cache lines.
static_assert(alignof(MpmcRing<int>) == interference_size);
static_assert(sizeof(MpmcRing<int>) == 3 * interference_size);
static_assert(noexcept(std::declval<MpmcRing<int>&>().push(1)));
static_assert(noexcept(std::declval<MpmcRing<int>&>().pop(std::span<int>())));

TEST(MpmcRing, GivesBackInTheOrderOfPushing) {
    MpmcRing<int> ring(4);
    EXPECT_TRUE(ring.push(1));
    EXPECT_TRUE(ring.push(2));
    int out = 0;
    EXPECT_TRUE(ring.pop(out));
    EXPECT_EQ(out, 1);
    EXPECT_TRUE(ring.pop(out));
    EXPECT_EQ(out, 2);
    EXPECT_FALSE(ring.pop(out));
}

TEST(MpmcRing, HoldsExactlyItsCapacity) {
    for (const std::size_t capacity : {2u, 4u, 64u}) {
        MpmcRing<int> ring(capacity);
        std::vector<int> in(capacity + 3), out(capacity + 3);
        std::iota(in.begin(), in.end(), 0);
        for (int round = 0; round < 3; ++round) {
            EXPECT_EQ(ring.push(in), capacity);
            EXPECT_FALSE(ring.push(99));
            EXPECT_EQ(ring.pop(out), capacity);
            for (std::size_t i = 0; i < capacity; ++i) EXPECT_EQ(out[i], in[i]);
            EXPECT_FALSE(ring.pop(out[0]));
        }
    }
}

TEST(MpmcRing, RefusesACapacityThatIsNoPowerOfTwoOrTooSmall) {
    EXPECT_THROW(MpmcRing<int>(0), hal::Error);
    EXPECT_THROW(MpmcRing<int>(1), hal::Error);
    EXPECT_THROW(MpmcRing<int>(12), hal::Error);
}

TEST(MpmcRing, NothingInNothingOut) {
    MpmcRing<int> ring(2);
    EXPECT_EQ(ring.push(std::span<const int>()), 0u);
    EXPECT_EQ(ring.pop(std::span<int>()), 0u);
}

TEST(MpmcRing, BulksOfEverySizeWrapAroundTheEnd) {
    MpmcRing<int> ring(8);
    int next_in = 0, next_out = 0;
    for (std::size_t round = 0; round < 200; ++round) {
        std::vector<int> in(round % 9), out(8);
        std::iota(in.begin(), in.end(), next_in);
        ASSERT_EQ(ring.push(in), in.size());
        next_in += static_cast<int>(in.size());
        ASSERT_EQ(ring.pop(out), in.size());
        for (std::size_t i = 0; i < in.size(); ++i) ASSERT_EQ(out[i], next_out++);
    }
}

struct Element {
    std::uint32_t producer;
    std::uint32_t number;  // counts the producer's elements
    std::uint32_t call;    // counts its calls of push()
};

constexpr std::uint32_t producers = 3;
constexpr std::uint32_t per_producer = 20'000;

// Pushes numbers 0 to per_producer - 1 in bursts of up to `max_burst`.
void produce(MpmcRing<Element>& ring, std::uint32_t producer, std::uint32_t max_burst) {
    std::mt19937 random(producer);
    std::vector<Element> burst;
    std::uint32_t call = 0;
    for (std::uint32_t sent = 0; sent < per_producer; ++call) {
        burst.clear();
        const auto burst_size = static_cast<std::uint32_t>(1 + random() % max_burst);
        const std::uint32_t end = std::min(per_producer, sent + burst_size);
        for (std::uint32_t n = sent; n < end; ++n) burst.push_back({producer, n, call});
        const std::size_t pushed = ring.push(burst);
        if (pushed == 0) std::this_thread::yield();
        sent += static_cast<std::uint32_t>(pushed);
    }
}

TEST(MpmcRing, LosesAndDoublesNothingBetweenManyThreads) {
    constexpr std::size_t consumers = 3;
    MpmcRing<Element> ring(64);
    std::atomic<std::uint32_t> left{producers * per_producer};
    std::array<std::vector<Element>, consumers> got;

    std::vector<std::thread> threads;
    for (std::uint32_t p = 0; p < producers; ++p) threads.emplace_back([&, p] { produce(ring, p, 40); });
    for (std::vector<Element>& mine : got) {
        threads.emplace_back([&] {
            std::array<Element, 40> out{};
            while (left.load(std::memory_order_relaxed) > 0) {
                const std::size_t popped = ring.pop(std::span(out).first(1 + mine.size() % 40));
                if (popped == 0) std::this_thread::yield();
                mine.insert(mine.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(popped));
                left.fetch_sub(static_cast<std::uint32_t>(popped), std::memory_order_relaxed);
            }
        });
    }
    for (std::thread& t : threads) t.join();

    std::vector<int> seen(producers * per_producer, 0);
    std::uint32_t out_of_order = 0;
    for (const std::vector<Element>& mine : got) {
        std::array<std::uint32_t, producers> next{};
        for (const Element& e : mine) {
            ++seen[e.producer * per_producer + e.number];
            out_of_order += e.number < next[e.producer];
            next[e.producer] = e.number + 1;
        }
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), static_cast<std::ptrdiff_t>(seen.size()));
    EXPECT_EQ(out_of_order, 0u) << "one producer's elements reach each consumer in order";
}

TEST(MpmcRing, KeepsTheElementsOfOnePushTogether) {
    MpmcRing<Element> ring(64);
    std::vector<std::thread> threads;
    for (std::uint32_t p = 0; p < producers; ++p) threads.emplace_back([&, p] { produce(ring, p, 8); });

    std::map<std::pair<std::uint32_t, std::uint32_t>, int>
        runs;  // of each call: how often it was (re)started
    Element last{producers, 0, 0};
    for (std::uint32_t received = 0; received < producers * per_producer;) {
        Element e{};
        if (!ring.pop(e)) {
            std::this_thread::yield();
            continue;
        }
        ++received;
        if (std::tie(e.producer, e.call) != std::tie(last.producer, last.call)) ++runs[{e.producer, e.call}];
        last = e;
    }
    for (std::thread& t : threads) t.join();
    for (const auto& [call, count] : runs) ASSERT_EQ(count, 1) << "call " << call.second << " was torn apart";
}

TEST(MpmcRing, PublishesWhatWasDoneBeforePush) {
    constexpr std::uint32_t total = 20'000;
    MpmcRing<std::uint32_t> ring(16);
    std::vector<std::uint32_t> notes(total,
                                     0);  // plain memory: ThreadSanitizer sees whether push() publishes it
    std::thread producer([&] {
        for (std::uint32_t n = 0; n < total; ++n) {
            notes[n] = n + 7;
            while (!ring.push(n)) std::this_thread::yield();
        }
    });
    std::atomic<std::uint32_t> left{total}, wrong{0};
    const auto consume = [&] {
        std::uint32_t n = 0;
        while (left.load(std::memory_order_relaxed) > 0) {
            if (!ring.pop(n)) {
                std::this_thread::yield();
                continue;
            }
            wrong.fetch_add(notes[n] != n + 7, std::memory_order_relaxed);
            left.fetch_sub(1, std::memory_order_relaxed);
        }
    };
    std::thread other(consume);
    consume();
    other.join();
    producer.join();
    EXPECT_EQ(wrong.load(), 0u);
}

}  // namespace
}  // namespace ringside::mem
