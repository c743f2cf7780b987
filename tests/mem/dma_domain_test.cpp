#include "mem/dma_domain.hpp"

#include "tests/mem/fake_dma_space.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace ringside::mem {
namespace {

using hal::Iova;

constexpr std::size_t chunk = 2u << 20;
// 4 KiB pages: to be had everywhere, so that these tests do not depend on the machine.
constexpr DomainOptions small_pages{PageSize::small, -1};

std::shared_ptr<FakeDmaSpace> space() { return std::make_shared<FakeDmaSpace>(); }

bool all_zero(std::span<const std::byte> bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

TEST(DmaDomain, GivesZeroedMemoryThatTheDeviceFindsAtItsIova) {
    DmaDomain domain(small_pages);
    const auto nic = space();
    domain.attach(nic);
    const DmaBuffer buffer = domain.allocate(1000);
    ASSERT_EQ(buffer.bytes().size(), 1000u);
    EXPECT_TRUE(all_zero(buffer.bytes()));
    EXPECT_EQ(nic->at(buffer.iova()), buffer.bytes().data());
    EXPECT_EQ(nic->at(buffer.iova() + 999), buffer.bytes().data() + 999);
}

TEST(DmaDomain, ADetachedSpaceReachesNothingAndIsNotAskedAgain) {
    DmaDomain domain(small_pages);
    const auto gone = space(), stays = space();
    domain.attach(gone);
    domain.attach(stays);
    const DmaBuffer buffer = domain.allocate(1000);
    domain.detach(gone);
    EXPECT_TRUE(gone->mapped.empty());
    EXPECT_NE(stays->at(buffer.iova()), nullptr);
    gone->maps_until_failure = 0;  // as if its device had been closed
    const DmaBuffer large = domain.allocate(2 * chunk);
    EXPECT_NE(stays->at(large.iova()), nullptr);
}

TEST(DmaDomain, ASpaceOfTwoDevicesStaysUntilBothAreGone) {
    DmaDomain domain(small_pages);
    const auto shared = space();
    const DomainAttachment first(domain, shared, -1);
    const DmaBuffer buffer = domain.allocate(1000);
    { const DomainAttachment second(domain, shared, -1); }
    EXPECT_NE(shared->at(buffer.iova()), nullptr);
}

TEST(DmaDomain, MemoryLiesWhereASpaceThatTranslatesNothingHasIt) {
    DmaDomain domain(small_pages);
    const auto bare = space(), other = space();
    domain.attach(other);
    domain.attach(bare);
    bare->fixed = Iova{0x123400000};
    const DmaBuffer buffer = domain.allocate(1000);
    EXPECT_EQ(buffer.iova(), Iova{0x123400000});
    EXPECT_EQ(bare->at(buffer.iova()), buffer.bytes().data());
    EXPECT_EQ(other->at(buffer.iova()), buffer.bytes().data());
    // Where something is already, or the other has no addresses, nothing can be.
    EXPECT_THROW(static_cast<void>(domain.allocate(2 * chunk)), hal::Error);
    bare->fixed = Iova{0x1000};
    EXPECT_THROW(static_cast<void>(domain.allocate(2 * chunk)), hal::Error);
    bare->fixed = Iova{0x200000000};
    const DmaBuffer large = domain.allocate(2 * chunk);
    EXPECT_EQ(large.iova(), Iova{0x200000000});
    EXPECT_EQ(bare->mapped.size(), 2u);
}

TEST(DmaDomain, NeverMapsAddressZero) {
    DmaDomain domain(small_pages);
    const auto nic = space();
    domain.attach(nic);
    const DmaBuffer buffer = domain.allocate(64);
    EXPECT_EQ(nic->at(Iova{0}), nullptr);
    EXPECT_EQ(buffer.iova(), Iova{chunk});
}

TEST(DmaDomain, MapsTheSameIovaInAllSpacesWheneverTheyCome) {
    DmaDomain domain(small_pages);
    const auto first = space(), second = space(), third = space();
    domain.attach(first);
    const DmaBuffer before = domain.allocate(4096);
    domain.attach(second);
    const DmaBuffer after = domain.allocate(3 * chunk);
    domain.attach(third);
    for (const auto& s : {first, second, third}) {
        EXPECT_EQ(s->mapped.size(), 2u);
        EXPECT_EQ(s->at(before.iova()), before.bytes().data());
        EXPECT_EQ(s->at(after.iova()), after.bytes().data());
    }
}

TEST(DmaDomain, PassesTheFileThatHoldsTheMemory) {
    DmaDomain domain(small_pages);
    const auto nic = space();
    domain.attach(nic);
    const DmaBuffer buffer = domain.allocate(64);
    const hal::DmaRegion region = nic->mapped.begin()->second;
    EXPECT_GE(region.fd, 0);
    EXPECT_EQ(region.offset, 0u);
    EXPECT_EQ(region.size, chunk);
    EXPECT_EQ(region.address, buffer.bytes().data());
}

TEST(DmaDomain, AttachingASpaceAgainChangesNothing) {
    DmaDomain domain(small_pages);
    const auto nic = space();
    domain.attach(nic);
    const DmaBuffer buffer = domain.allocate(64);
    domain.attach(nic);
    EXPECT_EQ(nic->maps, 1);
}

TEST(DmaDomain, PutsSmallBuffersIntoOneChunk) {
    DmaDomain domain(small_pages);
    const auto nic = space();
    domain.attach(nic);
    std::vector<DmaBuffer> rings;
    for (int i = 0; i < 64; ++i) rings.push_back(domain.allocate(512 * 16));
    EXPECT_EQ(nic->maps, 1);
    for (std::size_t i = 1; i < rings.size(); ++i) EXPECT_EQ(rings[i].iova() - rings[i - 1].iova(), 8192u);
}

TEST(DmaDomain, AlignsInTheProcessAndOnTheBus) {
    DmaDomain domain(small_pages);
    std::vector<DmaBuffer> buffers;
    for (std::size_t alignment = 1; alignment <= 4096; alignment *= 2) {
        buffers.push_back(domain.allocate(10, alignment));
        EXPECT_EQ(value(buffers.back().iova()) % alignment, 0u);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffers.back().bytes().data()) % alignment, 0u);
    }
}

