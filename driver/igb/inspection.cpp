// What programs may look at.
#include "driver/base/ring_state.hpp"
#include "driver/igb/device.hpp"
#include "driver/igb/register_list.hpp"

namespace ringside::igb {

// Cards differ in how many queues, addresses and filters they have.
std::vector<hal::RegisterInfo> Device::registers() const {
    const auto list = register_list();
    std::vector<hal::RegisterInfo> ours(list.begin(), list.end());
    for (hal::RegisterInfo& info : ours) {
        if (info.offset == &RAL::offset || info.offset == &RAH::offset) info.count = card_.receive_addresses;
        if (info.offset == &ETQF::offset) info.count = card_.ether_types;
        if (info.count == max_queues) info.count = card_.queues;
    }
    if (!card_.five_tuples)
        std::erase_if(ours, [](const hal::RegisterInfo& info) {
            return info.offset == &SAQF::offset || info.offset == &DAQF::offset ||
                   info.offset == &SPQF::offset;
        });
    return ours;
}

std::vector<RingState> Device::rings() {
    return ring_states<RDH, RDT, RXDCTL, TDH, TDT, TXDCTL>(regs_, *this, rx_count(), tx_count());
}

}  // namespace ringside::igb
