// A kernel with VFIO and iommufd, as far as hal/vfio can tell: groups, containers, address spaces, devices,
// with the rules that the real one has. Each of its answers can be made to fail, and everything that is asked
// of it is written down.
#pragma once

#include "hal/device.hpp"
#include "hal/vfio/kernel.hpp"
#include "hal/vfio/uapi.hpp"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ringside::hal::vfio {

struct FakeRegion {
    std::uint64_t size = 0;
    std::uint32_t flags = 0;
    std::vector<SparseArea> sparse;  // not empty: only these may be mapped
    bool msix_mappable = false;
    std::vector<std::byte> memory;  // 4096 bytes more than needed, so that it can be aligned
    std::byte* bytes();
};

// What the kernel did with an interrupt index: the eventfds bound to it.
struct FakeIrq {
    std::uint32_t count = 0;
    std::uint32_t flags = irq_info_eventfd;
    bool on = false;
    std::vector<int> fds;
};

struct FakeFunction {
    std::string name;
    std::string driver = "vfio-pci";
    std::string group;
    std::string cdev;  // "vfio0"; empty: this kernel has no cdevs
    bool noiommu = false;
    std::string numa_node = "0";
    std::string token;                        // needed to open it
    std::vector<IovaRange> reserved;          // addresses that it cannot use
    std::set<std::string> not_together_with;  // groups whose page tables do not suit it

    std::uint32_t info_flags = device_info_pci | device_info_reset;
    std::uint32_t info_regions = num_regions, info_irqs = num_irqs;
    std::array<FakeRegion, num_regions> regions;
    std::array<FakeIrq, num_irqs> irqs;
    // Changes the answer about a region before it is given.
    std::function<void(std::uint32_t index, std::vector<std::byte>& answer)> lie;
    bool gone = false;  // configuration space and registers read as ones
    unsigned resets = 0;
    unsigned unmasked = 0;

    void add_bar(unsigned index, std::uint64_t size, std::uint32_t flags = 7);
    void put16(std::uint32_t offset, std::uint16_t value);
    void put32(std::uint32_t offset, std::uint32_t value);
    std::uint16_t command();
    // An MSI-X capability whose table of `entries` lies in `bar` at `offset`.
    void add_msix(unsigned bar, std::uint32_t offset, unsigned entries);
};

class FakeKernel final : public Kernel {
public:
    // What kind of kernel it is.
    bool has_container = true, has_iommufd = true;  // /dev/vfio/vfio, /dev/iommu
    bool has_type1 = true, noiommu_mode = false, interrupt_remapping = true;
    bool knows_bind_token = true;
    bool ranges_told = true, dma_avail_told = true;  // capabilities of the container's IOMMU
    int version = 0;
    unsigned dma_entry_limit = 65535;
    std::optional<std::uint64_t> memlock;
    std::vector<IovaRange> address_width{{Iova{0}, Iova{(std::uint64_t{1} << 48) - 1}}};
    std::set<std::string> forbidden;                  // nodes that may not be opened
    std::set<std::string> busy;                       // groups that another program has open
    std::map<std::uint64_t, std::uint64_t> physical;  // of pages, by address in this process
    std::function<void(std::vector<std::byte>& answer)> lie_about_iommu;

    FakeKernel() = default;
    ~FakeKernel() override;

    // An Ethernet function like the 82574L: BAR 0 of 128 KiB, 256 bytes of configuration space, INTx, MSI,
    // MSI-X, ERR and REQ. Functions are numbered: the first one's cdev is vfio0.
    FakeFunction& add(const std::string& name, const std::string& group);

    // What was asked, one line each: opens, closes, ioctls, writes and mappings; reads are left out.
    std::vector<std::string> calls;
    std::vector<std::string> calls_since(std::size_t first) const {
        return {calls.begin() + static_cast<std::ptrdiff_t>(first), calls.end()};
    }
    // From now on all calls whose line begins with `call` answer -error.
    void fail(const std::string& call, int error) { failures_[call] = error; }
    // The same for the next `times` of them.
    void fail_times(const std::string& call, int error, unsigned times) {
        failures_[call] = error;
        left_[call] = times;
    }
    // The n-th call from now on (0 is the next) answers -error.
    void fail_nth(std::size_t n, int error) { nth_ = {calls.size() + n, error}; }
    // Raises vector `vector` of an interrupt index.
    void signal(FakeFunction& f, std::uint32_t index, std::size_t vector = 0);

