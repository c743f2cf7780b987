// A function that VFIO has handed out: registers, configuration space, interrupts, events.
#include "hal/error.hpp"
#include "hal/notice.hpp"
#include "hal/vfio/bar.hpp"
#include "hal/vfio/open.hpp"
#include "tests/hal/fake_kernel.hpp"
#include "tests/hal/sentences.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ringside::hal::vfio {
namespace {

class VfioDevice : public testing::Test {
protected:
    std::unique_ptr<Device> open() { return vfio::open(PciAddress{0, 3, 0, 0}, {}, kernel); }
    bool called(const std::string& line) const {
        return std::find(kernel.calls.begin(), kernel.calls.end(), line) != kernel.calls.end();
    }
    std::uint32_t in_bar(unsigned index, std::uint32_t offset) {
        std::uint32_t value = 0;
        std::memcpy(&value, function.regions[index].bytes() + offset, sizeof value);
        return value;
    }

    FakeKernel kernel;
    FakeFunction& function = kernel.add("0000:03:00.0", "12");
};

// ---- configuration space ----

TEST_F(VfioDevice, reads_and_writes_configuration_space_in_all_widths) {
    auto device = open();
    EXPECT_EQ(device->config_read(0, 4), 0x10D38086u);
    EXPECT_EQ(device->config_read(2, 2), 0x10D3u);
    EXPECT_EQ(device->config_read(3, 1), 0x10u);
    device->config_write(0x3C, 0x0B, 1);
    device->config_write(0x40, 0x12345678, 4);
    EXPECT_EQ(device->config_read(0x3C, 4), 0x0Bu);
    EXPECT_EQ(device->config_read(0x42, 2), 0x1234u);
    for (const auto& [offset, width] :
         {std::pair{1u, 2u}, {0u, 3u}, {256u, 4u}, {254u, 4u}, {0xFFFFFFFCu, 4u}})
        EXPECT_THROW(device->config_read(offset, width), Error) << offset;
    EXPECT_THROW(device->config_write(256, 0, 1), Error);
}

TEST_F(VfioDevice, knows_its_numa_node) {
    function.numa_node = "1";
    EXPECT_EQ(open()->numa_node(), 1);
    function.numa_node = "-1";
    EXPECT_EQ(open()->numa_node(), -1);
    function.numa_node = "";
    EXPECT_EQ(open()->numa_node(), -1);
}

// ---- registers ----

TEST_F(VfioDevice, registers_are_mapped) {
    auto device = open();
    Bar& bar = device->bar(0);
    EXPECT_EQ(bar.size(), 0x20000u);
    bar.store32(0x1FFFC, 0xAABBCCDD);
    EXPECT_EQ(in_bar(0, 0x1FFFC), 0xAABBCCDDu);
    EXPECT_EQ(bar.load32(0x1FFFC), 0xAABBCCDDu);
    ASSERT_NE(bar.direct(0x3818), nullptr);
    *bar.direct(0x3818) = 5;
    EXPECT_EQ(bar.load32(0x3818), 5u);
    EXPECT_FALSE(called("write BAR0 0x1fffc = 0xaabbccdd"));
}

TEST_F(VfioDevice, registers_outside_a_bar_and_bars_that_are_not_there_are_errors) {
    auto device = open();
    Bar& bar = device->bar(0);
    EXPECT_THROW(bar.load32(0x20000), Error);
    EXPECT_THROW(bar.load32(0x1FFFE), Error);
    EXPECT_THROW(bar.store32(0xFFFFFFFC, 0), Error);
    EXPECT_THROW(bar.direct(2), Error);
    EXPECT_SAYS(sentence<Error>([&] { device->bar(1); }), "0000:03:00.0: this function has no BAR 1");
    EXPECT_THROW(device->bar(6), Error);
}

TEST_F(VfioDevice, a_bar_that_cannot_be_mapped_is_read_and_written_by_system_calls) {
    function.add_bar(2, 32, region_info_read | region_info_write);  // I/O ports
    function.add_bar(3, 0x4000, region_info_read | region_info_write);
    function.add_bar(4, 64, 7);  // part of a page
    auto device = open();
    for (const unsigned i : {2u, 3u, 4u}) {
        Bar& bar = device->bar(i);
        EXPECT_EQ(bar.direct(0x10), nullptr);
        bar.store32(0x10, 0x11223344);
        EXPECT_EQ(in_bar(i, 0x10), 0x11223344u);
        EXPECT_EQ(bar.load32(0x10), 0x11223344u);
        EXPECT_THROW(bar.load32(0x4000), Error);
    }
    EXPECT_TRUE(called("write BAR2 0x10 = 0x11223344"));
}

TEST_F(VfioDevice, the_page_of_the_msix_table_is_not_mapped) {
    function.add_bar(3, 0x4000);
    function.add_msix(3, 0x2000, 5);
    auto device = open();
    Bar& bar = device->bar(3);
    EXPECT_TRUE(called("mmap BAR3 0x0+0x2000"));
    EXPECT_TRUE(called("mmap BAR3 0x3000+0x1000"));
    EXPECT_NE(bar.direct(0x1FFC), nullptr);
    EXPECT_EQ(bar.direct(0x2000), nullptr);
    EXPECT_EQ(bar.direct(0x2FFC), nullptr);
    EXPECT_NE(bar.direct(0x3000), nullptr);
    bar.store32(0x2100, 7);
    EXPECT_EQ(in_bar(3, 0x2100), 7u);
    *bar.direct(0x3000) = 8;
    EXPECT_EQ(in_bar(3, 0x3000), 8u);
    EXPECT_TRUE(called("mmap BAR0 0x0+0x20000"));
}

TEST_F(VfioDevice, a_msix_table_across_two_pages_is_left_out_whole) {
    function.add_bar(3, 0x5000);
    function.add_msix(3, 0x2FF8, 1);  // 16 bytes
    auto device = open();
    EXPECT_TRUE(called("mmap BAR3 0x0+0x2000"));
    EXPECT_TRUE(called("mmap BAR3 0x4000+0x1000"));
}

TEST_F(VfioDevice, the_page_of_the_msix_table_is_mapped_if_the_kernel_says_that_it_may) {
    function.add_bar(3, 0x4000);
    function.add_msix(3, 0x2000, 5);
    function.regions[3].msix_mappable = true;
    auto device = open();
    EXPECT_TRUE(called("mmap BAR3 0x0+0x4000"));
    EXPECT_NE(device->bar(3).direct(0x2000), nullptr);
}

TEST_F(VfioDevice, only_what_the_kernel_lists_is_mapped) {
    function.add_bar(1, 0x10000);
    function.regions[1].sparse = {{0x1000, 0x2000}, {0x8000, 0x1000}};
    auto device = open();
    Bar& bar = device->bar(1);
    EXPECT_EQ(bar.direct(0xFFC), nullptr);
    EXPECT_NE(bar.direct(0x1000), nullptr);
    EXPECT_EQ(bar.direct(0x3000), nullptr);
    *bar.direct(0x8004) = 9;
    EXPECT_EQ(in_bar(1, 0x8004), 9u);
}

TEST(Around, leaves_out_the_pages_that_the_hole_touches) {
    using Area = RegionDescription::Area;
    const auto same = [](const std::vector<Area>& a, const std::vector<Area>& b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Area& x, const Area& y) {
            return x.offset == y.offset && x.size == y.size && x.in_file == y.in_file;
        });
    };
    const std::vector<Area> areas{{0, 0x4000, 0x10000}, {0x8000, 0x1000, 0x18000}};
    EXPECT_TRUE(same(around(areas, {0x1800, 0x1810}),
                     {{0, 0x1000, 0x10000}, {0x2000, 0x2000, 0x12000}, {0x8000, 0x1000, 0x18000}}));
    EXPECT_TRUE(same(around(areas, {0, 0x10}), {{0x1000, 0x3000, 0x11000}, {0x8000, 0x1000, 0x18000}}));
    EXPECT_TRUE(same(around(areas, {0x3FF0, 0x8010}), {{0, 0x3000, 0x10000}}));
    EXPECT_TRUE(same(around(areas, {0x20000, 0x20010}), areas));
    EXPECT_TRUE(same(around(areas, {0, 0x9000}), {}));
}

