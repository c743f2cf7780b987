#include "mem/sizing.hpp"

#include "hal/error.hpp"
#include "mem/packet_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace ringside::mem {
namespace {

constexpr std::uint64_t MiB = 1024 * 1024;

IoCache ddio(std::uint64_t llc, unsigned ways) {
    IoCache io;
    io.ddio = true;
    io.processor = "GenuineIntel, a test";
    io.llc_bytes = llc;
    io.llc_ways = ways;
    io.io_ways = 2;
    io.source = IoCache::Ways::msr;
    io.mask = 3u << (ways - 2);
    io.budget = llc / ways * 2;
    return io;
}
IoCache haswell() { return ddio(15 * MiB, 20); }      // 1.5 MiB
IoCache skylake() { return ddio(99 * MiB / 4, 11); }  // 4.5 MiB
IoCache amd() {
    IoCache io;
    io.processor = "AuthenticAMD, a test";
    io.llc_bytes = 32 * MiB;
    io.llc_ways = 16;
    io.budget = 4 * MiB;
    io.notes.push_back("A note.");
    return io;
}

SizingInput input(IoCache cache, const char* frames, double gap_us = -1) {
    SizingInput in;
    in.cache = std::move(cache);
    if (*frames != '\0') in.frames = parse_frame_mix(frames);
    if (gap_us >= 0) in.poll_gap = gap_us * 1e-6;
    return in;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

std::string refusal(const SizingInput& in) {
    try {
        size_buffers(in);
    } catch (const hal::Error& e) { return e.what(); }
    return "not refused";
}

TEST(FrameMix, is_one_size_or_imix_or_a_list_with_shares) {
    EXPECT_EQ(parse_frame_mix("1518").size(), 1u);
    const FrameMix imix = parse_frame_mix("imix"), same = parse_frame_mix("64:7,594:4,1518:1");
    ASSERT_EQ(imix.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(imix[i].bytes, same[i].bytes);
        EXPECT_EQ(imix[i].share, same[i].share);
    }
    EXPECT_EQ(parse_frame_mix("64,128")[1].share, 1);
}

TEST(FrameMix, that_cannot_be_understood_is_an_error_with_examples) {
    for (const char* bad : {"", "x", "63", "16385", "-64", "64:", "64:0", ":1", "64,", ",64", "64:1:1", "64 ",
                            "64:99999999999", "99999999999", "1e3", "imix,64", "0x40"})
        try {
            parse_frame_mix(bad);
            ADD_FAILURE() << bad << " was accepted";
        } catch (const hal::Error& e) { EXPECT_TRUE(contains(e.what(), "64:7,594:4,1518:1")) << e.what(); }
    EXPECT_THROW(parse_frame_mix(std::string(100'000, '6')), hal::Error);
}

TEST(Curve, goes_through_every_measured_point) {
    for (const HitPoint& p : measured_hits()) EXPECT_NEAR(predicted_hit_percent(p.rho), p.percent, 1e-9);
}

TEST(Curve, never_rises_and_stays_a_percentage) {
    double before = 100;
    for (double rho = 0; rho < 10; rho += 0.001) {
        const double hit = predicted_hit_percent(rho);
        ASSERT_LE(hit, before) << rho;
        ASSERT_GE(hit, 0);
        before = hit;
    }
    EXPECT_EQ(predicted_hit_percent(-1), 100);
    EXPECT_EQ(predicted_hit_percent(std::nan("")), 100);
    EXPECT_EQ(predicted_hit_percent(std::numeric_limits<double>::infinity()), 0);
}

TEST(Curve, says_what_the_rules_of_thumb_say) {
    EXPECT_GE(predicted_hit_percent(0.25), 95);
    EXPECT_NEAR(predicted_hit_percent(0.45), 90, 1);
    EXPECT_NEAR(predicted_hit_percent(0.9), 63, 1);
    EXPECT_NEAR(predicted_hit_percent(1.33), 39, 1);
}

TEST(Sizing, of_1518_byte_frames_on_15_MiB_of_20_ways_keeps_to_128) {
    const Sizing s = size_buffers(input(haswell(), "1518"));
    EXPECT_EQ(s.bytes_written, 1536);
    EXPECT_EQ(s.for_the_cache, 128u);
    EXPECT_EQ(s.rx_descriptors, 128u);
    EXPECT_NEAR(128 * 2 * (1536 + 16) / (1.5 * MiB), 0.25, 0.01);
}

TEST(Sizing, of_a_fixed_ring_predicts_what_it_costs) {
    for (const auto& [ring, hit] : {std::pair{256u, 81.8}, std::pair{512u, 49.7}}) {
        SizingInput in = input(haswell(), "1518");
        in.rx_descriptors = ring;
        const Sizing s = size_buffers(in);
        EXPECT_EQ(s.rx_descriptors, ring);
        ASSERT_TRUE(s.hit_percent);
        EXPECT_NEAR(*s.hit_percent, hit, 0.5);
        EXPECT_FALSE(s.warnings.empty());
        EXPECT_TRUE(contains(s.summary()[0], "as asked for"));
    }
}

TEST(Sizing, of_64_byte_frames_lets_the_poll_gap_decide) {
    const Sizing s = size_buffers(input(haswell(), "64", 20));
    EXPECT_NEAR(s.packets_per_second, 14.88e6, 0.01e6);
    EXPECT_NEAR(s.frames_in_gap, 297.6, 0.1);
    EXPECT_EQ(s.for_the_gap, 512);
    EXPECT_EQ(s.rx_descriptors, 512u);
    EXPECT_GE(*s.hit_percent, 99);
    EXPECT_TRUE(s.warnings.empty());
    EXPECT_TRUE(contains(s.summary()[0], "up to 298 frames come in 20 us (14.88 Mpps)")) << s.summary()[0];
}

TEST(Sizing, of_1518_byte_frames_and_a_long_gap_is_256) {
    const Sizing s = size_buffers(input(haswell(), "1518", 200));
    EXPECT_EQ(s.rx_descriptors, 256u);
    ASSERT_EQ(s.warnings.size(), 1u);
    EXPECT_TRUE(contains(s.warnings[0], "128 at most")) << s.warnings[0];
}

TEST(Sizing, of_nothing_known_is_512_wherever_the_cache_allows_or_not) {
    for (const IoCache& cache : {haswell(), skylake(), amd(), IoCache{}}) {
        const Sizing s = size_buffers(input(cache, ""));
        EXPECT_EQ(s.rx_descriptors, 512u);
        EXPECT_EQ(s.tx_descriptors, 512u);
        EXPECT_EQ(s.bytes_written, 1536) << "the largest frames for the cache";
        EXPECT_NEAR(s.packets_per_second, 14.88e6, 0.01e6) << "the smallest for the rate";
    }
}

TEST(Sizing, never_takes_more_than_512_only_because_the_cache_would_hold_it) {
    const Sizing s = size_buffers(input(ddio(512 * MiB, 16), "64", 1));
    EXPECT_GT(s.for_the_cache, 512u);
    EXPECT_EQ(s.rx_descriptors, 512u);
}

TEST(Sizing, weighs_a_mix_by_its_shares) {
    const Sizing s = size_buffers(input(skylake(), "imix", 20));
    EXPECT_NEAR(s.bytes_written, (7 * 64 + 4 * 640 + 1536) / 12.0, 1e-9);
    const double wire = (7 * 84 + 4 * 614 + 1538) / 12.0;
    EXPECT_NEAR(s.packets_per_second, 10e9 / 8 / wire, 1);
}

TEST(Sizing, counts_every_buffer_of_a_frame_that_takes_several) {
    const Sizing s = size_buffers(input(skylake(), "9018", 100));
    // 9014 bytes are 4 x 2048 and 822, which is 13 lines.
    EXPECT_NEAR(s.bytes_written, (4 * 2048 + 13 * 64) / 5.0, 1e-9);
    EXPECT_NEAR(s.packets_per_second, 10e9 / 8 / 9038 * 5, 1);
    SizingInput in = input(skylake(), "2052");  // 2048 without the CRC: exactly one buffer
    EXPECT_EQ(size_buffers(in).bytes_written, 2048);
    in.frames = parse_frame_mix("2053");
    EXPECT_EQ(size_buffers(in).bytes_written, (2048 + 64) / 2.0);
}

TEST(Sizing, takes_the_sum_over_ports_and_queues_against_the_cache) {
    SizingInput in = input(skylake(), "1518", 1);
    in.ports = 1;
    EXPECT_EQ(size_buffers(in).for_the_cache, 512u);
    in.ports = 2;
    EXPECT_EQ(size_buffers(in).for_the_cache, 256u) << "379 fit";
    in.queues = 4;
    EXPECT_EQ(size_buffers(in).for_the_cache, 64u) << "94 fit";
    in.queues = 64;
    const Sizing s = size_buffers(in);
    EXPECT_LT(s.for_the_cache, 64u);
    EXPECT_EQ(s.rx_descriptors, 64u) << "no ring is smaller";
    EXPECT_TRUE(s.beyond_data);
    EXPECT_TRUE(contains(s.summary()[1], "less than")) << s.summary()[1];
    EXPECT_FALSE(s.warnings.empty());
}

TEST(Sizing, lets_a_queue_have_twice_its_share_of_the_rate) {
    SizingInput in = input(skylake(), "64", 20);
    in.queues = 4;
    EXPECT_NEAR(size_buffers(in).frames_in_gap, 297.6 / 2, 0.1);
    in.queues = 2;
    EXPECT_NEAR(size_buffers(in).frames_in_gap, 297.6, 0.1) << "but not more than there is";
}

TEST(Sizing, believes_a_rate_below_that_of_the_wire) {
    SizingInput in = input(skylake(), "64", 20);
    in.packets_per_second = 1e6;
    EXPECT_NEAR(size_buffers(in).frames_in_gap, 20, 1e-9);
    in.packets_per_second = 1e12;
    EXPECT_NEAR(size_buffers(in).frames_in_gap, 297.6, 0.1);
}

TEST(Sizing, warns_of_a_gap_that_no_ring_lasts) {
    const Sizing s = size_buffers(input(skylake(), "64", 1000));
    EXPECT_EQ(s.rx_descriptors, 4096u);
    EXPECT_EQ(s.for_the_gap, 16384);
    ASSERT_GE(s.warnings.size(), 1u);
    EXPECT_TRUE(contains(s.warnings[0], "up to 14881 frames, and a ring of 4096 holds 4095"))
        << s.warnings[0];
    EXPECT_TRUE(contains(s.summary()[0], "this is the largest ring"));
}

TEST(Sizing, knows_that_one_descriptor_is_never_the_cards) {
    SizingInput in = input(skylake(), "64");
    in.packets_per_second = 1e6;
    in.poll_gap = 255e-6;
    EXPECT_EQ(size_buffers(in).for_the_gap, 256);
    in.poll_gap = 256e-6;
    EXPECT_EQ(size_buffers(in).for_the_gap, 512);
}

TEST(Sizing, gives_the_pool_what_buffers_needed_says) {
    SizingInput in = input(skylake(), "64");
    in.threads = 2;
    in.queues = 3;
    in.held = 100;
    in.rx_descriptors = 256;
    in.tx_descriptors = 1024;
    const Sizing s = size_buffers(in);
    EXPECT_EQ(s.pool_buffers, buffers_needed(2 * 3 * (256 + 1024), 2) + 200);
}

TEST(Sizing, keeps_at_least_a_poll_gap_posted) {
    EXPECT_EQ(size_buffers(input(skylake(), "64", 20)).posted_at_least, 512u);
    EXPECT_EQ(size_buffers(input(skylake(), "1518", 20)).posted_at_least, 64u);
    EXPECT_EQ(size_buffers(input(skylake(), "64", 1e6)).posted_at_least, 4096u);
}

TEST(Sizing, keeps_no_more_posted_than_stay_in_the_cache_unless_the_poll_gap_is_longer) {
    SizingInput in = input(skylake(), "1518", 20);
    in.rx_descriptors = 4096;
    EXPECT_EQ(size_buffers(in).posted_at_most, 256u);
    in.poll_gap = 1e-3;
    EXPECT_EQ(size_buffers(in).posted_at_most, 1024u);
    in.frames = parse_frame_mix("64");
    in.poll_gap = 1e-6;
    EXPECT_EQ(size_buffers(in).posted_at_most, 4096u);
}

TEST(Sizing, predicts_nothing_without_ddio) {
    const Sizing s = size_buffers(input(amd(), "1518"));
    EXPECT_FALSE(s.hit_percent);
    EXPECT_TRUE(contains(s.summary()[1], "no hit rate predicted: no DDIO")) << s.summary()[1];
    EXPECT_TRUE(s.warnings.empty());
    EXPECT_TRUE(contains(s.explain(), "A note."));
}

TEST(Sizing, explains_every_number_of_the_sum) {
    const Sizing s = size_buffers(input(skylake(), "imix", 50));
    const std::string text = s.explain();
    for (const char* part :
         {"4.5 MiB: 2 of 11 ways", "64 (7), 594 (4), 1518 (1) bytes", "50 us", "rho", "Farshin",
          "predicted write hits", "2 x (512 + 64) x (378.667 + 16)", "buffers: 2 x"})
        EXPECT_TRUE(contains(text, part)) << part << " is not in\n" << text;
    EXPECT_TRUE(text.ends_with("\n"));
}

TEST(Sizing, is_told_in_two_lines) {
    for (const char* frames : {"", "64", "imix", "9018"})
        for (const std::string& line : size_buffers(input(skylake(), frames)).summary()) {
            EXPECT_FALSE(contains(line, "\n"));
            EXPECT_LT(line.size(), 160u) << line;
        }
}

TEST(Sizing, of_a_xeon_is_told_as_docs_sizing_md_shows) {
    SizingInput in = input(skylake(), "1518");
    in.held = 512;
    const auto lines = size_buffers(in).summary();
    EXPECT_EQ(lines[0],
              "rings of 256 and 256, 2048 buffers: the most that keep to a quarter of the cache's share");
    EXPECT_EQ(lines[1],
              "970 KiB cycle, 21 % of 4.5 MiB: 2 of 11 ways (IIO_LLC_WAYS = 0x600) of a cache of 24.75 MiB; "
              "98 % of the cards' writes should hit");
}

TEST(Sizing, refuses_what_makes_no_sense_with_a_sentence) {
    const auto with = [](auto change) {
        SizingInput in;
        change(in);
        return refusal(in);
    };
    const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
    EXPECT_TRUE(contains(with([](auto& in) { in.ports = 0; }), "a port, a queue"));
    EXPECT_TRUE(contains(with([](auto& in) { in.queues = 0; }), "a port, a queue"));
    EXPECT_TRUE(contains(with([](auto& in) { in.threads = 0; }), "a thread"));
    EXPECT_TRUE(contains(with([](auto& in) { in.burst = 0; }), "a burst"));
    EXPECT_TRUE(contains(with([](auto& in) { in.room = 1000; }), "multiple of 1024"));
    EXPECT_TRUE(contains(with([](auto& in) { in.rx_descriptors = 100; }), "a receive ring of 100"));
    EXPECT_TRUE(contains(with([](auto& in) { in.rx_descriptors = 0; }), "a receive ring of 0"));
    EXPECT_TRUE(contains(with([](auto& in) { in.tx_descriptors = 8192; }), "a transmit ring of 8192"));
    EXPECT_TRUE(contains(with([](auto& in) { in.frames = {{63, 1}}; }), "frames of 63 bytes"));
    EXPECT_TRUE(contains(with([](auto& in) { in.frames = {{64, 0}}; }), "shares"));
    EXPECT_TRUE(contains(with([&](auto& in) { in.frames = {{64, nan}}; }), "shares"));
    EXPECT_TRUE(contains(with([](auto& in) { in.largest_frame = 99999; }), "largest frame of 99999"));
    for (const double bad : {nan, inf, -1.0}) {
        EXPECT_TRUE(contains(with([&](auto& in) { in.poll_gap = bad; }), "poll gap")) << bad;
        EXPECT_TRUE(contains(with([&](auto& in) { in.packets_per_second = bad; }), "packets a second"))
            << bad;
        EXPECT_TRUE(contains(with([&](auto& in) { in.bits_per_second = bad; }), "speed")) << bad;
    }
    EXPECT_TRUE(contains(with([](auto& in) { in.ports = in.queues = in.threads = in.held = ~0u; }),
                         "a pool has at most"));
}

// Whatever comes in: an answer within the limits, or an error.
TEST(Sizing, stays_within_the_limits_for_random_and_absurd_input) {
    std::mt19937_64 random(1);
    const auto any = [&](std::initializer_list<double> values) {
        return *(values.begin() + static_cast<std::ptrdiff_t>(random() % values.size()));
    };
    const auto count = [&] {
        return static_cast<std::uint32_t>(any({1, 2, 3, 64, 1000, 1e6, 4294967295.0}));
    };
    int answers = 0;
    for (int i = 0; i < 20'000; ++i) {
        SizingInput in;
        in.cache = random() % 2 == 0 ? amd() : haswell();
        in.cache.budget = static_cast<std::uint64_t>(any({0, 1, 64, 1e6, 1e9, 1e18}));
        in.ports = count();
        in.queues = count();
        in.threads = count();
        in.burst = count();
        in.held = count();
        in.bits_per_second = any({1e-300, 1, 1e9, 1e11, 1e300});
        if (random() % 2 == 0) in.packets_per_second = any({1e-300, 1, 1e7, 1e300});
        if (random() % 2 == 0) in.poll_gap = any({0, 1e-300, 1e-6, 1, 1e300});
        if (random() % 2 == 0)
            in.frames = {{64 + static_cast<std::uint32_t>(random() % 16321), any({1e-300, 1, 1e9})}};
        try {
            const Sizing s = size_buffers(in);
            ++answers;
            ASSERT_TRUE(std::has_single_bit(s.rx_descriptors));
            ASSERT_GE(s.rx_descriptors, 64u);
            ASSERT_LE(s.rx_descriptors, 4096u);
            ASSERT_EQ(s.tx_descriptors, s.rx_descriptors);
            ASSERT_LE(s.posted_at_least, s.posted_at_most);
            ASSERT_LE(s.posted_at_most, s.rx_descriptors);
            ASSERT_TRUE(std::isfinite(s.rho) && s.rho >= 0);
            if (s.hit_percent) {
                ASSERT_GE(*s.hit_percent, 0);
                ASSERT_LE(*s.hit_percent, 100);
            }
            ASSERT_FALSE(contains(s.explain() + s.summary()[0] + s.summary()[1], "nan"));
        } catch (const hal::Error& e) { ASSERT_TRUE(contains(e.what(), "a pool has at most")) << e.what(); }
    }
    EXPECT_GT(answers, 1000);
}

}  // namespace
}  // namespace ringside::mem