TEST(DmaDomain, NeverPutsTwoBuffersIntoOneCacheLine) {
    DmaDomain domain(small_pages);
    const DmaBuffer a = domain.allocate(1, 1), b = domain.allocate(1, 1);
    EXPECT_GE(b.iova() - a.iova(), 64u);
}

TEST(DmaDomain, RefusesSizesAndAlignmentsThatMakeNoSense) {
    DmaDomain domain(small_pages);
    EXPECT_THROW(static_cast<void>(domain.allocate(0)), hal::Error);
    EXPECT_THROW(static_cast<void>(domain.allocate(~std::size_t{0})), hal::Error);
    EXPECT_THROW(static_cast<void>(domain.allocate(64, 0)), hal::Error);
    EXPECT_THROW(static_cast<void>(domain.allocate(64, 96)), hal::Error);
    EXPECT_THROW(static_cast<void>(domain.allocate(64, 8192)), hal::Error);
}

TEST(DmaDomain, ZeroesMemoryThatIsUsedAgain) {
    DmaDomain domain(small_pages);
    std::byte* where = nullptr;
    {
        const DmaBuffer dirty = domain.allocate(5000);
        where = dirty.bytes().data();
        std::memset(where, 0xFF, 5000);
    }
    const DmaBuffer again = domain.allocate(5000);
    ASSERT_EQ(again.bytes().data(), where);
    EXPECT_TRUE(all_zero(again.bytes()));
}

TEST(DmaDomain, FillsTheFirstHoleThatFitsAndJoinsNeighbours) {
    DmaDomain domain(small_pages);
    DmaBuffer a = domain.allocate(4096), b = domain.allocate(4096), c = domain.allocate(4096);
    const DmaBuffer last = domain.allocate(4096);
    const Iova hole = b.iova();
    b = DmaBuffer();
    c = DmaBuffer();
    EXPECT_EQ(domain.allocate(8192).iova(), hole);
    a = DmaBuffer();
    EXPECT_EQ(domain.allocate(12288).iova() + 4096, hole);
}

TEST(DmaDomain, GivesALargeBufferAChunkThatFitsIt) {
    DmaDomain domain(small_pages);
    const auto nic = space();
    domain.attach(nic);
    const DmaBuffer ring = domain.allocate(64);
    const DmaBuffer pool = domain.allocate(chunk + 1, 4096);
    ASSERT_EQ(nic->mapped.size(), 2u);
    EXPECT_EQ(nic->mapped.at(pool.iova()).size, chunk + 4096);
}

