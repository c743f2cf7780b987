// From any state to a card that has forgotten everything, and who it is.
#include "driver/e1000e/device.hpp"

#include "hal/error.hpp"

namespace ringside::e1000e {

using namespace std::chrono_literals;

// The firmware must not be talking to the PHY when the reset comes. If it does not let go of it in time, it
// is not going to.
void Device::reset_card() {
    regs_.update(EXTCNF_CTRL::MDIO_SW_OWNERSHIP(true));
    const bool ours = regs_.reaches(0, EXTCNF_CTRL::MDIO_SW_OWNERSHIP(true), 100ms, 1ms);
    static_cast<void>(ours);
    reset(3ms);
    regs_.update(EXTCNF_CTRL::MDIO_SW_OWNERSHIP(false));
}

// The card loads its settings from the EEPROM after each reset, and then those of the PHY: 25 ms more.
void Device::wait_for_auto_read() {
    if (!auto_read_done())
        throw hal::Timeout(regs_.who() +
                           ": the card has not read its EEPROM within 100 ms (EECD.AUTO_RD is 0); look at it "
                           "with another driver");
    if (!regs_.read<EECD>()[EECD::PRES])
        throw hal::Error(regs_.who() +
                         ": the card has no EEPROM (EECD.PRES is 0), so it has neither an address nor link "
                         "settings; Intel's EEPROM tools can write one");
    regs_.sleep(25ms);
}

// Bits that are to be set one way or the other, whatever they were after the reset; what they are for is
// Intel's.
void Device::apply_errata() {
    regs_.update(CTRL::BIT_29(false));
    regs_.update(CTRL_EXT::BIT_22(true) | CTRL_EXT::BIT_23(false));
    regs_.update(GCR::BIT_22(true));
    regs_.update(GCR2::BIT_0(true));
}

// From the EEPROM, not from the first receive address, which an earlier program may have written.
// Assumption EEPROM (README.md): the address is in the first three words.
MacAddress Device::read_mac() { return eeprom_mac<EERD>(); }

}  // namespace ringside::e1000e
