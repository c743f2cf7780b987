#include "sim/cables/generate.hpp"
#include "sim/cables/test_frame.hpp"
#include "tests/sim/cables/support.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <map>
#include <set>

namespace ringside::sim {
namespace {

using namespace std::chrono_literals;

class GenerateTest : public testing::Test {
protected:
    std::unique_ptr<Generator> generator(const std::string& options) {
        const std::string spec = "generate:" + options;
        return std::make_unique<Generator>(spec, parse_generate(spec, options), clock_);
    }
    std::vector<Frame> frames(const std::string& options) { return take_all(*generator(options)); }
    SinkCounters check(const std::vector<Frame>& arrived) {
        const auto sink = generator("source=off");
        for (const Frame& frame : arrived) sink->transmit(frame);
        return sink->counters();
    }
    FakeClock clock_;
};

SinkCounters received(std::uint64_t frames) {
    SinkCounters counters;
    counters.received = frames;
    return counters;
}

unsigned big16(const Frame& frame, std::size_t at) { return test_frame::load_big16(frame.data() + at); }

TEST_F(GenerateTest, sends_as_many_frames_as_it_is_told) {
    EXPECT_EQ(frames("count=1000").size(), 1000u);
    const auto endless = generator("count=0");
    for (int i = 0; i < 5000; ++i) {
        ASSERT_FALSE(endless->peek().empty());
        endless->pop();
    }
    EXPECT_FALSE(endless->finished());
}

TEST_F(GenerateTest, offers_the_same_frame_until_it_is_taken) {
    const auto source = generator("count=2");
    const Frame first = copy(source->peek());
    EXPECT_EQ(copy(source->peek()), first);
    source->pop();
    EXPECT_NE(copy(source->peek()), first);
}

TEST_F(GenerateTest, at_full_rate_waits_for_the_nic) {
    EXPECT_TRUE(generator("rate=max")->waits());
    EXPECT_FALSE(generator("rate=max")->timed());
    EXPECT_FALSE(generator("rate=10G")->waits());
    EXPECT_TRUE(generator("rate=10G")->timed());
}

TEST_F(GenerateTest, without_a_source_sends_nothing) {
    const auto sink = generator("source=off,rate=1Mpps");
    EXPECT_TRUE(sink->peek().empty());
    EXPECT_TRUE(sink->finished());
    EXPECT_FALSE(sink->timed());
}

TEST_F(GenerateTest, counts_the_fcs_in_sizes) {
    EXPECT_EQ(frames("size=64,count=1")[0].size(), 60u);
    EXPECT_EQ(frames("size=1518,count=1")[0].size(), 1514u);
    EXPECT_EQ(frames("size=9018,count=1")[0].size(), 9014u);
    EXPECT_EQ(frames("vlan=7,count=1")[0].size(), 64u);
}

TEST_F(GenerateTest, draws_sizes_uniformly_from_a_range) {
    std::map<std::size_t, int> sizes;
    for (const Frame& frame : frames("size=64-67,count=4000")) ++sizes[frame.size()];
    ASSERT_EQ(sizes.size(), 4u);
    EXPECT_EQ(sizes.begin()->first, 60u);
    for (const auto& [size, count] : sizes) EXPECT_NEAR(count, 1000, 150) << size;
}

TEST_F(GenerateTest, mixes_sizes_as_imix_does) {
    std::map<std::size_t, int> sizes;
    for (const Frame& frame : frames("size=imix,count=12000")) ++sizes[frame.size()];
    ASSERT_EQ(sizes.size(), 3u);
    EXPECT_NEAR(sizes[60], 7000, 300);
    EXPECT_NEAR(sizes[590], 4000, 300);
    EXPECT_NEAR(sizes[1514], 1000, 150);
}

TEST_F(GenerateTest, sends_the_same_frames_for_the_same_seed) {
    const std::string options = "size=64-1518,flows=5,count=200,seed=";
    EXPECT_EQ(frames(options + "3"), frames(options + "3"));
    EXPECT_NE(frames(options + "3"), frames(options + "4"));
}

TEST_F(GenerateTest, sends_valid_ipv4_and_udp) {
    for (const Frame& frame : frames("size=64-1518,flows=300,count=600,dst=02:0a:0b:0c:0d:0e")) {
        EXPECT_EQ(std::to_integer<int>(frame[5]), 0x0e);
        ASSERT_EQ(big16(frame, 12), 0x0800u);
        ASSERT_EQ(big16(frame, 16), frame.size() - 14);
        ASSERT_EQ(big16(frame, 38), frame.size() - 34);
        unsigned sum = 0;
        for (std::size_t i = 14; i < 34; i += 2) sum += big16(frame, i);
        ASSERT_EQ((sum & 0xFFFF) + (sum >> 16), 0xFFFFu);
    }
}

TEST_F(GenerateTest, gives_every_flow_its_own_address_and_port) {
    std::set<std::pair<unsigned, unsigned>> flows;
    for (const Frame& frame : frames("flows=1000,count=3000"))
        flows.insert({big16(frame, 28), big16(frame, 34)});
    EXPECT_EQ(flows.size(), 1000u);
}

TEST_F(GenerateTest, tags_frames) {
    const auto tagged = frames("vlan=100,count=3,size=68-200");
    EXPECT_EQ(big16(tagged[0], 12), 0x8100u);
    EXPECT_EQ(big16(tagged[0], 14), 100u);
    EXPECT_EQ(big16(tagged[0], 16), 0x0800u);
    EXPECT_EQ(check(tagged), received(3));
}

TEST_F(GenerateTest, paces_by_line_rate) {
    const auto source = generator("rate=10G");  // 84 bytes on the wire: 67.2 ns
    EXPECT_EQ(take_all(*source).size(), 1u);
    clock_.sleep(67ns);
    EXPECT_EQ(take_all(*source).size(), 1u);
    clock_.sleep(1us);
    EXPECT_EQ(take_all(*source).size(), 14u);
}

TEST_F(GenerateTest, paces_by_frames_a_second_without_drift) {
    const auto source = generator("rate=1.5Mpps");
    std::size_t taken = 0;
    for (int i = 0; i < 1000; ++i) {
        taken += take_all(*source).size();
        clock_.sleep(1ms);
    }
    EXPECT_NEAR(static_cast<double>(taken), 1.5e6 * 0.999, 2);
}

TEST_F(GenerateTest, does_not_make_up_for_a_long_pause) {
    const auto source = generator("rate=1Mpps");
    take_all(*source);
    clock_.sleep(2s);
    EXPECT_LE(take_all(*source).size(), 10'001u);
    EXPECT_NEAR(static_cast<double>(reported(*source, "behind_ms")), 2000, 1);
    clock_.sleep(1ms);
    EXPECT_NEAR(static_cast<double>(take_all(*source).size()), 1000, 1);
}

TEST_F(GenerateTest, finds_nothing_wrong_with_its_own_frames) {
    EXPECT_EQ(check(frames("size=64-9018,flows=7,count=2000")), received(2000));
    EXPECT_EQ(check(frames("size=imix,vlan=9,count=500")), received(500));
}

TEST_F(GenerateTest, accepts_other_mac_addresses) {
    auto arrived = frames("count=2");
    std::swap_ranges(arrived[0].begin(), arrived[0].begin() + 6, arrived[0].begin() + 6);
    EXPECT_EQ(check(arrived), received(2));
}

TEST_F(GenerateTest, counts_one_lost_frame) {
    auto arrived = frames("count=100,flows=3");
    arrived.erase(arrived.begin() + 50);
    SinkCounters expected = received(99);
    expected.lost = 1;
    EXPECT_EQ(check(arrived), expected);
}

TEST_F(GenerateTest, counts_a_first_frame_that_is_lost) {
    auto arrived = frames("count=10");
    arrived.erase(arrived.begin());
    EXPECT_EQ(check(arrived).lost, 1u);
}

TEST_F(GenerateTest, counts_one_reordered_frame) {
    auto arrived = frames("count=100");
    std::swap(arrived[50], arrived[51]);
    SinkCounters expected = received(100);
    expected.reordered = 1;
    EXPECT_EQ(check(arrived), expected);
}

TEST_F(GenerateTest, does_not_mind_the_order_between_flows) {
    auto arrived = frames("count=100,flows=2");
    std::swap(arrived[50], arrived[51]);
    EXPECT_EQ(check(arrived), received(100));
}

TEST_F(GenerateTest, counts_one_duplicated_frame) {
    auto arrived = frames("count=100");
    arrived.insert(arrived.begin() + 60, arrived[40]);
    SinkCounters expected = received(101);
    expected.duplicated = 1;
    EXPECT_EQ(check(arrived), expected);
}

TEST_F(GenerateTest, counts_a_late_frame_and_its_duplicate_across_a_gap) {
    auto arrived = frames("count=5000");
    const Frame late = arrived[2000];
    arrived.erase(arrived.begin() + 1990, arrived.begin() + 2010);
    arrived.push_back(late);
    arrived.push_back(late);
    SinkCounters expected = received(4982);
    expected.lost = 19;
    expected.reordered = 1;
    expected.duplicated = 1;
    EXPECT_EQ(check(arrived), expected);
}

TEST_F(GenerateTest, forgets_old_numbers_across_a_gap_larger_than_its_memory) {
    auto all = frames("count=20000");
    std::vector<Frame> arrived(all.begin(), all.begin() + 100);
    arrived.push_back(all[15000]);
    arrived.push_back(all[3 * FrameSink::window + 50]);  // remembered as missing, where number 50 was seen
    arrived.push_back(all[15000 - FrameSink::window]);   // just out of memory
    SinkCounters expected = received(103);
    expected.reordered = 1;
    expected.too_late = 1;
    expected.lost = 15001 - 102;
    EXPECT_EQ(check(arrived), expected);
}

TEST_F(GenerateTest, notices_every_single_wrong_bit_behind_the_mac_addresses) {
    SinkCounters expected;
    expected.corrupted = 1;
    for (const char* options : {"count=1", "count=1,size=300,vlan=2"}) {
        const Frame good = frames(options)[0];
        for (std::size_t bit = 12 * 8; bit < good.size() * 8; ++bit) {
            Frame bad = good;
            bad[bit / 8] ^= std::byte(1u << bit % 8);
            ASSERT_EQ(check({bad}), expected) << options << ", byte " << bit / 8;
        }
    }
}

TEST_F(GenerateTest, notices_a_frame_that_is_cut_or_grown) {
    const Frame good = frames("count=1,size=500")[0];
    Frame cut = good, grown = good;
    cut.resize(good.size() - 1);
    grown.resize(good.size() + 4);
    EXPECT_EQ(check({cut, grown}).corrupted, 2u);
}

TEST_F(GenerateTest, notices_a_payload_under_the_wrong_header) {
    auto arrived = frames("count=2,size=500");
    std::swap_ranges(arrived[0].begin() + 60, arrived[0].end(), arrived[1].begin() + 60);
    EXPECT_EQ(check(arrived).corrupted, 2u);
}

TEST_F(GenerateTest, counts_foreign_frames_of_any_size) {
    std::vector<Frame> arrived;
    for (std::size_t size = 1; size < 200; ++size) arrived.push_back(numbered(size, 0x81 - 12));
    SinkCounters expected;
    expected.foreign = arrived.size();
    EXPECT_EQ(check(arrived), expected);
}

TEST_F(GenerateTest, keeps_streams_of_different_names_apart) {
    auto arrived = frames("count=10,name=left");
    const auto other = frames("count=10,name=right");
    arrived.insert(arrived.end(), other.begin(), other.end());
    EXPECT_EQ(check(arrived), received(20));
}

TEST_F(GenerateTest, remembers_a_bounded_number_of_streams) {
    std::vector<Frame> arrived;
    for (int i = 0; i < 20; ++i) arrived.push_back(frames("count=1,name=stream" + std::to_string(i))[0]);
    const SinkCounters counters = check(arrived);
    EXPECT_EQ(counters.received, FrameSink::max_streams);
    EXPECT_EQ(counters.untracked, 20 - FrameSink::max_streams);
}

TEST_F(GenerateTest, reports_what_the_sink_saw) {
    const auto cable = generator("count=5,name=left");
    const auto sent = take_all(*cable);
    cable->transmit(sent[0]);
    cable->transmit(sent[2]);
    EXPECT_EQ(reported(*cable, "to_nic"), 5);
    EXPECT_EQ(reported(*cable, "received"), 2);
    EXPECT_EQ(reported(*cable, "lost"), 1);
    EXPECT_NE(cable->report().find("1 lost"), std::string::npos);
    EXPECT_NE(cable->report_json().find("\"stream\": \"left\""), std::string::npos);
}

}  // namespace
}  // namespace ringside::sim
