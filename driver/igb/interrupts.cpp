// Interrupts with a message for each source (MSI-X). Over one line, they are those of all 1-gigabit cards.
#include "driver/igb/device.hpp"

namespace ringside::igb {

// GPIE goes first: the others may not stick before it. A message clears its cause (EIAC), so the next frame
// sends another; it masks nothing.
void Device::route_interrupts(const InterruptLines& lines) {
    message_per_source_ = lines.has_messages_per_source();
    regs_.write(GPIE::NSICR(true) | GPIE::MULTIPLE_MSIX(message_per_source_) | GPIE::EIAME(false) |
                GPIE::PBA_SUPPORT(message_per_source_));
    for (std::uint32_t v = 0; v < lines.vectors(); ++v) regs_.write(v, EITR::INTERVAL(interrupt_gap(1000)));
    if (!message_per_source_) return;
    causes_.assign(lines.rx_queues(), 0);
    std::uint32_t all = 1u << lines.vector_of(link_source);
    for (std::uint32_t q = 0; q < lines.rx_queues(); ++q) {
        const std::uint32_t vector = lines.vector_of({q});
        causes_[q] = 1u << vector;
        all |= causes_[q];
        const std::uint32_t index = card_.vectors_by_eight ? q % 8 : q / 2;
        const bool first = card_.vectors_by_eight ? q < 8 : q % 2 == 0;
        regs_.update(index, first ? IVAR0::RX_FIRST(vector) | IVAR0::RX_FIRST_VALID(true)
                                  : IVAR0::RX_SECOND(vector) | IVAR0::RX_SECOND_VALID(true));
    }
    regs_.write(IVAR_MISC::OTHER(lines.vector_of(link_source)) | IVAR_MISC::OTHER_VALID(true));
    regs_.write(EIAC::raw(all));
    regs_.write(EICR::raw(~0u));
}

// The link's cause is one of ICR, behind the first vector.
void Device::arm(InterruptSource source) {
    if (!message_per_source_) return GigabitNic::arm(source);
    if (!source.is_link()) return regs_.write(EIMS::raw(causes_[source.queue]));
    regs_.write(EIMS::raw(1));
    regs_.write(IMS::LSC(true));
}

void Device::disarm(InterruptSource source) {
    if (!message_per_source_) return GigabitNic::disarm(source);
    if (!source.is_link()) {
        regs_.write(EIMC::raw(causes_[source.queue]));
        return;
    }
    regs_.write(IMC::raw(IMS::LSC(true).bits));
    regs_.write(EIMC::raw(1));
    // Nobody else takes the cause away; and while it is there, another change is no news.
    regs_.write(ICR::LSC(true));
    regs_.write(EICR::raw(1));
}

}  // namespace ringside::igb
