#include "sim/cables/frame_queue.hpp"
#include "tests/sim/cables/support.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <thread>

namespace ringside::sim {
namespace {

constexpr std::size_t small = 64 * 1024;

TEST(FrameQueue, returns_frames_in_order_and_byte_by_byte) {
    FrameQueue queue(small);
    for (unsigned i = 1; i <= 100; ++i) ASSERT_TRUE(queue.push(numbered(i, i)));
    for (unsigned i = 1; i <= 100; ++i) {
        EXPECT_EQ(copy(queue.front()), numbered(i, i));
        queue.pop();
    }
    EXPECT_TRUE(queue.front().empty());
}

TEST(FrameQueue, shows_the_same_frame_until_pop) {
    FrameQueue queue(small);
    queue.push(numbered(60));
    EXPECT_EQ(queue.front().data(), queue.front().data());
    EXPECT_FALSE(queue.empty());
    queue.pop();
    EXPECT_TRUE(queue.empty());
}

TEST(FrameQueue, holds_a_64_byte_frame_a_cache_line_and_refuses_one_more) {
    FrameQueue queue(small);
    std::size_t held = 0;
    while (queue.push(numbered(60))) ++held;
    EXPECT_EQ(held, small / 64);
    queue.front();
    queue.pop();
    EXPECT_TRUE(queue.push(numbered(60)));
    EXPECT_FALSE(queue.push(numbered(60)));
}

TEST(FrameQueue, wraps_with_frames_of_every_size) {
    FrameQueue queue(small);
    unsigned pushed = 0, popped = 0;
    const auto size = [](unsigned n) { return 1 + n * 7919ul % FrameQueue::max_frame; };
    while (popped < 5000) {
        while (queue.push(numbered(size(pushed), pushed))) ++pushed;
        ASSERT_EQ(copy(queue.front()), numbered(size(popped), popped)) << popped;
        queue.pop();
        ++popped;
    }
}

TEST(FrameQueue, refuses_a_frame_that_is_empty_or_too_large) {
    FrameQueue queue(small);
    EXPECT_FALSE(queue.push({}));
    EXPECT_FALSE(queue.push(numbered(FrameQueue::max_frame + 1)));
    EXPECT_TRUE(queue.push(numbered(FrameQueue::max_frame)));
}

TEST(FrameQueue, carries_frames_from_one_thread_to_another) {
    constexpr unsigned total = 20000;
    FrameQueue queue(small);
    std::thread sender([&] {
        for (unsigned n = 0; n < total;)
            if (queue.push(numbered(60 + n % 1000, n)))
                ++n;
            else
                std::this_thread::yield();
    });
    unsigned wrong = 0;
    for (unsigned n = 0; n < total;) {
        const auto frame = queue.front();
        if (frame.empty()) {
            std::this_thread::yield();
            continue;
        }
        if (!std::ranges::equal(frame, numbered(60 + n % 1000, n))) ++wrong;
        queue.pop();
        ++n;
    }
    sender.join();
    EXPECT_EQ(wrong, 0u);
}

}  // namespace
}  // namespace ringside::sim
