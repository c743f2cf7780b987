// The link: the MAC takes speed and duplex from what the PHY has negotiated.
#include "driver/gigabit/nic.hpp"

#include "hal/error.hpp"

namespace ringside::gigabit {

using namespace std::chrono_literals;

namespace {

// IEEE 802.3, 22.2.4.1: the control register of every PHY. The built-in one has address 1.
constexpr std::uint32_t phy_address = 1;
constexpr std::uint32_t BMCR = 0;
constexpr std::uint32_t BMCR_autonegotiation = 1u << 12;
constexpr std::uint32_t BMCR_restart = 1u << 9;

}  // namespace

// A receiver that is too slow drops and counts, it does not stop the network: pause frames are neither sent
// nor obeyed.
void GigabitNic::flow_control_off() {
    regs_.write(FCAL::raw(0));
    regs_.write(FCAH::raw(0));
    regs_.write(FCT::raw(0));
    regs_.write(FCTTV::raw(0));
    regs_.write(FCRTL::raw(0));
    regs_.write(FCRTH::raw(0));
}

// A link that is up stays up; negotiating anew would take it down for seconds.
void GigabitNic::set_up_link() {
    regs_.update(CTRL::SLU(true) | CTRL::FRCSPD(false) | CTRL::FRCDPLX(false) | CTRL::RFCE(false) |
                 CTRL::TFCE(false) | CTRL::VME(config_.strip_vlan));
    if (media_ == Media::copper && !regs_.read<STATUS>()[STATUS::LU])
        write_phy(BMCR, BMCR_autonegotiation | BMCR_restart);
}

void GigabitNic::write_phy(std::uint32_t phy_register, std::uint32_t value) {
    regs_.write(MDIC::DATA(value) | MDIC::REGADD(phy_register) | MDIC::PHYADD(phy_address) |
                MDIC::OP(PhyOperation::write));
    regs_.wait_for(MDIC::READY(true), 100ms, "the PHY does not answer; reset or power-cycle the card", 50us);
    if (regs_.read<MDIC>()[MDIC::ERROR])
        throw hal::Error(regs_.who() +
                         ": the PHY reports an error (MDIC.ERROR) for a write of its register " +
                         std::to_string(phy_register) + "; reset or power-cycle the card");
}

Link GigabitNic::read_link() {
    const auto status = regs_.read<STATUS>();
    if (!status[STATUS::LU]) return {};
    switch (status[STATUS::SPEED]) {
        case Speed::mbit_10: return {true, 10};
        case Speed::mbit_100: return {true, 100};
        default: return {true, 1000};
    }
}

std::string GigabitNic::why_no_link() {
    return "check that the cable is plugged in at both ends and that the partner is up";
}

}  // namespace ringside::gigabit
