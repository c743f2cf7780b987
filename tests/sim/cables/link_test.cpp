#include "tests/sim/cables/support.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <thread>

namespace ringside::sim {
namespace {

class LinkTest : public testing::Test {
protected:
    std::unique_ptr<Cable> end(const std::string& name = "l") { return make_cable("link:" + name, clock_); }
    static bool awake(const Cable& cable) {
        pollfd entry{cable.wake_fd(), POLLIN, 0};
        return ::poll(&entry, 1, 0) == 1;
    }
    static void rest(Cable& cable) {
        for (int i = 0; i < 100; ++i) cable.poll();
    }
    FakeClock clock_;
};

TEST_F(LinkTest, is_up_only_while_both_ends_exist) {
    auto a = end();
    EXPECT_FALSE(a->connected());
    auto b = end();
    EXPECT_TRUE(a->connected());
    EXPECT_TRUE(b->connected());
    b.reset();
    EXPECT_FALSE(a->connected());
    b = end();
    EXPECT_TRUE(a->connected());
}

TEST_F(LinkTest, refuses_a_third_end) {
    const auto a = end(), b = end();
    EXPECT_NE(objection("link:l").find("both ends of link l are plugged in"), std::string::npos);
}

TEST_F(LinkTest, of_another_name_is_another_link) {
    const auto a = end("one"), b = end("two");
    EXPECT_FALSE(a->connected());
    EXPECT_FALSE(b->connected());
}

TEST_F(LinkTest, carries_frames_both_ways_and_holds_them_until_there_is_room) {
    const auto a = end(), b = end();
    EXPECT_TRUE(a->waits());
    a->transmit(numbered(60, 1));
    a->transmit(numbered(9014, 2));
    b->transmit(numbered(100, 3));
    EXPECT_EQ(copy(b->peek()), numbered(60, 1));
    EXPECT_EQ(copy(b->peek()), numbered(60, 1));
    EXPECT_EQ(take_all(*b), (std::vector<Frame>{numbered(60, 1), numbered(9014, 2)}));
    EXPECT_EQ(take_all(*a), (std::vector<Frame>{numbered(100, 3)}));
    EXPECT_EQ(reported(*a, "from_nic"), 2);
    EXPECT_EQ(reported(*b, "to_nic"), 2);
}

TEST_F(LinkTest, counts_at_the_sender_what_a_full_queue_refuses) {
    const auto a = end(), b = end();
    for (int i = 0; i < 20000; ++i) a->transmit(numbered(60));
    const auto arrived = static_cast<long long>(take_all(*b).size());
    EXPECT_GT(arrived, 1000);
    EXPECT_EQ(reported(*a, "dropped_queue_full"), 20000 - arrived);
    EXPECT_EQ(reported(*b, "dropped_queue_full"), 0);
}

TEST_F(LinkTest, counts_what_is_sent_to_nobody) {
    const auto a = end();
    a->transmit(numbered(60));
    EXPECT_EQ(reported(*a, "dropped_no_partner"), 1);
    const auto b = end();
    EXPECT_TRUE(b->peek().empty());
}

TEST_F(LinkTest, gives_a_new_end_nothing_that_was_sent_to_the_former_one) {
    const auto a = end();
    auto b = end();
    a->transmit(numbered(60));
    b.reset();
    b = end();
    EXPECT_TRUE(b->peek().empty());
    EXPECT_EQ(reported(*b, "discarded_of_former_end"), 1);
}

TEST_F(LinkTest, wakes_a_sleeper_when_a_frame_arrives) {
    const auto a = end(), b = end();
    rest(*b);
    EXPECT_FALSE(awake(*b));
    a->transmit(numbered(60));
    a->poll();
    EXPECT_TRUE(awake(*b));
    rest(*b);
    EXPECT_TRUE(awake(*b)) << "must not rest before the frame was taken";
    take_all(*b);
    rest(*b);
    EXPECT_FALSE(awake(*b));
}

TEST_F(LinkTest, wakes_a_sleeper_when_the_other_end_comes_or_goes) {
    const auto a = end();
    rest(*a);
    EXPECT_FALSE(awake(*a));
    auto b = end();
    EXPECT_TRUE(awake(*a));
    rest(*a);
    b.reset();
    EXPECT_TRUE(awake(*a));
}

TEST_F(LinkTest, loses_no_wake_up_between_two_threads) {
    constexpr int total = 10000;  // fit the queue
    const auto a = end(), b = end();
    std::thread sender([&] {
        for (int i = 0; i < total; ++i) {
            a->transmit(numbered(60));
            a->poll();
            if (i % 16 == 0) std::this_thread::yield();
        }
    });
    int taken = 0;
    while (taken < total) {
        rest(*b);
        pollfd entry{b->wake_fd(), POLLIN, 0};
        if (::poll(&entry, 1, 10'000) != 1) break;  // asleep with frames waiting: a lost wake-up
        const auto frames = take_all(*b);
        taken += static_cast<int>(frames.size());
    }
    sender.join();
    EXPECT_EQ(taken, total);
}

}  // namespace
}  // namespace ringside::sim
