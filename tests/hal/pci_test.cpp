#include "hal/pci.hpp"

#include "hal/error.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace ringside::hal {
namespace {

// Nothing but configuration space.
class ConfigOnly final : public Device {
public:
    const std::string& address() const override { return address_; }
    std::uint32_t config_read(std::uint32_t offset, unsigned width) override {
        EXPECT_EQ(offset % width, 0u);
        EXPECT_LE(offset + width, bytes.size());
        std::uint32_t v = 0;
        std::memcpy(&v, bytes.data() + offset, width);
        ++reads;
        return v;
    }
    void config_write(std::uint32_t offset, std::uint32_t value, unsigned width) override {
        std::memcpy(bytes.data() + offset, &value, width);
    }
    Bar& bar(unsigned) override { throw Error("none"); }
    std::shared_ptr<DmaSpace> dma_space() override { return nullptr; }
    unsigned interrupt_count(InterruptKind) override { return 0; }
    void set_interrupts(InterruptKind, std::span<const int>) override {}
    void unmask_intx() override {}
    void reset() override {}
    Condition condition() override { return Condition::working; }
    int numa_node() override { return -1; }

    void set(std::uint32_t offset, std::initializer_list<unsigned> values) {
        for (const unsigned v : values) bytes.at(offset++) = static_cast<std::uint8_t>(v);
    }
    std::array<std::uint8_t, 4096> bytes{};
    std::size_t reads = 0;

private:
    std::string address_ = "test";
};

struct PciTest : testing::Test {
    PciTest() {
        device.set(0x00, {0x86, 0x80, 0xFB, 0x10, 0x02, 0x05, 0x10, 0x00, 0x01, 0x00, 0x00, 0x02});
        device.set(0x2C, {0x86, 0x80, 0x03, 0x00});
        device.set(0x34, {0x40});
        device.set(0x40, {0x01, 0x50});               // power management
        device.set(0x50, {0x05, 0x70});               // MSI
        device.set(0x70, {0x11, 0xA0});               // MSI-X
        device.set(0xA0, {0x10, 0x00});               // Express
        device.set(0x100, {0x01, 0x00, 0x01, 0x14});  // AER, next 0x140
        device.set(0x140, {0x03, 0x00, 0x02, 0x00});  // serial number, version 2, the last
    }
    ConfigOnly device;
    PciConfig pci{device};
};

TEST_F(PciTest, a_function_is_identified) {
    const PciId id = pci.id();
    EXPECT_EQ(id, (PciId{0x8086, 0x10FB, 0x8086, 0x0003, 0x020000, 0x01}));
    EXPECT_EQ(to_string(id), "8086:10fb (subsystem 8086:0003, class 020000, revision 01)");
}

TEST_F(PciTest, an_empty_slot_is_a_device_that_is_gone) {
    device.bytes.fill(0xFF);
    EXPECT_THROW(pci.id(), DeviceGone);
    EXPECT_TRUE(pci.extended_capabilities().empty());
    EXPECT_EQ(pci.bar(0).kind, PciBar::Kind::none);
}

TEST_F(PciTest, command_bits_are_set_and_cleared_one_by_one) {
    pci.set_command(pci_command_bus_master | pci_command_intx_disable);
    EXPECT_EQ(pci.command(), 0x0506);
    pci.clear_command(pci_command_memory);
    EXPECT_EQ(pci.command(), 0x0504);
}

TEST_F(PciTest, capabilities_are_found_in_their_order) {
    const auto list = pci.capabilities();
    ASSERT_EQ(list.size(), 4u);
    EXPECT_EQ(list[0].id, pci_capability_power);
    EXPECT_EQ(list[3].offset, 0xA0);
    EXPECT_EQ(pci.find_capability(pci_capability_msix), 0x70);
    EXPECT_EQ(pci.find_capability(0x13), 0);
}

TEST_F(PciTest, extended_capabilities_have_versions) {
    const auto list = pci.extended_capabilities();
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[1].id, 3);
    EXPECT_EQ(list[1].version, 2);
    EXPECT_EQ(pci.find_extended_capability(3), 0x140);
    EXPECT_EQ(pci.find_extended_capability(4), 0);
}

TEST_F(PciTest, a_function_without_a_list_has_no_capabilities) {
    device.bytes[6] = 0;
    EXPECT_TRUE(pci.capabilities().empty());
}

TEST_F(PciTest, conventional_functions_have_no_extended_capabilities) {
    device.bytes[0x71] = 0;  // the list ends before Express
    EXPECT_TRUE(pci.extended_capabilities().empty());
}

TEST_F(PciTest, a_list_that_runs_in_circles_ends) {
    device.bytes[0xA1] = 0x50;
    EXPECT_EQ(pci.capabilities().size(), 4u);
    device.bytes[0x41] = 0x40;  // points at itself
    EXPECT_EQ(pci.capabilities().size(), 1u);
    device.set(0x140, {0x03, 0x00, 0x02, 0x10});  // back to 0x100
    device.bytes[0x41] = 0x50;
    EXPECT_EQ(pci.extended_capabilities().size(), 2u);
}

TEST_F(PciTest, links_out_of_the_list_s_space_end_it) {
    device.bytes[0x51] = 0x10;  // into the header
    EXPECT_EQ(pci.capabilities().size(), 2u);
    device.bytes[0x51] = 0x73;  // reserved bits set: 0x70
    EXPECT_EQ(pci.capabilities().size(), 4u);
    device.set(0x100, {0x01, 0x00, 0x01, 0x08});  // below 0x100
    EXPECT_EQ(pci.extended_capabilities().size(), 1u);
    device.set(0x100, {0x01, 0x00, 0xF1, 0xFF});  // 0xFFF, reserved bits set
    device.set(0xFFC, {0x02, 0x00, 0x01, 0x00});
    EXPECT_EQ(pci.extended_capabilities().size(), 2u);
}

TEST_F(PciTest, a_list_made_of_everything_is_bounded) {
    for (std::size_t i = 0x40; i < 0x100; i += 4) {
        device.bytes[i] = 0x09;
        device.bytes[i + 1] = static_cast<std::uint8_t>(i + 4);
    }
    device.reads = 0;
    EXPECT_EQ(pci.capabilities().size(), 48u);
    EXPECT_LE(device.reads, 50u);
}

TEST_F(PciTest, bars_are_told_apart) {
    device.set(0x10, {0x0C, 0, 0, 0xF0});  // 64 bits, prefetchable
    device.set(0x14, {0x01, 0, 0, 0});     // its upper half, which looks like I/O
    device.set(0x18, {0x01, 0xE0, 0, 0});  // I/O
    device.set(0x20, {0x00, 0, 0, 0xE0});  // 32 bits
    EXPECT_EQ(pci.bar(0).kind, PciBar::Kind::memory64);
    EXPECT_TRUE(pci.bar(0).prefetchable);
    EXPECT_EQ(pci.bar(1).kind, PciBar::Kind::upper_half);
    EXPECT_EQ(pci.bar(2).kind, PciBar::Kind::io);
    EXPECT_EQ(pci.bar(3).kind, PciBar::Kind::none);
    EXPECT_EQ(pci.bar(4).kind, PciBar::Kind::memory32);
    EXPECT_FALSE(pci.bar(4).prefetchable);
    EXPECT_THROW(pci.bar(6), Error);
}

}  // namespace
}  // namespace ringside::hal
