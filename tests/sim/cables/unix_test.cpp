#include "hal/fd.hpp"
#include "tests/sim/cables/support.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <cstring>

namespace ringside::sim {
namespace {

using namespace std::chrono_literals;

// The partner, as a bare socket that says what the test wants it to say.
class Partner {
public:
    explicit Partner(hal::Fd fd) : fd_(std::move(fd)) {}

    static hal::Fd socket() {
        return hal::Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    }
    static sockaddr_un address(const std::string& path) {
        sockaddr_un a{};
        a.sun_family = AF_UNIX;
        path.copy(a.sun_path, sizeof a.sun_path - 1);
        return a;
    }
    static Partner connected_to(const std::string& path) {
        hal::Fd fd = socket();
        const sockaddr_un a = address(path);
        hal::check(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&a), sizeof a), "connecting");
        return Partner(std::move(fd));
    }
    void say(const std::string& bytes) {
        ASSERT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    std::string hear() {
        std::string all;
        char bytes[65536];
        for (ssize_t got; (got = ::recv(fd_.get(), bytes, sizeof bytes, 0)) > 0;)
            all.append(bytes, static_cast<std::size_t>(got));
        return all;
    }
    bool hung_up() {
        char byte;
        return ::recv(fd_.get(), &byte, 1, MSG_PEEK) == 0;
    }
    int fd() const { return fd_.get(); }

private:
    hal::Fd fd_;
};

std::string prefix(std::size_t length) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(length >> shift);
    return out;
}

std::string framed(const Frame& frame) {
    return prefix(frame.size()) + std::string(reinterpret_cast<const char*>(frame.data()), frame.size());
}

class UnixTest : public testing::Test {
protected:
    std::unique_ptr<Cable> server() { return make_cable("unix:" + path_ + ",server", clock_); }
    std::unique_ptr<Cable> client() { return make_cable("unix:" + path_, clock_); }
    static bool awake(const Cable& cable) {
        pollfd entry{cable.wake_fd(), POLLIN, 0};
        return ::poll(&entry, 1, 0) == 1;
    }
    static std::vector<Frame> round(Cable& cable) {
        cable.poll();
        return take_all(cable);
    }

    TemporaryFolder folder_;
    std::string path_ = folder_ / "net.sock";
    FakeClock clock_;
};

TEST_F(UnixTest, server_and_client_carry_frames_both_ways) {
    const auto left = server();
    const auto right = client();
    EXPECT_TRUE(right->connected());
    EXPECT_FALSE(left->connected());
    left->poll();
    EXPECT_TRUE(left->connected());
    left->transmit(numbered(60));
    left->transmit(numbered(9014, 3));
    left->poll();
    EXPECT_EQ(round(*right), (std::vector<Frame>{numbered(60), numbered(9014, 3)}));
    right->transmit(numbered(1514));
    right->poll();
    EXPECT_EQ(round(*left), std::vector<Frame>{numbered(1514)});
}

TEST_F(UnixTest, writes_a_big_endian_length_before_each_frame) {
    const auto cable = server();
    Partner partner = Partner::connected_to(path_);
    cable->poll();
    cable->transmit(numbered(300));
    cable->transmit(numbered(60));
    cable->poll();
    EXPECT_EQ(partner.hear(), framed(numbered(300)) + framed(numbered(60)));
}

TEST_F(UnixTest, puts_frames_together_from_single_bytes) {
    const auto cable = server();
    Partner partner = Partner::connected_to(path_);
    const std::string stream = framed(numbered(300)) + framed(numbered(60));
    std::vector<Frame> arrived;
    for (const char byte : stream) {
        partner.say(std::string(1, byte));
        for (Frame& frame : round(*cable)) arrived.push_back(std::move(frame));
    }
    for (Frame& frame : round(*cable)) arrived.push_back(std::move(frame));
    EXPECT_EQ(arrived, (std::vector<Frame>{numbered(300), numbered(60)}));
}

TEST_F(UnixTest, takes_the_longest_frame_and_many_in_a_row) {
    const auto cable = server();
    Partner partner = Partner::connected_to(path_);
    cable->poll();
    const std::string stream = framed(numbered(65536, 1));
    for (int i = 0; i < 20; ++i) {
        partner.say(stream);
        ASSERT_EQ(round(*cable), std::vector<Frame>{numbered(65536, 1)});
    }
    EXPECT_TRUE(cable->connected());
}

TEST_F(UnixTest, takes_frames_that_lie_across_every_read) {
    const auto cable = server();
    Partner partner = Partner::connected_to(path_);
    std::string stream;
    std::vector<Frame> sent, arrived;
    for (unsigned i = 0; i < 150; ++i) {
        sent.push_back(numbered(9014, i));
        stream += framed(sent.back());
    }
    constexpr std::size_t piece = 50'000;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        cable->poll();
        partner.say(stream.substr(at, piece));
        for (Frame& frame : round(*cable)) arrived.push_back(std::move(frame));
    }
    EXPECT_EQ(arrived, sent);
}

TEST_F(UnixTest, sends_the_rest_when_the_partner_reads_on) {
    const auto cable = server();
    Partner partner = Partner::connected_to(path_);
    cable->poll();
    std::string sent;
    for (unsigned i = 0; reported(*cable, "dropped_queue_full") == 0; ++i) {
        cable->transmit(numbered(5000, i));
        if (reported(*cable, "dropped_queue_full") == 0) sent += framed(numbered(5000, i));
    }
    EXPECT_TRUE(cable->timed());
    std::string heard;
    for (int i = 0; i < 100; ++i) {
        heard += partner.hear();
        cable->poll();
    }
    EXPECT_EQ(heard, sent);
    EXPECT_FALSE(cable->timed());
}

