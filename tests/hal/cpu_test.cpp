#include "hal/cpu.hpp"

#include "hal/error.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace ringside::hal {
namespace {

using List = std::vector<unsigned>;

TEST(CpuList, is_written_as_ranges) {
    EXPECT_EQ(parse_cpu_list("0-3,8,10-11"), (List{0, 1, 2, 3, 8, 10, 11}));
    EXPECT_EQ(parse_cpu_list("5"), List{5});
    EXPECT_EQ(parse_cpu_list(""), List{});
}

TEST(CpuList, ends_where_it_is_malformed) {
    EXPECT_EQ(parse_cpu_list("1,x,3"), List{1});
    EXPECT_EQ(parse_cpu_list("1,3-2"), List{1});
    EXPECT_EQ(parse_cpu_list("1,0-4294967295"), List{1});
    EXPECT_EQ(parse_cpu_list("1,-"), List{1});
    EXPECT_EQ(parse_cpu_list("99999999999999999999"), List{});
}

TEST(Cpu, a_thread_can_be_kept_on_a_usable_cpu) {
    const List usable = usable_cpus();
    ASSERT_FALSE(usable.empty());
    std::thread([&] {
        pin_this_thread(usable.back());
        EXPECT_EQ(usable_cpus(), List{usable.back()});
    }).join();
    EXPECT_EQ(usable_cpus(), usable);
}

TEST(Cpu, a_cpu_that_may_not_be_used_is_an_error_that_names_the_others) {
    try {
        pin_this_thread(8191);
        FAIL() << "no Error";
    } catch (const Error& error) {
        const std::string text = error.what();
        EXPECT_NE(text.find("CPU 8191"), std::string::npos) << text;
        EXPECT_NE(text.find("CPUs " + std::to_string(usable_cpus().front())), std::string::npos) << text;
    }
}

TEST(Cpu, cycles_go_on_and_have_a_frequency) {
    const auto first = cycles();
    EXPECT_GT(cycles_per_second(), 1e6);
    EXPECT_LT(cycles_per_second(), 1e11);
    EXPECT_EQ(cycles_per_second(), cycles_per_second());
    EXPECT_GT(cycles(), first);
}

// A /sys with one CPU in it.
struct SysfsTest : testing::Test {
    SysfsTest() {
        std::string name = testing::TempDir() + "ringside-XXXXXX";
        root = ::mkdtemp(name.data());
    }
    ~SysfsTest() override { std::filesystem::remove_all(root); }
    void write(const std::string& file, const std::string& text) const {
        const auto path = std::filesystem::path(root) / "devices/system/cpu/cpu3" / file;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text << '\n';
    }
    void cache(int index, const char* level, const char* type, const char* size, const char* ways) const {
        const std::string directory = "cache/index" + std::to_string(index) + "/";
        write(directory + "level", level);
        write(directory + "type", type);
        write(directory + "size", size);
        write(directory + "ways_of_associativity", ways);
        write(directory + "coherency_line_size", "64");
        write(directory + "shared_cpu_list", "2-3");
    }
    std::string root;
};

TEST_F(SysfsTest, caches_are_read_as_the_kernel_lists_them) {
    cache(0, "1", "Data", "48K", "12");
    cache(1, "1", "Instruction", "32K", "8");
    cache(2, "3", "Unified", "25344K", "11");
    const auto caches = caches_of(3, root);
    ASSERT_EQ(caches.size(), 3u);
    EXPECT_EQ(caches[0].kind, Cache::Kind::data);
    EXPECT_EQ(caches[0].size, 48u * 1024);
    EXPECT_EQ(caches[0].ways, 12u);
    EXPECT_EQ(caches[0].line_size, 64u);
    EXPECT_EQ(caches[0].cpus, (List{2, 3}));
    EXPECT_EQ(caches[1].kind, Cache::Kind::instruction);
    EXPECT_EQ(caches[2].level, 3u);
    EXPECT_EQ(caches[2].size, 25344u * 1024);
}

TEST_F(SysfsTest, what_the_kernel_does_not_know_is_left_out) {
    EXPECT_TRUE(caches_of(3, root).empty());
    cache(0, "1", "Data", "nonsense", "12");
    cache(1, "2", "Strange", "1M", "12");
    cache(2, "2", "Unified", "1M", "");
    const auto caches = caches_of(3, root);
    ASSERT_EQ(caches.size(), 1u);
    EXPECT_EQ(caches[0].size, std::size_t{1} << 20);
    EXPECT_EQ(caches[0].ways, 0u);
}

TEST_F(SysfsTest, the_numa_node_is_the_one_that_the_cpu_links_to) {
    EXPECT_EQ(numa_node_of(3, root), -1);
    write("online", "1");
    write("nodes_other", "1");
    EXPECT_EQ(numa_node_of(3, root), -1);
    write("node1/x", "1");
    EXPECT_EQ(numa_node_of(3, root), 1);
}

TEST(Cpu, this_machine_can_be_asked_too) {
    for (const Cache& c : caches_of(usable_cpus().front())) {
        EXPECT_GT(c.level, 0u);
        EXPECT_GT(c.size, 0u);
    }
    EXPECT_GE(numa_node_of(usable_cpus().front()), -1);
}

}  // namespace
}  // namespace ringside::hal
