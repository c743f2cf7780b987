#include "mem/iova_allocator.hpp"

#include "hal/error.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

namespace ringside::mem {
namespace {

using hal::Iova;
using hal::IovaRange;

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t top = std::numeric_limits<std::uint64_t>::max();

constexpr IovaRange range(std::uint64_t first, std::uint64_t last) { return {Iova{first}, Iova{last}}; }

TEST(IovaAllocator, StartsAtTheLowestAddressItMayUse) {
    IovaAllocator a(range(0, top), Iova{0x200000});
    EXPECT_EQ(a.allocate(page, page), Iova{0x200000});
    EXPECT_EQ(a.allocate(page, page), Iova{0x201000});
}

TEST(IovaAllocator, CanHandOutAddressZeroWhenAllowed) {
    IovaAllocator a(range(0, 0xFFF));
    EXPECT_EQ(a.allocate(page, page), Iova{0});
    EXPECT_EQ(a.allocate(1, 1), std::nullopt);
    a.release(Iova{0}, page);
    EXPECT_TRUE(a.empty());
}

TEST(IovaAllocator, AlignsAndFillsTheGapThatAligningLeft) {
    IovaAllocator a(range(0x1000, 0xFFFFFF));
    EXPECT_EQ(a.allocate(page, page), Iova{0x1000});
    EXPECT_EQ(a.allocate(0x200000, 0x200000), Iova{0x200000});
    EXPECT_EQ(a.allocate(page, page), Iova{0x2000});
}

TEST(IovaAllocator, ReusesWhatWasReleasedJoinedWithItsNeighbours) {
    IovaAllocator a(range(0, 4 * page - 1));
    for (std::uint64_t i = 0; i < 4; ++i) ASSERT_EQ(a.allocate(page, page), Iova{i * page});
    a.release(Iova{1 * page}, page);
    EXPECT_EQ(a.allocate(2 * page, page), std::nullopt);
    a.release(Iova{2 * page}, page);
    EXPECT_EQ(a.allocate(2 * page, page), Iova{page});
}

TEST(IovaAllocator, NeverCrossesTheHoleBetweenTwoRanges) {
    IovaAllocator a(range(0, top));
    a.restrict(std::vector{range(0, 2 * page - 1), range(8 * page, 16 * page - 1)});
    EXPECT_EQ(a.allocate(4 * page, page), Iova{8 * page});
    EXPECT_EQ(a.allocate(2 * page, page), Iova{0});
}

TEST(IovaAllocator, ReachesTheVeryLastAddress) {
    IovaAllocator a(range(0, top));
    a.restrict(std::vector{range(top - 2 * page + 1, top)});
    EXPECT_EQ(a.allocate(2 * page, page), Iova{top - 2 * page + 1});
    EXPECT_EQ(a.allocate(1, 1), std::nullopt);
}

TEST(IovaAllocator, RefusesSizesThatWrapAround) {
    IovaAllocator a(range(page, top));
    EXPECT_EQ(a.allocate(top, page), std::nullopt);
    EXPECT_EQ(a.allocate(top - page + 1, page), Iova{page});
}

TEST(IovaAllocator, ThrowsAndChangesNothingWhenATakenRangeWouldBeForbidden) {
    IovaAllocator a(range(0, 0xFFFFF));
    ASSERT_EQ(a.allocate(2 * page, page), Iova{0});
    try {
        a.restrict(std::vector{range(page, 0xFFFFF)});
        FAIL() << "address 0 is taken, but the new device cannot use it";
    } catch (const hal::Error& error) {
        EXPECT_STREQ(error.what(),
                     "let a device reach the memory already handed out at 0x0-0x1fff: it can only "
                     "address 0x1000-0xfffff; attach all devices before allocating memory");
    }
    EXPECT_EQ(a.allocate(page, page), Iova{2 * page});
    a.release(Iova{0}, 2 * page);
    EXPECT_EQ(a.allocate(page, page), Iova{0});
}

TEST(IovaAllocator, SaysSoWhenADeviceHasNoAddressesAtAll) {
    IovaAllocator a(range(0, 0xFFFFF));
    ASSERT_TRUE(a.allocate(page, page));
    EXPECT_THROW(a.restrict({}), hal::Error);
}

TEST(IovaAllocator, KeepsOnlyWhatAllAllow) {
    IovaAllocator a(range(0, top));
    a.restrict(std::vector{range(0x1000, 0x5FFF), range(0x8000, 0x9FFF)});
    a.restrict(std::vector{range(0x4000, 0x8FFF)});
    const std::vector<IovaRange> left(a.allowed().begin(), a.allowed().end());
    EXPECT_EQ(left, (std::vector{range(0x4000, 0x5FFF), range(0x8000, 0x8FFF)}));
}

TEST(IovaAllocator, UnderstandsUnsortedOverlappingAdjacentAndEmptyRanges) {
    IovaAllocator a(range(0, top));
    a.restrict(std::vector{range(0x8000, top), range(0x3000, 0x3FFF), range(0x1000, 0x2FFF),
                           range(0x9000, 0xFFFF), range(0x5000, 0x4FFF), range(0x2000, 0x2000)});
    const std::vector<IovaRange> left(a.allowed().begin(), a.allowed().end());
    EXPECT_EQ(left, (std::vector{range(0x1000, 0x3FFF), range(0x8000, top)}));
}

// The simplest thing that can be right: one bit per address.
class Bitmap {
public:
    explicit Bitmap(std::size_t size) : free_(size, true), allowed_(size, true) {}

