// A PCI function that this process drives, however it is reached: kernel VFIO, vfio-user, or a fake in a
// test. Drivers see nothing else of the outside world.
#pragma once

#include "hal/iova.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ringside::hal {

// One base address register's worth of device registers. Accesses are 32 bits wide, aligned, never torn,
// merged or left out, and carry no ordering against normal memory: that is RegisterFile's business.
// An access is either direct (a load or store on mapped memory) or trapped (a message, a system call).
// A device that is gone reads as all ones and ignores writes.
// Threads: any, but two threads must not use the same register at the same time.
class Bar {
public:
    virtual ~Bar() = default;
    virtual std::uint64_t size() const = 0;
    virtual std::uint32_t load32(std::uint32_t offset) = 0;
    virtual void store32(std::uint32_t offset, std::uint32_t value) = 0;
    // The address of the register if the data path may access it directly, else nullptr.
    // Valid as long as the device is open.
    virtual volatile std::uint32_t* direct(std::uint32_t offset) = 0;
};

// A tail register, resolved once at queue set-up, written once per burst.
class Doorbell {
public:
    Doorbell() = default;
    Doorbell(Bar& bar, std::uint32_t offset) : direct_(bar.direct(offset)), bar_(&bar), offset_(offset) {}
    // For benches and tests: a doorbell that is just a word of memory.
    explicit Doorbell(volatile std::uint32_t& word) : direct_(&word) {}

    // Tells the device. The caller has issued dma_release_fence() after its last descriptor.
    void ring(std::uint32_t value) const noexcept {
        if (direct_ != nullptr) [[likely]]
            *direct_ = value;
        else
            bar_->store32(offset_, value);
    }
    bool is_direct() const noexcept { return direct_ != nullptr; }

private:
    volatile std::uint32_t* direct_ = nullptr;
    Bar* bar_ = nullptr;
    std::uint32_t offset_ = 0;
};

// Memory to be made visible to devices: `size` bytes at `address` in this process, which are also the bytes
// from `offset` on of the file `fd` (a memfd), to appear at `iova`.
struct DmaRegion {
    std::byte* address = nullptr;
    std::size_t size = 0;
    int fd = -1;
    std::uint64_t offset = 0;
    Iova iova{};
};

// The address space in which a device does DMA. Several devices may share one (an IOMMU domain);
// mem::DmaDomain maps each region once per space. Control path, one thread at a time.
class DmaSpace {
public:
    virtual ~DmaSpace() = default;
    // Makes the region readable and writable by the device. Throws Error.
    virtual void map(const DmaRegion& region) = 0;
    // Takes back exactly a region that was mapped. Never throws: it runs in destructors; a failure is a
    // notice.
    virtual void unmap(Iova iova, std::size_t size) noexcept = 0;
    // Where regions may lie: sorted, disjoint. The MSI window and reserved ranges are already left out.
    virtual std::vector<IovaRange> ranges() const = 0;
    // For a space that translates nothing, because there is no IOMMU: the only place where the region can be
    // mapped, its physical address. Nothing: anywhere in ranges(). `region.iova` does not count yet. Throws
    // Error if the region has no such place, as its pages do not follow each other.
    virtual std::optional<Iova> fixed_iova(const DmaRegion&) { return std::nullopt; }
    // How many regions may be mapped at a time.
    virtual std::size_t max_maps() const = 0;
};

// What may befall a function while it is open; the later ones outweigh the earlier, and none goes back.
enum class Condition {
    working,
    wanted_back,  // somebody unbinds or unplugs it, and the kernel waits until it is closed
    failed,       // it reported an error that only a reset mends (PCI Express AER, uncorrectable)
    gone,         // all registers read as ones
};

enum class InterruptKind : std::uint32_t { intx = 0, msi = 1, msix = 2 };  // values: VFIO_PCI_*_IRQ_INDEX

class Device {
public:
    virtual ~Device() = default;

    // How the user named it; used in every error sentence.
    virtual const std::string& address() const = 0;

    // PCI configuration space. `width` is 1, 2 or 4 bytes, `offset` a multiple of it.
    virtual std::uint32_t config_read(std::uint32_t offset, unsigned width) = 0;
    // Memory space must stay on in the command register: without it the next access to a mapped register
    // would be a SIGBUS.
    virtual void config_write(std::uint32_t offset, std::uint32_t value, unsigned width) = 0;

    // Base address register `index` (0 to 5). Throws Error where the function has none.
    virtual Bar& bar(unsigned index) = 0;

    virtual std::shared_ptr<DmaSpace> dma_space() = 0;

    // How many interrupts of a kind the function has.
    virtual unsigned interrupt_count(InterruptKind kind) = 0;
    // Event i of the function signals `event_fds[i]` (an eventfd; -1 leaves that event unused) from now on.
    // An empty span turns the kind off. At most one kind is on at a time. The fds stay the caller's.
    virtual void set_interrupts(InterruptKind kind, std::span<const int> event_fds) = 0;
    // INTx only: the line was masked when it signalled; let it signal again.
    virtual void unmask_intx() = 0;

    // Function level reset: the function forgets everything but its identity; bus mastering is off
    // afterwards. Of a function that cannot be reset from outside (the 82540EM is one) only the latter is
    // true: its driver has registers for the rest.
    virtual void reset() = 0;
    // How the function as a whole is doing. Touches no register; programs look once in a while, mostly
    // through Nic::link().
    virtual Condition condition() = 0;
    // NUMA node the device hangs off, or -1 if that means nothing here.
    virtual int numa_node() = 0;
};

}  // namespace ringside::hal
