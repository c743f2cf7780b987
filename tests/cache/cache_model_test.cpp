#include "mem/sizing.hpp"
#include "tests/cache/experiment.hpp"
#include "tests/cache/published.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace ringside::cache_model {
namespace {

// One set of four ways, two of which devices may fill.
constexpr LlcShape one_set{.slices = 1,
                           .sets = 1,
                           .ways = 4,
                           .io_ways = 2,
                           .replacement = Replacement::lru,
                           .hash = SliceHash::none};
constexpr std::uint64_t line(std::uint64_t n) { return 64 * n; }

TEST(LlcModel, gives_a_device_two_ways_and_no_more) {
    LlcModel llc(one_set);
    for (int round = 0; round < 10; ++round)
        for (const std::uint64_t n : {1u, 2u}) llc.device_writes(line(n));
    EXPECT_EQ(llc.device_write_counts().misses, 2u);
    llc.forget_counts();
    for (int round = 0; round < 10; ++round)
        for (const std::uint64_t n : {1u, 2u, 3u}) llc.device_writes(line(n));
    EXPECT_LE(llc.device_write_counts().hits, 2u) << "three lines in turn never fit two ways under LRU";
}

TEST(LlcModel, gives_the_processor_all_ways) {
    LlcModel llc(one_set);
    for (int round = 0; round < 10; ++round)
        for (const std::uint64_t n : {1u, 2u, 3u, 4u}) llc.core_uses(line(n));
    EXPECT_EQ(llc.core_counts().misses, 4u);
}

TEST(LlcModel, lets_a_device_update_a_line_in_any_way) {
    LlcModel llc(one_set);
    for (const std::uint64_t n : {1u, 2u, 3u, 4u}) llc.core_uses(line(n));
    for (const std::uint64_t n : {1u, 2u, 3u, 4u}) llc.device_writes(line(n) + 63);
    EXPECT_EQ(llc.device_write_counts().hits, 4u);
    EXPECT_EQ(llc.device_write_counts().misses, 0u);
}

TEST(LlcModel, does_not_let_a_devices_read_fill_anything) {
    LlcModel llc(one_set);
    llc.device_reads(line(1));
    llc.device_reads(line(1));
    EXPECT_EQ(llc.device_read_counts().misses, 2u);
    llc.device_writes(line(1));
    llc.device_reads(line(1));
    EXPECT_EQ(llc.device_read_counts().hits, 1u);
}

TEST(LlcModel, replaces_what_was_not_used_for_the_longest_time) {
    LlcModel llc(one_set);
    llc.device_writes(line(1));
    llc.device_writes(line(2));
    llc.device_writes(line(1));
    llc.device_writes(line(3));  // instead of 2
    llc.forget_counts();
    llc.device_writes(line(1));
    llc.device_writes(line(3));
    EXPECT_EQ(llc.device_write_counts().hits, 2u);
}

TEST(LlcModel, has_no_set_that_is_used_much_more_than_others) {
    for (const SliceHash hash : {SliceHash::none, SliceHash::even, SliceHash::random}) {
        LlcShape shape = xeon_6140;
        shape.hash = hash;
        LlcModel llc(shape);
        const std::uint64_t half = shape.bytes() / 64 / 2;
        for (int round = 0; round < 2; ++round) {
            llc.forget_counts();
            for (std::uint64_t n = 0; n < half; ++n) llc.core_uses(line(n));
        }
        EXPECT_GT(llc.core_counts().hit_percent(), 95) << static_cast<int>(hash);
    }
}

TEST(LlcModel, refuses_a_cache_that_cannot_be) {
    LlcShape shape;
    shape.sets = 1000;
    EXPECT_THROW(LlcModel{shape}, std::invalid_argument);
    shape = {};
    shape.io_ways = 12;
    EXPECT_THROW(LlcModel{shape}, std::invalid_argument);
}

TEST(PageMap, keeps_what_is_inside_a_page_together_and_is_the_same_every_time) {
    const PageMap a(4096, 1), b(4096, 1), c(4096, 2);
    EXPECT_EQ(a.physical(12345), b.physical(12345));
    EXPECT_NE(a.physical(12345), c.physical(12345));
    EXPECT_EQ(a.physical(4096 + 100) - a.physical(4096), 100u);
    EXPECT_NE(a.physical(8192) - a.physical(4096), 4096u);
}

TEST(CacheModel, has_the_size_of_the_processor_that_was_measured) {
    EXPECT_EQ(xeon_6140.bytes(), 99ull * 1024 * 1024 / 4);
    EXPECT_EQ(static_cast<double>(xeon_6140.io_bytes()), published_budget);
}

double model(std::uint32_t ring, std::uint32_t frame) {
    return run({.ring = ring, .frame = frame}).device_writes.hit_percent();
}

// The bounds are what docs/sizing.md states.
TEST(CacheModel, is_within_7_points_of_each_measurement_and_within_2_on_average) {
    double sum = 0;
    for (std::size_t f = 0; f < published_frames.size(); ++f)
        for (std::size_t r = 0; r < published_rings.size(); ++r) {
            const double distance =
                std::abs(model(published_rings[r], published_frames[f]) - published_hits[f][r]);
            EXPECT_LE(distance, 7) << published_frames[f] << " bytes, ring of " << published_rings[r];
            sum += distance;
        }
    EXPECT_LE(sum / 24, 2);
}

TEST(CacheModel, gains_by_more_ways_for_devices_as_was_measured) {
    Experiment e{.ring = 4096, .frame = 1024};
    for (std::uint32_t i = 0; i < published_by_ways.size(); ++i) {
        e.llc.io_ways = 2 + i;
        EXPECT_NEAR(run(e).device_writes.hit_percent(), published_by_ways[i], 7) << e.llc.io_ways << " ways";
    }
}

TEST(CacheModel, is_the_same_on_every_run) {
    const Experiment e{.ring = 1024, .frame = 1500};
    EXPECT_EQ(run(e).device_writes.hits, run(e).device_writes.hits);
    EXPECT_EQ(run(e).device_writes.misses, run(e).device_writes.misses);
}

TEST(CacheModel, shows_that_a_long_full_ring_misses_however_little_arrives) {
    EXPECT_LT(run({.ring = 4096, .arriving = 4}).device_writes.hit_percent(), 55);
    EXPECT_GT(run({.ring = 256, .arriving = 4}).device_writes.hit_percent(), 95);
}

TEST(CacheModel, shows_that_few_posted_buffers_stay_in_the_cache_of_a_long_ring) {
    const Outcome few = run({.ring = 4096, .posting = Posting::few, .arriving = 32});
    EXPECT_GT(few.device_writes.hit_percent(), 97);
    EXPECT_EQ(few.lost, 0u);
    EXPECT_NEAR(few.posted, 320, 1);
}

TEST(CacheModel, loses_frames_when_a_peak_finds_too_few_buffers_posted_for_the_first_time) {
    const Experiment all{.ring = 4096, .arriving = 1, .peak = 1024};
    Experiment few = all;
    few.posting = Posting::few;
    few.posted_at_most = 512;
    EXPECT_EQ(run(all).lost, 0u);
    EXPECT_GT(run(few).lost, 0u);
    few.posted_at_least = 1024;  // what a poll gap's worth of frames is for
    few.posted_at_most = 1024;
    EXPECT_EQ(run(few).lost, 0u);
}

TEST(CacheModel, remembers_peaks_and_loses_nothing_of_the_next) {
    const Outcome few = run({.ring = 4096, .posting = Posting::few, .arriving = 4, .peak = 256});
    EXPECT_EQ(few.lost, 0u);
    EXPECT_GT(few.posted, 500);
}

// The constants of mem/sizing.cpp, made again from the table: mean where rho is equal, then neighbours that
// would rise are merged until the curve falls.
TEST(Curve, is_what_the_published_table_says) {
    struct Point {
        double rho, percent, weight;
    };
    std::vector<Point> points;
    for (std::size_t f = 0; f < published_frames.size(); ++f)
        for (std::size_t r = 0; r < published_rings.size(); ++r)
            points.push_back(
                {published_rho(published_rings[r], published_frames[f]), published_hits[f][r], 1});
    std::ranges::sort(points, {}, &Point::rho);
    std::vector<Point> curve;
    const auto merge_last_two = [&] {
        const Point b = curve.back();
        curve.pop_back();
        Point& a = curve.back();
        const double weight = a.weight + b.weight;
        a = {(a.rho * a.weight + b.rho * b.weight) / weight,
             (a.percent * a.weight + b.percent * b.weight) / weight, weight};
    };
    for (const Point& p : points) {
        const bool equal = !curve.empty() && std::abs(curve.back().rho - p.rho) < 1e-9;
        curve.push_back(p);
        if (equal) merge_last_two();
    }
    std::vector<Point> means;
    std::swap(means, curve);
    for (const Point& p : means) {
        curve.push_back(p);
        while (curve.size() > 1 && curve[curve.size() - 2].percent < curve.back().percent) merge_last_two();
    }
    const auto shipped = mem::measured_hits();
    ASSERT_EQ(curve.size(), shipped.size());
    for (std::size_t i = 0; i < shipped.size(); ++i) {
        EXPECT_NEAR(shipped[i].rho, curve[i].rho, 0.0001);
        EXPECT_NEAR(shipped[i].percent, curve[i].percent, 0.01);
    }
}

TEST(Curve, is_within_3_points_of_each_measurement) {
    for (std::size_t f = 0; f < published_frames.size(); ++f)
        for (std::size_t r = 0; r < published_rings.size(); ++r)
            EXPECT_NEAR(mem::predicted_hit_percent(published_rho(published_rings[r], published_frames[f])),
                        published_hits[f][r], 3)
                << published_frames[f] << " bytes, ring of " << published_rings[r];
}

}  // namespace
}  // namespace ringside::cache_model
