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
    std::vector<RingState> all;
    for (std::uint32_t q = 0; q < rx_count(); ++q)
        all.push_back(ring_state<RDH, RDT, RXDCTL>(regs_, q, rx(q)));
    for (std::uint32_t q = 0; q < tx_count(); ++q)
        all.push_back(ring_state<TDH, TDT, TXDCTL>(regs_, q, tx(q)));
    return all;
}

}  // namespace ringside::e1000
