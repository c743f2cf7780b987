// From any state to a card that has forgotten everything, as far as all families do it alike.
#include "driver/gigabit/nic.hpp"

#include "hal/error.hpp"

#include <algorithm>

namespace ringside::gigabit {

using namespace std::chrono_literals;

// IMC clears bits of the mask by ones; writing zeros to IMS would do nothing.
void GigabitNic::mask_causes() {
    regs_.write(IMC::raw(~0u));
    static_cast<void>(regs_.read<ICR>());  // reading clears what is pending
}

void GigabitNic::stop_traffic() {
    regs_.write(RCTL::raw(0));
    regs_.update(TCTL::EN(false));
    regs_.flush<STATUS>();
    regs_.sleep(10ms);  // what is under way ends
}

void GigabitNic::disable_master() {
    // Of a reset that does not end the bits read as ones: writing them back would start another.
    regs_.update(CTRL::GIO_MASTER_DISABLE(true) | CTRL::RST(false) | CTRL::PHY_RST(false));
    const bool idle = regs_.reaches(0, STATUS::GIO_MASTER_ENABLE(false), 80ms);
    static_cast<void>(idle);  // if not, the reset that follows decides
}

void GigabitNic::reset(hal::Clock::Duration settle) {
    regs_.update(CTRL::RST(true));
    // No reading back to push the write out: that would be an access already. It leaves long before the sleep
    // ends.
    regs_.sleep(settle);
    regs_.wait_for(CTRL::RST(false), 100ms, "the reset does not end; the card needs a power cycle");
}

bool GigabitNic::auto_read_done() { return regs_.reaches(0, EECD::AUTO_RD(true), 100ms, 1ms); }

void GigabitNic::announce_driver() { regs_.update(CTRL_EXT::DRV_LOAD(true)); }

void GigabitNic::dismiss_driver() { regs_.update(CTRL_EXT::DRV_LOAD(false)); }

void GigabitNic::divide_packet_buffer(std::uint32_t total, std::uint32_t receive) {
    const std::uint32_t two_frames = 2 * ((largest_frame() + 1023) / 1024);
    regs_.write(PBA::RXA(std::min(receive, total - two_frames)));
}

}  // namespace ringside::gigabit
