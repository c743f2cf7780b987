// Transmit.
#include "driver/igbvf/device.hpp"

#include "hal/error.hpp"

namespace ringside::igbvf {

using namespace std::chrono_literals;

void Device::start_tx_queue(std::uint32_t q) {
    TxQueue& queue = keep(std::make_unique<TxQueue>(domain_, pool_, config_.tx_descriptors,
                                                    hal::Doorbell(regs_.bar(), TDT::offset(q))));
    place_ring<TDBAL, TDBAH, TDLEN, TDH, TDT>(q, queue);
    regs_.write(q, TDWBAL::raw(0));  // write-back goes to the descriptors
    // A relaxed write-back could arrive before the device has read the data it reports as sent.
    regs_.update(q, TXCTL::DESC_WB_RO_EN(false));
    // Erratum of the 82576: with MSI-X a WTHRESH above 1 loses write-backs.
    regs_.write(q, TXDCTL::PTHRESH(8) | TXDCTL::HTHRESH(1) | TXDCTL::WTHRESH(1) | TXDCTL::ENABLE(true));
    regs_.wait_for(q, TXDCTL::ENABLE(true), 100ms,
                   "the queue does not start: the physical function may not have enabled this one");
}

// What is still in the rings is not sent: programs that care wait for reclaim() to return 0.
void Device::disable_transmit() {
    for (std::uint32_t q = 0; q < card_.tx_queues; ++q) regs_.update(q, TXDCTL::ENABLE(false));
    for (std::uint32_t q = 0; q < card_.tx_queues; ++q) {
        const bool off = regs_.reaches(q, TXDCTL::ENABLE(false), 100ms);
        static_cast<void>(off);  // if not, the reset that follows decides
    }
}

}  // namespace ringside::igbvf
