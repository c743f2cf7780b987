#include "mem/posting.hpp"

#include <gtest/gtest.h>

namespace ringside::mem {
namespace {

// A burst that a single call took.
std::uint32_t after(PostedBuffers& posted, std::uint32_t burst) { return posted.after(burst, false); }

TEST(PostedBuffers, are_all_until_a_burst_was_seen) {
    EXPECT_EQ(PostedBuffers(4095).wanted(), 4095u);
    EXPECT_EQ(PostedBuffers(63).wanted(), 63u);
}

TEST(PostedBuffers, are_ten_bursts) {
    PostedBuffers posted(4095);
    EXPECT_EQ(after(posted, 32), 320u);
    EXPECT_EQ(posted.wanted(), 320u);
    EXPECT_EQ(after(posted, 256), 2560u);
}

TEST(PostedBuffers, count_a_burst_that_takes_several_calls_as_one) {
    PostedBuffers posted(4095);
    EXPECT_EQ(posted.after(32, true), 320u);
    EXPECT_EQ(posted.after(32, true), 640u);
    EXPECT_EQ(posted.after(8, false), 720u);
    EXPECT_NEAR(posted.after(32, false), 720, 6) << "the next one";
    PostedBuffers other(4095);
    other.after(32, true);
    other.after(0, false);  // there was no more after all
    EXPECT_EQ(other.after(32, true), 320u);
}

TEST(PostedBuffers, are_never_fewer_than_64_nor_more_than_one_was_told) {
    PostedBuffers posted(1023);
    EXPECT_EQ(after(posted, 1), 64u);
    EXPECT_EQ(after(posted, 256), 1023u);
}

TEST(PostedBuffers, are_never_fewer_than_one_was_told) {
    PostedBuffers posted(4095, 512);
    EXPECT_EQ(after(posted, 1), 512u);
    EXPECT_EQ(after(posted, 100), 1000u);
    PostedBuffers small(63, 512);
    EXPECT_EQ(after(small, 1), 63u) << "a ring smaller than that";
}

TEST(PostedBuffers, grow_at_once_and_shrink_by_half_in_89_bursts) {
    PostedBuffers posted(4095);
    for (int i = 0; i < 1000; ++i) after(posted, 8);
    EXPECT_EQ(after(posted, 128), 1280u);
    std::uint32_t before = posted.wanted();
    for (int i = 0; i < 89; ++i) {
        EXPECT_LE(after(posted, 1), before);
        before = posted.wanted();
    }
    EXPECT_NEAR(posted.wanted(), 640, 20);
    for (int i = 0; i < 1000; ++i) after(posted, 1);
    EXPECT_EQ(posted.wanted(), 64u);
}

TEST(PostedBuffers, do_not_shrink_in_a_pause) {
    PostedBuffers posted(4095);
    after(posted, 128);
    for (int i = 0; i < 100'000; ++i) after(posted, 0);
    EXPECT_EQ(posted.wanted(), 1280u);
}

TEST(PostedBuffers, stay_for_a_steady_load) {
    PostedBuffers posted(4095);
    for (int i = 0; i < 10'000; ++i) ASSERT_EQ(after(posted, 32), 320u);
}

TEST(PostedBuffers, are_as_many_as_may_be_when_the_program_does_not_keep_up) {
    PostedBuffers posted(1024);
    for (int i = 0; i < 100'000; ++i) posted.after(32, true);
    EXPECT_EQ(posted.wanted(), 1024u);
}

TEST(PostedBuffers, do_not_overflow) {
    PostedBuffers posted(65536);
    EXPECT_EQ(posted.after(65536, true), 65536u);
    EXPECT_EQ(posted.after(65536, true), 65536u);
    EXPECT_EQ(posted.after(1, false), 65536u);
}

}  // namespace
}  // namespace ringside::mem
