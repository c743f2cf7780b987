#include "tests/sim/cables/support.hpp"

#include <gtest/gtest.h>

namespace ringside::sim {
namespace {

TEST(Loop, returns_what_the_nic_sent) {
    FakeClock clock;
    const auto loop = make_cable("loop", clock);
    EXPECT_TRUE(loop->connected());
    EXPECT_TRUE(loop->waits());
    EXPECT_TRUE(loop->peek().empty());
    loop->transmit(numbered(60));
    loop->transmit(numbered(1514, 7));
    EXPECT_EQ(take_all(*loop), (std::vector<Frame>{numbered(60), numbered(1514, 7)}));
}

TEST(Loop, counts_what_does_not_fit) {
    FakeClock clock;
    const auto loop = make_cable("loop", clock);
    for (int i = 0; i < 20000; ++i) loop->transmit(numbered(60));
    const auto returned = take_all(*loop).size();
    EXPECT_GT(returned, 1000u);
    EXPECT_EQ(reported(*loop, "dropped_queue_full"), 20000 - static_cast<long long>(returned));
    EXPECT_EQ(reported(*loop, "from_nic"), 20000);
    EXPECT_EQ(reported(*loop, "bytes_from_nic"), 20000 * 60);
    EXPECT_NE(loop->report().find("dropped queue full"), std::string::npos);
}

}  // namespace
}  // namespace ringside::sim
