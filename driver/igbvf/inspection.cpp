// What programs may look at.
#include "driver/base/ring_state.hpp"
#include "driver/igbvf/device.hpp"
#include "driver/igbvf/register_list.hpp"

namespace ringside::igbvf {

// The I350's functions have one queue each way.
std::vector<hal::RegisterInfo> Device::registers() const {
    const auto list = register_list();
    std::vector<hal::RegisterInfo> ours(list.begin(), list.end());
    for (hal::RegisterInfo& info : ours)
        if (info.count == max_queues) info.count = card_.tx_queues;
    return ours;
}

std::vector<RingState> Device::rings() {
    return ring_states<RDH, RDT, RXDCTL, TDH, TDT, TXDCTL>(regs_, *this, rx_count(), tx_count());
}

}  // namespace ringside::igbvf
