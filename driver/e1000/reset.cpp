// From any state to a card that has forgotten everything, and who it is.
#include "driver/e1000/device.hpp"
#include "driver/gigabit/flow_control.hpp"

#include "hal/error.hpp"

namespace ringside::e1000 {

using namespace std::chrono_literals;

// Erratum: in PCI-X mode the first descriptor of a frame may not have more than 2015 bytes.
void Device::check_bus() {
    if (config_.mtu > 1500 && regs_.read<STATUS>()[STATUS::PCIX_MODE])
        throw hal::Error(regs_.who() + ": mtu = " + std::to_string(config_.mtu) +
                         " is not possible in a PCI-X slot (erratum of these cards): choose 68 to 1500");
}

// One 32-bit write: the card may not acknowledge a longer one during its reset. It reads its EEPROM
// afterwards, which takes it up to 5 ms.
void Device::reset_card() {
    mask_causes();
    stop_traffic();
    reset(5ms);
    mask_causes();  // again, as the reset may have raised causes
}

// 14.3. Copper takes its speed from the PHY; fiber negotiates in the MAC.
void Device::choose_media() {
    const bool copper = card_.media == gigabit::Media::copper;
    regs_.update(CTRL::ASDE(copper) | CTRL::LRST(false));
    if (copper) return;
    const gigabit::PauseAbility pauses = gigabit::advertised(config_.flow_control);
    regs_.write(TXCW::ANE(true) | TXCW::FD(true) | TXCW::PAUSE(pauses.pause) |
                TXCW::ASM_DIR(pauses.asymmetric));
}

void Device::manageability_off() { regs_.update(MANC::ARP_EN(false)); }

// From the EEPROM, not from the first receive address: an earlier program may have written that, and QEMU's
// card does not load it again.
// 13, EERD. Assumption EEPROM (README.md): 64 words at least, the address in the first three.
MacAddress Device::read_mac() {
    MacAddress mac = eeprom_mac<EERD>();
    if (card_.two_ports && regs_.read<STATUS>()[STATUS::FUNCTION_ID] == 1) mac.bytes[5] ^= 1;
    return mac;
}

}  // namespace ringside::e1000
