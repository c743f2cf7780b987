// Receive.
#include "driver/igbvf/device.hpp"

#include "hal/error.hpp"

namespace ringside::igbvf {

using namespace std::chrono_literals;

void Device::start_rx_queue(std::uint32_t q) {
    RxQueue& queue = keep(std::make_unique<RxQueue>(domain_, pool_, config_.rx_descriptors,
                                                    hal::Doorbell(regs_.bar(), RDT::offset(q)), posting()));
    place_ring<RDBAL, RDBAH, RDLEN, RDH, RDT>(q, queue);
    regs_.write(q, SRRCTL::BSIZEPACKET(pool_->room() / 1024) | SRRCTL::BSIZEHEADER(4) |
                       SRRCTL::DESCTYPE(igb::RxDescriptorType::advanced_one_buffer) |
                       SRRCTL::DROP_EN(config_.drop_when_full));
    // Erratum: in a virtual function WTHRESH must be 1.
    regs_.write(q, RXDCTL::PTHRESH(8) | RXDCTL::HTHRESH(8) | RXDCTL::WTHRESH(1) | RXDCTL::ENABLE(true));
    regs_.wait_for(q, RXDCTL::ENABLE(true), 100ms,
                   "the queue does not start: the physical function may not have enabled this one");
    // The read that confirmed it has also pushed all of the above to the device: the doorbell may be direct.
    hal::dma_release_fence();
    queue.ring_doorbell(queue.first_tail());
}

// Also before a reset, when an earlier program may have left the queues on.
void Device::disable_receive() {
    for (std::uint32_t q = 0; q < rx_queues; ++q) regs_.update(q, RXDCTL::ENABLE(false));
    for (std::uint32_t q = 0; q < rx_queues; ++q) {
        const bool off = regs_.reaches(q, RXDCTL::ENABLE(false), 100ms);
        static_cast<void>(off);  // if not, the reset that follows decides
    }
}

}  // namespace ringside::igbvf
