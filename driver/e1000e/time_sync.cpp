// The 82574's clock, and its time stamps.
#include "driver/gigabit/time_sync.hpp"

#include "driver/e1000e/device.hpp"

namespace ringside::e1000e {

// Messages over Ethernet and over UDP. The port's first byte is in bits 7:0. The clock has 25 MHz; a
// nanosecond is 2^18, so that the increment has room to run half as fast again.
std::unique_ptr<TimeCounter> Device::set_up_time_stamps() {
    regs_.write(RXMTRL::ETYPE(ptp_ether_type) | RXMTRL::MESSAGE_V2(0));
    regs_.write(RXUDP::PORT(__builtin_bswap16(ptp_event_port)));
    gigabit::TimeSync::enable(regs_);
    return std::make_unique<gigabit::TimeSync>(regs_, TimeCounter::Rate{40, 1, 18},
                                               gigabit::TimeSync::Reading::doubtful);
}

}  // namespace ringside::e1000e
