#include "sim/pci/config_space.hpp"

#include "hal/error.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

namespace ringside::sim {
namespace {

constexpr std::size_t bar_offset(unsigned index) { return 0x10 + 4 * std::size_t{index}; }

constexpr unsigned status_interrupt = 1u << 3;
constexpr std::size_t device_control = 0xA8, device_status = 0xAA;
constexpr unsigned initiate_flr = 1u << 15;
constexpr unsigned transactions_pending = 1u << 5;

// Standard header, types of BAR.
constexpr std::uint32_t bar_io = 0x1, bar_memory64 = 0x4, bar_prefetchable = 0x8;

// The first dword of an extended capability.
constexpr std::uint32_t extended_header(std::uint32_t id, std::uint32_t version, std::uint32_t next) {
    return id | version << 16 | next << 20;
}

void check(const PciBar& bar, unsigned index) {
    const bool io = bar.kind == PciBar::Kind::io;
    const std::uint64_t least = io ? 4 : 16;
    const std::uint64_t most = io ? 256 : bar.kind == PciBar::Kind::memory32 ? 1ull << 31 : 1ull << 62;
    if (std::has_single_bit(bar.size) && bar.size >= least && bar.size <= most) return;
    throw hal::Error("describe BAR " + std::to_string(index) + " of a software PCI function: its size of " +
                     std::to_string(bar.size) + " bytes is no power of two from " + std::to_string(least) +
                     " to " + std::to_string(most));
}

}  // namespace

ConfigSpace::ConfigSpace(const PciIdentity& identity, const std::array<PciBar, 6>& bars, Hooks hooks)
    : bars_(bars), hooks_(std::move(hooks)) {
    describe_header(identity);
    describe_bars();
    describe_capabilities(identity);
    describe_extended_capabilities(identity);
    reset_ = value_;
}

void ConfigSpace::put(std::size_t offset, std::uint64_t value, unsigned width) {
    for (unsigned i = 0; i < width; ++i) value_[offset + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

void ConfigSpace::allow(std::size_t offset, std::uint64_t mask, unsigned width) {
    for (unsigned i = 0; i < width; ++i) writable_[offset + i] = static_cast<std::uint8_t>(mask >> (8 * i));
}

void ConfigSpace::clearable(std::size_t offset, std::uint64_t mask, unsigned width) {
    for (unsigned i = 0; i < width; ++i)
        write_one_clear_[offset + i] = static_cast<std::uint8_t>(mask >> (8 * i));
}

// PCI 3.0 §6.1, §6.2
void ConfigSpace::describe_header(const PciIdentity& identity) {
    put(0x00, identity.vendor, 2);
    put(0x02, identity.device, 2);
    // I/O, memory, bus master, parity, SERR, INTx disable; of a virtual function memory and bus master
    allow(command_offset, identity.virtual_function ? 0x0006 : 0x0547, 2);
    put(status_offset, 0x0010, 2);  // there is a capability list
    clearable(status_offset, 0xF900, 2);
    put(0x08, identity.revision, 1);
    put(0x09, identity.class_code, 3);
    allow(0x0C, 0xFF, 1);  // cache line size: PCI Express lets it be written and does not heed it
    put(0x2C, identity.subsystem_vendor, 2);
    put(0x2E, identity.subsystem, 2);
    put(0x34, identity.virtual_function ? msix_offset : pm_offset, 1);
    if (identity.virtual_function) return;
    allow(0x3C, 0xFF, 1);  // interrupt line: the firmware's note
    put(0x3D, 1, 1);       // interrupt pin: INTA
}

// PCI 3.0 §6.2.5.1. The address bits below the size stay 0, which is how writing all ones tells the size.
void ConfigSpace::describe_bars() {
    for (unsigned i = 0; i < bars_.size(); ++i) {
        const PciBar& bar = bars_[i];
        if (bar.kind == PciBar::Kind::none) continue;
        check(bar, i);
        const std::uint64_t address_bits = ~(bar.size - 1);
        const std::uint32_t prefetchable = bar.prefetchable ? bar_prefetchable : 0;
        switch (bar.kind) {
            case PciBar::Kind::io: put(bar_offset(i), bar_io, 4); break;
            case PciBar::Kind::memory32: put(bar_offset(i), prefetchable, 4); break;
            default:
                if (i == 5 || bars_[i + 1].kind != PciBar::Kind::none)
                    throw hal::Error(
                        "describe BAR " + std::to_string(i) +
                        " of a software PCI function: a 64-bit BAR needs the next one for its upper half");
                put(bar_offset(i), bar_memory64 | prefetchable, 4);
                allow(bar_offset(i + 1), address_bits >> 32, 4);
        }
        allow(bar_offset(i), address_bits, 4);
    }
}

void ConfigSpace::describe_power_and_msi() {
    // Power management 1.2 §3.2: version 3, device specific initialisation, wakes from D0 and D3hot;
    // NoSoftRst is 0.
    put(pm_offset, 0x4823'50'01, 4);
    put(pm_control_offset, 0x2000, 2);
    allow(pm_control_offset, 0x1F03, 2);
    clearable(pm_control_offset, 0x8000, 2);

    // PCI 3.0 §6.8.1: MSI, one message, 64-bit address, maskable.
    put(msi_offset, 0x0180'70'05, 4);
    allow(msi_offset + 2, 0x0001, 2);
    allow(msi_offset + 4, 0xFFFFFFFFFFFFFFFC, 8);
    allow(msi_offset + 12, 0xFFFF, 2);
    allow(msi_offset + 16, 0x1, 4);
}

// Offsets and contents as an 82599 shows them (vital product data is left out).
void ConfigSpace::describe_capabilities(const PciIdentity& identity) {
    if (!identity.virtual_function) describe_power_and_msi();

    // PCI 3.0 §6.8.2: MSI-X.
    put(msix_offset, 0xA0'11, 2);
    put(msix_offset + 2, identity.msix_vectors - 1, 2);
    allow(msix_offset + 2, 0xC000, 2);
    put(msix_offset + 4, msix_table_offset | identity.msix_bar, 4);
    put(msix_offset + 8, msix_pba_offset | identity.msix_bar, 4);

    // PCI Express 2.0 §7.8: version 2, endpoint.
    put(pcie_offset, 0x0002'00'10, 4);
    put(pcie_offset + 0x04, 0x10008CC2,
        4);                          // payload up to 512 bytes, role-based errors, function level reset
    put(device_control, 0x2810, 2);  // read requests of 512 bytes, no snoop and relaxed ordering allowed
    allow(device_control, 0x78FF, 2);
    clearable(device_status, 0x000F, 2);
    put(pcie_offset + 0x0C, 0x00024482, 4);  // link: 5 GT/s, x8, L0s
    allow(pcie_offset + 0x10, 0x00CB, 2);
    put(pcie_offset + 0x12, 0x1082, 2);      // link now: 5 GT/s, x8, the slot's clock
    put(pcie_offset + 0x24, 0x0000001F, 4);  // completion time-out ranges A to D, may be disabled
    allow(pcie_offset + 0x28, 0x001F, 2);
    put(pcie_offset + 0x30, 0x0002, 2);  // target link speed 5 GT/s
    allow(pcie_offset + 0x30, 0x000F, 2);
}

void ConfigSpace::describe_extended_capabilities(const PciIdentity& identity) {
    // PCI Express 2.0 §7.10: advanced error reporting.
    constexpr std::size_t aer = 0x100, serial = 0x140, ari = 0x150;
    put(aer, extended_header(0x0001, 1, serial), 4);
    clearable(aer + 0x04, 0x001FF010, 4);
    allow(aer + 0x08, 0x001FF010, 4);
    put(aer + 0x0C, 0x00062010, 4);
    allow(aer + 0x0C, 0x001FF010, 4);
    clearable(aer + 0x10, 0x000031C1, 4);
    put(aer + 0x14, 0x00002000, 4);
    allow(aer + 0x14, 0x000031C1, 4);

    // §7.12: the MAC address with FF-FF in its middle, most significant byte last.
    put(serial, extended_header(0x0003, 1, ari), 4);
    const auto& mac = identity.mac;
    const std::array<std::uint8_t, 8> eui64{mac[0], mac[1], mac[2], 0xFF, 0xFF, mac[3], mac[4], mac[5]};
    std::reverse_copy(eui64.begin(), eui64.end(), value_.begin() + serial + 4);

    // Alternative routing-ID, the last function.
    put(ari, extended_header(0x000E, 1, 0), 4);
}

void ConfigSpace::read(std::uint64_t offset, std::span<std::byte> out) const {
    for (std::byte& byte : out) {
        byte = offset < size ? std::byte{value_[static_cast<std::size_t>(offset)]} : std::byte{0xFF};
        ++offset;
    }
}

void ConfigSpace::write(std::uint64_t offset, std::span<const std::byte> data) {
    const Controls before = controls();
    const std::uint16_t power_before = word(pm_control_offset);
    const bool flr = merge(offset, data);
    refuse_unsupported_power_state(power_before);
    const bool restored = (power_before & 3u) == 3 && powered();
    if (flr || restored) value_ = reset_;
    // In this order: no DMA; the function forgets what it had to tell; then what may let its interrupts
    // through.
    tell_bus_master(before);
    if (flr && hooks_.function_level_reset) hooks_.function_level_reset();
    if (restored && !flr && hooks_.power_restored) hooks_.power_restored();
    tell_interrupt_controls(before);
}

// Returns true if the bit that asks for a function level reset was written; the bit itself always reads 0.
bool ConfigSpace::merge(std::uint64_t offset, std::span<const std::byte> data) {
    bool flr = false;
    for (std::size_t i = 0; i < data.size() && offset < size && i < size - offset; ++i) {
        const auto at = static_cast<std::size_t>(offset) + i;
        const auto written = std::to_integer<unsigned>(data[i]);
        const unsigned kept = value_[at] & ~unsigned{writable_[at]} & ~(written & write_one_clear_[at]);
        value_[at] = static_cast<std::uint8_t>(kept | (written & writable_[at]));
        if (at == device_control + 1 && (written & (initiate_flr >> 8)) != 0) flr = true;
    }
    return flr;
}

// Power management 1.2 §3.2.4: writing a state that the function does not have (D1, D2) changes nothing.
void ConfigSpace::refuse_unsupported_power_state(std::uint16_t before) {
    const unsigned state = word(pm_control_offset) & 3u;
    if (state == 1 || state == 2) put(pm_control_offset, (word(pm_control_offset) & ~3u) | (before & 3u), 2);
}

ConfigSpace::Controls ConfigSpace::controls() const {
    return {bus_master(), intx_disabled(), msix_enabled(), msix_function_masked()};
}

void ConfigSpace::tell_bus_master(const Controls& before) {
    const bool now = bus_master();
    if (now != before.bus_master && hooks_.bus_master_changed) hooks_.bus_master_changed(now);
}

void ConfigSpace::tell_interrupt_controls(const Controls& before) {
    const Controls now = controls();
    if (now.intx_disabled != before.intx_disabled && hooks_.intx_disable_changed)
        hooks_.intx_disable_changed(now.intx_disabled);
    if ((now.msix_enabled != before.msix_enabled || now.msix_masked != before.msix_masked) &&
        hooks_.msix_control_changed)
        hooks_.msix_control_changed(now.msix_enabled, now.msix_masked);
}

void ConfigSpace::reset() {
    const Controls before = controls();
    value_ = reset_;
    tell_bus_master(before);
    tell_interrupt_controls(before);
}

std::uint64_t ConfigSpace::bar_address(unsigned index) const {
    if (index >= bars_.size() || bars_[index].kind == PciBar::Kind::none) return 0;
    std::uint64_t address = 0;
    const unsigned bytes = bars_[index].kind == PciBar::Kind::memory64 ? 8 : 4;
    for (unsigned i = 0; i < bytes; ++i) address |= std::uint64_t{value_[bar_offset(index) + i]} << (8 * i);
    return address & ~(bars_[index].size - 1);
}

void ConfigSpace::set_interrupt_status(bool pending) {
    put(status_offset, (word(status_offset) & ~status_interrupt) | (pending ? status_interrupt : 0), 2);
}

void ConfigSpace::set_transactions_pending(bool pending) {
    put(device_status, (word(device_status) & ~transactions_pending) | (pending ? transactions_pending : 0),
        2);
}

}  // namespace ringside::sim
