// Receive and transmit: one queue each.
#include "driver/e1000/device.hpp"

namespace ringside::e1000 {

// 14.5. Each descriptor that asks for it is written back at once, with whole descriptors as units.
void Device::start_tx_queue() {
    TxQueue& queue = keep(std::make_unique<TxQueue>(domain_, pool_, config_.tx_descriptors,
                                                    hal::Doorbell(regs_.bar(), TDT::offset(0)),
                                                    TxDescriptor::accepts(config_.strip_vlan)));
    place_ring<TDBAL, TDBAH, TDLEN, TDH, TDT>(0, queue);
    regs_.write(0, TXDCTL::PTHRESH(0) | TXDCTL::HTHRESH(0) | TXDCTL::WTHRESH(1) | TXDCTL::GRAN(true));
    regs_.write(TIDV::raw(0));
    regs_.write(TADV::raw(0));
    // For copper and full duplex, as the datasheet gives them for IEEE 802.3.
    regs_.write(TIPG::IPGT(8) | TIPG::IPGR1(8) | TIPG::IPGR2(6));
}

// 14.4. The tail comes last: what the card is told before it is on may be lost.
void Device::start_rx_queue() {
    RxQueue& queue = keep(std::make_unique<RxQueue>(domain_, pool_, config_.rx_descriptors,
                                                    hal::Doorbell(regs_.bar(), RDT::offset(0)), posting()));
    place_ring<RDBAL, RDBAH, RDLEN, RDH, RDT>(0, queue);
    regs_.write(0, RXDCTL::PTHRESH(0) | RXDCTL::HTHRESH(0) | RXDCTL::WTHRESH(1) | RXDCTL::GRAN(true));
    regs_.write(RDTR::raw(0));
    regs_.write(RADV::raw(0));
    regs_.write(RXCSUM::PCSS(0) | RXCSUM::IPOFL(true) | RXCSUM::TUOFL(true));
    enable_receive();
    // enable_receive() ended with a read, which has pushed all of the above to the device: the doorbell may
    // be direct.
    hal::dma_release_fence();
    queue.ring_doorbell(queue.first_tail());
}

}  // namespace ringside::e1000
