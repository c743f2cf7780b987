// What the device may touch of a client's memory, and what it may not.
#include "sim/vfio_user/dma_map.hpp"
#include "sim/vfio_user/lost_pages.hpp"
#include "tests/sim/server/raw_client.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>

namespace ringside::sim::test {
namespace {

constexpr std::uint64_t page = 0x1000;

struct DmaMapTest : testing::Test {
    // Grants pages of one file of 16 pages, whose byte at offset o is o/page.
    int grant(std::uint64_t iova, std::uint64_t size, std::uint64_t offset = 0, bool readable = true,
              bool writable = true) {
        return map.map({iova, size, offset, readable, writable}, hal::Fd(::dup(memory.get())));
    }
    std::byte file_byte(std::uint64_t offset) {
        std::byte byte{};
        EXPECT_EQ(::pread(memory.get(), &byte, 1, static_cast<off_t>(offset)), 1);
        return byte;
    }
    bool readable(std::uint64_t iova, std::size_t size = 1) {
        Bytes to(size);
        return map.read(hal::Iova{iova}, to);
    }
    void SetUp() override {
        for (int i = 0; i < 16; ++i) {
            const Bytes bytes(page, std::byte(i));
            ASSERT_EQ(::pwrite(memory.get(), bytes.data(), page, i * static_cast<off_t>(page)), off_t{page});
        }
    }

