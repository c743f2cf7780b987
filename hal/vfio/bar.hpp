// Registers of a function: mapped where the kernel allows it, else read and written by system calls.
#pragma once

#include "hal/device.hpp"
#include "hal/vfio/kernel.hpp"
#include "hal/vfio/region_info.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ringside::hal::vfio {

// Bytes of a BAR that must not be mapped: [first, end).
struct Hole {
    std::uint64_t first = 0;
    std::uint64_t end = 0;
};

// The areas without the pages that the hole touches.
std::vector<RegionDescription::Area> around(const std::vector<RegionDescription::Area>& areas,
                                            const Hole& hole);

class KernelBar final : public Bar {
public:
    // `region` describes BAR `index` of the device that is open as `device`; its areas are mapped. Throws
    // Error.
    KernelBar(Kernel& kernel, int device, std::string who, unsigned index, const RegionDescription& region);

    std::uint64_t size() const override { return size_; }
    std::uint32_t load32(std::uint32_t offset) override;
    void store32(std::uint32_t offset, std::uint32_t value) override;
    volatile std::uint32_t* direct(std::uint32_t offset) override;

private:
    struct MappedArea {
        std::uint64_t offset;  // in the BAR
        MappedRegisters registers;
    };
    volatile std::uint32_t* find(std::uint32_t offset) const noexcept;
    void check(std::uint32_t offset) const;

    Kernel& kernel_;
    int device_;
    std::string who_;
    unsigned index_;
    std::uint64_t size_;
    std::uint64_t place_;  // in the device's fd
    std::vector<MappedArea> areas_;
};

}  // namespace ringside::hal::vfio
