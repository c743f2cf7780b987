// Interrupts: a virtual function has MSI-X and nothing else. The physical function's driver rings for each
// message that it writes or reads, so the mailbox's vector stands for "the link may have changed".
#include "driver/ixgbevf/device.hpp"

namespace ringside::ixgbevf {

// A message clears its cause, so the next frame sends another; it masks nothing.
void Device::route_interrupts(const InterruptLines& lines) {
    link_cause_ = 1u << lines.vector_of(link_source);
    rx_causes_.clear();
    std::uint32_t all = link_cause_;
    for (std::uint32_t q = 0; q < lines.rx_queues(); ++q) {
        const std::uint32_t vector = lines.vector_of({q});
        rx_causes_.push_back(1u << vector);
        all |= rx_causes_.back();
        if (q % 2 == 0)
            regs_.update(q / 2, VTIVAR::RX_EVEN(vector) | VTIVAR::RX_EVEN_VALID(true));
        else
            regs_.update(q / 2, VTIVAR::RX_ODD(vector) | VTIVAR::RX_ODD_VALID(true));
    }
    for (std::uint32_t v = 0; v < lines.vectors(); ++v)
        regs_.write(v, VTEITR::ITR_INTERVAL(interrupt_gap(2048)) | VTEITR::CNT_WDIS(true));
    regs_.write(VTEIAC::raw(all));
    regs_.write(VTIVAR_MISC::MAILBOX(lines.vector_of(link_source)) | VTIVAR_MISC::MAILBOX_VALID(true));
}

void Device::arm(InterruptSource source) {
    regs_.write(VTEIMS::raw(source.is_link() ? link_cause_ : rx_causes_[source.queue]));
}

void Device::disarm(InterruptSource source) {
    regs_.write(VTEIMC::raw(source.is_link() ? link_cause_ : rx_causes_[source.queue]));
}

}  // namespace ringside::ixgbevf
