// Interrupts: a virtual function has MSI-X and nothing else. The physical function's driver rings for each
// message that it writes or reads, so the mailbox's vector stands for "the link may have changed".
#include "driver/igbvf/device.hpp"

namespace ringside::igbvf {

// A message clears its cause, so the next frame sends another; it masks nothing.
void Device::route_interrupts(const InterruptLines& lines) {
    link_cause_ = 1u << lines.vector_of(link_source);
    rx_cause_ = 1u << lines.vector_of({0});
    for (std::uint32_t v = 0; v < lines.vectors(); ++v) regs_.write(v, VTEITR::INTERVAL(interrupt_gap(1000)));
    regs_.write(VTEIAC::raw(link_cause_ | rx_cause_));
    regs_.write(VTIVAR::RX_0(lines.vector_of({0})) | VTIVAR::RX_0_VALID(true) | VTIVAR::TX_0_VALID(false) |
                VTIVAR::RX_1_VALID(false) | VTIVAR::TX_1_VALID(false));
    regs_.write(VTIVAR_MISC::MAILBOX(lines.vector_of(link_source)) | VTIVAR_MISC::MAILBOX_VALID(true));
    regs_.write(VTEICR::raw(~0u));
}

void Device::arm(InterruptSource source) {
    regs_.write(VTEIMS::raw(source.is_link() ? link_cause_ : rx_cause_));
}

void Device::disarm(InterruptSource source) {
    regs_.write(VTEIMC::raw(source.is_link() ? link_cause_ : rx_cause_));
}

}  // namespace ringside::igbvf
