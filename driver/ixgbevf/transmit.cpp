// Transmit.
#include "driver/ixgbevf/device.hpp"

#include "hal/error.hpp"

namespace ringside::ixgbevf {

using namespace std::chrono_literals;

void Device::start_tx_queue(std::uint32_t q) {
    TxQueue& queue = keep(std::make_unique<TxQueue>(domain_, pool_, config_.tx_descriptors,
                                                    hal::Doorbell(regs_.bar(), VFTDT::offset(q))));
    place_ring<VFTDBAL, VFTDBAH, VFTDLEN, VFTDH, VFTDT>(q, queue);
    regs_.write(q, VFTDWBAL::raw(0));  // write-back goes to the descriptors; a reset does not clear it
    // A relaxed write-back could arrive before the device has read the data it reports as sent.
    regs_.update(q, VFDCA_TXCTRL::DESC_WB_RO_EN(false));
    // As for the physical function: PTHRESH 32 because of an erratum.
    regs_.write(q,
                VFTXDCTL::PTHRESH(32) | VFTXDCTL::HTHRESH(1) | VFTXDCTL::WTHRESH(0) | VFTXDCTL::ENABLE(true));
    regs_.wait_for(q, VFTXDCTL::ENABLE(true), 100ms,
                   "the queue does not start: the physical function may not have enabled this one");
}

// What is still in the rings is not sent: programs that care wait for reclaim() to return 0.
void Device::disable_transmit() {
    for (std::uint32_t q = 0; q < info().max_tx_queues; ++q) regs_.update(q, VFTXDCTL::ENABLE(false));
    for (std::uint32_t q = 0; q < info().max_tx_queues; ++q) {
        const bool off = regs_.reaches(q, VFTXDCTL::ENABLE(false), 100ms);
        static_cast<void>(off);  // if not, the reset that follows decides
    }
}

}  // namespace ringside::ixgbevf
