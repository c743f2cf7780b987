// Receive and transmit: up to two queues each.
#include "driver/base/rss_registers.hpp"
#include "driver/e1000e/device.hpp"

namespace ringside::e1000e {

// Erratum: TXDCTL of both queues must be the same, used or not.
void Device::set_up_transmit() {
    for (std::uint32_t q = 0; q < TXDCTL::count; ++q)
        regs_.write(q, TXDCTL::PTHRESH(0) | TXDCTL::HTHRESH(0) | TXDCTL::WTHRESH(1) | TXDCTL::BIT_22(true) |
                           TXDCTL::GRAN(true));
    regs_.update(0, TARC::BITS_30_27(0) | TARC::BIT_26(true) | TARC::ENABLE(true));
    regs_.update(1, TARC::ENABLE(true));
    regs_.write(TIDV::raw(0));
    regs_.write(TADV::raw(0));
}

void Device::place_tx_queue(std::uint32_t q) {
    TxQueue& queue = keep(std::make_unique<TxQueue>(domain_, pool_, config_.tx_descriptors,
                                                    hal::Doorbell(regs_.bar(), TDT::offset(q)),
                                                    tx_accepts(TxDescriptor::accepts(config_.strip_vlan))));
    place_ring<TDBAL, TDBAH, TDLEN, TDH, TDT>(q, queue);
}

// The second queue is reached by RSS only; the descriptor's hash field is for it.
void Device::set_up_receive() {
    regs_.update(RFCTL::EXTEN(true) | RFCTL::NFSW_DIS(true) | RFCTL::NFSR_DIS(true) | RFCTL::ACK_DIS(false));
    regs_.write(RXCSUM::PCSS(0) | RXCSUM::IPOFL(true) | RXCSUM::TUOFL(true) | RXCSUM::PCSD(true));
    write_rss(wanted_rss());
    regs_.write(RDTR::raw(0));
    regs_.write(RADV::raw(0));
}

void Device::place_rx_queue(std::uint32_t q) {
    RxQueue& queue = keep(std::make_unique<RxQueue>(domain_, pool_, config_.rx_descriptors,
                                                    hal::Doorbell(regs_.bar(), RDT::offset(q)), posting()));
    place_ring<RDBAL, RDBAH, RDLEN, RDH, RDT>(q, queue);
    regs_.write(q, RXDCTL::PTHRESH(0) | RXDCTL::HTHRESH(0) | RXDCTL::WTHRESH(1) | RXDCTL::GRAN(true));
}

// The tails come last, with receive on: what the card is told before may be lost.
void Device::start_rx_queues() {
    enable_receive();
    // enable_receive() ended with a read, which has pushed everything before it to the device: the doorbells
    // may be direct.
    hal::dma_release_fence();
    for (std::uint32_t q = 0; q < config_.rx_queues; ++q) rx(q).ring_doorbell(rx(q).first_tail());
}

// The table's entries have the queue in their highest bit. Key and table first: frames are hashed from the
// moment the mode says so.
void Device::write_rss(const Rss& rss) {
    if (!rss.on()) {
        regs_.write(MRQC::MODE(0));
        return;
    }
    write_rss_tables<RETA, RSSRK>(regs_, rss, 7);
    const auto has = [&](unsigned type) { return (rss.types & type) != 0; };
    regs_.write(MRQC::MODE(1) | MRQC::IPV4(has(Rss::ipv4)) | MRQC::TCP_IPV4(has(Rss::ipv4_tcp)) |
                MRQC::IPV6(has(Rss::ipv6)) | MRQC::BIT_18(has(Rss::ipv6_tcp)));
}

Rss Device::read_rss() {
    const auto mode = regs_.read<MRQC>();
    if (mode[MRQC::MODE] != 1) return Rss::off();
    Rss rss = read_rss_tables<RETA, RSSRK>(regs_, 7);
    rss.types = (mode[MRQC::IPV4] ? Rss::ipv4 : 0u) | (mode[MRQC::TCP_IPV4] ? Rss::ipv4_tcp : 0u) |
                (mode[MRQC::IPV6] ? Rss::ipv6 : 0u) | (mode[MRQC::BIT_18] ? Rss::ipv6_tcp : 0u);
    return rss;
}

}  // namespace ringside::e1000e
