// The clock, and the rate of transmit queues: what is checked before a card is told.
#include "driver/base/nic_base.hpp"

namespace ringside {

void NicBase::start_clock() {
    if (config_.time_stamps) clock_.emplace(set_up_time_stamps(), regs_.clock(), info_.address);
}

HardwareClock& NicBase::clock() {
    need(Feature::hardware_clock);
    need_running("clock()");
    if (!clock_)
        throw hal::Error(info_.address +
                         ": for its clock and its time stamps, start() it with "
                         "NicConfig::time_stamps");
    return *clock_;
}

void NicBase::set_tx_rate(std::uint32_t queue, std::uint32_t mbit_per_second) {
    need(Feature::tx_rate_limit);
    need_running("set_tx_rate()");
    static_cast<void>(tx(queue));  // there is such a queue
    write_tx_rate(queue, mbit_per_second);
}

}  // namespace ringside