struct Lie {
    const char* says;
    std::uint32_t index;
    std::function<void(RegionInfo&)> tell;
};

TEST_F(VfioDevice, does_not_believe_everything_about_a_region) {
    const Lie lies[] = {
        {"region 0 with the index of another, 3", 0, [](RegionInfo& i) { i.index = 3; }},
        {"region 0 with a size of 18446744073709547520", 0,
         [](RegionInfo& i) { i.size = ~std::uint64_t{0xFFF}; }},
        {"an impossible place", 0, [](RegionInfo& i) { i.offset = ~std::uint64_t{0xFFF}; }},
        {"an impossible place", 0, [](RegionInfo& i) { i.offset = INT64_MAX & ~std::int64_t{0xFFF}; }},
        {"an impossible place", 0,
         [](RegionInfo& i) {
             i.flags &= ~region_info_mmap;
             i.offset = ~std::uint64_t{0xFFF};
         }},
        {"not made of whole pages", 0, [](RegionInfo& i) { i.offset += 8; }},
        {"does not fit", 0, [size = 32u](RegionInfo& i) mutable { i.argsz = size += 32; }},
        {"does not fit", 0, [](RegionInfo& i) { i.argsz = ~0u; }},
        {"runs in circles", 0,
         [](RegionInfo& i) {
             i.flags |= region_info_caps;
             i.cap_offset = 8;
         }},
        {"ends after the message", 0,
         [](RegionInfo& i) {
             i.flags |= region_info_caps;
             i.cap_offset = 4000;
         }},
        {"configuration space with a size of 128 bytes", region_config, [](RegionInfo& i) { i.size = 128; }},
        {"configuration space with a size of 8192 bytes", region_config,
         [](RegionInfo& i) { i.size = 8192; }},
        {"configuration space with a size of 256 bytes at offset 9223372036854775807", region_config,
         [](RegionInfo& i) { i.offset = INT64_MAX; }},
    };
    for (const Lie& lie : lies) {
        function.lie = [&](std::uint32_t index, std::vector<std::byte>& answer) {
            if (index != lie.index) return;
            RegionInfo info{};
            std::memcpy(&info, answer.data(), sizeof info);
            lie.tell(info);
            std::memcpy(answer.data(), &info, sizeof info);
        };
        const std::string text = sentence<ProtocolError>([&] { open(); });
        EXPECT_SAYS(text, "0000:03:00.0: the kernel");
        EXPECT_SAYS(text, lie.says);
        EXPECT_EQ(kernel.open_fds(), 0u);
    }
}

