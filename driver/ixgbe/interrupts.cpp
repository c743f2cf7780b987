// Interrupts: datasheet §7.3, registers §8.2.3.5. They are for programs that sleep while nothing happens; a
// program that polls has them masked from beginning to end.
#include "driver/ixgbe/device.hpp"

namespace ringside::ixgbe {

// §7.3.4.3: with MSI-X a cause bit is a vector; else the queues share bits 0 to 15. A message clears its
// cause (those beyond the sixteenth do so by themselves): we never clear a queue's cause by a write, which
// would be on its way while we look whether a frame is there, and might wipe out the call of the next one.
void Device::route_interrupts(const InterruptLines& lines) {
    const bool messages = lines.has_messages_per_source();
    const auto cause_of = [&](std::uint32_t q) { return messages ? lines.vector_of({q}) : q % causes; };
    causes_.assign(lines.rx_queues(), 0);
    regs_.write(EIAC::RTXQ(messages ? EIAC::RTXQ.max : 0));
    regs_.write(GPIE::MULTIPLE_MSIX(messages) | GPIE::OCD(false) | GPIE::EIAME(false) |
                GPIE::PBA_SUPPORT(messages));
    for (std::uint32_t q = 0; q < lines.rx_queues(); ++q) {
        causes_[q] = cause_of(q);
        if (q % 2 == 0)
            regs_.update(q / 2, IVAR::RX_EVEN(causes_[q]) | IVAR::RX_EVEN_VALID(true));
        else
            regs_.update(q / 2, IVAR::RX_ODD(causes_[q]) | IVAR::RX_ODD_VALID(true));
    }
    // The link's vector waits for nobody, unless it is everybody's.
    for (std::uint32_t v = lines.vectors() > 1 ? 1 : 0; v < lines.vectors(); ++v)
        regs_.write(v, EITR::ITR_INTERVAL(interrupt_gap(2048)) | EITR::CNT_WDIS(true));
    regs_.write(IVAR_MISC::OTHER(lines.vector_of(link_source)) | IVAR_MISC::OTHER_VALID(true));
}

void Device::arm(InterruptSource source) {
    if (source.is_link())
        regs_.write(EIMS::LSC(true));
    else
        regs_.write(causes_[source.queue] / 32, EIMS_EX::raw(1u << causes_[source.queue] % 32));
}

void Device::disarm(InterruptSource source) {
    if (!source.is_link()) {
        regs_.write(causes_[source.queue] / 32, EIMC_EX::raw(1u << causes_[source.queue] % 32));
        return;
    }
    regs_.write(EIMC::CAUSES(EICR::LSC(true).bits));
    // Nobody else takes the cause away. Whoever is called reads the link afterwards, which pushes the write
    // out.
    regs_.write(EICR::LSC(true));
}

// §8.2.3.5.1: reading clears.
InterruptCauses Device::take_causes() {
    const auto eicr = regs_.read<EICR>();
    return {.rx = eicr[EICR::RTXQ] != 0, .link = eicr[EICR::LSC]};
}

}  // namespace ringside::ixgbe
