#include "driver/ixgbe/firmware_lock.hpp"

#include "hal/error.hpp"
#include "hal/notice.hpp"

#include <exception>
#include <string>

namespace ringside::ixgbe {

using namespace std::chrono_literals;

namespace {

constexpr unsigned firmware_shift = 5;  // the firmware's bit of each part is so many up

}  // namespace

FirmwareLock::FirmwareLock(const hal::RegisterFile& regs, hal::Value<SW_FW_SYNC> software, Guard guard,
                           const char* what)
    : regs_(regs), software_(software.bits), guard_(guard), what_(what) {
    const auto deadline = regs_.clock().now() + 1s;
    while (!take()) {
        if (regs_.clock().now() >= deadline)
            throw hal::Timeout(regs_.who() + ": the card's firmware, or another program, has been using " +
                               what_ +
                               " for a second (SW_FW_SYNC); end the other program, or power-cycle the card");
        regs_.sleep(5ms);
    }
}

FirmwareLock::~FirmwareLock() {
    try {
        enter();
        leave(regs_.read<SW_FW_SYNC>().raw() & ~software_);
    } catch (const hal::DeviceGone&) {
        // Nobody to give it back to.
    } catch (const std::exception& e) {
        hal::notice(std::string("while giving back ") + what_ + ": " + e.what());
    }
}

bool FirmwareLock::take() {
    enter();
    const std::uint32_t sync = regs_.read<SW_FW_SYNC>().raw();
    const bool free = (sync & (software_ | software_ << firmware_shift)) == 0;
    leave(free ? sync | software_ : sync);
    return free;
}

// Reading SWSM takes SMBI, which keeps other drivers out: it was free if it reads as 0. One that has ended in
// the midst has left it behind; it is taken from it. The other bit keeps the firmware out.
void FirmwareLock::enter() const {
    if (!regs_.reaches(0, SWSM::SMBI(false), 100ms, 50us)) {
        regs_.write(SWSM::SMBI(false) | SWSM::SWESMBI(false));
        regs_.wait_for(SWSM::SMBI(false), 100ms, "another driver uses the card; end it", 50us);
    }
    if (guard_ == Guard::regsmp)
        return regs_.wait_for(SW_FW_SYNC::REGSMP(false), 100ms,
                              "the card's firmware does not give way; power-cycle the card", 50us);
    const auto deadline = regs_.clock().now() + 100ms;
    for (;;) {
        regs_.write(SWSM::SMBI(true) | SWSM::SWESMBI(true));
        if (regs_.read<SWSM>()[SWSM::SWESMBI]) return;
        if (regs_.clock().now() >= deadline) break;
        regs_.sleep(50us);
    }
    regs_.write(SWSM::SMBI(false) | SWSM::SWESMBI(false));
    throw hal::Timeout(regs_.who() +
                       ": the card's firmware does not give way (SWSM.SWESMBI stays 0) to use " + what_ +
                       "; power-cycle the card");
}

// `sync` is what SW_FW_SYNC shall be; with its own guard bit at 0 it is open again.
void FirmwareLock::leave(std::uint32_t sync) const {
    regs_.write(SW_FW_SYNC::raw(sync & ~SW_FW_SYNC::REGSMP.mask));
    regs_.write(SWSM::SMBI(false) | SWSM::SWESMBI(false));
}

}  // namespace ringside::ixgbe
