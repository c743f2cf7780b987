// From an address to a device: the way that is chosen, the exact calls, and what is said when it does not
// work.
#include "hal/vfio/open.hpp"

#include "hal/error.hpp"
#include "hal/notice.hpp"
#include "tests/hal/fake_kernel.hpp"
#include "tests/hal/sentences.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

namespace ringside::hal::vfio {
namespace {

using Lines = std::vector<std::string>;
using Spaces = std::vector<std::shared_ptr<DmaSpace>>;

std::unique_ptr<Device> open(FakeKernel& kernel, const std::string& address, const Spaces& join = {}) {
    return vfio::open(std::get<PciAddress>(parse_address(address)), join, kernel);
}
std::string opening_fails(FakeKernel& kernel, const std::string& address) {
    return sentence<Error>([&] { open(kernel, address); });
}

// What all ways have in common, from the device's fd to the last call of the constructor.
const Lines bring_up{
    "VFIO_DEVICE_GET_INFO 0000:03:00.0",
    "VFIO_DEVICE_GET_REGION_INFO 0000:03:00.0 7",
    "write config 0x4 = 0x103",  // memory on, bus master off
    "VFIO_DEVICE_RESET 0000:03:00.0",
    "write config 0x4 = 0x103",
    "VFIO_DEVICE_GET_REGION_INFO 0000:03:00.0 0",
    "mmap BAR0 0x0+0x20000",
    "VFIO_DEVICE_GET_REGION_INFO 0000:03:00.0 1",
    "VFIO_DEVICE_GET_REGION_INFO 0000:03:00.0 2",
    "VFIO_DEVICE_GET_REGION_INFO 0000:03:00.0 3",
    "VFIO_DEVICE_GET_REGION_INFO 0000:03:00.0 4",
    "VFIO_DEVICE_GET_REGION_INFO 0000:03:00.0 5",
    "VFIO_DEVICE_GET_IRQ_INFO 0000:03:00.0 INTx",
    "VFIO_DEVICE_GET_IRQ_INFO 0000:03:00.0 MSI",
    "VFIO_DEVICE_GET_IRQ_INFO 0000:03:00.0 MSI-X",
    "VFIO_DEVICE_GET_IRQ_INFO 0000:03:00.0 ERR",
    "eventfd",
    "VFIO_DEVICE_SET_IRQS 0000:03:00.0 ERR x1",
    "VFIO_DEVICE_GET_IRQ_INFO 0000:03:00.0 REQ",
    "eventfd",
    "VFIO_DEVICE_SET_IRQS 0000:03:00.0 REQ x1",
};
// Bus master first, whatever else happens.
const Lines take_down{
    "write config 0x4 = 0x103",
    "VFIO_DEVICE_SET_IRQS 0000:03:00.0 MSI-X off",
    "munmap BAR0 0x0+0x20000",
    "close 0000:03:00.0",
};
Lines operator+(Lines a, const Lines& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

void use_and_close(FakeKernel& kernel, std::unique_ptr<Device> device, const Lines& expected) {
    device->config_write(4, 0x107, 2);
    const int fds[] = {1, -1};
    device->set_interrupts(InterruptKind::msix, fds);
    const std::size_t before = kernel.calls.size();
    device.reset();
    EXPECT_EQ(kernel.calls_since(before), expected);
    EXPECT_EQ(kernel.open_fds(), 0u);
}

// ---- the calls, in order ----

TEST(VfioOpen, through_iommufd_makes_these_calls) {
    FakeKernel kernel;
    kernel.add("0000:03:00.0", "12");
    auto device = open(kernel, "03:00.0");
    EXPECT_EQ(kernel.calls,
              (Lines{"open /dev/iommu", "IOMMU_IOAS_ALLOC iommufd", "open /dev/vfio/devices/vfio0",
                     "VFIO_DEVICE_BIND_IOMMUFD 0000:03:00.0 iommufd",
                     "VFIO_DEVICE_ATTACH_IOMMUFD_PT 0000:03:00.0", "IOMMU_IOAS_IOVA_RANGES iommufd"}) +
                  bring_up);
    EXPECT_EQ(device->address(), "0000:03:00.0");
    use_and_close(kernel, std::move(device), take_down + Lines{"close iommufd"});
}

TEST(VfioOpen, through_a_container_makes_these_calls) {
    FakeKernel kernel;
    kernel.add("0000:03:00.0", "12");
    auto device = open(kernel, "0000:03:00.0,vfio=container");
    EXPECT_EQ(kernel.calls,
              (Lines{"open /dev/vfio/vfio", "VFIO_GET_API_VERSION container",
                     "VFIO_CHECK_EXTENSION container 3", "open /dev/vfio/12",
                     "VFIO_GROUP_GET_STATUS group 12", "VFIO_GROUP_SET_CONTAINER group 12 container",
                     "VFIO_SET_IOMMU container 3", "VFIO_IOMMU_GET_INFO container",
                     "VFIO_IOMMU_GET_INFO container", "VFIO_GROUP_GET_DEVICE_FD group 12 0000:03:00.0"}) +
                  bring_up);
    use_and_close(kernel, std::move(device), take_down + Lines{"close group 12", "close container"});
}

TEST(VfioOpen, without_an_iommu_makes_these_calls_and_says_it_loudly) {
    std::string said;
    const NoticeSink before = set_notice_sink([&](const std::string& text) { said += text; });
    FakeKernel kernel;
    kernel.noiommu_mode = true;
    kernel.has_iommufd = false;
    FakeFunction& f = kernel.add("0000:03:00.0", "0");
    f.noiommu = true;
    f.cdev.clear();
    auto device = open(kernel, "0000:03:00.0,vfio=noiommu");
    EXPECT_EQ(kernel.calls,
              (Lines{"open /dev/vfio/vfio", "VFIO_GET_API_VERSION container",
                     "VFIO_CHECK_EXTENSION container 8", "open /dev/vfio/noiommu-0",
                     "VFIO_GROUP_GET_STATUS group 0", "VFIO_GROUP_SET_CONTAINER group 0 container",
                     "VFIO_SET_IOMMU container 8", "VFIO_GROUP_GET_DEVICE_FD group 0 0000:03:00.0"}) +
                  bring_up);
    use_and_close(kernel, std::move(device), take_down + Lines{"close group 0", "close container"});
    EXPECT_SAYS(said, "0000:03:00.0: WARNING: no IOMMU");
    EXPECT_SAYS(said, "overwrite ANY memory");
    set_notice_sink(before);
}

TEST(VfioOpen, of_a_function_without_reset_does_not_reset_it) {
    FakeKernel kernel;
    FakeFunction& f = kernel.add("0000:03:00.0", "12");
    f.info_flags = device_info_pci;  // the 82540EM
    auto device = open(kernel, "03:00.0");
    EXPECT_EQ(std::count(kernel.calls.begin(), kernel.calls.end(), "VFIO_DEVICE_RESET 0000:03:00.0"), 0);
    device->config_write(4, 0x107, 2);
    EXPECT_NO_THROW(device->reset());
    EXPECT_EQ(f.command(), 0x103);
    EXPECT_EQ(f.resets, 0u);
}

// Functions without these are served too.
bool may_fail(const std::string& call) {
    return call.starts_with("VFIO_DEVICE_GET_IRQ_INFO") || call.starts_with("VFIO_DEVICE_SET_IRQS");
}

TEST(VfioOpen, leaves_nothing_open_and_says_so_whichever_call_fails) {
    for (const std::string way : {"", ",vfio=container"}) {
        FakeKernel good;
        good.add("0000:03:00.0", "12");
        auto device = open(good, "0000:03:00.0" + way);
        const Lines calls = good.calls;
        for (std::size_t n = 0; n < calls.size(); ++n) {
            FakeKernel kernel;
            kernel.add("0000:03:00.0", "12");
            kernel.fail_nth(n, EIO);
            try {
                open(kernel, "0000:03:00.0" + way);
                // The register is read back: a lost write matters only where it would have changed something.
                EXPECT_TRUE(may_fail(calls[n]) || calls[n].starts_with("write config")) << calls[n];
            } catch (const Error& error) {
                EXPECT_EQ(std::string(error.what()).find("0000:03:00.0: "), 0u) << error.what();
                EXPECT_FALSE(may_fail(calls[n])) << calls[n];
            }
            EXPECT_EQ(kernel.open_fds(), 0u) << calls[n];
        }
    }
}

// ---- the way ----

TEST(VfioOpen, takes_the_container_where_there_is_no_iommufd) {
    FakeKernel no_iommufd, no_cdev, forbidden;
    no_iommufd.add("0000:03:00.0", "12");
    no_iommufd.has_iommufd = false;
    no_cdev.add("0000:03:00.0", "12").cdev.clear();
    forbidden.add("0000:03:00.0", "12");
    forbidden.forbidden.insert("/dev/iommu");
    for (FakeKernel* kernel : {&no_iommufd, &no_cdev, &forbidden}) {
        open(*kernel, "03:00.0");
        EXPECT_EQ(kernel->calls.front(), "open /dev/vfio/vfio");
    }
}

TEST(VfioOpen, takes_iommufd_where_it_is_forbidden_but_there_is_no_container) {
    FakeKernel kernel;
    kernel.add("0000:03:00.0", "12");
    kernel.has_container = false;
    kernel.forbidden.insert("/dev/iommu");
    const std::string text = opening_fails(kernel, "03:00.0");
    EXPECT_SAYS(text, "opening /dev/iommu: Permission denied");
    EXPECT_SAYS(text, "setfacl -m u:USER:rw /dev/iommu");
    EXPECT_SAYS(text, "vfio=container");
}

TEST(VfioOpen, uses_the_iommufd_that_was_asked_for_or_says_why_not) {
    FakeKernel kernel;
    FakeFunction& f = kernel.add("0000:03:00.0", "12");
    kernel.has_iommufd = false;
    EXPECT_SAYS(opening_fails(kernel, "03:00.0,vfio=iommufd"), "`modprobe iommufd`");
    f.cdev.clear();
    const std::string text = opening_fails(kernel, "03:00.0,vfio=iommufd");
    EXPECT_SAYS(text, "CONFIG_VFIO_DEVICE_CDEV");
    EXPECT_SAYS(text, "use vfio=container");
}

TEST(VfioOpen, shows_the_vf_token_both_ways) {
    const std::string token = "14d63f20-8445-11ea-8900-1f9ce7d5650d";
    for (const std::string way : {",vfio=iommufd", ",vfio=container"}) {
        FakeKernel kernel;
        FakeFunction& f = kernel.add("0000:03:00.0", "12");
        f.token = token;
        EXPECT_NO_THROW(open(kernel, "03:00.0,vf-token=" + token + way));
        EXPECT_SAYS(opening_fails(kernel, "03:00.0" + way), "add ,vf-token=UUID to the address");
        f.token.clear();
        const std::string text = opening_fails(kernel, "03:00.0,vf-token=" + token + way);
        EXPECT_SAYS(text, "Invalid argument");
        EXPECT_EQ(text.find(token), std::string::npos) << "a secret";
    }
    FakeKernel old;
    old.add("0000:03:00.0", "12").token = token;
    old.knows_bind_token = false;
    EXPECT_SAYS(opening_fails(old, "03:00.0,vf-token=" + token), "only with vfio=container");
}

// ---- several functions ----

TEST(VfioOpen, puts_a_second_function_into_the_same_space) {
    for (const std::string way : {",vfio=iommufd", ",vfio=container"}) {
        FakeKernel kernel;
        kernel.add("0000:03:00.0", "12");
        kernel.add("0000:04:00.0", "13");
        auto a = open(kernel, "03:00.0" + way);
        const std::size_t before = kernel.calls.size();
        auto b = open(kernel, "04:00.0" + way, {a->dma_space()});
        EXPECT_EQ(a->dma_space(), b->dma_space());
        const Lines calls = kernel.calls_since(before);
        EXPECT_EQ(std::count(calls.begin(), calls.end(), "VFIO_SET_IOMMU container 3"), 0);
        EXPECT_EQ(std::count(calls.begin(), calls.end(), "open /dev/vfio/vfio"), 0);
        EXPECT_EQ(std::count(calls.begin(), calls.end(), "open /dev/iommu"), 0);
        a.reset();  // the first one may go first
        EXPECT_EQ(b->bar(0).load32(0), 0u);
    }
}

TEST(VfioOpen, reads_the_ranges_again_when_a_device_has_joined) {
    for (const std::string way : {",vfio=iommufd", ",vfio=container"}) {
        FakeKernel kernel;
        kernel.add("0000:03:00.0", "12").reserved = {{Iova{0xFEE00000}, Iova{0xFEEFFFFF}}};
        kernel.add("0000:04:00.0", "13").reserved = {{Iova{0x1000}, Iova{0x2FFF}}};
        auto a = open(kernel, "03:00.0" + way);
        const Iova end{(std::uint64_t{1} << 48) - 1};
        EXPECT_EQ(a->dma_space()->ranges(),
                  (std::vector<IovaRange>{{Iova{0}, Iova{0xFEDFFFFF}}, {Iova{0xFEF00000}, end}}));
        auto b = open(kernel, "04:00.0" + way, {a->dma_space()});
        EXPECT_EQ(a->dma_space()->ranges(),
                  (std::vector<IovaRange>{
                      {Iova{0}, Iova{0xFFF}}, {Iova{0x3000}, Iova{0xFEDFFFFF}}, {Iova{0xFEF00000}, end}}));
    }
}

TEST(VfioOpen, makes_a_space_of_its_own_where_two_do_not_go_together) {
    for (const std::string way : {",vfio=iommufd", ",vfio=container"}) {
        FakeKernel kernel;
        kernel.add("0000:03:00.0", "12");
        kernel.add("0000:04:00.0", "13").not_together_with = {"12"};
        kernel.add("0000:05:00.0", "14").not_together_with = {"12"};
        auto a = open(kernel, "03:00.0" + way);
        auto b = open(kernel, "04:00.0" + way, {a->dma_space()});
        EXPECT_NE(a->dma_space(), b->dma_space());
        auto c = open(kernel, "05:00.0" + way, {a->dma_space(), b->dma_space()});
        EXPECT_EQ(b->dma_space(), c->dma_space());
    }
}

TEST(VfioOpen, does_not_join_a_space_of_another_kind) {
    FakeKernel kernel;
    kernel.add("0000:03:00.0", "12");
    kernel.add("0000:04:00.0", "13");
    auto a = open(kernel, "03:00.0,vfio=container");
    auto b = open(kernel, "04:00.0,vfio=iommufd", {a->dma_space()});
    EXPECT_NE(a->dma_space(), b->dma_space());
}

TEST(VfioOpen, uses_the_open_group_for_a_group_mate) {
    FakeKernel kernel;
    kernel.add("0000:03:00.0", "12");
    kernel.add("0000:03:00.1", "12");
    auto a = open(kernel, "03:00.0,vfio=container");
    const std::size_t before = kernel.calls.size();
    auto b = open(kernel, "03:00.1", {a->dma_space()});  // automatic would be iommufd
    EXPECT_EQ(a->dma_space(), b->dma_space());
    const Lines calls = kernel.calls_since(before);
    EXPECT_EQ(std::count(calls.begin(), calls.end(), "open /dev/vfio/12"), 0);
    EXPECT_EQ(std::count(calls.begin(), calls.end(), "VFIO_GROUP_GET_DEVICE_FD group 12 0000:03:00.1"), 1);
    a.reset();
    EXPECT_EQ(std::count(kernel.calls.begin(), kernel.calls.end(), "close group 12"), 0);
    b.reset();
    EXPECT_EQ(std::count(kernel.calls.begin(), kernel.calls.end(), "close group 12"), 1);
}

TEST(VfioOpen, binds_a_group_mate_to_the_same_iommufd) {
    FakeKernel kernel;
    kernel.add("0000:03:00.0", "12");
    kernel.add("0000:03:00.1", "12");
    auto a = open(kernel, "03:00.0");
    auto b = open(kernel, "03:00.1", {a->dma_space()});
    EXPECT_EQ(a->dma_space(), b->dma_space());
}

TEST(VfioOpen, of_a_group_mate_the_other_way_is_an_error) {
    FakeKernel kernel;
    kernel.add("0000:03:00.0", "12");
    kernel.add("0000:03:00.1", "12");
    auto a = open(kernel, "03:00.0,vfio=container");
    EXPECT_SAYS(sentence<Error>([&] { open(kernel, "03:00.1,vfio=iommufd", {a->dma_space()}); }),
                "0000:03:00.1: this program has opened another function of IOMMU group 12");
}

TEST(VfioOpen, of_a_group_mate_in_another_iommufd_says_that_the_group_may_be_in_use) {
    FakeKernel kernel;
    kernel.add("0000:03:00.0", "12");
    kernel.add("0000:03:00.1", "12");
    auto a = open(kernel, "03:00.0");
    const std::string text = opening_fails(kernel, "03:00.1");
    EXPECT_SAYS(text, "perhaps another program uses another function of IOMMU group 12: `fuser -v");
    EXPECT_SAYS(text, "If none does, the IOMMU does not remap interrupts");
}

TEST(VfioOpen, of_a_group_mate_without_its_space_says_that_the_group_is_busy) {
    FakeKernel kernel;
    kernel.add("0000:03:00.0", "12");
    kernel.add("0000:03:00.1", "12");
    auto a = open(kernel, "03:00.0,vfio=container");
    EXPECT_SAYS(opening_fails(kernel, "03:00.1,vfio=container"), "only one program at a time");
}

TEST(VfioOpen, a_space_outlives_its_device_and_takes_another) {
    for (const std::string way : {",vfio=iommufd", ",vfio=container"}) {
        FakeKernel kernel;
        kernel.add("0000:03:00.0", "12");
        alignas(4096) static std::byte memory[4096];
        auto device = open(kernel, "03:00.0" + way);
        const std::shared_ptr<DmaSpace> space = device->dma_space();
        space->map({memory, sizeof memory, -1, 0, Iova{0x200000}});
        device.reset();
        device = open(kernel, "03:00.0" + way, {space});
        EXPECT_EQ(device->dma_space(), space);
        EXPECT_EQ(kernel.mapped().size(), 1u);  // it is still mapped, or again
        device.reset();
        space->unmap(Iova{0x200000}, sizeof memory);
        EXPECT_EQ(kernel.mapped().size(), 0u);
    }
}

TEST(VfioOpen, a_space_whose_memory_does_not_suit_a_new_device_is_not_shared) {
    FakeKernel kernel;
    kernel.add("0000:03:00.0", "12");
    kernel.add("0000:04:00.0", "13").reserved = {{Iova{0x200000}, Iova{0x2FFFFF}}};
    alignas(4096) static std::byte memory[4096];
    auto a = open(kernel, "03:00.0");
    a->dma_space()->map({memory, sizeof memory, -1, 0, Iova{0x200000}});
    auto b = open(kernel, "04:00.0", {a->dma_space()});
    EXPECT_NE(a->dma_space(), b->dma_space());
    a->dma_space()->unmap(Iova{0x200000}, sizeof memory);
}

TEST(VfioOpen, waits_a_moment_for_a_function_that_is_locked) {
    for (const auto& [way, call] : {std::pair{",vfio=iommufd", "VFIO_DEVICE_BIND_IOMMUFD"},
                                    {",vfio=container", "VFIO_GROUP_GET_DEVICE_FD"},
                                    {",vfio=iommufd", "VFIO_DEVICE_RESET"}}) {
        FakeKernel kernel;
        kernel.add("0000:03:00.0", "12");
        kernel.fail_times(call, EAGAIN, 20);
        EXPECT_NO_THROW(open(kernel, std::string("03:00.0") + way));
        EXPECT_EQ(kernel.slept, std::chrono::milliseconds(200));
        kernel.fail_times(call, EAGAIN, 1000);
        EXPECT_SAYS(opening_fails(kernel, std::string("03:00.0") + way), "Resource temporarily unavailable");
        EXPECT_EQ(kernel.slept, std::chrono::milliseconds(200 + 990));
    }
}

// ---- what is said when it does not work ----

TEST(VfioOpen, of_a_function_that_is_not_there_names_it) {
    FakeKernel kernel;
    EXPECT_EQ(
        opening_fails(kernel, "09:00.0"),
        "0000:09:00.0: there is no such PCI function in this machine; `./devbind status` lists the network "
        "cards");
}

TEST(VfioOpen, of_a_function_with_another_driver_says_which_and_how_to_bind) {
    FakeKernel kernel;
    FakeFunction& f = kernel.add("0000:03:00.0", "12");
    f.driver = "ixgbe";
    EXPECT_EQ(opening_fails(kernel, "03:00.0"),
              "0000:03:00.0: the driver ixgbe has this function; hand it to vfio-pci: `./devbind bind "
              "0000:03:00.0`");
    f.driver.clear();
    EXPECT_SAYS(opening_fails(kernel, "03:00.0"), "no driver has this function");
    EXPECT_SAYS(opening_fails(kernel, "03:00.0,vfio=noiommu"),
                "`./devbind bind --noiommu-mode 0000:03:00.0`");
}

TEST(VfioOpen, on_a_machine_without_iommu_says_how_to_get_one) {
    FakeKernel kernel;
    kernel.add("0000:03:00.0", "").driver = "ixgbe";
    const std::string text = opening_fails(kernel, "03:00.0");
    EXPECT_SAYS(text, "in no IOMMU group");
    EXPECT_SAYS(text, "intel_iommu=on or amd_iommu=on");
    EXPECT_SAYS(text, "VT-d");
    EXPECT_SAYS(text, "`./devbind doctor`");
}

TEST(VfioOpen, does_not_do_without_an_iommu_unless_it_is_told_to) {
    FakeKernel kernel;
    FakeFunction& f = kernel.add("0000:03:00.0", "0");
    f.noiommu = true;
    EXPECT_SAYS(opening_fails(kernel, "03:00.0"), "add ,vfio=noiommu");
    EXPECT_SAYS(opening_fails(kernel, "03:00.0,vfio=container"), "could overwrite any memory");
    EXPECT_TRUE(kernel.calls.empty());
    EXPECT_SAYS(opening_fails(kernel, "03:00.0,vfio=noiommu"), "enable_unsafe_noiommu_mode");
    f.noiommu = false;
    EXPECT_SAYS(opening_fails(kernel, "03:00.0,vfio=noiommu"), "leave ,vfio=noiommu away");
}

struct Refusal {
    const char* address;
    const char* call;
    int error;
    std::vector<std::string> says;
};

TEST(VfioOpen, says_what_helps_when_a_call_is_refused) {
    const Refusal refusals[] = {
        {"03:00.0,vfio=container",
         "open /dev/vfio/vfio",
         ENOENT,
         {"opening /dev/vfio/vfio", "`modprobe vfio-pci`"}},
        {"03:00.0,vfio=container", "open /dev/vfio/vfio", ENODEV, {"`modprobe vfio-pci`"}},
        {"03:00.0,vfio=container", "open /dev/vfio/vfio", EACCES, {"`chmod 666 /dev/vfio/vfio`"}},
        {"03:00.0,vfio=container", "VFIO_CHECK_EXTENSION", 0, {"`modprobe vfio_iommu_type1`"}},
        {"03:00.0,vfio=container", "open /dev/vfio/12", ENOENT, {"CONFIG_VFIO_GROUP", "vfio=iommufd"}},
        {"03:00.0,vfio=container",
         "open /dev/vfio/12",
         EACCES,
         {"opening /dev/vfio/12: Permission denied", "`./devbind bind -U USER 0000:03:00.0`"}},
        {"03:00.0,vfio=container",
         "open /dev/vfio/12",
         EBUSY,
         {"another program uses this function", "group 12", "`fuser -v /dev/vfio/12`"}},
        {"03:00.0,vfio=container",
         "VFIO_SET_IOMMU",
         EPERM,
         {"does not remap interrupts", "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"}},
        {"03:00.0,vfio=container", "VFIO_GROUP_SET_CONTAINER", EBUSY, {"fuser -v /dev/vfio/12"}},
        {"03:00.0,vfio=container", "VFIO_GROUP_SET_CONTAINER", ENOMEM, {"ulimit -l"}},
        {"03:00.0,vfio=container", "VFIO_SET_IOMMU", ENODEV, {"dmesg"}},
        {"03:00.0,vfio=container",
         "VFIO_GROUP_GET_DEVICE_FD",
         ENODEV,
         {"No such device", "`./devbind status`"}},
        {"03:00.0", "open /dev/iommu", ENODEV, {"`modprobe iommufd`", "vfio=container"}},
        {"03:00.0", "IOMMU_IOAS_ALLOC", ENOMEM, {"making an address space of iommufd: Cannot allocate"}},
        {"03:00.0",
         "open /dev/vfio/devices/vfio0",
         EACCES,
         {"opening /dev/vfio/devices/vfio0: Permission denied", "./devbind bind -U USER"}},
        {"03:00.0", "open /dev/vfio/devices/vfio0", EBUSY, {"`fuser -v /dev/vfio/devices/vfio0`"}},
        {"03:00.0", "open /dev/vfio/devices/vfio0", ENOENT, {"passed in"}},
        {"03:00.0", "VFIO_DEVICE_BIND_IOMMUFD", EINVAL, {"most likely another program uses this function"}},
        {"03:00.0",
         "VFIO_DEVICE_BIND_IOMMUFD",
         EBUSY,
         {"fuser -v /dev/vfio/devices/vfio0 /dev/vfio/12 /dev/iommu`"}},
        {"03:00.0",
         "VFIO_DEVICE_BIND_IOMMUFD",
         EPERM,
         {"/sys/module/iommufd/parameters/allow_unsafe_interrupts"}},
        {"03:00.0", "VFIO_DEVICE_BIND_IOMMUFD", ENOTTY, {"dmesg"}},
        {"03:00.0", "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EPERM, {"allow_unsafe_interrupts"}},
        {"03:00.0", "VFIO_DEVICE_ATTACH_IOMMUFD_PT", EINVAL, {"vfio=container"}},
        {"03:00.0", "IOMMU_IOAS_IOVA_RANGES", ENOENT, {"asking which addresses"}},
        {"03:00.0", "VFIO_DEVICE_RESET", EAGAIN, {"resetting the function", "try again"}},
        {"03:00.0", "VFIO_DEVICE_RESET", EIO, {"resetting the function", "dmesg"}},
        {"03:00.0", "eventfd", EMFILE, {"making an eventfd: Too many open files"}},
        {"03:00.0", "mmap BAR0", ENOMEM, {"mapping 131072 bytes of BAR 0"}},
    };
    for (const Refusal& r : refusals) {
        FakeKernel kernel;
        kernel.add("0000:03:00.0", "12");
        kernel.fail(r.call, r.error);
        const std::string text = opening_fails(kernel, r.address);
        EXPECT_EQ(text.find("0000:03:00.0: "), 0u) << r.call << " " << r.error << ": " << text;
        for (const std::string& part : r.says) EXPECT_SAYS(text, part);
    }
}

TEST(VfioOpen, of_a_group_that_is_not_viable_names_who_spoils_it) {
    for (const std::string way : {",vfio=iommufd", ",vfio=container"}) {
        FakeKernel kernel;
        kernel.add("0000:03:00.0", "12");
        kernel.add("0000:03:00.1", "12").driver = "ixgbe";
        kernel.add("0000:03:00.2", "12").driver = "";
        kernel.add("0000:02:00.0", "12").driver = "pcieport";
        kernel.add("0000:09:00.0", "13").driver = "nvme";
        const std::string text = opening_fails(kernel, "03:00.0" + way);
        EXPECT_SAYS(text, "IOMMU group 12 is not viable");
        EXPECT_SAYS(text, "but the kernel still uses 0000:03:00.1 (driver ixgbe);");
        EXPECT_SAYS(text, "`./devbind bind --whole-group 0000:03:00.0`");
    }
}

TEST(VfioOpen, without_interrupt_remapping_says_what_that_means) {
    for (const std::string way : {",vfio=iommufd", ",vfio=container"}) {
        FakeKernel kernel;
        kernel.add("0000:03:00.0", "12");
        kernel.interrupt_remapping = false;
        const std::string text = opening_fails(kernel, "03:00.0" + way);
        EXPECT_SAYS(text, "could raise any interrupt");
        EXPECT_SAYS(text, "allow_unsafe_interrupts");
    }
}

TEST(VfioOpen, of_a_group_that_another_program_has_says_busy) {
    FakeKernel kernel;
    kernel.add("0000:03:00.0", "12");
    kernel.busy.insert("12");
    EXPECT_SAYS(opening_fails(kernel, "03:00.0,vfio=container"), "another program uses this function");
    EXPECT_SAYS(opening_fails(kernel, "03:00.0,vfio=iommufd"), "another program uses this function");
}

TEST(VfioOpen, of_a_kernel_from_the_future_names_its_version) {
    FakeKernel kernel;
    kernel.add("0000:03:00.0", "12");
    kernel.version = 1;
    EXPECT_SAYS(opening_fails(kernel, "03:00.0,vfio=container"), "API version 1");
}

}  // namespace
}  // namespace ringside::hal::vfio
