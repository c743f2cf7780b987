// The real kernel, as far as it can be asked without a device and without rights.
#include "hal/vfio/kernel.hpp"

#include "hal/error.hpp"
#include "hal/vfio/open.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace ringside::hal::vfio {
namespace {

// A folder that goes with the test.
class SystemKernelTest : public testing::Test {
protected:
    SystemKernelTest() {
        std::string name = testing::TempDir() + "ringside-kernel-test-XXXXXX";
        folder = ::mkdtemp(name.data());
        std::ofstream(folder + "/file") << "vfio-noiommu\n";
        std::filesystem::create_symlink("../../drivers/vfio-pci", folder + "/driver");
    }
    ~SystemKernelTest() override { std::filesystem::remove_all(folder); }

    std::string folder;
    SystemKernel& kernel = SystemKernel::instance();
};

TEST_F(SystemKernelTest, reads_what_sysfs_is_made_of) {
    EXPECT_EQ(kernel.read_link(folder + "/driver"), "../../drivers/vfio-pci");
    EXPECT_EQ(kernel.read_link(folder + "/file"), std::nullopt);
    EXPECT_EQ(kernel.read_link(folder + "/nothing"), std::nullopt);
    EXPECT_EQ(kernel.read_file(folder + "/file"), "vfio-noiommu");
    EXPECT_EQ(kernel.read_file(folder + "/nothing"), std::nullopt);
    EXPECT_EQ(kernel.list(folder), (std::vector<std::string>{"driver", "file"}));
    EXPECT_TRUE(kernel.list(folder + "/nothing").empty());
    EXPECT_TRUE(kernel.exists(folder + "/file"));
    EXPECT_TRUE(kernel.usable(folder + "/file"));
    EXPECT_FALSE(kernel.exists(folder + "/nothing"));
    EXPECT_FALSE(kernel.usable(folder + "/nothing"));
}

TEST_F(SystemKernelTest, answers_with_the_error_where_a_call_fails) {
    EXPECT_EQ(kernel.open_read_write(folder + "/nothing"), -ENOENT);
    EXPECT_EQ(kernel.open_read_only(folder + "/nothing"), -ENOENT);
    EXPECT_EQ(kernel.ioctl(-1, 0, 0), -EBADF);
    std::array<std::byte, 4> bytes{};
    EXPECT_EQ(kernel.pread(-1, bytes, 0), -EBADF);
    EXPECT_EQ(kernel.pwrite(-1, bytes, 0), -EBADF);
    std::byte* address = nullptr;
    EXPECT_EQ(kernel.mmap(-1, 0, 4096, address), -EBADF);
    EXPECT_EQ(address, nullptr);
}

TEST_F(SystemKernelTest, reads_writes_and_maps_a_file) {
    std::filesystem::resize_file(folder + "/file", 8192);
    const Handle file(kernel, kernel.open_read_write(folder + "/file"));
    ASSERT_TRUE(file);
    std::array<std::byte, 4> bytes{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
    EXPECT_EQ(kernel.pwrite(file.get(), bytes, 4100), 4);
    bytes = {};
    EXPECT_EQ(kernel.pread(file.get(), bytes, 4100), 4);
    EXPECT_EQ(bytes[3], std::byte{4});
    std::byte* address = nullptr;
    ASSERT_EQ(kernel.mmap(file.get(), 4096, 4096, address), 0);
    const MappedRegisters registers(kernel, address, 4096);
    EXPECT_EQ(registers.data()[4], std::byte{1});
    registers.data()[5] = std::byte{9};
    EXPECT_EQ(kernel.pread(file.get(), bytes, 4100), 4);
    EXPECT_EQ(bytes[1], std::byte{9});
}

TEST_F(SystemKernelTest, takes_each_event_once_and_never_waits) {
    const Handle event(kernel, kernel.eventfd());
    ASSERT_TRUE(event);
    EXPECT_FALSE(kernel.take_event(event.get()));
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(event.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
    ASSERT_EQ(::write(event.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
    EXPECT_TRUE(kernel.take_event(event.get()));
    EXPECT_FALSE(kernel.take_event(event.get()));
}

TEST_F(SystemKernelTest, a_handle_is_closed_once) {
    Handle a(kernel, kernel.open_read_only(folder + "/file"));
    const int fd = a.get();
    Handle b(std::move(a));
    EXPECT_FALSE(a);
    EXPECT_EQ(b.get(), fd);
    a = std::move(b);
    EXPECT_EQ(a.get(), fd);
    a = Handle();
    EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}

TEST_F(SystemKernelTest, opening_a_function_that_no_machine_has_is_an_error) {
    EXPECT_THROW(vfio::open(PciAddress{0xFFFE, 0xFF, 0x1F, 7}, {}), Error);
}

}  // namespace
}  // namespace ringside::hal::vfio
