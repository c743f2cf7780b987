#include "mem/spsc_ring.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

namespace ringside::mem {
namespace {

// Constants, producer and consumer each have their own pair of cache lines.
static_assert(alignof(SpscRing<int>) == interference_size);
static_assert(sizeof(SpscRing<int>) == 3 * interference_size);
static_assert(noexcept(std::declval<SpscRing<int>&>().push(1)));
static_assert(noexcept(std::declval<SpscRing<int>&>().pop(std::span<int>())));

TEST(SpscRing, GivesBackInTheOrderOfPushing) {
    SpscRing<int> ring(4);
    EXPECT_TRUE(ring.push(1));
    EXPECT_TRUE(ring.push(2));
    int out = 0;
    EXPECT_TRUE(ring.pop(out));
    EXPECT_EQ(out, 1);
    EXPECT_TRUE(ring.pop(out));
    EXPECT_EQ(out, 2);
    EXPECT_FALSE(ring.pop(out));
}

TEST(SpscRing, HoldsExactlyItsCapacity) {
    SpscRing<int> ring(4);
    const std::array in{1, 2, 3, 4, 5, 6};
    EXPECT_EQ(ring.push(in), 4u);
    EXPECT_EQ(ring.size(), 4u);
    EXPECT_FALSE(ring.push(5));
    std::array<int, 6> out{};
    EXPECT_EQ(ring.pop(out), 4u);
    EXPECT_EQ(out, (std::array{1, 2, 3, 4, 0, 0}));
    EXPECT_EQ(ring.size(), 0u);
}

TEST(SpscRing, ACapacityOfOneWorks) {
    SpscRing<int> ring(1);
    int out = 0;
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(ring.push(i));
        EXPECT_FALSE(ring.push(99));
        EXPECT_TRUE(ring.pop(out));
        EXPECT_EQ(out, i);
    }
}

TEST(SpscRing, RefusesACapacityThatIsNoPowerOfTwo) {
    EXPECT_THROW(SpscRing<int>(0), hal::Error);
    EXPECT_THROW(SpscRing<int>(3), hal::Error);
}

TEST(SpscRing, NothingInNothingOut) {
    SpscRing<int> ring(2);
    EXPECT_EQ(ring.push(std::span<const int>()), 0u);
    EXPECT_EQ(ring.pop(std::span<int>()), 0u);
}

TEST(SpscRing, BulksOfEverySizeWrapAroundTheEnd) {
    SpscRing<int> ring(8);
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

TEST(SpscRing, KeepsTheSequenceBetweenTwoThreads) {
    constexpr std::uint64_t total = 100'000;
    SpscRing<std::uint64_t> ring(64);
    std::vector<std::uint64_t> notes(
        total);  // plain memory: ThreadSanitizer sees whether push() publishes it

    std::thread producer([&] {
        std::mt19937 random(1);
        std::vector<std::uint64_t> burst;
        for (std::uint64_t sent = 0; sent < total;) {
            burst.resize(std::min<std::uint64_t>(1 + random() % 80, total - sent));
            std::iota(burst.begin(), burst.end(), sent);
            for (const std::uint64_t n : burst) notes[n] = n * 3;
            const std::size_t pushed = ring.push(burst);
            if (pushed == 0) std::this_thread::yield();
            sent += pushed;
        }
    });
    std::uint64_t expected = 0, wrong = 0;
    std::mt19937 random(2);
    std::vector<std::uint64_t> out(80);
    while (expected < total) {
        const std::size_t popped = ring.pop(std::span(out).first(1 + random() % 80));
        if (popped == 0) std::this_thread::yield();
        for (std::size_t i = 0; i < popped; ++i, ++expected)
            wrong += out[i] != expected || notes[out[i]] != expected * 3;
    }
    producer.join();
    EXPECT_EQ(wrong, 0u);
    EXPECT_EQ(ring.size(), 0u);
}

}  // namespace
}  // namespace ringside::mem
