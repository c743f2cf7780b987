// Transmit: datasheet §4.6.8 (Transmit Initialization), §7.2.
#include "driver/ixgbe/device.hpp"

#include "hal/error.hpp"

namespace ringside::ixgbe {

using namespace std::chrono_literals;

// §4.6.8: everything that is not per queue.
void Device::set_up_transmit() {
    // The device pads to 60 bytes and appends the CRC.
    regs_.update(HLREG0::TXCRCEN(true) | HLREG0::TXPADEN(true));
    // One packet buffer for all traffic. A frame starts only when all of it has room: 10 KiB for the largest.
    constexpr std::uint32_t buffer_kib = 160;
    regs_.write(0, TXPBSIZE::SIZE(buffer_kib));
    regs_.write(0, TXPBTHRESH::THRESH(buffer_kib - 10));
    for (std::uint32_t i = 1; i < TXPBSIZE::count; ++i) {
        regs_.write(i, TXPBSIZE::SIZE(0));
        regs_.write(i, TXPBTHRESH::THRESH(0));
    }
    // §7.2.1.2.1: no DCB, no virtualization. MTQC may change only while the arbiter is off.
    regs_.update(RTTDCS::ARBDIS(true));
    regs_.write(DTXMXSZRQ::MAX_BYTES_NUM_REQ(DTXMXSZRQ::MAX_BYTES_NUM_REQ.max));
    regs_.write(MTQC::RT_ENA(false) | MTQC::VT_ENA(false) | MTQC::NUM_TC_OR_Q(0));
    regs_.update(RTTDCS::ARBDIS(false));
    // §7.2.4: FIN and PSH stay in the last segment only, as they do by default; CWR in the first only.
    regs_.write(DTXTCPFLGL::TCP_FLG_FIRST_SEG(0xFF6) | DTXTCPFLGL::TCP_FLG_MID_SEG(0xF76));
    counters_.map_transmit_queues(regs_, config_.tx_queues);
    // Before any queue is enabled: a queue does not start without it.
    regs_.update(DMATXCTL::TE(true));
}

// §4.6.8.1.1 Dynamic Enabling.
void Device::start_tx_queue(std::uint32_t q) {
    regs_.write(q, TXDCTL::ENABLE(false));
    TxQueue& queue = keep(std::make_unique<TxQueue>(
        domain_, pool_, config_.tx_descriptors, hal::Doorbell(regs_.bar(), TDT::offset(q)), tx_accepts()));
    write_tx_rate(q, 0);  // a reset need not end the limits of an earlier driver
    regs_.write(q, TDBAL::raw(hal::low32(queue.ring_iova())));
    regs_.write(q, TDBAH::raw(hal::high32(queue.ring_iova())));
    regs_.write(q, TDLEN::LEN(config_.tx_descriptors * static_cast<std::uint32_t>(sizeof(TxDescriptor))));
    regs_.write(q, TDH::HEAD(0));
    regs_.write(q, TDT::TAIL(0));
    // A relaxed write-back could arrive before the device has read the data it reports as sent.
    regs_.update(q, DCA_TXCTRL::DESC_WB_RO_EN(false));
    // §7.2.3.4.1: with WTHRESH = 0 exactly the descriptors with RS are written back. PTHRESH 32 because of an
    // erratum: other values can hang the device; HTHRESH 1 as the datasheet asks for with PTHRESH.
    regs_.write(q, TXDCTL::PTHRESH(32) | TXDCTL::HTHRESH(1) | TXDCTL::WTHRESH(0) | TXDCTL::ENABLE(true));
    regs_.wait_for(q, TXDCTL::ENABLE(true), 100ms, "the queue does not start; reset the card");
}

// §4.6.8.2. What is still in the rings is not sent: programs that care wait for reclaim() to return 0.
void Device::disable_transmit() {
    for (std::uint32_t q = 0; q < tx_count(); ++q) regs_.update(q, TXDCTL::ENABLE(false));
    for (std::uint32_t q = 0; q < tx_count(); ++q) {
        const bool off = regs_.reaches(q, TXDCTL::ENABLE(false), 100ms);
        static_cast<void>(off);  // if not, disable_master() and the reset that follows it decide
    }
    regs_.update(DMATXCTL::TE(false));
}

}  // namespace ringside::ixgbe
