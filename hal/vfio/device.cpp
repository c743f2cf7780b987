#include "hal/vfio/device.hpp"

#include "hal/error.hpp"
#include "hal/notice.hpp"
#include "hal/pci.hpp"
#include "hal/vfio/explain.hpp"

#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>
#include <vector>

namespace ringside::hal::vfio {

namespace {

constexpr std::uint64_t page = 4096;
constexpr std::uint32_t command_offset = 4;  // PCI Local Bus 3.0, 6.2.2

}  // namespace

KernelDevice::KernelDevice(Kernel& kernel, const Function& f, std::shared_ptr<Space> space)
    : kernel_(kernel),
      name_(f.name),
      numa_node_(f.numa_node),
      space_(std::move(space)),
      joined_(space_->join(f)),
      info_(ask_info()),
      config_(kernel, joined_.device.get(), name_, ask_region(region_config)) {
    decode_memory_only();
    reset();
    map_bars();
    interrupts_.emplace(kernel_, joined_.device.get(), name_, info_.num_irqs);
    events_.emplace(kernel_, joined_.device.get(), name_, info_.num_irqs);
}

KernelDevice::~KernelDevice() {
    try {
        decode_memory_only();
    } catch (const DeviceGone&) {  // then it does no DMA either
    } catch (const std::exception& error) { notice(error.what()); }
    interrupts_->turn_off();
}

DeviceInfo KernelDevice::ask_info() {
    DeviceInfo info{sizeof(DeviceInfo), 0, 0, 0};
    const int result = kernel_.call(joined_.device.get(), device_get_info, info);
    if (result < 0) throw Error(explain::unexpected(name_, "asking what the device is", -result));
    if ((info.flags & device_info_pci) == 0)
        throw Error(name_ + ": the kernel says that this is no PCI function");
    if (info.num_regions <= region_config)
        throw ProtocolError(name_ + ": the kernel describes the function with " +
                            std::to_string(info.num_regions) + " regions only");
    return info;
}

// Asks twice if the first answer says that there is more to know.
RegionDescription KernelDevice::ask_region(std::uint32_t index) {
    std::vector<std::byte> answer(sizeof(RegionInfo));
    for (bool asked_again = false;; asked_again = true) {
        RegionInfo info{static_cast<std::uint32_t>(answer.size()), 0, index, 0, 0, 0};
        std::memcpy(answer.data(), &info, sizeof info);
        const int result = kernel_.ioctl(joined_.device.get(), device_get_region_info,
                                         reinterpret_cast<std::uintptr_t>(answer.data()));
        if (result < 0)
            throw Error(explain::unexpected(name_, "asking about region " + std::to_string(index), -result));
        std::memcpy(&info, answer.data(), sizeof info);
        if (info.argsz > answer.size()) {
            if (asked_again || info.argsz > max_region_info_size)
                throw ProtocolError(name_ + ": the kernel's description of region " + std::to_string(index) +
                                    " does not fit " + std::to_string(answer.size()) + " bytes");
            answer.assign(info.argsz, std::byte{0});
            continue;
        }
        // Part of a page cannot be mapped; nothing but tiny BARs, which no data path needs, is that small.
        if (info.size % page != 0) info.flags &= ~region_info_mmap;
        std::memcpy(answer.data(), &info, sizeof info);
        return parse_region_info(answer, index, name_ + ": the kernel");
    }
}

// Memory space on, bus mastering off. Throws DeviceGone, or Error if the function does not obey.
void KernelDevice::decode_memory_only() {
    PciConfig config(*this);
    config.id();
    const std::uint32_t command = config.command();
    config_.write(command_offset, (command | pci_command_memory) & ~std::uint32_t{pci_command_bus_master}, 2);
    const std::uint32_t now = config.command() & (pci_command_memory | pci_command_bus_master);
    if (now != pci_command_memory) throw Error(explain::disobedient(name_, now));
}

// Which BAR the MSI-X table lies in, and where. PCI Local Bus 3.0, 6.8.2
std::optional<std::pair<unsigned, Hole>> KernelDevice::msix_table() {
    const std::uint16_t capability = PciConfig(*this).find_capability(pci_capability_msix);
    if (capability == 0) return std::nullopt;
    const std::uint64_t entries = (config_.read(capability + 2u, 2) & 0x7FF) + 1;
    const std::uint32_t table = config_.read(capability + 4u, 4);
    const std::uint64_t first = table & ~7u;
    return std::pair{table & 7u, Hole{first, first + 16 * entries}};
}

void KernelDevice::map_bars() {
    const auto table = msix_table();
    for (unsigned i = 0; i < num_bars; ++i) {
        RegionDescription region = ask_region(region_bar0 + i);
        if (region.size == 0) continue;
        if (!region.readable || !region.writable)
            region.areas.clear();
        else if (table && table->first == i && !region.msix_mappable)
            region.areas = around(region.areas, table->second);
        bars_[i] = std::make_unique<KernelBar>(kernel_, joined_.device.get(), name_, i, region);
    }
}

Bar& KernelDevice::bar(unsigned index) {
    if (index >= num_bars || !bars_[index])
        throw Error(name_ + ": this function has no BAR " + std::to_string(index));
    return *bars_[index];
}

void KernelDevice::reset() {
    if ((info_.flags & device_info_reset) != 0) {
        const int result =
            patiently(kernel_, [&] { return kernel_.ioctl(joined_.device.get(), device_reset, 0); });
        // What cannot be reset after all is what is not even offered: the driver's business.
        if (result < 0 && result != -EINVAL && result != -ENOTTY) {
            static_cast<void>(PciConfig(*this).id());  // throws if it is gone
            throw Error(explain::cannot_reset(name_, -result));
        }
    }
    decode_memory_only();  // the kernel puts the command register back as it was
}

Condition KernelDevice::condition() {
    gone_ = gone_ || config_.gone();
    return gone_ ? Condition::gone : events_->look();
}

}  // namespace ringside::hal::vfio
