// What /sys says about a PCI function: who drives it, and whom the IOMMU cannot tell from it.
#pragma once

#include "hal/address.hpp"
#include "hal/vfio/kernel.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ringside::hal::vfio {

struct Function {
    std::string name;  // "0000:03:00.0"
    bool exists = false;
    std::string driver;    // "vfio-pci", "ixgbe"; empty: none
    std::string group;     // number of the IOMMU group, "12"; empty: none
    bool noiommu = false;  // the group is not behind an IOMMU: vfio-pci made it up
    std::string cdev;      // "/dev/vfio/devices/vfio0"; empty: the kernel makes none
    int numa_node = -1;
    std::string vf_token;  // as the user gave it: a UUID, or empty
};

// Never throws for what is not there.
Function look_up(Kernel& kernel, const PciAddress& address);

// A function of an IOMMU group and the driver that has it (empty: none).
struct GroupMember {
    std::string name;
    std::string driver;
};
std::vector<GroupMember> group_members(Kernel& kernel, const std::string& group);

// True for a driver that hands its functions to programs: vfio-pci and its variants (mlx5_vfio_pci, ...).
bool is_vfio_driver(const std::string& driver);

// True for a driver that may keep its functions while a program drives others of the group: it never starts
// DMA itself.
bool is_harmless_driver(const std::string& driver);

}  // namespace ringside::hal::vfio
