#include "tests/bench/histogram.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace {

using ringside::bench::Histogram;

TEST(Histogram, OfNothingIsZero) {
    const Histogram h;
    EXPECT_EQ(h.count(), 0u);
    EXPECT_EQ(h.max(), 0u);
    EXPECT_EQ(h.percentile(0.5), 0u);
}

TEST(Histogram, KnowsSmallValuesExactly) {
    Histogram h;
    for (std::uint64_t value = 1; value <= 31; ++value) h.record(value);
    EXPECT_EQ(h.percentile(0.5), 16u);
    EXPECT_EQ(h.percentile(0), 1u);
    EXPECT_EQ(h.percentile(1), 31u);
}

TEST(Histogram, RoundsLargeValuesUpByLessThanAThirtySecond) {
    for (std::uint64_t value = 1; value < std::numeric_limits<std::uint64_t>::max() / 3;
         value = value * 3 + 1) {
        const std::uint64_t last = Histogram::last_of(Histogram::bucket(value));
        EXPECT_GE(last, value);
        EXPECT_LE(last - value, value / 32);
    }
}

TEST(Histogram, PutsEveryValueIntoOnePartAndLeavesNoGapBetweenParts) {
    for (std::uint32_t bucket = 0; bucket < 59 * 32; ++bucket) {
        const std::uint64_t last = Histogram::last_of(bucket);
        EXPECT_EQ(Histogram::bucket(last), bucket);
        EXPECT_EQ(Histogram::bucket(last + 1), bucket + 1);
    }
}

TEST(Histogram, TakesTheLargestValueThereIs) {
    Histogram h;
    h.record(std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(h.percentile(0.5), std::numeric_limits<std::uint64_t>::max());
}

TEST(Histogram, SeesOneOutlierInAThousandOnlyAboveThat) {
    Histogram h;
    for (int i = 0; i < 999; ++i) h.record(100);
    h.record(1'000'000);
    EXPECT_LE(h.percentile(0.5), 103u);
    EXPECT_LE(h.percentile(0.999), 103u);
    EXPECT_EQ(h.percentile(0.9999), 1'000'000u);
    EXPECT_EQ(h.max(), 1'000'000u);
}

TEST(Histogram, NeverSaysMoreThanTheLargestValueRecorded) {
    Histogram h;
    h.record(1025);  // its part reaches to 1055
    EXPECT_EQ(h.percentile(0.5), 1025u);
}

}  // namespace
