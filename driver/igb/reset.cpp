// From any state to a card that has forgotten everything.
#include "driver/igb/device.hpp"

#include "hal/error.hpp"

namespace ringside::igb {

using namespace std::chrono_literals;

// EIMC clears bits of the mask by ones; writing zeros to EIMS would do nothing.
void Device::mask_interrupts() {
    mask_causes();
    regs_.write(EIMC::raw(~0u));
    regs_.write(EICR::raw(~0u));
}

// The card reads its EEPROM after the reset, and then the firmware sets the PHY up. Neither is waited for for
// ever: a card without an EEPROM says nothing, and with QEMU's there is no firmware.
void Device::reset_card() {
    reset(3ms);
    const bool read = auto_read_done();
    const std::uint32_t port = 1u << regs_.read<STATUS>()[STATUS::FUNCTION_ID];
    const bool configured = read && [&] {
        for (int look = 0; look < 100; ++look, regs_.sleep(1ms))
            if (regs_.read<EEMNGCTL>()[EEMNGCTL::CFG_DONE] & port) return true;
        return false;
    }();
    static_cast<void>(configured);
}

void Device::queues_off() {
    regs_.write(0, TXDCTL::ENABLE(false));
    regs_.write(0, RXDCTL::ENABLE(false));
}

}  // namespace ringside::igb