TEST_F(VfioDevice, does_not_believe_every_list_of_areas) {
    constexpr std::size_t list = sizeof(RegionInfo), area = list + sizeof(SparseMmap);
    struct BadList {
        const char* says;
        std::size_t offset;
        std::uint64_t value;
        std::size_t width;
    };
    const BadList lists[] = {
        {"more mappable areas than", list + offsetof(SparseMmap, nr_areas), 0x10000000, 4},
        {"outside the region", area + offsetof(SparseArea, offset), 0x10000, 8},
        {"outside the region", area + offsetof(SparseArea, size), 0x11000, 8},
        {"outside the region", area + offsetof(SparseArea, size), 0, 8},
        {"not made of whole pages", area + offsetof(SparseArea, offset), 0x1234, 8},
        {"runs in circles", list + offsetof(CapabilityHeader, next), list, 4},
    };
    function.add_bar(1, 0x10000);
    function.regions[1].sparse = {{0x1000, 0x2000}};
    for (const BadList& bad : lists) {
        function.lie = [&](std::uint32_t index, std::vector<std::byte>& answer) {
            if (index == 1 && answer.size() > sizeof(RegionInfo))
                std::memcpy(answer.data() + bad.offset, &bad.value, bad.width);
        };
        EXPECT_SAYS(sentence<ProtocolError>([&] { open(); }), bad.says);
    }
}

TEST_F(VfioDevice, of_something_else_than_a_pci_function_is_refused) {
    function.info_flags = device_info_reset;
    EXPECT_SAYS(sentence<Error>([&] { open(); }), "no PCI function");
    function.info_flags = device_info_pci;
    function.info_regions = 7;
    EXPECT_SAYS(sentence<ProtocolError>([&] { open(); }), "7 regions only");
}

// ---- bring-up and reset ----

