#include "mem/io_cache.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

namespace ringside::mem {
namespace {

using Words = hal::CpuidWords;
constexpr std::uint64_t KiB = 1024, MiB = 1024 * KiB;

Words vendor(const char (&name)[13]) {
    const auto word = [&](int at) {
        std::uint32_t w = 0;
        for (int i = 3; i >= 0; --i) w = w << 8 | static_cast<unsigned char>(name[at + i]);
        return w;
    };
    return {0x16, word(0), word(8), word(4)};
}

// Leaf 1: EAX with family and model as processors pack them.
Words signature(unsigned family, unsigned model, bool hypervisor) {
    const unsigned base = family > 0xF ? 0xF : family, extended = family > 0xF ? family - 0xF : 0;
    return {extended << 20 | (model >> 4) << 16 | base << 8 | (model & 0xF) << 4 | 1, 0,
            hypervisor ? 1u << 31 : 0, 0};
}

// A computer: its /sys, its CPUID and its registers.
struct IoCacheTest : testing::Test {
    IoCacheTest() {
        std::string name = testing::TempDir() + "ringside-io-XXXXXX";
        root = ::mkdtemp(name.data());
        machine.sysfs = root;
        machine.cpuid = [this](std::uint32_t leaf, std::uint32_t subleaf) {
            const auto it = leaves.find({leaf, subleaf});
            return it == leaves.end() ? Words{} : it->second;
        };
        machine.msr = [this](unsigned cpu, std::uint32_t address, std::string& why) {
            asked.emplace_back(cpu, address);
            if (!msr) why = "/dev/cpu/0/msr: No such file or directory";
            return msr;
        };
    }
    ~IoCacheTest() override { std::filesystem::remove_all(root); }

    void intel(unsigned model) { cpu("GenuineIntel", 6, model); }
    void cpu(const char (&name)[13], unsigned family, unsigned model, bool hypervisor = false) {
        leaves[{0, 0}] = vendor(name);
        leaves[{1, 0}] = signature(family, model, hypervisor);
    }
    void write(const std::string& file, const std::string& text) const {
        const auto path = std::filesystem::path(root) / "devices/system" / file;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text << '\n';
    }
    void cache(unsigned of_cpu, int index, const char* level, const char* type, const char* size,
               const char* ways) const {
        const std::string d =
            "cpu/cpu" + std::to_string(of_cpu) + "/cache/index" + std::to_string(index) + "/";
        write(d + "level", level);
        write(d + "type", type);
        write(d + "size", size);
        write(d + "ways_of_associativity", ways);
        write(d + "coherency_line_size", "64");
        write(d + "shared_cpu_list", "0-3");
    }
    void caches(const char* llc, const char* ways, unsigned of_cpu = 0) const {
        cache(of_cpu, 0, "1", "Data", "32K", "8");
        cache(of_cpu, 1, "1", "Instruction", "32K", "8");
        cache(of_cpu, 2, "2", "Unified", "1024K", "16");
        cache(of_cpu, 3, "3", "Unified", llc, ways);
    }
    IoCache look(int node = 0) const { return io_cache_of(node, machine); }
    static bool says(const IoCache& io, const std::string& text) {
        for (const std::string& note : io.notes)
            if (note.find(text) != std::string::npos) return true;
        return false;
    }
    static std::string all(const IoCache& io) {
        std::string text = io.summary();
        for (const std::string& note : io.notes) text += "\n" + note;
        return text;
    }

