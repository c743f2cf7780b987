// The PCI Express configuration space of a software function: identity, BARs, and the capability list of an
// 82599 (PCI Local Bus 3.0 chapter 6, PCI Express Base 2.0 chapter 7, PCI Power Management 1.2 chapter 3).
//
// 4096 bytes, little endian, each bit read-only, writable or write-one-to-clear. What a write sets in motion
// is told through hooks, after all bytes of the write have taken effect. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace ringside::sim {

// Who the function is. Values as in the first 64 bytes of configuration space.
struct PciIdentity {
    std::uint16_t vendor = 0x8086;
    std::uint16_t device = 0;
    std::uint16_t subsystem_vendor = 0x8086;
    std::uint16_t subsystem = 0;
    std::uint8_t revision = 0x01;
    std::uint32_t class_code = 0x020000;  // 24 bits: Ethernet controller
    std::array<std::uint8_t, 6> mac{};    // becomes the device serial number (EUI-64)
    // Of its MSI-X capability. The tables are where the physical functions have theirs, in this BAR.
    unsigned msix_vectors = 64;
    unsigned msix_bar = 4;
    // As VFIO shows one: without INTx, MSI, power management and I/O.
    bool virtual_function = false;
};

struct PciBar {
    enum class Kind { none, io, memory32, memory64 };  // memory64 uses the next BAR for its upper half
    Kind kind = Kind::none;
    std::uint64_t size = 0;  // bytes, a power of two: at least 4 (I/O) or 16 (memory)
    bool prefetchable = false;
};

class ConfigSpace {
public:
    static constexpr std::size_t size = 4096;
    static constexpr unsigned msix_vectors = 64;
    static constexpr unsigned msix_bar = 4;
    static constexpr std::uint32_t msix_table_offset = 0x0000;  // in that BAR
    static constexpr std::uint32_t msix_pba_offset = 0x2000;

    // Any may be left empty. A hook may call back into the configuration space.
    struct Hooks {
        std::function<void(bool on)> bus_master_changed;     // the effective value, see bus_master()
        std::function<void(bool off)> intx_disable_changed;  // COMMAND bit 10
        // MSI-X message control: enable and function mask.
        std::function<void(bool enabled, bool masked)> msix_control_changed;
        // A function level reset was asked for (device control bit 15). The configuration space is already
        // reset.
        std::function<void()> function_level_reset;
        // D3hot to D0: a reset too, because this function does not keep its state (NoSoftRst-). Already
        // reset.
        std::function<void()> power_restored;
    };

    // Throws hal::Error if a BAR cannot be described.
    ConfigSpace(const PciIdentity& identity, const std::array<PciBar, 6>& bars, Hooks hooks = {});

    // Any span. Beyond the end reads as ones and ignores writes.
    void read(std::uint64_t offset, std::span<std::byte> out) const;
    void write(std::uint64_t offset, std::span<const std::byte> data);

    // Everything but the identity goes back to what it is after power-up: BARs and COMMAND become 0. Runs the
    // hooks of what changes by that, but not function_level_reset or power_restored. Reset the function
    // first, or an interrupt that COMMAND held back gets out.
    void reset();

    // COMMAND bit 2, and powered: only then may the function do DMA or send messages.
    bool bus_master() const { return powered() && (word(command_offset) & command_bus_master) != 0; }
    // COMMAND bit 1, and powered: only then do the memory BARs answer.
    bool memory_enabled() const { return powered() && (word(command_offset) & command_memory) != 0; }
    bool io_enabled() const { return powered() && (word(command_offset) & command_io) != 0; }
    bool intx_disabled() const { return (word(command_offset) & command_intx_disable) != 0; }
    // In D0, not in D3hot.
    bool powered() const { return (word(pm_control_offset) & 3u) == 0; }
    bool msi_enabled() const { return (word(msi_offset + 2) & 1u) != 0; }
    bool msix_enabled() const { return (word(msix_offset + 2) & 0x8000u) != 0; }
    bool msix_function_masked() const { return (word(msix_offset + 2) & 0x4000u) != 0; }
    // Where the driver or its firmware put BAR `index`; 0 if nowhere.
    std::uint64_t bar_address(unsigned index) const;

    // STATUS bit 3: INTx is asserted inside the function.
    void set_interrupt_status(bool pending);
    // Device status bit 5: the function has reads outstanding.
    void set_transactions_pending(bool pending);

private:
    static constexpr std::size_t command_offset = 0x04, status_offset = 0x06;
    static constexpr unsigned command_io = 0x1, command_memory = 0x2, command_bus_master = 0x4;
    static constexpr unsigned command_intx_disable = 0x400;
    static constexpr std::size_t pm_offset = 0x40, msi_offset = 0x50, msix_offset = 0x70, pcie_offset = 0xA0;
    static constexpr std::size_t pm_control_offset = pm_offset + 4;

    // What hooks tell about, before and after a write.
    struct Controls {
        bool bus_master, intx_disabled, msix_enabled, msix_masked;
    };

    std::uint16_t word(std::size_t offset) const {
        return static_cast<std::uint16_t>(value_[offset] | value_[offset + 1] << 8);
    }
    void put(std::size_t offset, std::uint64_t value, unsigned width);
    void allow(std::size_t offset, std::uint64_t mask, unsigned width);
    void clearable(std::size_t offset, std::uint64_t mask, unsigned width);
    void describe_header(const PciIdentity& identity);
    void describe_bars();
    void describe_capabilities(const PciIdentity& identity);
    void describe_power_and_msi();
    void describe_extended_capabilities(const PciIdentity& identity);

    bool merge(std::uint64_t offset, std::span<const std::byte> data);
    void refuse_unsupported_power_state(std::uint16_t before);
    Controls controls() const;
    void tell_bus_master(const Controls& before);
    void tell_interrupt_controls(const Controls& before);

    using Bytes = std::array<std::uint8_t, size>;
    Bytes value_{};
    Bytes reset_{};     // values after power-up
    Bytes writable_{};  // bits that take what is written
    Bytes write_one_clear_{};
    std::array<PciBar, 6> bars_;
    Hooks hooks_;
};

}  // namespace ringside::sim
