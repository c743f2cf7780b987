#include "sim/ixgbe/link.hpp"

namespace ringside::sim::ixgbe {
namespace {

namespace AUTOC {
constexpr std::uint32_t FLU = bit(0), AN_RESTART = bit(12);
constexpr std::uint32_t lms(std::uint32_t value) { return field(value, 15, 13); }
constexpr std::uint32_t lms_10g_parallel = 1, lms_10g_serial = 3;
// As these cards' EEPROMs leave it: 10G parallel on CX4; on SFP+ the serial interface, but for a driver to
// start.
constexpr std::uint32_t cx4_reset = 0x00002100, sfp_reset = 0xC09C6004;
}  // namespace AUTOC
constexpr std::uint32_t serial_pma_sfi = 2;
constexpr std::uint32_t MACC_FLU = bit(0);  // force the link up
constexpr std::uint32_t sdp2_module_present = bit(2), sdp3_laser_off = bit(3), sdp2_out = bit(10),
                        sdp3_out = bit(11);
constexpr std::uint32_t links_up_10g = 0x70000000, links_not_down_since = bit(7);

}  // namespace

void Link::reset() {
    core_.registers.set(reg::AUTOC, core_.options.is_sfp()    ? AUTOC::sfp_reset
                                    : core_.options.is_x540() ? 0
                                                              : AUTOC::cx4_reset);
    core_.registers.set(reg::AUTOC2, core_.options.is_sfp() ? 0x000A0000 : 0);
    core_.link_up = false;
    up_at_.reset();
    restart_ = false;
    was_down_ = true;
}

bool Link::possible(bool cable_connected) const {
    if (core_.options.link_down) return false;
    const std::uint32_t autoc = core_.registers.get(reg::AUTOC);
    if ((autoc & AUTOC::FLU) != 0) return true;
    if (core_.options.is_x540())  // its PHY negotiates by itself
        return cable_connected || (core_.registers.get(reg::MACC) & MACC_FLU) != 0;
    if (!cable_connected) return false;
    if (!core_.options.is_sfp()) return AUTOC::lms(autoc) == AUTOC::lms_10g_parallel;
    const std::uint32_t esdp = core_.registers.get(reg::ESDP);
    const bool laser_off = (esdp & sdp3_out) != 0 && (esdp & sdp3_laser_off) != 0;
    return module_.present() && !laser_off && AUTOC::lms(autoc) == AUTOC::lms_10g_serial &&
           field(core_.registers.get(reg::AUTOC2), 17, 16) == serial_pma_sfi;
}

void Link::poll(bool cable_connected) {
    const bool can = possible(cable_connected);
    if (core_.link_up && (!can || restart_)) change(false);
    if (!can) {
        up_at_.reset();
    } else if (!core_.link_up && (!up_at_ || restart_)) {
        up_at_ = core_.now + core_.options.link_delay;
    }
    restart_ = false;
    if (up_at_ && core_.now >= *up_at_) {
        up_at_.reset();
        change(true);
    }
}

void Link::change(bool up) {
    core_.link_up = up;
    if (!up) was_down_ = true;
    core_.interrupts.other_event(EICR::LSC);
}

std::uint32_t Link::read(std::uint32_t offset) {
    if (offset == reg::LINKS) {
        std::uint32_t value = core_.link_up ? links_up_10g : 0;
        if (!was_down_) value |= links_not_down_since;
        was_down_ = !core_.link_up;
        return value;
    }
    if (offset == reg::ANLP1) return 0x00040000;  // state of autonegotiation: not 0 once it has started
    if (offset == reg::ESDP) {
        const std::uint32_t value = core_.registers.get(reg::ESDP);
        if (!core_.options.is_sfp() || (value & sdp2_out) != 0) return value;
        return module_.present() ? value | sdp2_module_present : value & ~sdp2_module_present;
    }
    return core_.registers.get(offset);
}

void Link::write(std::uint32_t offset, std::uint32_t value) {
    switch (offset) {
        case reg::ESDP: core_.registers.set(offset, value & 0x0003FFFF); break;
        case reg::AUTOC2: core_.registers.set(offset, value); break;
        case reg::AUTOC:
            core_.registers.set(offset, value & ~AUTOC::AN_RESTART);
            if ((value & AUTOC::AN_RESTART) != 0) restart_ = true;
            break;
        default: break;  // LINKS, ANLP1: read only
    }
}

}  // namespace ringside::sim::ixgbe
