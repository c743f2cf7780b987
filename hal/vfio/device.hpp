// A PCI function that the kernel's VFIO has handed out.
#pragma once

#include "hal/device.hpp"
#include "hal/vfio/bar.hpp"
#include "hal/vfio/config_space.hpp"
#include "hal/vfio/interrupts.hpp"
#include "hal/vfio/kernel.hpp"
#include "hal/vfio/region_info.hpp"
#include "hal/vfio/space.hpp"
#include "hal/vfio/uapi.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace ringside::hal::vfio {

// While this lives the function decodes its BARs (PCI command register, "memory space"): clearing that bit
// makes the next access to a mapped register a SIGBUS. It starts without bus mastering, so that nothing left
// over from its last user can reach memory; the driver turns that on when its rings are ready, and the
// destructor turns it off before anything else.
class KernelDevice final : public Device {
public:
    // Takes `f` into `space` and brings it up. Throws CannotShare if `space` does not suit it, or Error.
    KernelDevice(Kernel& kernel, const Function& f, std::shared_ptr<Space> space);
    ~KernelDevice() override;
    KernelDevice(const KernelDevice&) = delete;
    KernelDevice& operator=(const KernelDevice&) = delete;

    const std::string& address() const override { return name_; }
    std::uint32_t config_read(std::uint32_t offset, unsigned width) override {
        return config_.read(offset, width);
    }
    void config_write(std::uint32_t offset, std::uint32_t value, unsigned width) override {
        config_.write(offset, value, width);
    }
    Bar& bar(unsigned index) override;
    std::shared_ptr<DmaSpace> dma_space() override { return space_; }
    unsigned interrupt_count(InterruptKind kind) override { return interrupts_->count(kind); }
    void set_interrupts(InterruptKind kind, std::span<const int> event_fds) override {
        interrupts_->set(kind, event_fds);
    }
    void unmask_intx() override { interrupts_->unmask_intx(); }
    // A function that has no reset of its own (the 82540EM) only loses bus mastering: its driver resets it by
    // register.
    void reset() override;
    Condition condition() override;
    int numa_node() override { return numa_node_; }

private:
    DeviceInfo ask_info();
    RegionDescription ask_region(std::uint32_t index);
    std::optional<std::pair<unsigned, Hole>> msix_table();
    void map_bars();
    void decode_memory_only();

    static constexpr unsigned num_bars = 6;

    // In the order in which they are acquired, so that they are released in the reverse one: the function
    // leaves its space after it is closed, and is closed after its registers are unmapped.
    Kernel& kernel_;
    std::string name_;
    int numa_node_;
    std::shared_ptr<Space> space_;
    Joined joined_;
    DeviceInfo info_;
    ConfigSpace config_;
    std::array<std::unique_ptr<KernelBar>, num_bars> bars_;
    std::optional<Interrupts> interrupts_;
    std::optional<Events> events_;
    bool gone_ = false;
};

}  // namespace ringside::hal::vfio