    hal::Fd memory = memory_file(16 * page);
    std::vector<std::string> said;
    DmaMap map{[this](const std::string& line) { said.push_back(line); }, 8};
};

TEST_F(DmaMapTest, AGrantShowsTheFileFromItsOffsetOn) {
    ASSERT_EQ(grant(0x100000, 2 * page, 3 * page), 0);
    Bytes to(2);
    EXPECT_TRUE(map.read(hal::Iova{0x100000 + page - 1}, to));
    EXPECT_EQ(to, (Bytes{std::byte{3}, std::byte{4}}));
    EXPECT_TRUE(map.write(hal::Iova{0x100001}, Bytes(1, std::byte{0x77})));
    EXPECT_EQ(file_byte(3 * page + 1), std::byte{0x77});
}

TEST_F(DmaMapTest, NothingGrantedMeansNothingReachable) {
    EXPECT_FALSE(readable(0));
    EXPECT_FALSE(map.write(hal::Iova{0}, Bytes(1)));
    EXPECT_EQ(map.window(hal::Iova{0}, 1, DmaAccess::read), nullptr);
    EXPECT_EQ(map.refused(), 2u) << "a window that is not there is not counted";
}

TEST_F(DmaMapTest, AnEmptyAccessTouchesNothingAndSucceeds) {
    EXPECT_TRUE(map.read(hal::Iova{0}, {}));
    EXPECT_TRUE(map.write(hal::Iova{0}, {}));
}

TEST_F(DmaMapTest, AnAccessRunsOverAdjacentGrantsInAnyOrderOfTheFile) {
    grant(2 * page, page, 9 * page);
    grant(0, page, 5 * page);
    grant(page, page, 0);
    Bytes to(page + 2);
    ASSERT_TRUE(map.read(hal::Iova{page - 1}, to));
    EXPECT_EQ(to.front(), std::byte{5});
    EXPECT_EQ(to[1], std::byte{0});
    EXPECT_EQ(to.back(), std::byte{9});
    ASSERT_TRUE(map.write(hal::Iova{2 * page - 1}, Bytes(2, std::byte{0xEE})));
    EXPECT_EQ(file_byte(page - 1), std::byte{0xEE});
    EXPECT_EQ(file_byte(9 * page), std::byte{0xEE});
    EXPECT_EQ(map.window(hal::Iova{page - 1}, 2, DmaAccess::read), nullptr)
        << "no single grant holds both bytes";
}

TEST_F(DmaMapTest, AnAccessThatReachesBeyondItsGrantsIsNotPerformedInPart) {
    grant(0, page);
    grant(page, page, page);
    EXPECT_FALSE(map.write(hal::Iova{page - 1}, Bytes(page + 2, std::byte{0x55})));
    EXPECT_EQ(file_byte(page - 1), std::byte{0});
    EXPECT_EQ(file_byte(page), std::byte{1});
    Bytes to(page + 2, std::byte{0x99});
    EXPECT_FALSE(map.read(hal::Iova{page - 1}, to));
    EXPECT_EQ(to, Bytes(page + 2, std::byte{0x99}));
    EXPECT_EQ(map.refused(), 2u);
}

TEST_F(DmaMapTest, PermissionsHoldForEachDirectionOverEveryGrant) {
    grant(0, page, 0, true, false);
    grant(page, page, page, true, true);
    grant(2 * page, page, 2 * page, false, true);
    EXPECT_TRUE(readable(page - 1, 2));
    EXPECT_FALSE(readable(2 * page - 1, 2)) << "the last page may only be written";
    EXPECT_TRUE(map.write(hal::Iova{2 * page - 1}, Bytes(2)));
    EXPECT_FALSE(map.write(hal::Iova{page - 1}, Bytes(2))) << "the first page may only be read";
    EXPECT_EQ(file_byte(page), std::byte{1}) << "not even the part that is allowed";
    EXPECT_EQ(map.window(hal::Iova{0}, 1, DmaAccess::write), nullptr);
    EXPECT_NE(map.window(hal::Iova{0}, 1, DmaAccess::read), nullptr);
    EXPECT_EQ(map.window(hal::Iova{2 * page}, 1, DmaAccess::read), nullptr);
}

TEST_F(DmaMapTest, AWindowEndsWhereItsGrantEnds) {
    grant(0x5000, page, 0);
    EXPECT_NE(map.window(hal::Iova{0x5000}, page, DmaAccess::read), nullptr);
    EXPECT_EQ(map.window(hal::Iova{0x5000}, page + 1, DmaAccess::read), nullptr);
    EXPECT_EQ(map.window(hal::Iova{0x5FFF}, 2, DmaAccess::read), nullptr);
    EXPECT_EQ(map.window(hal::Iova{0x4FFF}, 1, DmaAccess::read), nullptr);
    EXPECT_EQ(map.window(hal::Iova{0x5001}, ~std::size_t{0}, DmaAccess::read), nullptr);
    EXPECT_EQ(map.window(hal::Iova{0x5FFF}, 1, DmaAccess::read),
              map.window(hal::Iova{0x5000}, 1, DmaAccess::read) + 0xFFF);
}

TEST_F(DmaMapTest, TheLookUpCacheForgetsWhatWasTakenBack) {
    for (std::uint64_t i = 0; i < 6; ++i) grant(i * page, page, i * page);
    for (std::uint64_t i = 0; i < 6; ++i)
        ASSERT_NE(map.window(hal::Iova{i * page}, 1, DmaAccess::read), nullptr);
    map.unmap(5 * page, page);
    EXPECT_EQ(map.window(hal::Iova{5 * page}, 1, DmaAccess::read), nullptr);
    map.unmap(4 * page + 8, page);
    EXPECT_NE(map.window(hal::Iova{4 * page}, 8, DmaAccess::read), nullptr);
    EXPECT_EQ(map.window(hal::Iova{4 * page}, 9, DmaAccess::read), nullptr);
    map.clear();
    EXPECT_EQ(map.window(hal::Iova{0}, 1, DmaAccess::read), nullptr);
}

TEST_F(DmaMapTest, OverlappingGrantsAreRefused) {
    ASSERT_EQ(grant(0x10000, 2 * page), 0);
    EXPECT_EQ(grant(0x10000, 2 * page), EEXIST);
    EXPECT_EQ(grant(0x10000 + page, 2 * page), EEXIST);
    EXPECT_EQ(grant(0x10000 - page, page + 1), EEXIST);
    EXPECT_EQ(grant(0x10000 - page, 4 * page), EEXIST);
    EXPECT_EQ(grant(0x10001, 1), EEXIST);
    EXPECT_EQ(grant(0x10000 - page, page), 0);
    EXPECT_EQ(grant(0x10000 + 2 * page, page), 0);
    EXPECT_EQ(map.maps(), 3u);
}

TEST_F(DmaMapTest, GrantsThatCannotBeAreRefused) {
    EXPECT_EQ(grant(0, 0), EINVAL);
    EXPECT_EQ(grant(~0ull, 2), EINVAL) << "wraps";
    EXPECT_EQ(grant(~0ull - page + 1, page), 0) << "the last page there is";
    EXPECT_EQ(grant(0, page, 16 * page), EINVAL) << "behind the end of the file";
    EXPECT_EQ(grant(0, 2 * page, 15 * page), EINVAL);
    EXPECT_EQ(grant(0, page, ~0ull), EINVAL) << "offset + size wraps";
    EXPECT_EQ(grant(0, page, ~0ull - page + 1), EINVAL);
    EXPECT_EQ(grant(0, ~0ull - page, 0), EINVAL);
    EXPECT_EQ(map.maps(), 1u);
}

TEST_F(DmaMapTest, OnlyRegularFilesAreMemory) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const hal::Fd other_end(ends[1]);
    EXPECT_EQ(map.map({0, page, 0, true, false}, hal::Fd(ends[0])), EINVAL);
    EXPECT_EQ(map.map({0, page, 0, true, false}, event()), EINVAL);
    EXPECT_EQ(map.map({0, page, 0, true, true}, hal::Fd(::open("/dev/zero", O_RDWR | O_CLOEXEC))), EINVAL);
    EXPECT_EQ(map.map({0, page, 0, true, false}, hal::Fd(::open("/tmp", O_RDONLY | O_CLOEXEC))), EINVAL);
    EXPECT_EQ(map.map({0, page, 0, true, true}, memory_file(0)), EINVAL) << "an empty file";
}

TEST_F(DmaMapTest, AReadOnlyFileCannotBeGrantedForWriting) {
    const std::string path = "/proc/self/fd/" + std::to_string(memory.get());
    const auto read_only = [&] { return hal::Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)); };
    EXPECT_EQ(map.map({0, page, 0, true, true}, read_only()), EACCES);
    EXPECT_EQ(map.map({0, page, 0, true, false}, read_only()), 0);
    EXPECT_TRUE(readable(0));
    EXPECT_EQ(grant(page, page, page), 0) << "the same file, writable this time";
    EXPECT_TRUE(map.write(hal::Iova{page}, Bytes(1)));
    EXPECT_FALSE(map.write(hal::Iova{0}, Bytes(1)));
}

