// What programs may look at.
#include "driver/base/nic_base.hpp"

#include "hal/pci.hpp"

namespace ringside {

std::vector<RegisterValue> NicBase::read_registers() {
    check_condition();
    std::vector<RegisterValue> values;
    for (const hal::RegisterInfo& info : registers()) {
        if (info.left_out != nullptr) continue;
        for (std::uint32_t i = 0; i < info.count; ++i) values.push_back({info, i, regs_.read(info, i)});
    }
    return values;
}

bool NicBase::bus_master() { return (hal::PciConfig(*device_).command() & hal::pci_command_bus_master) != 0; }

void NicBase::blink(bool on) {
    if (on) {
        const std::uint32_t before = blink_leds();  // also if it blinks: a start has ended that
        if (!leds_before_) leds_before_ = before;
    } else if (leds_before_) {
        restore_leds(*leds_before_);
        leds_before_.reset();
    }
}

}  // namespace ringside
