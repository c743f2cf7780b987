// What programs may look at.
#include "driver/base/ring_state.hpp"
#include "driver/ixgbevf/device.hpp"
#include "driver/ixgbevf/register_list.hpp"

namespace ringside::ixgbevf {

// As many queues as are ours.
std::vector<hal::RegisterInfo> Device::registers() const {
    const auto list = register_list();
    std::vector<hal::RegisterInfo> ours(list.begin(), list.end());
    for (hal::RegisterInfo& info : ours)
        if (info.count == max_queues) info.count = this->info().max_tx_queues;
    return ours;
}

std::vector<RingState> Device::rings() {
    return ring_states<VFRDH, VFRDT, VFRXDCTL, VFTDH, VFTDT, VFTXDCTL>(regs_, *this, rx_count(), tx_count());
}

}  // namespace ringside::ixgbevf
