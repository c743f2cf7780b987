#include "tests/sim/cables/support.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <csignal>
#include <cstring>

namespace ringside::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t file_header = 24, record_header = 16;

std::string word(std::uint32_t value) { return {reinterpret_cast<const char*>(&value), sizeof value}; }

std::string capture_header(std::uint32_t link_type = 1) {
    return word(0xA1B2C3D4) + word(2 | 4 << 16) + word(0) + word(0) + word(65535) + word(link_type);
}

std::string record(const Frame& frame, std::uint32_t cut = 0) {
    const auto size = static_cast<std::uint32_t>(frame.size());
    return word(1) + word(2) + word(size - cut) + word(size) +
           std::string(reinterpret_cast<const char*>(frame.data()), size - cut);
}

class PcapTest : public testing::Test {
protected:
    void SetUp() override {
        if (objection("pcap:,/dev/null").find("without libpcap") != std::string::npos)
            GTEST_SKIP() << "built without libpcap";
    }
    std::unique_ptr<Cable> cable(const std::string& in, const std::string& out) {
        return make_cable("pcap:" + in + "," + out, clock_);
    }
    std::vector<Frame> frames_in(const std::string& path) { return take_all(*cable(path, "")); }

    TemporaryFolder folder_;
    FakeClock clock_;
};

TEST_F(PcapTest, plays_a_file_byte_by_byte) {
    const std::vector<Frame> frames = {numbered(60), numbered(1514, 3), numbered(9014, 5), numbered(14)};
    std::string file = capture_header();
    for (const Frame& frame : frames) file += record(frame);
    write_file(folder_ / "in", file);
    const auto player = cable(folder_ / "in", "");
    EXPECT_TRUE(player->connected());
    EXPECT_TRUE(player->waits());
    EXPECT_EQ(take_all(*player), frames);
    EXPECT_NE(player->report().find("playing ended"), std::string::npos);
    EXPECT_EQ(reported(*player, "to_nic"), 4);
}

TEST_F(PcapTest, shows_the_same_frame_while_the_nic_sends) {
    write_file(folder_ / "in", capture_header() + record(numbered(60)) + record(numbered(61)));
    const auto both = cable(folder_ / "in", folder_ / "out");
    EXPECT_EQ(copy(both->peek()), numbered(60));
    both->transmit(numbered(1000));
    both->poll();
    EXPECT_EQ(copy(both->peek()), numbered(60));
}

TEST_F(PcapTest, records_a_file_that_plays_the_same_frames) {
    std::vector<Frame> frames;
    for (unsigned i = 0; i < 1000; ++i) frames.push_back(numbered(60 + i * 7 % 9000, i));
    {
        const auto recorder = cable("", folder_ / "out");
        EXPECT_TRUE(recorder->peek().empty());
        for (const Frame& frame : frames) recorder->transmit(frame);
    }
    EXPECT_EQ(frames_in(folder_ / "out"), frames);
}

TEST_F(PcapTest, dates_frames_by_the_clock) {
    {
        const auto recorder = cable("", folder_ / "out");
        recorder->transmit(numbered(60));
        clock_.sleep(1500ms);
        recorder->transmit(numbered(60));
    }
    const std::string file = read_file(folder_ / "out");
    std::uint32_t first[2], second[2];
    std::memcpy(first, file.data() + file_header, sizeof first);
    std::memcpy(second, file.data() + file_header + record_header + 60, sizeof second);
    EXPECT_EQ((second[0] - first[0]) * 1'000'000'000ll + second[1] - first[1], 1'500'000'000ll);
}

TEST_F(PcapTest, writes_its_file_when_idle) {
    const auto recorder = cable("", folder_ / "out");
    recorder->transmit(numbered(60));
    recorder->poll();
    EXPECT_TRUE(recorder->timed());
    EXPECT_EQ(read_file(folder_ / "out").size(), file_header);
    clock_.sleep(1ms);
    recorder->poll();
    EXPECT_FALSE(recorder->timed());
    EXPECT_EQ(frames_in(folder_ / "out"), std::vector<Frame>{numbered(60)});
}

TEST_F(PcapTest, keeps_its_file_valid_at_every_moment) {
    const auto recorder = cable("", folder_ / "out");
    for (unsigned i = 0; i < 2000; ++i) {
        recorder->transmit(numbered(1000 + i % 500));
        if (i % 100 == 0) { EXPECT_EQ(objection("pcap:" + folder_ / "out" + ","), ""); }
    }
    EXPECT_GT(frames_in(folder_ / "out").size(), 500u);
}

TEST_F(PcapTest, keeps_whole_frames_and_counts_the_others_when_the_disk_is_full) {
    // A limit on the size of files stands for a full disk.
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{400'000, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    auto recorder = cable("", folder_ / "out");
    for (unsigned i = 0; i < 1000; ++i) recorder->transmit(numbered(1000, i));
    clock_.sleep(1s);
    recorder->poll();
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);

    const auto lost = reported(*recorder, "not_written");
    EXPECT_GT(lost, 0);
    EXPECT_NE(recorder->report().find("File too large"), std::string::npos) << recorder->report();
    recorder.reset();
    EXPECT_EQ(static_cast<long long>(frames_in(folder_ / "out").size()), 1000 - lost);
}

TEST_F(PcapTest, refuses_a_full_disk_at_the_start) {
    EXPECT_NE(objection("pcap:,/dev/full").find("No space left"), std::string::npos);
}

TEST_F(PcapTest, refuses_a_missing_file) {
    EXPECT_NE(objection("pcap:" + folder_ / "none" + ",").find("No such file"), std::string::npos);
    EXPECT_NE(objection("pcap:," + folder_ / "none/out").find("creating the capture file"),
              std::string::npos);
}

TEST_F(PcapTest, refuses_what_is_no_capture) {
    write_file(folder_ / "in", "To whom it may concern, this is a letter.");
    EXPECT_NE(objection("pcap:" + folder_ / "in" + ",").find("opening the capture file"), std::string::npos);
}

TEST_F(PcapTest, refuses_frames_that_are_not_ethernet) {
    write_file(folder_ / "in", capture_header(113));
    const std::string text = objection("pcap:" + folder_ / "in" + ",");
    EXPECT_NE(text.find("does not hold Ethernet frames"), std::string::npos) << text;
    EXPECT_NE(text.find("cooked"), std::string::npos) << text;
}

TEST_F(PcapTest, refuses_a_frame_that_was_captured_in_part) {
    write_file(folder_ / "in", capture_header() + record(numbered(60)) + record(numbered(100), 4));
    const std::string text = objection("pcap:" + folder_ / "in" + ",");
    EXPECT_NE(text.find("record 2: only 96 of 100 bytes"), std::string::npos) << text;
}

TEST_F(PcapTest, refuses_a_file_that_ends_in_a_record) {
    const std::string whole = capture_header() + record(numbered(60));
    for (std::size_t size = file_header + 1; size < whole.size(); ++size) {
        write_file(folder_ / "in", whole.substr(0, size));
        ASSERT_NE(objection("pcap:" + folder_ / "in" + ",").find("record 1"), std::string::npos) << size;
    }
}

TEST_F(PcapTest, refuses_to_record_over_what_it_plays) {
    write_file(folder_ / "in", capture_header() + record(numbered(60)));
    EXPECT_NE(objection("pcap:" + folder_ / "in" + "," + (folder_ / "./in")).find("same file"),
              std::string::npos);
    EXPECT_EQ(frames_in(folder_ / "in").size(), 1u);
}

}  // namespace
}  // namespace ringside::sim
