// Receive.
#include "driver/igb/device.hpp"

#include "hal/error.hpp"

namespace ringside::igb {

using namespace std::chrono_literals;

// Everything that is not per queue. The descriptor's hash field is for RSS.
void Device::set_up_receive() {
    regs_.write(RXCSUM::PCSS(0) | RXCSUM::IPOFL(true) | RXCSUM::TUOFL(true) | RXCSUM::PCSD(true));
    write_rss(wanted_rss());
    set_frame_size();
}

// RLPML counts header, tag and CRC. The first pool has a limit of its own, which counts where virtual
// functions are on; it is kept in step.
void Device::set_frame_size() {
    const std::uint32_t longest = largest_frame() + 4;
    regs_.write(RLPML::RLPML_BYTES(longest));
    regs_.update(0, VMOLR::RLPML(longest) | VMOLR::LPE(true) | VMOLR::RSSE(false) | VMOLR::AUPE(true) |
                        VMOLR::BAM(true) | VMOLR::STRVLAN(false));
}

void Device::place_rx_queue(std::uint32_t q) {
    regs_.write(q, RXDCTL::ENABLE(false));
    regs_.wait_for(q, RXDCTL::ENABLE(false), 100ms, "the queue does not stop; reset the card");
    RxQueue& queue = keep(std::make_unique<RxQueue>(domain_, pool_, config_.rx_descriptors,
                                                    hal::Doorbell(regs_.bar(), RDT::offset(q)), posting()));
    place_ring<RDBAL, RDBAH, RDLEN, RDH, RDT>(q, queue);
    regs_.write(q, SRRCTL::BSIZEPACKET(pool_->room() / 1024) | SRRCTL::BSIZEHEADER(4) |
                       SRRCTL::DESCTYPE(RxDescriptorType::advanced_one_buffer) |
                       SRRCTL::DROP_EN(config_.drop_when_full));
    // Erratum of the 82576: with MSI-X a WTHRESH above 1 loses write-backs.
    regs_.write(q, RXDCTL::PTHRESH(8) | RXDCTL::HTHRESH(8) | RXDCTL::WTHRESH(1) | RXDCTL::ENABLE(true));
    regs_.wait_for(q, RXDCTL::ENABLE(true), 100ms, "the queue does not start; reset the card");
}

// The tails come last: the queues are on, and so is receive. RLPML limits the frames, so LPE is always on;
// the CRC is taken off; bad frames are not stored.
void Device::start_rx_queues() {
    regs_.update(RCTL::EN(true) | RCTL::SBP(false) | RCTL::LPE(true) | RCTL::LBM(0) | RCTL::DTYP(0) |
                 RCTL::VFE(filters_vlans()) | RCTL::SECRC(true) |
                 RCTL::BSIZE(gigabit::BufferSize::bytes_2048) | RCTL::BSEX(false));
    // The read pushes all of the above to the device: the doorbells may be direct.
    regs_.flush<STATUS>();
    hal::dma_release_fence();
    for (std::uint32_t q = 0; q < config_.rx_queues; ++q) rx(q).ring_doorbell(rx(q).first_tail());
}

void Device::disable_receive() {
    for (std::uint32_t q = 0; q < rx_count(); ++q) regs_.update(q, RXDCTL::ENABLE(false));
    for (std::uint32_t q = 0; q < rx_count(); ++q) {
        const bool off = regs_.reaches(q, RXDCTL::ENABLE(false), 100ms);
        static_cast<void>(off);  // if not, disable_master() and the reset that follows it decide
    }
}

}  // namespace ringside::igb