TEST(DmaDomain, FreesAnEmptyChunkButKeepsTheFirst) {
    DmaDomain domain(small_pages);
    const auto nic = space();
    domain.attach(nic);
    {
        const DmaBuffer first = domain.allocate(64);
        const DmaBuffer large = domain.allocate(5 * chunk), larger = domain.allocate(6 * chunk);
        EXPECT_EQ(nic->mapped.size(), 3u);
    }
    EXPECT_EQ(nic->mapped.size(), 1u);
    EXPECT_EQ(nic->mapped.begin()->second.size, chunk);
    const DmaBuffer large = domain.allocate(5 * chunk);
    EXPECT_EQ(large.iova(), Iova{2 * chunk}) << "its addresses are used again as well";
}

TEST(DmaDomain, UnmapsEverythingWhenItEnds) {
    const auto first = space(), second = space();
    {
        DmaDomain domain(small_pages);
        domain.attach(first);
        const DmaBuffer a = domain.allocate(64), b = domain.allocate(3 * chunk);
        domain.attach(second);
    }
    EXPECT_TRUE(first->mapped.empty());
    EXPECT_TRUE(second->mapped.empty());
    EXPECT_EQ(first->maps, first->unmaps);
    EXPECT_EQ(first.use_count(), 1);
}

TEST(DmaDomain, StaysInsideTheRangesOfAllSpaces) {
    DmaDomain domain(small_pages);
    const auto low = space(), high = space();
    low->allowed = {{Iova{0}, Iova{0xFEDFFFFF}}, {Iova{0xFEF00000}, Iova{0x7FFFFFFFFF}}};
    high->allowed = {{Iova{0xFEC00000}, Iova{0xFFFFFFFFFFFF}}};
    domain.attach(low);
    domain.attach(high);
    const DmaBuffer first = domain.allocate(chunk), second = domain.allocate(chunk);
    EXPECT_EQ(first.iova(), Iova{0xFEC00000});
    EXPECT_EQ(second.iova(), Iova{0xFEF00000});
}

TEST(DmaDomain, RefusesASpaceThatCannotAddressMemoryHandedOut) {
    DmaDomain domain(small_pages);
    const auto wide = space(), high = space();
    high->allowed = {{Iova{1u << 30}, Iova{(2u << 30) - 1}}};
    domain.attach(wide);
    const DmaBuffer buffer = domain.allocate(64);
    EXPECT_THROW(domain.attach(high), hal::Error);
    EXPECT_EQ(high->maps, 0);
    const DmaBuffer more = domain.allocate(chunk);
    EXPECT_EQ(high->maps, 0) << "the refused space is not part of the domain";
    EXPECT_EQ(more.iova(), Iova{2 * chunk}) << "and its ranges do not count";
}

TEST(DmaDomain, SaysSoWhenTheSpacesHaveNoAddressesInCommon) {
    DmaDomain domain(small_pages);
    const auto low = space(), high = space();
    low->allowed = {{Iova{0}, Iova{0x3FFFFFFF}}};
    high->allowed = {{Iova{0x40000000}, Iova{0x7FFFFFFF}}};
    domain.attach(low);
    domain.attach(high);
    EXPECT_THROW(static_cast<void>(domain.allocate(64)), hal::Error);
}

TEST(DmaDomain, UndoesAMapThatFailsInTheSecondOfThreeSpaces) {
    DmaDomain domain(small_pages);
    const auto first = space(), second = space(), third = space();
    for (const auto& s : {first, second, third}) domain.attach(s);
    const DmaBuffer kept = domain.allocate(64);
    second->maps_until_failure = 0;
    EXPECT_THROW(static_cast<void>(domain.allocate(4 * chunk)), hal::Error);
    for (const auto& s : {first, second, third}) EXPECT_EQ(s->mapped.size(), 1u);
    EXPECT_EQ(third->maps, 1);
    second->maps_until_failure = 1;
    const DmaBuffer later = domain.allocate(4 * chunk);
    EXPECT_EQ(later.iova(), Iova{2 * chunk}) << "the addresses of the failed attempt are free again";
}

