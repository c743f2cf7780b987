// Receive: datasheet §4.6.7 (Receive Initialization), §7.1.
#include "driver/ixgbe/device.hpp"

#include "hal/error.hpp"

namespace ringside::ixgbe {

using namespace std::chrono_literals;

// §4.6.7: everything that is not per queue, with the receiver still off.
void Device::set_up_receive() {
    regs_.update(RXCTRL::RXEN(false));
    // One packet buffer for all traffic. What it leaves free is the flow table's.
    regs_.write(0, RXPBSIZE::SIZE(packet_buffer_kib()));
    for (std::uint32_t i = 1; i < RXPBSIZE::count; ++i) regs_.write(i, RXPBSIZE::SIZE(0));
    // The CRC stays on the wire; both places must say so.
    regs_.update(HLREG0::RXCRCSTRP(true) | HLREG0::LPBK(false));
    // §8.2.3.8.8: the reset values of these three are not what the datasheet wants.
    regs_.update(RDRXCTL::CRCSTRIP(true) | RDRXCTL::RSCFRSTSIZE(0) | RDRXCTL::RSCACKC(true) |
                 RDRXCTL::FCOE_WRFIX(true));
    regs_.update(RFCTL::RSC_DIS(true) | RFCTL::NFSW_DIS(true) | RFCTL::NFSR_DIS(true));
    regs_.update(VLNCTRL::VFE(filters_vlans()));
    // The descriptor's hash field is for RSS.
    regs_.update(RXCSUM::PCSD(true));
    write_rss(wanted_rss());
    set_frame_size(config_.mtu);
    counters_.map_receive_queues(regs_, config_.rx_queues);
}

// MAXFRS counts header and CRC; tags come on top of it by themselves (§8.2.3.22.13).
void Device::set_frame_size(std::uint32_t mtu) {
    const std::uint32_t frame = mtu + 14 + 4;
    regs_.write(MAXFRS::MFS(frame));
    regs_.update(HLREG0::JUMBOEN(frame != 1518));  // otherwise 1518 is wired in
}

// §4.6.7.1, §4.6.7.1.2 Dynamic Enabling: ring, then buffers, then enable, and the tail only when that is
// confirmed.
void Device::start_rx_queue(std::uint32_t q) {
    regs_.write(q, RXDCTL::ENABLE(false));
    regs_.wait_for(q, RXDCTL::ENABLE(false), 100ms, "the queue does not stop; reset the card");
    RxQueue& queue = keep(std::make_unique<RxQueue>(domain_, pool_, config_.rx_descriptors,
                                                    hal::Doorbell(regs_.bar(), RDT::offset(q)), posting()));
    regs_.write(q, RDBAL::raw(hal::low32(queue.ring_iova())));
    regs_.write(q, RDBAH::raw(hal::high32(queue.ring_iova())));
    regs_.write(q, RDLEN::LEN(config_.rx_descriptors * static_cast<std::uint32_t>(sizeof(RxDescriptor))));
    regs_.write(q, RDH::HEAD(0));
    regs_.write(q, RDT::TAIL(0));
    regs_.write(q, SRRCTL::BSIZEPACKET(pool_->room() / 1024) | SRRCTL::BSIZEHEADER(4) |
                       SRRCTL::DESCTYPE(RxDescriptorType::advanced_one_buffer) |
                       SRRCTL::DROP_EN(config_.drop_when_full));
    regs_.update(q, RSCCTL::RSCEN(false));
    // Its reset value is 1, the datasheet wants 0; left at 1 it was seen to corrupt payloads.
    regs_.update(q, DCA_RXCTRL::RESERVED_12(false));
    regs_.write(q, RXDCTL::ENABLE(true) | RXDCTL::VME(config_.strip_vlan));
    regs_.wait_for(q, RXDCTL::ENABLE(true), 100ms, "the queue does not start; reset the card");
    // The read that confirmed it has also pushed all of the above to the device: the doorbell may be direct.
    hal::dma_release_fence();
    queue.ring_doorbell(queue.first_tail());
}

// §4.6.7, last step. Erratum: the receiver may hang if it is enabled while a frame arrives, so the security
// block in front of it is stopped and drained meanwhile.
void Device::enable_receive() {
    regs_.update(SECRXCTRL::RX_DIS(true));
    regs_.wait_for(SECRXSTAT::SECRX_RDY(true), 40ms, "the receive path does not drain; reset the card");
    regs_.update(RXCTRL::RXEN(true));
    regs_.update(SECRXCTRL::RX_DIS(false));
    regs_.flush<STATUS>();
}

// §4.6.7.1.2. Also run before a reset, when an earlier program may have left any number of queues on: RXEN
// stops them all.
void Device::disable_receive() {
    regs_.update(RXCTRL::RXEN(false));
    for (std::uint32_t q = 0; q < rx_count(); ++q) regs_.update(q, RXDCTL::ENABLE(false));
    for (std::uint32_t q = 0; q < rx_count(); ++q) {
        const bool off = regs_.reaches(q, RXDCTL::ENABLE(false), 100ms);
        static_cast<void>(off);  // if not, disable_master() and the reset that follows it decide
    }
    // §4.6.7.1.2: the last write-back may come this much later.
    regs_.sleep(100us);
}

}  // namespace ringside::ixgbe