TEST_F(DmaMapTest, AFileIsMappedOnceHoweverManyGrantsNameIt) {
    for (std::uint64_t i = 0; i < 8; ++i) ASSERT_EQ(grant(i * page, page, i * page), 0);
    EXPECT_EQ(map.maps(), 8u);
    EXPECT_EQ(map.files(), 1u);
    EXPECT_EQ(map.window(hal::Iova{page}, 1, DmaAccess::read),
              map.window(hal::Iova{0}, 1, DmaAccess::read) + page);
    EXPECT_EQ(map.unmap(0, 7 * page), 0);
    EXPECT_EQ(map.files(), 1u);
    EXPECT_EQ(map.unmap(7 * page, page), 0);
    EXPECT_EQ(map.files(), 0u) << "with its last grant the file goes";
}

TEST_F(DmaMapTest, AFileThatHasGrownIsMappedAgainForNewGrants) {
    grant(0, page);
    ASSERT_EQ(::ftruncate(memory.get(), 32 * page), 0);
    EXPECT_EQ(grant(page, page, 31 * page), 0);
    EXPECT_TRUE(readable(0, 2 * page));
    EXPECT_EQ(map.unmap(0, 2 * page), 0);
    EXPECT_EQ(map.files(), 0u);
}

TEST_F(DmaMapTest, AMappedFileCanNoLongerBeCutShort) {
    grant(0, page);
    EXPECT_NE(::ftruncate(memory.get(), 0), 0) << "touching a page that is gone would kill the simulator";
}

TEST_F(DmaMapTest, AFileThatCouldNotBeSealedMayBeCutShortAndNobodyDies) {
    struct sigaction before {};
    ASSERT_EQ(::sigaction(SIGBUS, nullptr, &before), 0);
    survive_lost_pages();
    const hal::Fd unsealable = memory_file(4 * page, MFD_CLOEXEC);
    ASSERT_EQ(map.map({0, 4 * page, 0, true, true}, hal::Fd(::dup(unsealable.get()))), 0);
    ASSERT_TRUE(map.write(hal::Iova{0}, Bytes(4 * page, std::byte{0x11})));
    ASSERT_EQ(::ftruncate(unsealable.get(), page), 0);
    Bytes to(4 * page);
    EXPECT_TRUE(map.read(hal::Iova{0}, to));
    EXPECT_EQ(to[page - 1], std::byte{0x11});
    EXPECT_EQ(to[page], std::byte{0});
    EXPECT_TRUE(map.write(hal::Iova{3 * page}, Bytes(page)));
    map.clear();
    ::sigaction(SIGBUS, &before, nullptr);
}

TEST_F(DmaMapTest, TheNumberOfGrantsIsLimited) {
    for (std::uint64_t i = 0; i < 8; ++i) ASSERT_EQ(grant(i * 2 * page, page, 0), 0);
    EXPECT_EQ(grant(0x100000, page), ENOSPC);
    EXPECT_EQ(map.unmap(16, 16), ENOSPC) << "a hole makes two of one";
    EXPECT_TRUE(readable(0, page)) << "and nothing was done";
    EXPECT_EQ(map.unmap(0, page), 0);
    EXPECT_EQ(grant(0x100000, page), 0);
}

