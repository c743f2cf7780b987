#include "mem/backing.hpp"

#include "hal/error.hpp"
#include "hal/notice.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace ringside::mem {
namespace {

struct Asked {
    std::size_t size;
    PageSize page_size;
    int numa_node;
    friend bool operator==(const Asked&, const Asked&) = default;
};

// A system without huge pages that remembers what it was asked for, and what was said about it.
class NoHugePages : public testing::Test {
protected:
    NoHugePages()
        : previous_(hal::set_notice_sink([this](const std::string& text) { notices.push_back(text); })) {}
    ~NoHugePages() override { hal::set_notice_sink(std::move(previous_)); }

    BackingSource source(std::optional<PageSize> insist) {
        return BackingSource(insist, [this](std::size_t size, PageSize page_size, int node) {
            asked.push_back({size, page_size, node});
            if (page_size != PageSize::small) throw hal::Error("no huge pages here");
            return hal::SharedMemory(size, static_cast<std::size_t>(page_size), -1);
        });
    }

    std::vector<Asked> asked;
    std::vector<std::string> notices;

private:
    hal::NoticeSink previous_;
};

TEST_F(NoHugePages, FallsBackToSmallPagesAndSaysWhyAndWhatItCosts) {
    BackingSource s = source(std::nullopt);
    const Backing got = s.take((2u << 20) + 1, 1);
    EXPECT_EQ(got.page_size, PageSize::small);
    EXPECT_EQ(got.memory.bytes().size(), (2u << 20) + 4096u);
    EXPECT_EQ(asked,
              (std::vector<Asked>{{4u << 20, PageSize::huge, 1}, {(2u << 20) + 4096, PageSize::small, 1}}));
    ASSERT_EQ(notices.size(), 1u);
    EXPECT_EQ(notices[0],
              "no huge pages here; using 4 KiB pages instead, which works but costs more IOTLB and TLB "
              "misses (DPDK has been measured 3.4 times slower per packet)");
}

TEST_F(NoHugePages, SaysItOnlyOnce) {
    BackingSource s = source(std::nullopt);
    static_cast<void>(s.take(4096, -1));
    static_cast<void>(s.take(4096, -1));
    EXPECT_EQ(notices.size(), 1u);
    EXPECT_EQ(asked.size(), 4u) << "huge pages may have come free";
}

TEST_F(NoHugePages, InsistingOnAPageSizeMeansNoOtherWillDo) {
    BackingSource s = source(PageSize::giant);
    EXPECT_THROW(static_cast<void>(s.take(4096, -1)), hal::Error);
    EXPECT_EQ(asked, (std::vector<Asked>{{1u << 30, PageSize::giant, -1}}));
    EXPECT_TRUE(notices.empty());
}

TEST_F(NoHugePages, SmallPagesOnRequestComeWithoutANotice) {
    BackingSource s = source(PageSize::small);
    EXPECT_EQ(s.take(1, -1).memory.bytes().size(), 4096u);
    EXPECT_TRUE(notices.empty());
}

TEST(BackingSource, AsksTheSystemUnlessATestReplacesIt) {
    BackingSource s(PageSize::small);
    const Backing got = s.take(8192, -1);
    EXPECT_EQ(got.memory.bytes().size(), 8192u);
    EXPECT_GE(got.memory.fd(), 0);
}

TEST(BackingSource, SaysHowManyPagesAreMissingAndHowToGetThem) {
    BackingSource s(PageSize::huge);
    try {
        static_cast<void>(s.take(std::size_t{1} << 45, -1));
        FAIL() << "no machine has that much";
    } catch (const hal::Error& error) {
        const std::string text = error.what();
        EXPECT_NE(text.find("16777216 pages"), std::string::npos) << text;
        EXPECT_NE(text.find("nr_hugepages"), std::string::npos) << text;
    }
}

}  // namespace
}  // namespace ringside::mem
