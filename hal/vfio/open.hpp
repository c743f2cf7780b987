// From the address of a PCI function to a device, on whatever VFIO this machine has.
#pragma once

#include "hal/address.hpp"
#include "hal/device.hpp"
#include "hal/vfio/kernel.hpp"

#include <memory>
#include <span>

namespace ringside::hal::vfio {

// As hal::open_device(). Throws Error, with the command that helps. The kernel must outlive the device and
// its space.
std::unique_ptr<Device> open(const PciAddress& address, std::span<const std::shared_ptr<DmaSpace>> join,
                             Kernel& kernel = SystemKernel::instance());

}  // namespace ringside::hal::vfio
