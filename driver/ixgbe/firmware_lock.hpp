// Parts of the chip that its firmware uses as well, borrowed: SWSM and SW_FW_SYNC, datasheet §10.5.4.
#pragma once

#include "driver/ixgbe/registers.hpp"
#include "hal/register_file.hpp"

#include <cstdint>

namespace ringside::ixgbe {

class FirmwareLock {
public:
    // How SW_FW_SYNC itself is guarded: by a bit of SWSM, or (X540) by a bit of its own.
    enum class Guard { swesmbi, regsmp };

    // Waits up to a second; throws hal::Timeout with what is not to be had. `software` is one of SW_FW_SYNC's
    // bits 4:0, `what` its name in words. `regs` and `what` outlive the lock.
    FirmwareLock(const hal::RegisterFile& regs, hal::Value<SW_FW_SYNC> software, Guard guard,
                 const char* what);
    ~FirmwareLock();
    FirmwareLock(const FirmwareLock&) = delete;
    FirmwareLock& operator=(const FirmwareLock&) = delete;

private:
    bool take();
    void enter() const;
    void leave(std::uint32_t sync) const;

    const hal::RegisterFile& regs_;
    const std::uint32_t software_;
    const Guard guard_;
    const char* const what_;
};

}  // namespace ringside::ixgbe
