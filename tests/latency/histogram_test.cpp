// The statistics of ringside-latency.
#include "examples/support/latency_histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace ringside::test {
namespace {

using examples::LatencyHistogram;
using namespace std::chrono_literals;

TEST(Histogram, OfNothingIsNothing) {
    const LatencyHistogram h;
    EXPECT_EQ(h.count(), 0u);
    EXPECT_EQ(h.min() + h.max() + h.mean() + h.percentile(50), 0ns);
    EXPECT_TRUE(h.bars().empty());
}

TEST(Histogram, OneValueIsAllOfThem) {
    LatencyHistogram h;
    h.add(12345ns);
    for (const double p : {0.0, 50.0, 99.9, 100.0}) EXPECT_EQ(h.percentile(p), 12345ns) << p;
    EXPECT_EQ(h.mean(), 12345ns);
    ASSERT_EQ(h.bars().size(), 1u);
    EXPECT_EQ(h.bars()[0].from, 8192ns);
    EXPECT_EQ(h.bars()[0].to, 16384ns);
}

TEST(Histogram, SmallValuesAreExact) {
    LatencyHistogram h;
    for (int i = 1; i <= 60; ++i) h.add(std::chrono::nanoseconds(i));
    for (int p = 5; p <= 100; p += 5) EXPECT_EQ(h.percentile(p).count(), 60 * p / 100) << p;
}

TEST(Histogram, PercentilesAreRightToThreePercent) {
    LatencyHistogram h;
    std::vector<std::int64_t> all;
    std::uint64_t random = 1;
    for (int i = 0; i < 20000; ++i) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        // From a nanosecond to an hour.
        all.push_back(
            static_cast<std::int64_t>(std::exp2(static_cast<double>(random >> 40) / (1 << 24) * 41)));
        h.add(std::chrono::nanoseconds(all.back()));
    }
    std::ranges::sort(all);
    for (const double p : {1.0, 10.0, 50.0, 90.0, 99.0, 99.9}) {
        const auto exact = static_cast<double>(all[static_cast<std::size_t>(std::ceil(20000 * p / 100)) - 1]);
        EXPECT_NEAR(static_cast<double>(h.percentile(p).count()), exact, exact * 0.032 + 1) << p;
    }
    EXPECT_EQ(h.min().count(), all.front());
    EXPECT_EQ(h.max().count(), all.back());
    std::uint64_t in_bars = 0;
    for (const auto& bar : h.bars()) in_bars += bar.count;
    EXPECT_EQ(in_bars, 20000u);
}

TEST(Histogram, LessThanNothingAndTheLongestTimeHaveAPlace) {
    LatencyHistogram h;
    h.add(-50ns);
    h.add(std::chrono::nanoseconds::max() / 4);
    EXPECT_EQ(h.min(), -50ns);
    EXPECT_EQ(h.count(), 2u);
    EXPECT_EQ(h.percentile(100), std::chrono::nanoseconds::max() / 4);
    EXPECT_EQ(h.percentile(50), -50ns);
    ASSERT_EQ(h.bars().size(), 2u) << "none is empty";
    EXPECT_EQ(h.bars()[0].from, -50ns);
    EXPECT_EQ(h.bars()[0].to, 0ns);
    EXPECT_EQ(h.bars()[0].count, 1u);
}

TEST(Histogram, DurationsAreWrittenForPeople) {
    const auto text = [](std::chrono::nanoseconds ns) { return examples::duration_text(ns); };
    EXPECT_EQ(text(0ns), "0 ns");
    EXPECT_EQ(text(850ns), "850 ns");
    EXPECT_EQ(text(-850ns), "-850 ns");
    EXPECT_EQ(text(1234ns), "1.23 us");
    EXPECT_EQ(text(12345ns), "12.3 us");
    EXPECT_EQ(text(123456ns), "123 us");
    EXPECT_EQ(text(1200us), "1.20 ms");
    EXPECT_EQ(text(2500ms), "2.50 s");
}

}  // namespace
}  // namespace ringside::test