TEST(DmaDomain, UndoesAnAttachThatFailsAtTheThirdChunk) {
    DmaDomain domain(small_pages);
    const auto first = space(), second = space();
    domain.attach(first);
    const DmaBuffer a = domain.allocate(64), b = domain.allocate(2 * chunk), c = domain.allocate(3 * chunk);
    second->maps_until_failure = 2;
    second->allowed = {{Iova{0}, Iova{8 * chunk - 1}}};
    EXPECT_THROW(domain.attach(second), hal::Error);
    EXPECT_TRUE(second->mapped.empty());
    EXPECT_EQ(second->maps, 2);
    EXPECT_EQ(first->mapped.size(), 3u);
    EXPECT_EQ(second.use_count(), 1);
    EXPECT_EQ(domain.allocate(2 * chunk).iova(), Iova{7 * chunk}) << "its ranges do not count";
    second->maps_until_failure = 3;
    domain.attach(second);
    EXPECT_EQ(second->mapped.size(), 3u);
    EXPECT_THROW(static_cast<void>(domain.allocate(2 * chunk)), hal::Error) << "now they do";
}

TEST(DmaDomain, RespectsHowManyMapsASpaceTakes) {
    DmaDomain domain(small_pages);
    const auto narrow = space();
    narrow->limit = 2;
    domain.attach(narrow);
    const DmaBuffer a = domain.allocate(64), b = domain.allocate(2 * chunk);
    EXPECT_THROW(static_cast<void>(domain.allocate(3 * chunk)), hal::Error);
    EXPECT_NO_THROW(static_cast<void>(domain.allocate(64))) << "needs no new map";
    const auto narrower = space();
    narrower->limit = 1;
    EXPECT_THROW(domain.attach(narrower), hal::Error);
    EXPECT_EQ(narrower->maps, 0);
}

TEST(DmaDomain, ServesThreadsThatStartANicEach) {
    DmaDomain domain(small_pages);
    const auto work = [&] {
        const auto nic = space();
        for (int i = 0; i < 10; ++i) {
            const DomainAttachment attachment(domain, nic, -1);
            const DmaBuffer ring = domain.allocate(8192), large = domain.allocate(2 * chunk);
            std::memset(ring.bytes().data(), i, ring.bytes().size());
            EXPECT_NE(ring.iova(), large.iova());
            EXPECT_TRUE(std::all_of(ring.bytes().begin(), ring.bytes().end(),
                                    [&](std::byte b) { return b == std::byte(i); }));
        }
    };
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back(work);
    threads.clear();
    EXPECT_EQ(domain.spaces().size(), 0u);
}

TEST(DmaDomain, HasNoNeedOfADevice) {
    DmaDomain domain(small_pages);
    const DmaBuffer buffer = domain.allocate(64);
    EXPECT_TRUE(buffer);
    EXPECT_EQ(domain.page_size(), PageSize::small);
}

TEST(DmaDomain, PrefersHugePages) { EXPECT_EQ(DmaDomain().page_size(), PageSize::huge); }

TEST(DmaDomain, PlacesAChunkAtABoundaryOfItsPages) {
    DmaDomain domain;  // 2 MiB pages, or 4 KiB and a notice: true for both
    const auto nic = space();
    nic->allowed = {{Iova{chunk + 4096}, Iova{0xFFFFFFFF}}};
    domain.attach(nic);
    const DmaBuffer buffer = domain.allocate(64);
    EXPECT_EQ(value(buffer.iova()) % static_cast<std::uint64_t>(domain.page_size()), 0u);
}

TEST(DmaBuffer, BelongsToWhomItWasMovedTo) {
    DmaDomain domain(small_pages);
    DmaBuffer a = domain.allocate(4096);
    const Iova iova = a.iova();
    DmaBuffer b = std::move(a);
    EXPECT_FALSE(a);
    EXPECT_TRUE(a.bytes().empty());
    EXPECT_EQ(b.iova(), iova);
    DmaBuffer c = domain.allocate(4096);
    c = std::move(b);
    EXPECT_EQ(c.iova(), iova);
    EXPECT_EQ(domain.allocate(4096).iova(), iova + 4096) << "what c held before is free again";
}

TEST(DmaDomainDeathTest, AssertsThatNoBufferOutlivesIt) {
#ifdef NDEBUG
    GTEST_SKIP() << "asserts are off in this build";
#else
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            DmaBuffer survivor;
            DmaDomain domain(small_pages);
            survivor = domain.allocate(64);
        },
        "outlives its DmaDomain");
#endif
}

}  // namespace
}  // namespace ringside::mem
