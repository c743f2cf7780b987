// Interrupts over one line, INTx or MSI: ICR says who called. They are for programs that sleep while nothing
// happens; a program that polls has them masked from beginning to end.
#include "driver/gigabit/nic.hpp"

namespace ringside::gigabit {

// A cause that is already in ICR calls as soon as its mask bit is set.
void GigabitNic::arm(InterruptSource source) {
    regs_.write(source.is_link() ? IMS::LSC(true) : IMS::RXT0(true) | IMS::RXO(true));
}

void GigabitNic::disarm(InterruptSource source) {
    regs_.write(IMC::raw(source.is_link() ? IMS::LSC(true).bits : (IMS::RXT0(true) | IMS::RXO(true)).bits));
}

// Reading clears.
InterruptCauses GigabitNic::take_causes() {
    const auto icr = regs_.read<ICR>();
    return {.rx = icr[ICR::RXT0] || icr[ICR::RXO], .link = icr[ICR::LSC]};
}

}  // namespace ringside::gigabit
