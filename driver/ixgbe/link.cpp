// The link: datasheet §4.6.4 (Interface Configuration), §3.7, registers §8.2.3.22.
#include "driver/ixgbe/device.hpp"

#include "hal/error.hpp"

namespace ringside::ixgbe {

void Device::set_up_link() {
    switch (card_.media) {
        case Media::sfp_plus: set_up_sfp_link(); break;
        // §4.6.4.2: the EEPROM has set AUTOC up for this board; start over with it.
        case Media::parallel: regs_.update(AUTOC::AN_RESTART(true)); break;
        // The PHY negotiates by itself and brings the MAC along.
        case Media::base_t: break;
    }
}

// §3.7.4: 10 Gb/s serial over SFI.
void Device::set_up_sfp_link() {
    // Assumption LASER (README.md): SDP3 is the module's TX_DISABLE on boards where it is an output.
    if (regs_.read<ESDP>()[ESDP::SDP3_OUT]) regs_.update(ESDP::SDP3_DATA(false));
    regs_.update(AUTOC::LMS(LinkMode::serial_10g));
    regs_.update(AUTOC2::PMA_10G_SERIAL(2));
    regs_.update(AUTOC::AN_RESTART(true));
}

Link Device::read_link() {
    const auto links = regs_.read<LINKS>();
    if (!links[LINKS::UP]) {
        // LINKS may not be all ones for a device that is gone: STATUS cannot be.
        regs_.flush<STATUS>();
        return {};
    }
    const bool non_standard = card_.nbase_t && links[LINKS::NON_STD_SPEED];
    switch (links[LINKS::SPEED]) {
        case LinkSpeed::gbit_10: return {true, non_standard ? 2500u : 10000u};
        case LinkSpeed::gbit_1: return {true, 1000};
        case LinkSpeed::mbit_100: return {true, non_standard ? 5000u : 100u};
        default: return {true, 0};
    }
}

std::string Device::why_no_link() {
    if (card_.media == Media::sfp_plus && !regs_.read<ESDP>()[ESDP::SDP2_DATA])
        return "there is no SFP+ module in the cage: plug one in";
    return "check that the cable is plugged in at both ends and that the partner is up and speaks 10 Gb/s";
}

}  // namespace ringside::ixgbe
