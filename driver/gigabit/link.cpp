// The link: the MAC takes speed and duplex from what the PHY has negotiated.
#include "driver/gigabit/nic.hpp"

#include "hal/error.hpp"

namespace ringside::gigabit {

using namespace std::chrono_literals;

namespace {

// The built-in PHY's. Bits of its control register.
constexpr std::uint32_t phy_address = 1;
constexpr std::uint32_t BMCR_autonegotiation = 1u << 12;
constexpr std::uint32_t BMCR_restart = 1u << 9;

}  // namespace

void GigabitNic::set_up_link() {
    const FlowControl pauses = config_.flow_control;
    regs_.update(CTRL::SLU(true) | CTRL::FRCSPD(false) | CTRL::FRCDPLX(false) | CTRL::RFCE(pauses.honour) |
                 CTRL::TFCE(pauses.send) | CTRL::VME(config_.strip_vlan));
    if (media_ == Media::copper) negotiate();
}

// A link that is up stays up, as negotiating anew would take it down for seconds: unless pauses are asked for
// that the partner has not heard of. Of pauses that are not asked for any more it hears at the next occasion;
// until then it may send some, and nobody listens.
void GigabitNic::negotiate() {
    const bool up = regs_.read<STATUS>()[STATUS::LU];
    if (up && config_.flow_control == FlowControl{}) return;
    const bool news = advertise_flow_control();
    if (!up || news) write_phy(BMCR, BMCR_autonegotiation | BMCR_restart);
}

std::uint32_t GigabitNic::read_phy(std::uint32_t phy_register) {
    ask_phy(MDIC::OP(PhyOperation::read) | MDIC::DATA(0), "read", phy_register);
    return regs_.read<MDIC>()[MDIC::DATA];
}

void GigabitNic::write_phy(std::uint32_t phy_register, std::uint32_t value) {
    ask_phy(MDIC::OP(PhyOperation::write) | MDIC::DATA(value), "write", phy_register);
}

void GigabitNic::ask_phy(hal::Value<MDIC> command, const char* what, std::uint32_t phy_register) {
    regs_.write(command | MDIC::REGADD(phy_register) | MDIC::PHYADD(phy_address));
    regs_.wait_for(MDIC::READY(true), 100ms, "the PHY does not answer; reset or power-cycle the card", 50us);
    if (regs_.read<MDIC>()[MDIC::ERROR])
        throw hal::Error(regs_.who() + ": the PHY reports an error (MDIC.ERROR) for a " + what +
                         " of its register " + std::to_string(phy_register) +
                         "; reset or power-cycle the card");
}

Link GigabitNic::read_link() {
    const auto status = regs_.read<STATUS>();
    if (!status[STATUS::LU]) {
        flow_control_settled_ = media_ != Media::copper || config_.flow_control == FlowControl{};
        return {};
    }
    if (running() && !flow_control_settled_) settle_flow_control(status[STATUS::FD]);
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
