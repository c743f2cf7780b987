// What programs may look at.
#include "driver/base/leds.hpp"
#include "driver/gigabit/nic.hpp"

namespace ringside::gigabit {

std::uint32_t GigabitNic::blink_leds() { return blink_all<LEDCTL>(regs_); }

void GigabitNic::restore_leds(std::uint32_t before) { regs_.write(LEDCTL::raw(before)); }

}  // namespace ringside::gigabit