TEST_F(VfioDevice, starts_with_memory_decoded_and_without_bus_mastering) {
    function.put16(4, 0x0104);
    auto device = open();
    EXPECT_EQ(function.command(), 0x0102);
    EXPECT_EQ(function.resets, 1u);
}

TEST_F(VfioDevice, a_reset_turns_bus_mastering_off) {
    auto device = open();
    device->config_write(4, 0x0107, 2);  // the kernel's reset leaves the command register as it was
    device->reset();
    EXPECT_EQ(function.resets, 2u);
    EXPECT_EQ(function.command(), 0x0103);
}

TEST_F(VfioDevice, a_reset_that_is_offered_but_does_not_exist_is_left_to_the_driver) {
    for (const int error : {EINVAL, ENOTTY}) {
        kernel.fail("VFIO_DEVICE_RESET", error);
        auto device = open();
        EXPECT_NO_THROW(device->reset());
    }
}

TEST_F(VfioDevice, a_command_register_that_does_not_obey_is_an_error) {
    kernel.fail("write config 0x4", EIO);
    EXPECT_SAYS(sentence<Error>([&] { open(); }), "command register should have memory space");
}

TEST_F(VfioDevice, that_reads_as_ones_from_the_start_is_gone) {
    function.gone = true;
    EXPECT_SAYS(sentence<DeviceGone>([&] { open(); }), "configuration space reads as ones");
}

TEST_F(VfioDevice, a_reset_of_a_device_that_has_gone_says_so) {
    auto device = open();
    function.gone = true;
    kernel.fail("VFIO_DEVICE_RESET", EIO);
    EXPECT_SAYS(sentence<DeviceGone>([&] { device->reset(); }), "the device was removed");
    function.put16(4, 0x0103);
}

TEST_F(VfioDevice, a_device_that_cannot_be_quieted_is_closed_all_the_same_with_a_notice) {
    std::string said;
    const NoticeSink before = set_notice_sink([&](const std::string& text) { said += text; });
    auto device = open();
    const int fds[] = {1};
    device->set_interrupts(InterruptKind::intx, fds);
    device->config_write(4, 0x107, 2);
    kernel.fail("write config", EIO);
    kernel.fail("VFIO_DEVICE_SET_IRQS", EIO);
    device.reset();
    set_notice_sink(before);
    EXPECT_SAYS(said, "of these bits it reads 0x6");
    EXPECT_SAYS(said, "turning interrupts off: Input/output error");
    EXPECT_EQ(kernel.open_fds(), 0u);
    EXPECT_EQ(kernel.disorder,
              (std::vector<std::string>{"0000:03:00.0 was closed while it could master the bus"}));
    kernel.disorder.clear();
}

// ---- interrupts ----

TEST_F(VfioDevice, says_how_many_interrupts_it_has) {
    function.irqs[irq_msi].flags = irq_info_noresize;  // without eventfds they are of no use
    auto device = open();
    EXPECT_EQ(device->interrupt_count(InterruptKind::intx), 1u);
    EXPECT_EQ(device->interrupt_count(InterruptKind::msi), 0u);
    EXPECT_EQ(device->interrupt_count(InterruptKind::msix), 5u);
    device.reset();
    function.irqs[irq_msix].count = 100000;
    EXPECT_EQ(open()->interrupt_count(InterruptKind::msix), 2048u);
    function.info_irqs = 1;
    EXPECT_EQ(open()->interrupt_count(InterruptKind::msix), 0u);
}

TEST_F(VfioDevice, binds_all_vectors_in_one_call) {
    auto device = open();
    const int fds[] = {51, -1, 53};
    const std::size_t before = kernel.calls.size();
    device->set_interrupts(InterruptKind::msix, fds);
    EXPECT_EQ(kernel.calls_since(before),
              (std::vector<std::string>{"VFIO_DEVICE_SET_IRQS 0000:03:00.0 MSI-X x3"}));
    EXPECT_EQ(function.irqs[irq_msix].fds, (std::vector<int>{51, -1, 53}));
}

