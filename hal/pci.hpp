// PCI configuration space by name: PCI Local Bus 3.0, chapter 6; PCI Express Base, chapter 7.
#pragma once

#include "hal/device.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace ringside::hal {

// What kind of function this is.
struct PciId {
    std::uint16_t vendor = 0;
    std::uint16_t device = 0;
    std::uint16_t subsystem_vendor = 0;
    std::uint16_t subsystem_device = 0;
    std::uint32_t class_code =
        0;  // 24 bits: base class, sub-class, programming interface; 0x020000 is Ethernet
    std::uint8_t revision = 0;
    friend constexpr auto operator<=>(const PciId&, const PciId&) = default;
};
// "8086:10fb (subsystem 8086:0003, class 020000, revision 01)"
std::string to_string(const PciId& id);

// Bits of the command register. 6.2.2
inline constexpr std::uint16_t pci_command_memory = 1u << 1;
inline constexpr std::uint16_t pci_command_bus_master = 1u << 2;
inline constexpr std::uint16_t pci_command_intx_disable = 1u << 10;

// Capability ids. PCI Code and ID Assignment, chapter 2
inline constexpr std::uint8_t pci_capability_power = 0x01;
inline constexpr std::uint8_t pci_capability_msi = 0x05;
inline constexpr std::uint8_t pci_capability_express = 0x10;
inline constexpr std::uint8_t pci_capability_msix = 0x11;

struct PciBar {
    enum class Kind {
        none,
        io,
        memory32,
        memory64,
        upper_half
    };  // upper_half: bits 63:32 of the BAR before it
    Kind kind = Kind::none;
    bool prefetchable = false;
};

struct PciCapability {
    std::uint16_t id;
    std::uint8_t version;  // extended capabilities only, else 0
    std::uint16_t offset;  // in configuration space
};

// A view of a device's configuration space; the device must outlive it. What it reads it does not trust:
// lists end, whatever their links say. Control path, one thread at a time.
class PciConfig {
public:
    explicit PciConfig(Device& device) : device_(device) {}

    // Throws DeviceGone where the vendor reads as ones: there is nothing in this slot.
    PciId id() const;
    // Changes bits of the command register and leaves the others alone.
    void set_command(std::uint16_t bits) const;
    void clear_command(std::uint16_t bits) const;
    std::uint16_t command() const;

    // What the base address register `index` (0 to 5) is for. Kind::none if it is not implemented; a register
    // of the 32-bit memory kind that reads 0 cannot be told from that, and counts as none.
    PciBar bar(unsigned index) const;

    // The capability list, and the extended one of PCI Express functions (from offset 0x100), in their order.
    // A list that runs in circles or leaves its space ends there.
    std::vector<PciCapability> capabilities() const;
    std::vector<PciCapability> extended_capabilities() const;
    // Offset of the first capability `id`, or 0.
    std::uint16_t find_capability(std::uint8_t id) const;
    std::uint16_t find_extended_capability(std::uint16_t id) const;

private:
    std::uint16_t read16(std::uint32_t offset) const {
        return static_cast<std::uint16_t>(device_.config_read(offset, 2));
    }
    Device& device_;
};

}  // namespace ringside::hal
