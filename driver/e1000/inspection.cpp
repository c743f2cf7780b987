// What programs may look at.
#include "driver/base/ring_state.hpp"
#include "driver/e1000/device.hpp"
#include "driver/e1000/register_list.hpp"

namespace ringside::e1000 {

std::vector<hal::RegisterInfo> Device::registers() const {
    const auto list = register_list();
    return {list.begin(), list.end()};
}

std::vector<RingState> Device::rings() {
    return ring_states<RDH, RDT, RXDCTL, TDH, TDT, TXDCTL>(regs_, *this, rx_count(), tx_count());
}

}  // namespace ringside::e1000
