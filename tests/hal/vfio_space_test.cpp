// Memory for devices: what is mapped, where it may lie, and what is said when the kernel does not want to.
#include "hal/error.hpp"
#include "hal/notice.hpp"
#include "hal/vfio/ioas_space.hpp"
#include "hal/vfio/noiommu_space.hpp"
#include "hal/vfio/open.hpp"
#include "hal/vfio/type1_space.hpp"
#include "tests/hal/fake_kernel.hpp"
#include "tests/hal/sentences.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

namespace ringside::hal::vfio {
namespace {

constexpr std::size_t page = 4096;
using Maps = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

struct Notices {
    Notices() : before(set_notice_sink([this](const std::string& text) { said += text + "\n"; })) {}
    ~Notices() { set_notice_sink(before); }
    std::string said;
    NoticeSink before;
};

// A device opened the way that the test's parameter says, and some memory.
class VfioSpace : public testing::TestWithParam<const char*> {
protected:
    void start() {
        device = vfio::open(std::get<PciAddress>(parse_address(std::string("03:00.0,vfio=") + GetParam())),
                            {}, kernel);
        space = device->dma_space();
    }
    DmaRegion region(std::uint64_t iova, std::size_t size = page, std::size_t offset = 0) {
        return {memory + offset, size, -1, 0, Iova{iova}};
    }
    std::string mapping_fails(const DmaRegion& r) {
        return sentence<Error>([&] { space->map(r); });
    }
    bool container() const { return std::string(GetParam()) == "container"; }

