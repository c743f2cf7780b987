#include "sim/ixgbe/function.hpp"

#include "sim/ixgbe/model.hpp"
#include "sim/ixgbe/options.hpp"
#include "sim/pci/config_space.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace ringside::sim {
namespace {

using ixgbe::Mistake;
using ixgbe::Nic82599;
using ixgbe::Options;

constexpr unsigned registers_bar = 0, io_bar = 2, msix_bar = ConfigSpace::msix_bar, config_region = 7;
constexpr std::uint64_t registers_size = 512 * 1024;  // registers, then flash: there is none
constexpr std::uint64_t io_size = 32;
constexpr std::uint64_t io_address = 0, io_data = 4;

std::array<PciBar, 6> bars() {
    std::array<PciBar, 6> b{};
    b[registers_bar] = {PciBar::Kind::memory64, registers_size, false};
    b[io_bar] = {PciBar::Kind::io, io_size, false};
    b[msix_bar] = {PciBar::Kind::memory64, InterruptController::bar4_size, false};
    return b;
}

PciIdentity identity(const Options& options) {
    PciIdentity i;
    i.device = options.device_id;
    i.subsystem = options.is_sfp() ? 0x000C : 0x0000;
    i.mac = options.mac;
    return i;
}

std::uint32_t word_of(std::span<const std::byte> data) {
    std::uint32_t value = 0;
    std::memcpy(&value, data.data(), sizeof value);
    return value;
}

void put_word(std::span<std::byte> out, std::uint32_t value) {
    std::memcpy(out.data(), &value, sizeof value);
}

class Function final : public PciFunction {
public:
    Function(const Options& options, std::unique_ptr<Cable> cable, hal::Clock& clock)
        : nic_(options, std::move(cable), clock), config_(identity(options), bars(), hooks()) {}

    void attach(Dma& dma, Interrupts& interrupts) override { nic_.attach(dma, interrupts); }

    Region region(unsigned index) const override;
    void read(unsigned region, std::uint64_t offset, std::span<std::byte> out) override;
    void write(unsigned region, std::uint64_t offset, std::span<const std::byte> data) override;

    unsigned interrupt_count(hal::InterruptKind kind) const override {
        return kind == hal::InterruptKind::msix ? ConfigSpace::msix_vectors : 1;
    }
    void mask_msix(unsigned vector, bool masked) override { nic_.interrupts().mask_vector(vector, masked); }
    void reset() override {
        nic_.reset_function();  // first: giving the configuration back its defaults must not let an interrupt
                                // out
        config_.reset();
    }
    void driver_left() override { reset(); }
    void caught_up() override { nic_.caught_up(); }
    bool poll() override { return nic_.poll(); }
    bool must_be_polled() const override { return nic_.must_be_polled(); }
    int wake_fd() const override { return nic_.cable().wake_fd(); }
    std::string report() const override { return nic_.report(); }
    std::string report_json() const override { return nic_.report_json(); }

private:
    ConfigSpace::Hooks hooks();
    bool is_register_access(const char* what, std::uint64_t offset, std::size_t size);
    bool answers(unsigned region) const;
    std::uint32_t read_register(std::uint64_t offset);
    void write_register(std::uint64_t offset, std::uint32_t value);

