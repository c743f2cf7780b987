#include "sim/ixgbe_vf/function.hpp"

#include "sim/ixgbe/bits.hpp"
#include "sim/ixgbe_vf/registers.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace ringside::sim {
namespace {

using ixgbe::Mistake;
namespace vf = ixgbe_vf;

constexpr unsigned registers_bar = 0, msix_bar = 3, config_region = 7;
constexpr std::uint32_t EICS = 0x00808, map_valid = 0x80, map_vector = 0x3;

std::array<PciBar, 6> bars() {
    std::array<PciBar, 6> b{};
    b[registers_bar] = {PciBar::Kind::memory64, vf::register_space, false};
    b[msix_bar] = {PciBar::Kind::memory64, InterruptController::bar4_size, false};
    return b;
}

PciIdentity identity(const vf::Options& options) {
    PciIdentity i;
    i.device = options.device_id;
    i.mac = options.mac.value_or(i.mac);
    i.virtual_function = true;
    i.msix_vectors = VirtualFunction82599::vectors;
    i.msix_bar = msix_bar;
    return i;
}

}  // namespace

VirtualFunction82599::VirtualFunction82599(const vf::Options& options, std::unique_ptr<Cable> cable,
                                           hal::Clock& clock)
    : options_(options),
      card_(options.card, std::move(cable), clock),
      mailbox_([this] { ring(); }),
      pf_(options_, card_, mailbox_, clock),
      config_(identity(options), bars(), hooks()) {}

ConfigSpace::Hooks VirtualFunction82599::hooks() {
    ConfigSpace::Hooks h;
    h.bus_master_changed = [this](bool on) { card_.set_bus_master(on); };
    h.msix_control_changed = [this](bool, bool masked) { card_.interrupts().mask_function(masked); };
    h.function_level_reset = [this] { reset_function(true); };
    return h;
}

Region VirtualFunction82599::region(unsigned index) const {
    Region r;
    switch (index) {
        case registers_bar: r.size = vf::register_space; break;
        case msix_bar: r.size = InterruptController::bar4_size; break;
        case config_region: r.size = ConfigSpace::size; break;
        default: break;
    }
    return r;
}

bool VirtualFunction82599::answers(unsigned region) const {
    return !dead() && (region == config_region || config_.memory_enabled());
}

bool VirtualFunction82599::is_register_access(const char* what, std::uint64_t offset, std::size_t size) {
    if (size == 4 && offset % 4 == 0) return true;
    card_.strict().flag(Mistake::access_width, what, static_cast<int>(size), offset);
    return false;
}

void VirtualFunction82599::read(unsigned region, std::uint64_t offset, std::span<std::byte> out) {
    std::fill(out.begin(), out.end(), answers(region) ? std::byte{0} : std::byte{0xFF});
    if (!answers(region)) return;
    if (region == config_region) return config_.read(offset, out);
    if (region == msix_bar) return card_.interrupts().bar4_read(offset, out);
    if (region != registers_bar || !is_register_access("read of bytes", offset, out.size())) return;
    const std::uint32_t value = read_register(static_cast<std::uint32_t>(offset));
    std::memcpy(out.data(), &value, sizeof value);
}

void VirtualFunction82599::write(unsigned region, std::uint64_t offset, std::span<const std::byte> data) {
    if (!answers(region)) return;
    if (region == config_region) return config_.write(offset, data);
    if (region == msix_bar) return card_.interrupts().bar4_write(offset, data);
    if (region != registers_bar || !is_register_access("write of bytes", offset, data.size())) return;
    std::uint32_t value = 0;
    std::memcpy(&value, data.data(), sizeof value);
    write_register(static_cast<std::uint32_t>(offset), value);
}