    alignas(4096) std::byte memory[8 * page]{};
    Notices notices;
    FakeKernel kernel;
    FakeFunction& function = kernel.add("0000:03:00.0", "12");
    std::unique_ptr<Device> device;
    std::shared_ptr<DmaSpace> space;
};

INSTANTIATE_TEST_SUITE_P(Ways, VfioSpace, testing::Values("iommufd", "container"),
                         [](const auto& way) { return std::string(way.param); });

TEST_P(VfioSpace, maps_at_the_iova_that_is_asked_for_and_takes_back_exactly_that) {
    start();
    space->map(region(0x200000, 2 * page));
    space->map(region(0x800000, page, 4 * page));
    EXPECT_EQ(kernel.mapped(), (Maps{{0x200000, 2 * page}, {0x800000, page}}));
    space->unmap(Iova{0x200000}, 2 * page);
    EXPECT_EQ(kernel.mapped(), (Maps{{0x800000, page}}));
    space->unmap(Iova{0x800000}, page);
    EXPECT_EQ(kernel.mapped(), Maps{});
    EXPECT_EQ(notices.said, "");
}

TEST_P(VfioSpace, unmapping_what_was_never_mapped_is_a_notice) {
    start();
    space->map(region(0x200000, 2 * page));
    const std::size_t before = kernel.calls.size();
    space->unmap(Iova{0x200000}, page);
    space->unmap(Iova{0x201000}, page);
    EXPECT_EQ(kernel.calls.size(), before);
    EXPECT_SAYS(notices.said, "0000:03:00.0: unmapping DMA memory that was never mapped");
}

TEST_P(VfioSpace, unmapping_that_the_kernel_refuses_is_a_notice) {
    start();
    space->map(region(0x200000));
    kernel.fail(container() ? "VFIO_IOMMU_UNMAP_DMA" : "IOMMU_IOAS_UNMAP", EIO);
    space->unmap(Iova{0x200000}, page);
    EXPECT_SAYS(notices.said, "0000:03:00.0: unmapping DMA memory: Input/output error");
}

TEST_P(VfioSpace, memory_that_is_not_whole_pages_is_refused_without_asking) {
    start();
    const std::size_t before = kernel.calls.size();
    for (DmaRegion r : {region(0x200000, 100), region(0x200800), region(0x200000, page, 512),
                        region(0x200000, 0), region(~std::uint64_t{0} - page + 1, 2 * page)})
        EXPECT_SAYS(mapping_fails(r), "whole pages of 4096 bytes");
    DmaRegion nowhere = region(0x200000);
    nowhere.address = nullptr;
    EXPECT_SAYS(mapping_fails(nowhere), "whole pages");
    EXPECT_EQ(kernel.calls.size(), before);
    EXPECT_NO_THROW(space->map(region(0xFFFFFFFFF000)));  // the last page there is
    space->unmap(Iova{0xFFFFFFFFF000}, page);
}

TEST_P(VfioSpace, an_iova_outside_the_ranges_is_refused_with_the_ranges) {
    function.reserved = {{Iova{0xFEE00000}, Iova{0xFEEFFFFF}}};
    start();
    const std::string text = mapping_fails(region(0xFEE01000));
    EXPECT_EQ(
        text,
        "0000:03:00.0: mapping 4096 bytes at IOVA 0xfee01000 for DMA: Invalid argument; the devices of this "
        "address space can use 0x0 to 0xfedfffff, 0xfef00000 to 0xffffffffffff");
}

TEST_P(VfioSpace, a_second_mapping_of_the_same_iova_is_refused) {
    start();
    space->map(region(0x200000, 2 * page));
    EXPECT_SAYS(mapping_fails(region(0x201000)), "mapped there already");
    EXPECT_EQ(kernel.mapped().size(), 1u);
    space->unmap(Iova{0x200000}, 2 * page);
    EXPECT_EQ(notices.said, "");
}

TEST_P(VfioSpace, memory_that_may_not_be_locked_says_what_was_asked_and_what_is_allowed) {
    kernel.memlock = 5 * page;
    start();
    space->map(region(0x200000, 4 * page));
    const std::string text = mapping_fails(region(0x300000, 2 * page, 4 * page));
    EXPECT_SAYS(text, "mapping 8192 bytes at IOVA 0x300000");
    EXPECT_SAYS(text, "this user may lock 20 KiB (RLIMIT_MEMLOCK), of which 16 KiB are mapped here already");
    EXPECT_SAYS(text, "`ulimit -l 24`");
    EXPECT_SAYS(text, "/etc/security/limits.conf");
    space->unmap(Iova{0x200000}, 4 * page);
    EXPECT_NO_THROW(space->map(region(0x300000, 2 * page, 4 * page)));
}

TEST_P(VfioSpace, no_memory_without_a_limit_is_the_kernels_lack) {
    start();
    kernel.fail(container() ? "VFIO_IOMMU_MAP_DMA" : "IOMMU_IOAS_MAP", ENOMEM);
    EXPECT_SAYS(mapping_fails(region(0x200000)), "there is no limit on locked memory");
}

TEST_P(VfioSpace, other_refusals_are_explained) {
    start();
    const char* call = container() ? "VFIO_IOMMU_MAP_DMA" : "IOMMU_IOAS_MAP";
    kernel.fail(call, ENOSPC);
    EXPECT_SAYS(mapping_fails(region(0x200000)), "dma_entry_limit");
    kernel.fail(call, EFAULT);
    EXPECT_SAYS(mapping_fails(region(0x200000)), "no memory at this address");
    kernel.fail(call, EIO);
    EXPECT_SAYS(mapping_fails(region(0x200000)), "Input/output error");
}

TEST_P(VfioSpace, many_ranges_are_all_read) {
    kernel.address_width.clear();
    for (std::uint64_t i = 0; i < 100; ++i)
        kernel.address_width.push_back({Iova{i << 24}, Iova{(i << 24) + 0xFFFF}});
    start();
    EXPECT_EQ(space->ranges(), kernel.address_width);
}

TEST_P(VfioSpace, ranges_are_sorted_and_disjoint_whatever_the_kernel_says) {
    kernel.address_width = {{Iova{0x9000}, Iova{0xFFFF}},
                            {Iova{5}, Iova{4}},
                            {Iova{0}, Iova{0xFFF}},
                            {Iova{0xA000}, Iova{0x1FFFF}},
                            {Iova{0xFFF}, Iova{0x1FFF}}};
    start();
    EXPECT_EQ(space->ranges(),
              (std::vector<IovaRange>{{Iova{0}, Iova{0x1FFF}}, {Iova{0x9000}, Iova{0x1FFFF}}}));
}

TEST_P(VfioSpace, may_be_mapped_and_unmapped_without_a_device) {
    start();
    space->map(region(0x200000));
    device.reset();
    space->map(region(0x300000, page, page));
    space->unmap(Iova{0x200000}, page);
    space->unmap(Iova{0x300000}, page);
    EXPECT_EQ(notices.said, "");
}

TEST_P(VfioSpace, one_space_may_die_before_the_device_that_is_in_it) {
    start();
    space.reset();
    device.reset();
    EXPECT_EQ(kernel.open_fds(), 0u);
}

// ---- the container ----

class Type1 : public testing::Test {
protected:
    FakeKernel kernel;
    FakeFunction& function = kernel.add("0000:03:00.0", "12");
    Function f = look_up(kernel, PciAddress{0, 3, 0, 0});
    alignas(4096) std::byte memory[4 * page]{};
};

TEST_F(Type1, says_how_many_mappings_there_may_be) {
    kernel.dma_entry_limit = 3;
    Type1Space space(kernel, f);
    const Joined a = space.join(f);
    EXPECT_EQ(space.max_maps(), 3u);
    space.map({memory, page, -1, 0, Iova{0x200000}});
    space.map({memory, page, -1, 0, Iova{0x300000}});
    const Joined b = space.join(f);  // asks again: one is left, but two are ours
    EXPECT_EQ(space.max_maps(), 3u);
    space.map({memory, page, -1, 0, Iova{0x400000}});
    const std::string text = sentence<Error>([&] { space.map({memory, page, -1, 0, Iova{0x500000}}); });
    EXPECT_SAYS(text, "3 are there already");
    EXPECT_SAYS(text, "Use fewer and larger ones");
}

TEST_F(Type1, of_an_old_kernel_takes_what_every_iommu_has) {
    kernel.ranges_told = kernel.dma_avail_told = false;
    Type1Space space(kernel, f);
    const Joined joined = space.join(f);
    EXPECT_EQ(space.max_maps(), 65535u);
    ASSERT_EQ(space.ranges().size(), 2u);
    EXPECT_EQ(space.ranges()[0].last, Iova{0xFEDFFFFF});
    EXPECT_EQ(space.ranges()[1].first, Iova{0xFEF00000});
}

TEST_F(Type1, maps_again_what_was_lost_with_the_last_group) {
    Type1Space space(kernel, f);
    auto joined = std::make_unique<Joined>(space.join(f));
    space.map({memory, page, -1, 0, Iova{0x200000}});
    joined.reset();
    EXPECT_EQ(kernel.mapped(), Maps{});  // the kernel forgot
    space.map({memory, page, -1, 0, Iova{0x300000}});
    EXPECT_EQ(kernel.mapped(), Maps{});  // nobody is there whom it could tell
    joined = std::make_unique<Joined>(space.join(f));
    EXPECT_EQ(kernel.mapped(), (Maps{{0x200000, page}, {0x300000, page}}));
    space.unmap(Iova{0x200000}, page);
    EXPECT_EQ(kernel.mapped(), (Maps{{0x300000, page}}));
}

TEST_F(Type1, is_not_shared_if_what_was_lost_cannot_be_mapped_again) {
    Type1Space space(kernel, f);
    auto joined = std::make_unique<Joined>(space.join(f));
    space.map({memory, page, -1, 0, Iova{0x200000}});
    joined.reset();
    kernel.fail("VFIO_IOMMU_MAP_DMA", ENOMEM);
    EXPECT_THROW(space.join(f), CannotShare);
}

struct Lie {
    const char* name;
    const char* says;
    std::function<void(std::vector<std::byte>&)> tell;
};
template <class T> void change(std::vector<std::byte>& answer, std::size_t offset, T value) {
    if (offset + sizeof value <= answer.size()) std::memcpy(answer.data() + offset, &value, sizeof value);
}

TEST_F(Type1, does_not_believe_everything_about_the_iommu) {
    constexpr std::size_t cap_offset = offsetof(IommuInfo, cap_offset), first = sizeof(IommuInfo);
    const Lie lies[] = {
        {"size grows", "does not fit",
         [](auto& a) { change(a, 0, static_cast<std::uint32_t>(a.size() + 100)); }},
        {"size is huge", "does not fit", [](auto& a) { change(a, 0, ~0u); }},
        {"chain begins in the structure", "runs in circles", [](auto& a) { change(a, cap_offset, 8u); }},
        {"chain begins outside", "ends after the message", [](auto& a) { change(a, cap_offset, 0xFFFF0u); }},
        {"chain runs in circles", "runs in circles",
         [](auto& a) { change(a, first + 4, std::uint32_t{first}); }},
        {"more ranges than there is room", "more address ranges",
         [](auto& a) { change(a, first + offsetof(IovaRangeCapability, count), 0x7FFFFFFFu); }},
    };
    for (const Lie& lie : lies) {
        FakeKernel liar;
        liar.add("0000:03:00.0", "12");
        liar.lie_about_iommu = [&](std::vector<std::byte>& answer) {
            // The first answer is only the size.
            if (answer.size() > sizeof(IommuInfo) || std::string(lie.name).starts_with("size"))
                lie.tell(answer);
        };
        Type1Space space(liar, f);
        EXPECT_SAYS(sentence<ProtocolError>([&] { space.join(f); }), lie.says) << lie.name;
    }
}

// ---- iommufd ----

TEST(Ioas, has_no_limit_on_the_number_of_mappings) {
    FakeKernel kernel;
    kernel.add("0000:03:00.0", "12");
    const IoasSpace space(kernel, look_up(kernel, PciAddress{0, 3, 0, 0}));
    EXPECT_EQ(space.max_maps(), std::numeric_limits<std::size_t>::max());
}

// ---- no IOMMU ----

class NoIommu : public testing::Test {
protected:
    NoIommu() {
        function.noiommu = true;
        kernel.noiommu_mode = true;
        f = look_up(kernel, PciAddress{0, 3, 0, 0});
        for (std::size_t i = 0; i < 4; ++i) kernel.physical[at(i)] = 0x12340000 + i * page;
    }
    std::uint64_t at(std::size_t i) { return reinterpret_cast<std::uintptr_t>(memory) + i * page; }

