// The 82576's clock, and its time stamps. Later cards have another clock.
#include "driver/gigabit/time_sync.hpp"

#include "driver/igb/device.hpp"

namespace ringside::igb {

// Messages over Ethernet, by an EtherType filter; a rule for PTP's EtherType has a filter of its own
// (rules.cpp), which the card finds first. A tick lasts 16 ns; a nanosecond is 2^19.
// QEMU's igb heeds TSYNCRXCFG also where all event messages are asked for: there, those are 0, Sync.
std::unique_ptr<TimeCounter> Device::set_up_time_stamps() {
    regs_.write(card_.ether_types - 1,
                ETQF::ETYPE(ptp_ether_type) | ETQF::IEEE_1588(true) | ETQF::FILTER_ENABLE(true));
    regs_.write(TSYNCRXCFG::MESSAGE_V2(0));
    gigabit::TimeSync::enable(regs_);
    return std::make_unique<gigabit::TimeSync>(regs_, TimeCounter::Rate{16, 1, 19},
                                               gigabit::TimeSync::Reading::latched);
}

}  // namespace ringside::igb