std::uint32_t VirtualFunction82599::read_register(std::uint32_t offset) {
    ++accesses_;
    if (dead()) return ~0u;
    switch (offset) {
        case vf::reg::VFCTRL:
        case vf::reg::VFSTATUS: return 0;
        case vf::reg::VFMAILBOX: return mailbox_.read_control();
        case vf::reg::VTIVAR_MISC: return mailbox_vector_;
        case vf::reg::VFPSRTYPE: return split_type_;
        default: break;
    }
    if (vf::is_mailbox_memory(offset)) return mailbox_.word((offset - vf::reg::VFMBMEM) / 4);
    const auto place = vf::place_of(offset, options_.queues);
    if (!place) card_.strict().flag(Mistake::unknown_register, "read of offset", -1, offset);
    // Nothing of the card answers while the physical function resets it.
    return !place || pf_.in_reset() ? 0 : card_.mmio_read(place->offset) & place->mask;
}

void VirtualFunction82599::write_register(std::uint32_t offset, std::uint32_t value) {
    ++accesses_;
    if (dead()) return;
    switch (offset) {
        case vf::reg::VFCTRL:
            if ((value & vf::reg::VFCTRL_RST) != 0) reset_function(false);
            return;
        case vf::reg::VFMAILBOX: return mailbox_.write_control(value);
        case vf::reg::VTIVAR_MISC: mailbox_vector_ = value & (map_valid | map_vector); return;
        case vf::reg::VFPSRTYPE:
            split_type_ = value;
            if (!pf_.in_reset()) pf_.spread(ixgbe::field(value, 31, 29));
            return;
        default: break;
    }
    if (vf::is_mailbox_memory(offset)) {
        if (!mailbox_.set_word((offset - vf::reg::VFMBMEM) / 4, value))
            card_.strict().flag(Mistake::mailbox_not_owned, "VFMBMEM",
                                static_cast<int>((offset - vf::reg::VFMBMEM) / 4), value);
        return;
    }
    const auto place = vf::place_of(offset, options_.queues);
    if (!place) card_.strict().flag(Mistake::unknown_register, "write of offset", -1, offset);
    if (!place || pf_.in_reset()) return;
    const bool control = place->part == vf::Part::rx_control || place->part == vf::Part::tx_control;
    if (!pf_.knows_vf()) {
        // It enables the queues of those that it knows. One that does not know yet that it is forgotten goes
        // on writing tails.
        if (place->part == vf::Part::tail) return;
        if (control) value &= ~ixgbe::DCTL::ENABLE;
    }
    card_.mmio_write(place->offset, value & place->mask);
    const bool on = control && (value & ixgbe::DCTL::ENABLE) != 0;
    if (on && place->part == vf::Part::rx_control) pf_.receive(true);
}

// Whatever VTIVAR_MISC says; the mailbox's cause is the bit of its vector.
void VirtualFunction82599::ring() {
    if ((mailbox_vector_ & map_valid) != 0)
        card_.interrupts().write(EICS, 1u << (mailbox_vector_ & map_vector));
}

// VFCTRL.RST, or with the MSI-X table a function level reset.
void VirtualFunction82599::reset_function(bool table_too) {
    card_.reset_queues(options_.queues);
    if (table_too) card_.interrupts().reset_function();
    mailbox_vector_ = split_type_ = 0;
    pf_.vf_was_reset();
}

void VirtualFunction82599::reset() {
    reset_function(true);
    config_.reset();
}

bool VirtualFunction82599::poll() {
    if (dead()) return false;
    const bool worked = card_.poll();
    return pf_.poll() || worked;
}

bool VirtualFunction82599::must_be_polled() const {
    return !dead() && (card_.must_be_polled() || pf_.waiting());
}

std::string VirtualFunction82599::report() const {
    return card_.report() + "82599vf: " + std::to_string(pf_.requests()) + " requests in the mailbox, " +
           std::to_string(pf_.refusals()) + " refused\n";
}

std::string VirtualFunction82599::report_json() const {
    std::string text = card_.report_json();
    text.pop_back();
    return text + ",\"requests\":" + std::to_string(pf_.requests()) +
           ",\"requests_refused\":" + std::to_string(pf_.refusals()) + "}";
}

std::unique_ptr<PciFunction> make_82599vf(const std::string& options, std::unique_ptr<Cable> cable,
                                          hal::Clock& clock) {
    return std::make_unique<VirtualFunction82599>(ixgbe_vf::parse_options(options), std::move(cable), clock);
}

std::string vf_help() { return ixgbe_vf::options_help(); }

}  // namespace ringside::sim
