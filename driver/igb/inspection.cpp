// What programs may look at.
#include "driver/base/ring_state.hpp"
#include "driver/igb/device.hpp"
#include "driver/igb/register_list.hpp"

namespace ringside::igb {

// Cards differ in how many queues and addresses they have.
std::vector<hal::RegisterInfo> Device::registers() const {
    const auto list = register_list();
    std::vector<hal::RegisterInfo> ours(list.begin(), list.end());
    for (hal::RegisterInfo& info : ours) {
        if (info.offset == &RAL::offset || info.offset == &RAH::offset) info.count = card_.receive_addresses;
        if (info.count == max_queues) info.count = card_.queues;
    }
    return ours;
}

std::vector<RingState> Device::rings() {
    std::vector<RingState> all;
    for (std::uint32_t q = 0; q < rx_count(); ++q)
        all.push_back(ring_state<RDH, RDT, RXDCTL>(regs_, q, rx(q)));
    for (std::uint32_t q = 0; q < tx_count(); ++q)
        all.push_back(ring_state<TDH, TDT, TXDCTL>(regs_, q, tx(q)));
    return all;
}

}  // namespace ringside::igb
