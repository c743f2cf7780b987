// Receive.
#include "driver/ixgbevf/device.hpp"

#include "hal/error.hpp"

namespace ringside::ixgbevf {

using namespace std::chrono_literals;

// With one queue the physical function's RSS spreads over one, whatever it does for others.
void Device::set_up_receive() { regs_.write(VFPSRTYPE::RQPL(config_.rx_queues > 1 ? 1 : 0)); }

void Device::start_rx_queue(std::uint32_t q) {
    RxQueue& queue = keep(std::make_unique<RxQueue>(domain_, pool_, config_.rx_descriptors,
                                                    hal::Doorbell(regs_.bar(), VFRDT::offset(q)), posting()));
    place_ring<VFRDBAL, VFRDBAH, VFRDLEN, VFRDH, VFRDT>(q, queue);
    regs_.write(q, VFSRRCTL::BSIZEPACKET(pool_->room() / 1024) | VFSRRCTL::BSIZEHEADER(4) |
                       VFSRRCTL::DESCTYPE(ixgbe::RxDescriptorType::advanced_one_buffer) |
                       VFSRRCTL::DROP_EN(config_.drop_when_full));
    regs_.update(q, VFRSCCTL::RSCEN(false));
    // As for the physical function: its reset value is 1, the datasheet wants 0.
    regs_.update(q, VFDCA_RXCTRL::RESERVED_12(false));
    regs_.write(q, VFRXDCTL::ENABLE(true) | VFRXDCTL::VME(config_.strip_vlan));
    regs_.wait_for(q, VFRXDCTL::ENABLE(true), 100ms,
                   "the queue does not start: the physical function may not have enabled this one");
    // The read that confirmed it has also pushed all of the above to the device: the doorbell may be direct.
    hal::dma_release_fence();
    queue.ring_doorbell(queue.first_tail());
}

// Also before a reset, when an earlier program may have left the queues on.
void Device::disable_receive() {
    for (std::uint32_t q = 0; q < info().max_rx_queues; ++q) regs_.update(q, VFRXDCTL::ENABLE(false));
    for (std::uint32_t q = 0; q < info().max_rx_queues; ++q) {
        const bool off = regs_.reaches(q, VFRXDCTL::ENABLE(false), 100ms);
        static_cast<void>(off);  // if not, the reset that follows decides
    }
    // §4.6.7.1.2: the last write-back may come this much later.
    regs_.sleep(100us);
}

}  // namespace ringside::ixgbevf