    std::string root;
    Machine machine;
    std::map<std::pair<std::uint32_t, std::uint32_t>, Words> leaves;
    std::optional<std::uint64_t> msr;
    std::vector<std::pair<unsigned, std::uint32_t>> asked;
};

TEST_F(IoCacheTest, of_haswell_is_two_of_twenty_ways) {
    intel(0x3F);
    caches("15360K", "20");
    msr = 0xC0000;
    const IoCache io = look();
    EXPECT_TRUE(io.ddio);
    EXPECT_EQ(io.source, IoCache::Ways::msr);
    EXPECT_EQ(io.io_ways, 2u);
    EXPECT_EQ(io.budget, 3 * MiB / 2);
    EXPECT_EQ(io.summary(), "1.5 MiB: 2 of 20 ways (IIO_LLC_WAYS = 0xc0000) of a cache of 15 MiB");
    EXPECT_TRUE(io.notes.empty()) << all(io);
    ASSERT_EQ(asked.size(), 1u);
    EXPECT_EQ(asked[0].second, 0xC8Bu);
}

TEST_F(IoCacheTest, of_skylake_sp_is_two_of_eleven_ways) {
    intel(0x55);
    caches("25344K", "11");
    msr = 0x600;
    const IoCache io = look();
    EXPECT_EQ(io.budget, 9 * MiB / 2);
    EXPECT_EQ(io.llc_bytes, 99 * MiB / 4);
    EXPECT_EQ(io.processor, "GenuineIntel, family 6, model 85 (Skylake-SP to Cooper Lake)");
    EXPECT_EQ(io.summary(), "4.5 MiB: 2 of 11 ways (IIO_LLC_WAYS = 0x600) of a cache of 24.75 MiB");
}

TEST_F(IoCacheTest, follows_what_somebody_has_set) {
    intel(0x55);
    caches("25344K", "11");
    msr = 0x7F0;
    EXPECT_EQ(look().io_ways, 7u);
    EXPECT_EQ(look().budget, 99 * MiB / 4 / 11 * 7);
}

TEST_F(IoCacheTest, of_ice_lake_is_two_of_twelve_ways) {
    intel(0x6A);
    caches("39936K", "12");
    msr = 0xC00;
    EXPECT_EQ(look().budget, 39 * MiB / 6);
}

TEST_F(IoCacheTest, is_asked_of_the_nics_socket) {
    intel(0x55);
    caches("25344K", "11", 0);
    caches("16896K", "11", 20);
    write("node/node1/cpulist", "20-39");
    msr = 0x600;
    EXPECT_EQ(look(1).llc_bytes, 16896 * KiB);
    EXPECT_EQ(asked.back().first, 20u);
    EXPECT_EQ(look(-1).llc_bytes, 25344 * KiB);
    EXPECT_EQ(asked.back().first, 0u);
    EXPECT_EQ(look(7).llc_bytes, 25344 * KiB) << "a node without CPUs";
}

TEST_F(IoCacheTest, is_assumed_to_be_two_ways_where_the_register_cannot_be_read) {
    intel(0x55);
    caches("25344K", "11");
    const IoCache io = look();
    EXPECT_EQ(io.source, IoCache::Ways::assumed);
    EXPECT_EQ(io.budget, 9 * MiB / 2);
    EXPECT_EQ(io.summary(), "4.5 MiB: 2 of 11 ways (assumed) of a cache of 24.75 MiB");
    EXPECT_TRUE(says(io, "cannot be read: /dev/cpu/0/msr: No such file")) << all(io);
    EXPECT_TRUE(says(io, "2 ways is assumed")) << all(io);
}

TEST_F(IoCacheTest, is_what_cpuid_shares_where_the_register_cannot_be_read) {
    intel(0x55);
    caches("25344K", "11");
    leaves[{0x10, 0}] = {0, 2, 0, 0};
    leaves[{0x10, 1}] = {10, 0x600, 4, 15};
    const IoCache io = look();
    EXPECT_EQ(io.source, IoCache::Ways::cpuid);
    EXPECT_EQ(io.io_ways, 2u);
    EXPECT_EQ(io.summary(), "4.5 MiB: 2 of 11 ways (CPUID: 0x600) of a cache of 24.75 MiB");
    leaves[{0x10, 0}] = {0, 4, 0, 0};  // L2 only
    EXPECT_EQ(look().source, IoCache::Ways::assumed);
    leaves[{0x10, 0}] = {0, 2, 0, 0};
    for (const std::uint32_t nonsense : {0u, 0x7FFu, 0x3Fu, 0x500u, 0x1000u}) {
        leaves[{0x10, 1}].ebx = nonsense;
        EXPECT_EQ(look().source, IoCache::Ways::assumed) << nonsense;
    }
}

TEST_F(IoCacheTest, does_not_believe_a_register_that_reads_nonsense) {
    intel(0x55);
    caches("25344K", "11");
    for (const std::uint64_t nonsense : {std::uint64_t{0}, std::uint64_t{0x500}, std::uint64_t{0xC00},
                                         std::uint64_t{0xFFF}, ~std::uint64_t{0}, std::uint64_t{3} << 62}) {
        msr = nonsense;
        const IoCache io = look();
        EXPECT_EQ(io.source, IoCache::Ways::assumed) << nonsense;
        EXPECT_EQ(io.io_ways, 2u);
        EXPECT_TRUE(says(io, "which cannot be")) << all(io);
    }
}

TEST_F(IoCacheTest, of_sandy_bridge_is_assumed_without_reading_a_register_nobody_documented) {
    intel(0x2D);
    caches("20480K", "20");
    msr = 0x3;
    const IoCache io = look();
    EXPECT_TRUE(asked.empty());
    EXPECT_TRUE(io.ddio);
    EXPECT_EQ(io.budget, 2 * MiB);
    EXPECT_EQ(io.source, IoCache::Ways::assumed);
}

TEST_F(IoCacheTest, of_a_client_part_is_a_rule_of_thumb) {
    intel(0x9E);
    caches("8192K", "16");
    msr = 0x3;
    const IoCache io = look();
    EXPECT_FALSE(io.ddio);
    EXPECT_TRUE(asked.empty()) << "registers of other processors are not read";
    EXPECT_EQ(io.io_ways, 0u);
    EXPECT_EQ(io.budget, 1 * MiB);
    EXPECT_TRUE(says(io, "not one of the server parts")) << all(io);
    EXPECT_EQ(io.summary(), "1 MiB: an eighth of a cache of 8 MiB");
}

TEST_F(IoCacheTest, of_amd_is_a_rule_of_thumb_and_says_so) {
    cpu("AuthenticAMD", 25, 1);
    caches("32768K", "16");
    msr = 0x3;
    const IoCache io = look();
    EXPECT_FALSE(io.ddio);
    EXPECT_TRUE(asked.empty());
    EXPECT_EQ(io.source, IoCache::Ways::none);
    EXPECT_EQ(io.budget, 4 * MiB);
    EXPECT_EQ(io.processor, "AuthenticAMD, family 25, model 1");
    EXPECT_TRUE(says(io, "On this AMD processor these NICs write to memory")) << all(io);
    EXPECT_TRUE(says(io, "rule of thumb")) << all(io);
}

TEST_F(IoCacheTest, of_an_amd_virtual_machine_says_that_too) {
    cpu("AuthenticAMD", 25, 17, true);
    caches("32768K", "16");
    const IoCache io = look();
    EXPECT_TRUE(io.virtual_machine);
    EXPECT_TRUE(says(io, "also a virtual one")) << all(io);
}

TEST_F(IoCacheTest, of_an_intel_virtual_machine_is_assumed_and_the_register_left_alone) {
    cpu("GenuineIntel", 6, 0x55, true);
    caches("25344K", "11");
    msr = 0x7FF;
    const IoCache io = look();
    EXPECT_TRUE(io.ddio);
    EXPECT_TRUE(asked.empty());
    EXPECT_EQ(io.source, IoCache::Ways::assumed);
    EXPECT_TRUE(says(io, "a virtual machine: the host may")) << all(io);
}

TEST_F(IoCacheTest, comes_from_cpuid_where_the_kernel_lists_no_caches) {
    intel(0x55);
    // 64 sets x 8 ways x 64 bytes of data; the same of instructions; 1024 x 16 x 64; 36864 x 11 x 64.
    leaves[{4, 0}] = {1 | 1 << 5, 7u << 22 | 63, 63, 0};
    leaves[{4, 1}] = {2 | 1 << 5, 7u << 22 | 63, 63, 0};
    leaves[{4, 2}] = {3 | 2 << 5, 15u << 22 | 63, 1023, 0};
    leaves[{4, 3}] = {3 | 3 << 5, 10u << 22 | 63, 36863, 0};
    msr = 0x600;
    const IoCache io = look();
    EXPECT_TRUE(io.llc_from_cpuid);
    EXPECT_EQ(io.llc_bytes, 99 * MiB / 4);
    EXPECT_EQ(io.llc_ways, 11u);
    EXPECT_EQ(io.budget, 9 * MiB / 2);
}

TEST_F(IoCacheTest, comes_from_amds_own_leaf_where_the_kernel_lists_no_caches) {
    cpu("AuthenticAMD", 25, 1);
    leaves[{0x8000'001D, 0}] = {1 | 1 << 5, 7u << 22 | 63, 63, 0};
    leaves[{0x8000'001D, 1}] = {3 | 3 << 5, 15u << 22 | 63, 32767, 0};
    EXPECT_EQ(look().llc_bytes, 32 * MiB);
}

TEST_F(IoCacheTest, is_assumed_where_nothing_is_known_at_all) {
    const IoCache io = look();
    EXPECT_FALSE(io.ddio);
    EXPECT_EQ(io.processor, "unknown");
    EXPECT_EQ(io.budget, 3 * MiB / 2);
    EXPECT_EQ(io.summary(), "1.5 MiB (assumed: the size of the cache is unknown)");
    EXPECT_TRUE(says(io, "Nothing is known")) << all(io);
}

TEST_F(IoCacheTest, is_assumed_where_the_number_of_ways_is_unknown) {
    intel(0x55);
    caches("20480K", "0");
    msr = 0x600;
    const IoCache io = look();
    EXPECT_EQ(io.budget, 2 * MiB);
    EXPECT_TRUE(says(io, "How many ways the cache has is unknown")) << all(io);
    EXPECT_EQ(io.summary().find("0 ways"), std::string::npos);
}

TEST_F(IoCacheTest, survives_absurd_files) {
    intel(0x55);
    msr = 0x600;
    for (const char* size : {"4294967295G", "99999999999999999999K", "-1K", "K", ""}) {
        caches(size, "4294967295");
        EXPECT_GT(look().budget, 0u) << size;
        caches(size, "1");
        EXPECT_GT(look().budget, 0u) << size;
    }
}

TEST(IoCache, of_this_machine_is_found_without_a_fuss) {
    const IoCache io = io_cache_of(-1);
    EXPECT_GT(io.budget, 0u);
    EXPECT_FALSE(io.summary().empty());
}

TEST(BytesAsText, has_a_unit_and_two_decimals_at_most) {
    EXPECT_EQ(bytes_as_text(100), "100 bytes");
    EXPECT_EQ(bytes_as_text(1536), "1.5 KiB");
    EXPECT_EQ(bytes_as_text(24.75 * 1024 * 1024), "24.75 MiB");
    EXPECT_EQ(bytes_as_text(1e30), "1000000000000 TiB");
}

TEST(Processor, is_told_by_family_and_model) {
    const auto of = [](Words one) {
        return hal::processor([one](std::uint32_t leaf, std::uint32_t) { return leaf == 1 ? one : Words{}; });
    };
    EXPECT_EQ(of({0x000306F2, 0, 0, 0}).model, 0x3Fu);
    EXPECT_EQ(of({0x000306F2, 0, 0, 0}).family, 6u);
    EXPECT_EQ(of({0x00A10F11, 0, 0, 0}).family, 25u);
    EXPECT_EQ(of({0x00A10F11, 0, 0, 0}).model, 17u);
    EXPECT_FALSE(of({0x00A10F11, 0, 0, 0}).virtual_machine);
    EXPECT_TRUE(of({0x00A10F11, 0, 0x80000000, 0}).virtual_machine);
}

TEST(Processor, that_this_runs_on_has_caches_in_cpuid) {
    if (hal::processor().vendor_name.empty()) GTEST_SKIP() << "no CPUID on this architecture";
    for (const hal::Cache& cache : hal::caches_by_cpuid(hal::cpuid)) EXPECT_GE(cache.size, 1024u);
}

TEST(Msr, that_cannot_be_read_says_why) {
    std::string why;
    EXPECT_FALSE(hal::read_msr(99999, 0xC8B, why));
    EXPECT_NE(why.find("/dev/cpu/99999/msr: "), std::string::npos) << why;
}

}  // namespace
}  // namespace ringside::mem