    Nic82599 nic_;
    ConfigSpace config_;
    std::uint32_t io_pointer_ = 0;  // IOADDR
};

ConfigSpace::Hooks Function::hooks() {
    ConfigSpace::Hooks h;
    h.bus_master_changed = [this](bool on) { nic_.set_bus_master(on); };
    h.intx_disable_changed = [this](bool off) { nic_.interrupts().disable_line(off); };
    h.msix_control_changed = [this](bool, bool masked) { nic_.interrupts().mask_function(masked); };
    h.function_level_reset = [this] { nic_.reset_function(); };
    h.power_restored = [this] { nic_.reset_function(); };
    return h;
}

Region Function::region(unsigned index) const {
    Region r;
    switch (index) {
        case registers_bar: r.size = registers_size; break;
        case io_bar: r.size = io_size; break;
        case msix_bar: r.size = InterruptController::bar4_size; break;
        case config_region: r.size = ConfigSpace::size; break;
        default: break;
    }
    if (index == registers_bar && nic_.doorbells() != nullptr) {
        r.fd = nic_.doorbells()->fd();
        r.areas = {{0x1000, 0x1000}, {0x6000, 0x2000}, {0xD000, 0x1000}};
    }
    return r;
}

// Registers that the datasheet lets be taken as one of 64 bits: FDIRHASH with FDIRCMD, and long counters.
bool is_pair(std::uint64_t offset) {
    if (offset % 8 != 0 || offset >= ixgbe::register_space) return false;
    const ixgbe::RegisterRef ref = ixgbe::find_register(static_cast<std::uint32_t>(offset));
    return offset == ixgbe::reg::FDIRHASH || (ref && ref.row->access == ixgbe::Access::rc_low);
}

bool Function::is_register_access(const char* what, std::uint64_t offset, std::size_t size) {
    if (size == 4 && offset % 4 == 0) return true;
    if (size == 8 && is_pair(offset)) return false;
    nic_.strict().flag(Mistake::access_width, what, static_cast<int>(size), offset);
    return false;
}

std::uint32_t Function::read_register(std::uint64_t offset) {
    if (nic_.dead()) return ~0u;
    return offset < ixgbe::register_space ? nic_.mmio_read(static_cast<std::uint32_t>(offset)) : 0;
}

void Function::write_register(std::uint64_t offset, std::uint32_t value) {
    if (offset < ixgbe::register_space) nic_.mmio_write(static_cast<std::uint32_t>(offset), value);
}

// A function that is gone, or whose window is closed in COMMAND, does not answer: the bus makes all ones of
// that.
bool Function::answers(unsigned region) const {
    if (nic_.dead()) return false;
    if (region == io_bar) return config_.io_enabled();
    return region == config_region || config_.memory_enabled();
}

void Function::read(unsigned region, std::uint64_t offset, std::span<std::byte> out) {
    if (!answers(region)) {
        std::fill(out.begin(), out.end(), std::byte{0xFF});
        return;
    }
    std::fill(out.begin(), out.end(), std::byte{0});
    switch (region) {
        case config_region:
            config_.set_interrupt_status(nic_.interrupts().line_wanted());
            config_.read(offset, out);
            break;
        case msix_bar: nic_.interrupts().bar4_read(offset, out); break;
        case registers_bar:
            if (offset >= ixgbe::register_space || !is_register_access("read of bytes", offset, out.size())) {
                // The two halves of a 64-bit access are registers of their own.
                for (std::size_t i = 0; offset % 4 == 0 && out.size() % 4 == 0 && i < out.size(); i += 4)
                    put_word(out.subspan(i), read_register(offset + i));
                break;
            }
            put_word(out, read_register(offset));
            break;
        case io_bar:
            if (out.size() == 4 && offset == io_address) put_word(out, io_pointer_);
            if (out.size() == 4 && offset == io_data) put_word(out, read_register(io_pointer_ & ~3u));
            break;
        default: break;
    }
}

void Function::write(unsigned region, std::uint64_t offset, std::span<const std::byte> data) {
    if (!answers(region)) return;
    switch (region) {
        case config_region: config_.write(offset, data); break;
        case msix_bar: nic_.interrupts().bar4_write(offset, data); break;
        case registers_bar:
            if (offset >= ixgbe::register_space) break;
            is_register_access("write of bytes", offset, data.size());
            for (std::size_t i = 0; offset % 4 == 0 && data.size() % 4 == 0 && i < data.size(); i += 4)
                write_register(offset + i, word_of(data.subspan(i)));
            break;
        case io_bar:
            if (data.size() == 4 && offset == io_address) io_pointer_ = word_of(data);
            if (data.size() == 4 && offset == io_data) write_register(io_pointer_ & ~3u, word_of(data));
            break;
        default: break;
    }
}

}  // namespace

std::unique_ptr<PciFunction> make_82599(const std::string& options, std::unique_ptr<Cable> cable,
                                        hal::Clock& clock) {
    return std::make_unique<Function>(ixgbe::parse_options(options), std::move(cable), clock);
}

std::string nic_help() { return ixgbe::options_help(); }

}  // namespace ringside::sim
