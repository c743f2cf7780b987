// Interrupts with a message for each source (MSI-X). Over one line, they are those of all 1-gigabit cards.
#include "driver/e1000e/device.hpp"

#include <algorithm>

namespace ringside::e1000e {

namespace {

hal::Value<IMS> cause_of(InterruptSource source) {
    // OTHER is the message's cause, LSC the reason for it.
    if (source.is_link()) return IMS::OTHER(true) | IMS::LSC(true);
    return source.queue == 0 ? IMS::RXQ0(true) : IMS::RXQ1(true);
}

}  // namespace

// A message clears the causes of its queue (EIAC), so the next frame sends another. It masks nothing: on
// QEMU's card auto-masking (EIAME) hits the other vectors too.
void Device::route_interrupts(const InterruptLines& lines) {
    message_per_source_ = lines.has_messages_per_source();
    const std::uint32_t gap = interrupt_gap(256);
    regs_.write(ITR::INTERVAL(gap));
    if (!message_per_source_) return;
    auto vectors = IVAR::OTHER(lines.vector_of(link_source)) | IVAR::OTHER_VALID(true) |
                   IVAR::RXQ0(lines.vector_of({0})) | IVAR::RXQ0_VALID(true);
    if (lines.rx_queues() > 1) vectors = vectors | IVAR::RXQ1(lines.vector_of({1})) | IVAR::RXQ1_VALID(true);
    regs_.write(vectors);
    // 0 would be no throttling too, but 1 is what has been tried.
    for (std::uint32_t v = 0; v < lines.vectors(); ++v) regs_.write(v, EITR::INTERVAL(std::max(gap, 1u)));
    // Erratum: acknowledgements raise interrupts of their own.
    regs_.update(RFCTL::ACK_DIS(true));
    regs_.write(IAM::raw(0));
    regs_.update(CTRL_EXT::PBA_CLR(true) | CTRL_EXT::EIAME(false) | CTRL_EXT::IAME(false));
    regs_.write(EIAC::RXQ0(true) | EIAC::RXQ1(true));
}

void Device::arm(InterruptSource source) {
    if (!message_per_source_) return GigabitNic::arm(source);
    regs_.write(cause_of(source));
}

void Device::disarm(InterruptSource source) {
    if (!message_per_source_) return GigabitNic::disarm(source);
    regs_.write(IMC::raw(cause_of(source).bits));
    // Nobody else takes the link's causes away; and while they are there, another change is no news.
    if (source.is_link()) regs_.write(ICR::LSC(true) | ICR::OTHER(true));
}

}  // namespace ringside::e1000e
