#include "hal/error.hpp"
#include "hal/fd.hpp"
#include "hal/mapping.hpp"
#include "hal/notice.hpp"
#include "hal/shared_memory.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <numa.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <type_traits>

namespace ringside::hal {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }
int some_file() { return ::open("/dev/null", O_RDWR | O_CLOEXEC); }

static_assert(!std::is_copy_constructible_v<Fd> && std::is_nothrow_move_constructible_v<Fd>);
static_assert(!std::is_copy_constructible_v<Mapping> && std::is_nothrow_move_constructible_v<Mapping>);
static_assert(!std::is_copy_constructible_v<SharedMemory>);

TEST(Fd, closes_what_it_owns) {
    const int raw = some_file();
    {
        const Fd fd(raw);
        EXPECT_TRUE(is_open(raw));
    }
    EXPECT_FALSE(is_open(raw));
}

TEST(Fd, moves_ownership_and_closes_what_it_had) {
    const int first = some_file(), second = some_file();
    Fd a(first), b(second);
    a = std::move(b);
    EXPECT_FALSE(is_open(first));
    EXPECT_TRUE(is_open(second));
    EXPECT_EQ(a.get(), second);
    EXPECT_FALSE(b);
    const Fd c(std::move(a));
    EXPECT_FALSE(a);
    EXPECT_EQ(c.get(), second);
}

TEST(Fd, survives_being_moved_into_itself) {
    Fd a(some_file());
    Fd& alias = a;
    const int raw = a.get();
    a = std::move(alias);
    EXPECT_EQ(a.get(), raw);
    EXPECT_TRUE(is_open(raw));
}

TEST(Fd, releases_and_resets) {
    Fd a(some_file());
    const int raw = a.release();
    EXPECT_FALSE(a);
    EXPECT_TRUE(is_open(raw));
    Fd b(raw);
    b.reset();
    EXPECT_FALSE(is_open(raw));
}

bool is_mapped(const void* address) {
    unsigned char present;
    return ::mincore(const_cast<void*>(address), 1, &present) == 0;
}

TEST(Mapping, unmaps_what_it_owns_once) {
    const SharedMemory memory(4096, 4096);
    const void* address = nullptr;
    {
        Mapping a = Mapping::shared(memory.fd(), 0, 4096, "test");
        address = a.bytes().data();
        const Mapping b(std::move(a));
        EXPECT_FALSE(a);
        EXPECT_TRUE(is_mapped(address));
        a = Mapping::shared(memory.fd(), 0, 4096, "test");
        EXPECT_NE(a.bytes().data(), b.bytes().data());
        a.bytes()[7] = std::byte{7};
        EXPECT_EQ(b.bytes()[7], std::byte{7});  // shared
    }
    EXPECT_FALSE(is_mapped(address));
}

TEST(Mapping, that_fails_says_what_it_was_for) {
    try {
        Mapping::shared(-1, 0, 4096, "the doorbells");
        FAIL() << "no Error";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "mapping 4096 bytes of the doorbells: Bad file descriptor");
    }
}

TEST(SharedMemory, is_zeroed_rounded_up_and_closed_on_exec) {
    const SharedMemory memory(5000, 4096);
    EXPECT_EQ(memory.bytes().size(), 8192u);
    EXPECT_EQ(memory.page_size(), 4096u);
    EXPECT_TRUE(std::ranges::all_of(memory.bytes(), [](std::byte b) { return b == std::byte{0}; }));
    EXPECT_EQ(::fcntl(memory.fd(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(SharedMemory, is_the_same_for_whoever_maps_its_fd) {
    const SharedMemory memory(8192, 4096);
    const Mapping other = Mapping::shared(memory.fd(), 4096, 4096, "test");
    memory.bytes()[4096] = std::byte{42};
    EXPECT_EQ(other.bytes()[0], std::byte{42});
}

TEST(SharedMemory, has_all_its_pages_from_the_start) {
    const SharedMemory memory(1 << 20, 4096);
    struct stat status {};
    ASSERT_EQ(::fstat(memory.fd(), &status), 0);
    EXPECT_EQ(status.st_blocks * 512, 1 << 20);
}

TEST(SharedMemory, of_no_size_or_an_impossible_size_is_an_error) {
    EXPECT_THROW(SharedMemory(0, 4096), Error);
    EXPECT_THROW(SharedMemory(~std::size_t{0}, 4096), Error);
    EXPECT_THROW(SharedMemory(4096, 8192), Error);
}

std::size_t free_huge_pages() {
    std::ifstream file("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages");
    std::size_t n = 0;
    file >> n;
    return n;
}

TEST(SharedMemory, on_huge_pages_is_aligned_to_them) {
    if (free_huge_pages() < 2) GTEST_SKIP() << "needs 2 free 2 MiB pages";
    const SharedMemory memory(3 << 20, 2 << 20);
    EXPECT_EQ(memory.bytes().size(), std::size_t{4} << 20);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.bytes().data()) % (2 << 20), 0u);
    memory.bytes().back() = std::byte{1};
}

TEST(SharedMemory, a_lack_of_huge_pages_says_how_to_reserve_them) {
    try {
        const SharedMemory memory(std::size_t{1} << 45, 2 << 20);
        FAIL() << "no Error";
    } catch (const Error& error) {
        const std::string text = error.what();
        EXPECT_NE(text.find("cannot get 16777216 pages of 2 MiB"), std::string::npos) << text;
        EXPECT_NE(text.find(" + 16777216)) | sudo tee "), std::string::npos) << text;
        EXPECT_NE(text.find("hugepages-2048kB/nr_hugepages"), std::string::npos) << text;
    }
}

// Notices go to a list while this lives.
class CaughtNotices {
public:
    CaughtNotices() : old_(set_notice_sink([this](const std::string& text) { texts.push_back(text); })) {}
    ~CaughtNotices() { set_notice_sink(std::move(old_)); }
    CaughtNotices(const CaughtNotices&) = delete;
    CaughtNotices& operator=(const CaughtNotices&) = delete;
    std::vector<std::string> texts;

private:
    NoticeSink old_;
};

TEST(SharedMemory, a_numa_node_that_does_not_exist_is_a_notice) {
    const CaughtNotices notices;
    const SharedMemory memory(4096, 4096, 1000);
    ASSERT_EQ(notices.texts.size(), 1u);
    EXPECT_NE(notices.texts[0].find("NUMA node 1000"), std::string::npos);
}

TEST(SharedMemory, may_ask_for_node_zero) {
    if (::numa_available() < 0) GTEST_SKIP() << "no NUMA here";
    const CaughtNotices notices;
    const SharedMemory memory(4096, 4096, 0);
    memory.bytes()[0] = std::byte{1};
}

TEST(Notice, goes_to_the_sink_and_back_to_stderr) {
    {
        const CaughtNotices notices;
        notice("running on 4 KiB pages");
        EXPECT_EQ(notices.texts, std::vector<std::string>{"running on 4 KiB pages"});
    }
    testing::internal::CaptureStderr();
    notice("hello");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "ringside: hello\n");
}

TEST(Notice, survives_a_sink_that_throws) {
    NoticeSink old = set_notice_sink([](const std::string&) { throw 1; });
    notice("hello");
    set_notice_sink(std::move(old));
}

TEST(Error, of_a_system_call_names_the_attempt_and_the_reason) {
    try {
        check(::open("/nonexistent", O_RDONLY | O_CLOEXEC), "open /nonexistent");
        FAIL() << "no Error";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "open /nonexistent: No such file or directory");
    }
    EXPECT_EQ(check(0, "nothing"), 0);
}

}  // namespace
}  // namespace ringside::hal
