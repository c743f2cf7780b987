// The transmit rate of single queues: datasheet §7.7.2.3 (rate scheduler), registers §8.2.3.10.
#include "driver/ixgbe/device.hpp"

#include "hal/error.hpp"

namespace ringside::ixgbe {

namespace {

// The link's speed divided by the queue's is a number with 14 bits behind the point, and 10 before it.
constexpr unsigned fraction_bits = 14;
constexpr std::uint32_t max_factor = (1u << 24) - 1;
// KiB that a queue may catch up with: room for one of the largest frames.
constexpr std::uint32_t window = 4, jumbo_window = 20;

}  // namespace

// A rate is a part of the link's speed: another speed, another rate. Without a link it is that of 10 Gb/s.
void Device::write_tx_rate(std::uint32_t queue, std::uint32_t mbit_per_second) {
    regs_.write(RTTDQSEL::TXDQ_IDX(queue));
    if (mbit_per_second == 0) {
        regs_.write(RTTBCNRC::raw(0));
        return;
    }
    const Link link = read_link();
    const std::uint64_t speed = link.mbit_per_second != 0 ? link.mbit_per_second : 10000;
    const std::uint64_t factor = (speed << fraction_bits) / mbit_per_second;
    if (factor > max_factor || mbit_per_second > speed)
        throw hal::Error(regs_.who() + ": queue " + std::to_string(queue) + " cannot be limited to " +
                         std::to_string(mbit_per_second) + " Mb/s on a link of " + std::to_string(speed) +
                         " Mb/s: choose " + std::to_string((speed << fraction_bits) / max_factor + 1) +
                         " to " + std::to_string(speed) + ", or 0 for no limit");
    regs_.write(RTTBCNRM::MMW_SIZE(config_.mtu > 1500 ? jumbo_window : window));
    regs_.write(RTTBCNRC::FACTOR(static_cast<std::uint32_t>(factor)) | RTTBCNRC::RS_ENA(true));
    // The limit is there before the next frame is: where doorbells are mapped, one may overtake these writes.
    regs_.flush<RTTBCNRC>();
}

}  // namespace ringside::ixgbe
