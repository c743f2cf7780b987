// How a user names a device, and the one way to open it.
#pragma once

#include "hal/device.hpp"

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>

namespace ringside::hal {

// The ways in which the kernel's VFIO hands out a function.
enum class VfioWay {
    automatic,  // iommufd if the kernel has it for this function and we may open it, else a container
    iommufd,    // "vfio=iommufd": /dev/iommu and /dev/vfio/devices/vfioN
    container,  // "vfio=container": /dev/vfio/vfio and /dev/vfio/GROUP, which all kernels have
    noiommu,    // "vfio=noiommu": without an IOMMU, and so without protection
};

// A PCI function of this machine: "0000:03:00.0", or "03:00.0" for domain 0. After commas, "vfio=WAY" and
// "vf-token=UUID", the secret that the program which drives the physical function has given its virtual ones.
struct PciAddress {
    std::uint32_t domain = 0;
    std::uint8_t bus = 0;
    std::uint8_t device = 0;    // 0 to 31
    std::uint8_t function = 0;  // 0 to 7
    VfioWay way = VfioWay::automatic;
    std::string vf_token{};  // empty: none
    friend auto operator<=>(const PciAddress&, const PciAddress&) = default;
};

// A device that another process serves on a Unix socket: "vfio-user:/run/nic.sock".
struct VfioUserAddress {
    std::string path;
    friend auto operator<=>(const VfioUserAddress&, const VfioUserAddress&) = default;
};

// A device of Ringside's simulator, started for us: "sim:82599,cable=loop". What follows "sim:" is for the
// simulator to understand.
struct SimAddress {
    std::string spec;
    friend auto operator<=>(const SimAddress&, const SimAddress&) = default;
};

using Address = std::variant<PciAddress, VfioUserAddress, SimAddress>;

// Throws AddressError, with examples of the three forms.
Address parse_address(const std::string& text);
// The full form, "0000:03:00.0,vfio=iommufd"; parse_address() makes the same address of it.
std::string to_string(const Address& address);
// As the kernel names it, without options: "0000:03:00.0".
std::string pci_name(const PciAddress& address);

// Opens the device. Throws AddressError, or Error if it cannot be reached.
// `join`: address spaces, of devices opened before, that this one may share where it can: then one mapping
// serves them all, and functions of one IOMMU group, which cannot have two, work side by side.
std::unique_ptr<Device> open_device(const std::string& address,
                                    std::span<const std::shared_ptr<DmaSpace>> join = {});

}  // namespace ringside::hal