TEST_F(VfioDevice, has_one_kind_of_interrupt_on_at_a_time) {
    auto device = open();
    const int one[] = {51};
    const int five[] = {51, 52, 53, 54, 55};
    device->set_interrupts(InterruptKind::msix, one);
    device->set_interrupts(InterruptKind::msix, five);  // more vectors than before
    EXPECT_EQ(function.irqs[irq_msix].fds.size(), 5u);
    device->set_interrupts(InterruptKind::intx, one);
    EXPECT_FALSE(function.irqs[irq_msix].on);
    EXPECT_TRUE(function.irqs[irq_intx].on);
    device->set_interrupts(InterruptKind::msi, {});  // is off already
    EXPECT_TRUE(function.irqs[irq_intx].on);
    device->set_interrupts(InterruptKind::intx, {});
    EXPECT_FALSE(function.irqs[irq_intx].on);
    const std::size_t before = kernel.calls.size();
    device->set_interrupts(InterruptKind::intx, {});
    EXPECT_EQ(kernel.calls.size(), before);
}

TEST_F(VfioDevice, unmasks_the_line) {
    auto device = open();
    EXPECT_SAYS(sentence<Error>([&] { device->unmask_intx(); }), "unmasking the interrupt line");
    const int one[] = {51};
    device->set_interrupts(InterruptKind::intx, one);
    device->unmask_intx();
    device->unmask_intx();
    EXPECT_EQ(function.unmasked, 2u);
}

TEST_F(VfioDevice, more_interrupts_than_there_are_is_an_error) {
    auto device = open();
    const int six[] = {1, 2, 3, 4, 5, 6};
    EXPECT_SAYS(sentence<Error>([&] { device->set_interrupts(InterruptKind::msix, six); }),
                "asked for 6 interrupts, the function has 5 of this kind");
    kernel.fail("VFIO_DEVICE_SET_IRQS 0000:03:00.0 MSI-X",
                -3);  // the call answers 3: so many it could have had
    EXPECT_SAYS(
        sentence<Error>([&] { device->set_interrupts(InterruptKind::msix, std::span(six).first(5)); }),
        "setting up 5 interrupts: the machine has only 3 vectors left for it");
    kernel.fail("VFIO_DEVICE_SET_IRQS 0000:03:00.0 MSI-X", ENOSPC);
    EXPECT_SAYS(
        sentence<Error>([&] { device->set_interrupts(InterruptKind::msix, std::span(six).first(5)); }),
        "no vectors left");
    kernel.fail("VFIO_DEVICE_SET_IRQS 0000:03:00.0 MSI-X", EBADF);
    EXPECT_SAYS(
        sentence<Error>([&] { device->set_interrupts(InterruptKind::msix, std::span(six).first(5)); }),
        "setting up 5 interrupts: Bad file descriptor");
}

// ---- events ----

TEST_F(VfioDevice, works_until_the_kernel_wants_it_back) {
    auto device = open();
    EXPECT_EQ(device->condition(), Condition::working);
    kernel.signal(function, irq_request);
    EXPECT_EQ(device->condition(), Condition::wanted_back);
    EXPECT_EQ(device->condition(), Condition::wanted_back);
    kernel.signal(function, irq_error);
    EXPECT_EQ(device->condition(), Condition::failed);
    kernel.signal(function, irq_request);
    EXPECT_EQ(device->condition(), Condition::failed);
    function.gone = true;
    EXPECT_EQ(device->condition(), Condition::gone);
    function.gone = false;
    EXPECT_EQ(device->condition(), Condition::gone);
}

TEST_F(VfioDevice, without_events_is_served_too) {
    function.irqs[irq_error].count = 0;  // an 82540EM is not PCI Express
    function.irqs[irq_request].count = 0;
    auto device = open();
    EXPECT_EQ(device->condition(), Condition::working);
    EXPECT_FALSE(called("eventfd"));
}

TEST_F(VfioDevice, that_has_gone_reads_as_ones_and_ignores_writes) {
    function.add_bar(2, 0x1000, region_info_read | region_info_write);
    auto device = open();
    function.gone = true;
    EXPECT_EQ(device->config_read(0, 2), 0xFFFFu);
    EXPECT_EQ(device->config_read(4, 1), 0xFFu);
    device->config_write(4, 0, 2);
    EXPECT_EQ(device->bar(2).load32(0), ~0u);
    device->bar(2).store32(0, 1);
    device.reset();  // without a notice: the fake would tell
}

}  // namespace
}  // namespace ringside::hal::vfio