TEST_F(UnixTest, keeps_a_thousand_frames_for_a_partner_that_is_busy) {
    const auto cable = server();
    Partner partner = Partner::connected_to(path_);
    cable->poll();
    std::string sent;
    for (unsigned i = 0; i < 1000; ++i) {
        cable->transmit(numbered(1000, i));
        sent += framed(numbered(1000, i));
    }
    EXPECT_EQ(reported(*cable, "dropped_queue_full"), 0);
    std::string heard;
    for (int i = 0; i < 100; ++i) {
        heard += partner.hear();
        cable->poll();
    }
    EXPECT_EQ(heard, sent);
}

class HostileLength : public UnixTest, public testing::WithParamInterface<std::size_t> {};

TEST_P(HostileLength, ends_the_connection_and_is_counted) {
    const auto cable = server();
    Partner partner = Partner::connected_to(path_);
    cable->poll();
    partner.say(framed(numbered(60)) + prefix(GetParam()) + "rest");
    EXPECT_EQ(round(*cable), std::vector<Frame>{numbered(60)});
    cable->poll();
    EXPECT_FALSE(cable->connected());
    EXPECT_TRUE(partner.hung_up());
    EXPECT_EQ(reported(*cable, "ended_for_bad_length"), 1);
    EXPECT_NE(cable->report().find("a frame length of " + std::to_string(GetParam())), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(each, HostileLength, testing::Values(0u, 65537u, 0xFFFFFFFFu));

TEST_F(UnixTest, delivers_what_a_partner_sent_before_it_closed) {
    const auto cable = server();
    {
        Partner partner = Partner::connected_to(path_);
        cable->poll();
        partner.say(framed(numbered(60)) + framed(numbered(61)) + prefix(62) + "half");
    }
    cable->transmit(numbered(99));  // to nobody
    EXPECT_EQ(round(*cable), (std::vector<Frame>{numbered(60), numbered(61)}));
    cable->poll();
    EXPECT_FALSE(cable->connected());
}

TEST_F(UnixTest, server_serves_the_next_partner_when_one_has_gone) {
    const auto cable = server();
    {
        Partner first = Partner::connected_to(path_);
        cable->poll();
        first.say(prefix(100) + "half a frame");
        round(*cable);
    }
    round(*cable);
    cable->poll();
    EXPECT_FALSE(cable->connected());
    Partner second = Partner::connected_to(path_);
    second.say(framed(numbered(60)));
    EXPECT_EQ(round(*cable), std::vector<Frame>{numbered(60)});
    EXPECT_EQ(reported(*cable, "connections"), 2);
}

TEST_F(UnixTest, client_waits_for_its_server_and_comes_back) {
    const auto cable = client();
    EXPECT_FALSE(cable->connected());
    EXPECT_TRUE(cable->timed());
    cable->transmit(numbered(60));
    EXPECT_EQ(reported(*cable, "dropped_no_partner"), 1);

    for (int i = 0; i < 3; ++i) {
        auto partner = server();
        cable->poll();
        EXPECT_FALSE(cable->connected()) << "tries again too soon";
        clock_.sleep(100ms);
        cable->poll();
        EXPECT_TRUE(cable->connected());
        partner->poll();
        partner->transmit(numbered(60));
        partner->poll();
        EXPECT_EQ(round(*cable).size(), 1u);
        partner.reset();
        round(*cable);
        cable->poll();
        EXPECT_FALSE(cable->connected());
    }
}

TEST_F(UnixTest, wakes_a_sleeper_for_a_partner_a_frame_and_an_end) {
    const auto cable = server();
    EXPECT_FALSE(awake(*cable));
    {
        Partner partner = Partner::connected_to(path_);
        EXPECT_TRUE(awake(*cable));
        round(*cable);
        EXPECT_FALSE(awake(*cable));
        partner.say(framed(numbered(60)));
        EXPECT_TRUE(awake(*cable));
        round(*cable);
        EXPECT_FALSE(awake(*cable));
        const Partner waiting = Partner::connected_to(path_);
        EXPECT_FALSE(awake(*cable)) << "who waits in the line must not keep us awake";
    }
    EXPECT_TRUE(awake(*cable));
    round(*cable);
    cable->poll();
    EXPECT_FALSE(cable->connected());
}

TEST_F(UnixTest, server_replaces_a_socket_that_nobody_listens_on) {
    {
        const hal::Fd abandoned = Partner::socket();
        const sockaddr_un a = Partner::address(path_);
        ASSERT_EQ(::bind(abandoned.get(), reinterpret_cast<const sockaddr*>(&a), sizeof a), 0);
    }
    const auto cable = server();
    Partner::connected_to(path_);
}

TEST_F(UnixTest, server_refuses_a_name_in_use) {
    const auto cable = server();
    EXPECT_NE(objection("unix:" + path_ + ",server").find("the name is in use"), std::string::npos);
    write_file(folder_ / "file", "precious");
    EXPECT_NE(objection("unix:" + folder_ / "file" + ",server").find("the name is in use"),
              std::string::npos);
    EXPECT_EQ(read_file(folder_ / "file"), "precious");
    EXPECT_NE(objection("unix:" + folder_ / "none/x" + ",server").find("No such file"), std::string::npos);
}

TEST_F(UnixTest, sends_what_it_still_holds_at_the_end) {
    auto cable = server();
    Partner partner = Partner::connected_to(path_);
    cable->poll();
    cable->transmit(numbered(60));
    cable.reset();
    EXPECT_EQ(partner.hear(), framed(numbered(60)));
}

TEST_F(UnixTest, server_removes_its_socket_at_the_end) {
    server();
    EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace ringside::sim