    std::optional<std::uint64_t> allocate(std::uint64_t size, std::uint64_t alignment) {
        for (std::uint64_t at = 0; at + size <= free_.size(); at += alignment) {
            bool fits = true;
            for (std::uint64_t i = at; i < at + size; ++i) fits = fits && free_[i] && allowed_[i];
            if (!fits) continue;
            set(at, size, false);
            return at;
        }
        return std::nullopt;
    }
    void release(std::uint64_t at, std::uint64_t size) { set(at, size, true); }
    // False, and nothing changes, if something taken is outside.
    bool restrict(const std::vector<IovaRange>& ranges) {
        std::vector<bool> next(allowed_.size(), false);
        for (const IovaRange& r : ranges)
            for (std::uint64_t i = value(r.first); i <= value(r.last); ++i) next[i] = allowed_[i];
        for (std::size_t i = 0; i < next.size(); ++i)
            if (!free_[i] && !next[i]) return false;
        allowed_ = next;
        return true;
    }

private:
    void set(std::uint64_t at, std::uint64_t size, bool free) {
        for (std::uint64_t i = at; i < at + size; ++i) free_[i] = free;
    }
    std::vector<bool> free_, allowed_;
};

class AgainstABitmap : public testing::TestWithParam<unsigned> {};

TEST_P(AgainstABitmap, EveryAnswerIsTheSame) {
    constexpr std::uint64_t addresses = 512;
    std::mt19937 random(GetParam());
    const auto up_to = [&](std::uint64_t n) {
        return std::uniform_int_distribution<std::uint64_t>(0, n)(random);
    };

    IovaAllocator allocator(range(0, addresses - 1));
    Bitmap oracle(addresses);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> held;
    int found = 0, refused = 0;
    for (int step = 0; step < 3000; ++step) {
        const std::uint64_t action = up_to(999);
        if (action < 4) {  // rarely: every restriction is for good
            const std::uint64_t hole = up_to(addresses - 9);
            const std::vector<IovaRange> around{range(hole + 8, addresses - 1), range(0, hole)};
            const bool possible = oracle.restrict(around);
            if (possible)
                ASSERT_NO_THROW(allocator.restrict(around));
            else
                ASSERT_THROW(allocator.restrict(around), hal::Error);
        } else if (action < 480 && !held.empty()) {
            const std::size_t i = up_to(held.size() - 1);
            oracle.release(held[i].first, held[i].second);
            allocator.release(Iova{held[i].first}, held[i].second);
            held[i] = held.back();
            held.pop_back();
        } else {
            const std::uint64_t size = 1 + up_to(up_to(3) == 0 ? 60 : 12);
            const std::uint64_t alignment = std::uint64_t{1} << up_to(5);
            const auto expected = oracle.allocate(size, alignment);
            const auto actual = allocator.allocate(size, alignment);
            ASSERT_EQ(actual.has_value(), expected.has_value()) << "step " << step;
            ++(expected ? found : refused);
            if (!expected) continue;
            ASSERT_EQ(value(*actual), *expected) << "step " << step;
            held.emplace_back(*expected, size);
        }
        ASSERT_EQ(allocator.empty(), held.empty());
    }
    EXPECT_GT(found, 500);
    EXPECT_GT(refused, 20) << "the test never met a full allocator";
}

INSTANTIATE_TEST_SUITE_P(TwentySeeds, AgainstABitmap, testing::Range(1u, 21u));

}  // namespace
}  // namespace ringside::mem