    // What is left open, and what is mapped for devices: by IOVA.
    std::size_t open_fds() const { return files_.size(); }
    std::vector<std::pair<std::uint64_t, std::uint64_t>> mapped() const;
    // Things done in an order that the kernel has to mend: closing a group before its devices, and so on.
    std::vector<std::string> disorder;

    int open_read_write(const std::string& path) override;
    int open_read_only(const std::string& path) override;
    void close(int fd) noexcept override;
    int ioctl(int fd, unsigned long request, std::uintptr_t argument) override;
    std::int64_t pread(int fd, std::span<std::byte> into, std::uint64_t offset) override;
    std::int64_t pwrite(int fd, std::span<const std::byte> from, std::uint64_t offset) override;
    int mmap(int fd, std::uint64_t offset, std::size_t size, std::byte*& address) override;
    void munmap(std::byte* address, std::size_t size) noexcept override;
    int eventfd() override;
    bool take_event(int fd) override;
    std::optional<std::string> read_link(const std::string& path) override;
    std::optional<std::string> read_file(const std::string& path) override;
    std::vector<std::string> list(const std::string& path) override;
    bool exists(const std::string& path) override;
    bool usable(const std::string& path) override { return exists(path) && !forbidden.contains(path); }
    std::optional<std::uint64_t> memlock_limit() override { return memlock; }
    void sleep(Clock::Duration duration) override { slept += duration; }
    Clock::Duration slept{};

private:
    enum class Kind { container, group, iommufd, device, event, pagemap };
    struct File {
        Kind kind;
        std::string name;  // as it appears in the lines
        FakeFunction* function = nullptr;
        std::string group{};
        int parent = -1;        // the container of a group, the iommufd or group of a device
        bool ready = false;     // a device that was bound, a container with an IOMMU
        bool attached = false;  // a device in an IOAS
        bool signalled = false;
        std::uintptr_t iommu = 0;
        std::map<std::uint64_t, std::uint64_t> maps{};  // of a container or an iommufd
    };
    struct View {
        std::byte* address;
        std::size_t size;
        int device;
        std::string name;
    };

    bool log(const std::string& line, int& error);
    int add_file(File file);
    FakeFunction* find(const std::string& name);
    bool group_open(const std::string& group) const;
    bool group_bound(const std::string& group) const;
    bool spoiled(const std::string& group);
    bool fits(const std::string& group, int parent);
    std::vector<IovaRange> ranges_of(int parent);
    int open_node(const std::string& path);
    int map(File& file, int fd, std::uint64_t address, std::uint64_t iova, std::uint64_t size);
    int unmap(File& file, std::uint64_t iova, std::uint64_t& size);

    int container_ioctl(int fd, unsigned long request, std::uintptr_t argument);
    int group_ioctl(int fd, unsigned long request, std::uintptr_t argument);
    int iommufd_ioctl(int fd, unsigned long request, std::uintptr_t argument);
    int device_ioctl(int fd, unsigned long request, std::uintptr_t argument);
    int bind(File& device, BindIommufd& request);
    int attach(File& device);
    int iommu_info(int fd, std::byte* answer);
    int region_info(FakeFunction& f, std::byte* answer);
    int set_irqs(FakeFunction& f, const std::byte* request);
    std::string line_of(int fd, unsigned long request, std::uintptr_t argument);

    std::map<std::string, std::unique_ptr<FakeFunction>> functions_;
    std::map<int, File> files_;
    std::vector<View> views_;
    std::map<std::string, int> failures_;
    std::map<std::string, unsigned> left_;
    std::pair<std::size_t, int> nth_{~std::size_t{0}, 0};
    int next_fd_ = 1000;
    int containers_ = 0, iommufds_ = 0;
};

}  // namespace ringside::hal::vfio