TEST_F(DmaMapTest, UnmapTakesBackWhateverLiesInTheRange) {
    grant(page, page);
    grant(5 * page, page);
    grant(9 * page, page);
    EXPECT_EQ(map.unmap(0, 8 * page), 0);
    EXPECT_FALSE(readable(page));
    EXPECT_FALSE(readable(5 * page));
    EXPECT_TRUE(readable(9 * page));
    EXPECT_EQ(map.unmap(0, 8 * page), 0) << "nothing there any more is no error";
}

TEST_F(DmaMapTest, UnmapCutsGrantsThatReachBeyondTheRange) {
    grant(0x10000, 4 * page, 4 * page);
    EXPECT_EQ(map.unmap(0x10000 + page, 2 * page), 0);
    EXPECT_TRUE(readable(0x10000, page));
    EXPECT_FALSE(readable(0x10000 + page));
    EXPECT_FALSE(readable(0x10000 + 3 * page - 1));
    Bytes to(1);
    EXPECT_TRUE(map.read(hal::Iova{0x10000 + 3 * page}, to));
    EXPECT_EQ(to[0], std::byte{7});
    EXPECT_EQ(map.maps(), 2u);
    EXPECT_EQ(map.unmap(0, 0x10000 + 8), 0);
    EXPECT_FALSE(readable(0x10007));
    EXPECT_TRUE(readable(0x10008));
    EXPECT_EQ(map.unmap(0x10000 + page - 8, 4 * page), 0);
    EXPECT_TRUE(readable(0x10000 + page - 9));
    EXPECT_FALSE(readable(0x10000 + page - 8));
    EXPECT_EQ(map.maps(), 1u);
}

TEST_F(DmaMapTest, UnmapMayEndExactlyAtTheTopAndNotBeyond) {
    grant(~0ull - page + 1, page);
    grant(0xfef00000, page);
    EXPECT_EQ(map.unmap(0xfef00000, 0xffffffff01100001), EINVAL) << "one byte too far";
    EXPECT_EQ(map.unmap(page, ~0ull), EINVAL);
    EXPECT_EQ(map.unmap(0, 0), EINVAL);
    EXPECT_EQ(map.maps(), 2u);
    EXPECT_EQ(map.unmap(0xfef00000, 0xffffffff01100000), 0) << "as QEMU does";
    EXPECT_EQ(map.maps(), 0u);
}

TEST_F(DmaMapTest, AnAccessThatWrapsAroundIsRefused) {
    grant(~0ull - page + 1, page);
    grant(0, page, 0);
    EXPECT_TRUE(readable(~0ull));
    EXPECT_FALSE(readable(~0ull, 2));
    EXPECT_FALSE(map.write(hal::Iova{~0ull}, Bytes(2, std::byte{0x55})));
    EXPECT_EQ(file_byte(0), std::byte{0});
}

TEST_F(DmaMapTest, AGrantWithoutAFileIsNotedAndEveryAccessRefused) {
    EXPECT_EQ(map.map({0, page, 0, true, true}, hal::Fd()), 0);
    EXPECT_EQ(grant(0, page), EEXIST);
    EXPECT_FALSE(readable(0));
    EXPECT_FALSE(map.write(hal::Iova{8}, Bytes(8)));
    EXPECT_EQ(map.window(hal::Iova{0}, 1, DmaAccess::read), nullptr);
    ASSERT_FALSE(said.empty());
    EXPECT_NE(said.back().find("mapped without a file"), std::string::npos);
}

TEST_F(DmaMapTest, RefusalsSayWhatWhereAndWhyAndThenOnlyCount) {
    grant(0, page, 0, true, false);
    map.write(hal::Iova{0xFF0}, Bytes(32));
    ASSERT_EQ(said.size(), 1u);
    EXPECT_EQ(said[0],
              "refused to write 32 bytes at IOVA 0xff0: at 0xff0, it is mapped without that permission");
    map.read(hal::Iova{0xFF0}, std::as_writable_bytes(std::span(said[0])).first(32));
    EXPECT_EQ(said[1], "refused to read 32 bytes at IOVA 0xff0: at 0x1000, nothing is mapped there");
    for (int i = 0; i < 1000; ++i) readable(0x10000);
    EXPECT_EQ(said.size(), DmaMap::refusals_in_detail);
    EXPECT_EQ(map.refused(), 1002u);
    map.clear();
    EXPECT_EQ(said.back(), "1002 accesses to memory were refused in all");
}

}  // namespace
}  // namespace ringside::sim::test