    Notices notices;
    FakeKernel kernel;
    FakeFunction& function = kernel.add("0000:03:00.0", "0");
    Function f;
    alignas(4096) std::byte memory[4 * page]{};
};

TEST_F(NoIommu, takes_memory_at_its_physical_address) {
    NoIommuSpace space(kernel, f);
    space.map({memory, 4 * page, -1, 0, Iova{0x12340000}});
    space.map({memory + page, page, -1, 0, Iova{0x12341000}});
    space.unmap(Iova{0x12340000}, 4 * page);
    EXPECT_EQ(notices.said, "");
}

TEST_F(NoIommu, refuses_memory_elsewhere) {
    NoIommuSpace space(kernel, f);
    const std::string text = sentence<Error>([&] { space.map({memory, page, -1, 0, Iova{0x200000}}); });
    EXPECT_SAYS(text, "byte 0 of this memory lies at 0x12340000, not at 0x200000");
}

TEST_F(NoIommu, refuses_memory_that_is_not_contiguous) {
    kernel.physical[at(2)] = 0x55550000;
    NoIommuSpace space(kernel, f);
    const std::string text = sentence<Error>([&] { space.map({memory, 4 * page, -1, 0, Iova{0x12340000}}); });
    EXPECT_SAYS(text, "byte 8192 of this memory lies at 0x55550000, not at 0x12342000");
    EXPECT_NO_THROW(space.map({memory, 2 * page, -1, 0, Iova{0x12340000}}));
}

TEST_F(NoIommu, says_where_memory_lies_as_far_as_it_is_contiguous) {
    NoIommuSpace space(kernel, f);
    EXPECT_EQ(space.fixed_iova({memory, 4 * page, -1, 0, Iova{0}}), Iova{0x12340000});
    kernel.physical[at(2)] = 0x55550000;
    EXPECT_EQ(space.fixed_iova({memory, 2 * page, -1, 0, Iova{0}}), Iova{0x12340000});
    const std::string text = sentence<Error>([&] { space.fixed_iova({memory, 4 * page, -1, 0, Iova{0}}); });
    EXPECT_SAYS(text, "of the 16384 bytes it shall reach those from 8192 on do not follow the others there");
    EXPECT_SAYS(text, "hugepagesz=1G hugepages=1");
    kernel.physical.clear();
    EXPECT_SAYS(sentence<Error>([&] {
                    space.fixed_iova({memory, page, -1, 0, Iova{0}});
                }),
                "only root may know");
}

TEST_F(NoIommu, makes_pages_that_nobody_has_touched_yet) {
    void* const fresh = ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(fresh, MAP_FAILED);
    kernel.physical[reinterpret_cast<std::uintptr_t>(fresh)] = 0x20000;
    kernel.physical[reinterpret_cast<std::uintptr_t>(fresh) + page] = 0x21000;
    NoIommuSpace space(kernel, f);
    EXPECT_NO_THROW(space.map({static_cast<std::byte*>(fresh), 2 * page, -1, 0, Iova{0x20000}}));
    ::munmap(fresh, 2 * page);
}

TEST_F(NoIommu, leaves_what_is_in_the_memory) {
    std::fill(std::begin(memory), std::end(memory), std::byte{0xA5});
    NoIommuSpace space(kernel, f);
    space.map({memory, 4 * page, -1, 0, Iova{0x12340000}});
    EXPECT_TRUE(
        std::all_of(std::begin(memory), std::end(memory), [](std::byte b) { return b == std::byte{0xA5}; }));
}

TEST_F(NoIommu, refuses_memory_whose_place_it_may_not_know) {
    kernel.physical.clear();
    NoIommuSpace space(kernel, f);
    EXPECT_SAYS(sentence<Error>([&] {
                    space.map({memory, page, -1, 0, Iova{0x12340000}});
                }),
                "only root may know");
    kernel.fail("open /proc/self/pagemap", EACCES);
    EXPECT_SAYS(sentence<Error>([&] {
                    space.map({memory, page, -1, 0, Iova{0x12340000}});
                }),
                "/proc/self/pagemap for its physical address: Permission denied");
}

}  // namespace
}  // namespace ringside::hal::vfio
