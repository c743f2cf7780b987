#include "hal/pci.hpp"

#include "hal/error.hpp"

#include <bitset>
#include <cstdio>

namespace ringside::hal {

namespace {

// Offsets in the header of type 0. 6.1
constexpr std::uint32_t vendor_offset = 0x00;
constexpr std::uint32_t device_offset = 0x02;
constexpr std::uint32_t command_offset = 0x04;
constexpr std::uint32_t status_offset = 0x06;
constexpr std::uint32_t revision_and_class_offset = 0x08;
constexpr std::uint32_t bars_offset = 0x10;
constexpr std::uint32_t subsystem_vendor_offset = 0x2C;
constexpr std::uint32_t subsystem_device_offset = 0x2E;
constexpr std::uint32_t capabilities_offset = 0x34;
constexpr std::uint16_t status_has_capabilities = 1u << 4;
constexpr unsigned num_bars = 6;

constexpr std::uint32_t header_end = 0x40;
constexpr std::uint32_t config_end = 0x100;
constexpr std::uint32_t extended_end = 0x1000;

}  // namespace

std::string to_string(const PciId& id) {
    char text[80];
    std::snprintf(text, sizeof text, "%04x:%04x (subsystem %04x:%04x, class %06x, revision %02x)", id.vendor,
                  id.device, id.subsystem_vendor, id.subsystem_device, id.class_code, id.revision);
    return text;
}

PciId PciConfig::id() const {
    PciId id;
    id.vendor = read16(vendor_offset);
    if (id.vendor == 0xFFFF)
        throw DeviceGone(device_.address() +
                         ": configuration space reads as ones: the device was removed, has lost "
                         "power, or the process that simulates it has ended");
    id.device = read16(device_offset);
    id.subsystem_vendor = read16(subsystem_vendor_offset);
    id.subsystem_device = read16(subsystem_device_offset);
    const std::uint32_t revision_and_class = device_.config_read(revision_and_class_offset, 4);
    id.class_code = revision_and_class >> 8;
    id.revision = static_cast<std::uint8_t>(revision_and_class);
    return id;
}

std::uint16_t PciConfig::command() const { return read16(command_offset); }

void PciConfig::set_command(std::uint16_t bits) const {
    device_.config_write(command_offset, command() | bits, 2);
}

void PciConfig::clear_command(std::uint16_t bits) const {
    device_.config_write(command_offset, static_cast<std::uint16_t>(command() & ~bits), 2);
}

// 6.2.5.1: bit 0 tells I/O from memory; of a memory BAR bits 2:1 are the type and bit 3 is "prefetchable".
PciBar PciConfig::bar(unsigned index) const {
    if (index >= num_bars)
        throw Error(device_.address() + ": there is no base address register " + std::to_string(index));
    PciBar result;
    for (unsigned i = 0; i <= index; ++i) {
        if (result.kind == PciBar::Kind::memory64) {
            result = {PciBar::Kind::upper_half, false};
            continue;
        }
        const std::uint32_t bits = device_.config_read(bars_offset + 4 * i, 4);
        if (bits == 0 || bits == ~0u)
            result = {};
        else if ((bits & 1) != 0)
            result = {PciBar::Kind::io, false};
        else
            result = {((bits >> 1) & 3) == 2 ? PciBar::Kind::memory64 : PciBar::Kind::memory32,
                      (bits & 8) != 0};
    }
    return result;
}

std::vector<PciCapability> PciConfig::capabilities() const {
    std::vector<PciCapability> found;
    if ((read16(status_offset) & status_has_capabilities) == 0) return found;
    std::bitset<config_end> seen;
    // The two low bits of a link are reserved. 6.7
    for (std::uint32_t at = device_.config_read(capabilities_offset, 1) & 0xFC;
         at >= header_end && !seen[at];) {
        seen[at] = true;
        const std::uint16_t id_and_next = read16(at);
        if (id_and_next == 0xFFFF) break;
        found.push_back({static_cast<std::uint16_t>(id_and_next & 0xFF), 0, static_cast<std::uint16_t>(at)});
        at = (id_and_next >> 8) & 0xFC;
    }
    return found;
}

// PCI Express 7.9.3: bits 15:0 are the id, 19:16 the version, 31:20 the next offset. Only Express functions
// have them.
std::vector<PciCapability> PciConfig::extended_capabilities() const {
    std::vector<PciCapability> found;
    if (find_capability(pci_capability_express) == 0) return found;
    std::bitset<extended_end> seen;
    for (std::uint32_t at = config_end; at >= config_end && !seen[at];) {
        seen[at] = true;
        const std::uint32_t header = device_.config_read(at, 4);
        if (header == 0 || header == ~0u) break;
        found.push_back({static_cast<std::uint16_t>(header), static_cast<std::uint8_t>((header >> 16) & 0xF),
                         static_cast<std::uint16_t>(at)});
        at = (header >> 20) & 0xFFC;
    }
    return found;
}

std::uint16_t PciConfig::find_capability(std::uint8_t id) const {
    for (const PciCapability& c : capabilities())
        if (c.id == id) return c.offset;
    return 0;
}

std::uint16_t PciConfig::find_extended_capability(std::uint16_t id) const {
    for (const PciCapability& c : extended_capabilities())
        if (c.id == id) return c.offset;
    return 0;
}

}  // namespace ringside::hal
