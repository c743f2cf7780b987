// What programs may look at.
#include "driver/base/leds.hpp"
#include "driver/base/ring_state.hpp"
#include "driver/ixgbe/device.hpp"
#include "driver/ixgbe/register_list.hpp"

namespace ringside::ixgbe {

std::vector<hal::RegisterInfo> Device::registers() const {
    const auto list = register_list();
    return {list.begin(), list.end()};
}

std::vector<RingState> Device::rings() {
    return ring_states<RDH, RDT, RXDCTL, TDH, TDT, TXDCTL>(regs_, *this, rx_count(), tx_count());
}

std::uint32_t Device::blink_leds() { return blink_all<LEDCTL>(regs_); }

void Device::restore_leds(std::uint32_t before) { regs_.write(LEDCTL::raw(before)); }

}  // namespace ringside::ixgbe
