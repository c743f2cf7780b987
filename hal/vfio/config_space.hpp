// PCI configuration space of a function, through the kernel, which lets pass what is harmless.
#pragma once

#include "hal/vfio/kernel.hpp"
#include "hal/vfio/region_info.hpp"

#include <cstdint>
#include <string>

namespace ringside::hal::vfio {

class ConfigSpace {
public:
    // `region` describes region_config of the device that is open as `device`. Throws ProtocolError if it
    // cannot be one.
    ConfigSpace(Kernel& kernel, int device, std::string who, const RegionDescription& region);

    // As hal::Device promises them. A device that is gone reads as ones and ignores writes.
    std::uint32_t read(std::uint32_t offset, unsigned width) const;
    void write(std::uint32_t offset, std::uint32_t value, unsigned width) const;
    bool gone() const { return read(0, 2) == 0xFFFF; }  // no vendor has this number

private:
    void check(std::uint32_t offset, unsigned width) const;

    Kernel& kernel_;
    int device_;
    std::string who_;
    std::uint64_t place_;  // in the device's fd
    std::uint64_t size_;
};

}  // namespace ringside::hal::vfio
