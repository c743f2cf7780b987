// The semaphores that driver and firmware share: SWSM, FWSM, SW_FW_SYNC (datasheet 8.2.3.4, 10.5.4).
// There is no firmware here unless a test plays it. One thread.
#pragma once

#include <cstdint>

namespace ringside::sim {

class Semaphores {
public:
    // Reset value of FWSM: firmware valid, mode 0 (no manageability).
    static constexpr std::uint32_t default_fwsm = 0x8040;

    // `has_regsmp`: SW_FW_SYNC guards itself by its bit 31, as in an X540. Reading takes it, like SMBI.
    explicit Semaphores(std::uint32_t fwsm = default_fwsm, bool has_regsmp = false)
        : fwsm_(fwsm), has_regsmp_(has_regsmp) {}

    static constexpr bool handles(std::uint32_t offset) {
        return offset == 0x10140 || offset == 0x10148 || offset == 0x10160;
    }
    // Reading SWSM returns SMBI and sets it.
    std::uint32_t read(std::uint32_t offset);
    // SW_FW_SYNC: the driver may set and clear its own bits; firmware's it may only clear (that is how
    // drivers get rid of a holder that never lets go).
    void write(std::uint32_t offset, std::uint32_t value);
    // Nobody holds anything any more.
    void reset();

    // Firmware's side, for tests: it holds the semaphore itself (then SWESMBI does not stick), or resources
    // (bits 4:0 of SW_FW_SYNC; the firmware's copies are 9:5).
    void firmware_holds(bool semaphore) { firmware_holds_ = semaphore; }
    void firmware_takes(std::uint32_t resources);

    // Driver mistakes: writes of SW_FW_SYNC without holding SWSM.SWESMBI (they take effect nevertheless, as
    // in the card); writes that set bits which are not the driver's.
    std::uint64_t unguarded_writes() const { return unguarded_; }
    std::uint64_t foreign_bits() const { return foreign_; }

private:
    std::uint32_t read_sync();
    void write_sync(std::uint32_t value);

    std::uint32_t fwsm_;
    std::uint32_t sync_ = 0;
    bool has_regsmp_;
    bool smbi_ = false, swesmbi_ = false, regsmp_ = false;
    bool firmware_holds_ = false;
    std::uint64_t unguarded_ = 0, foreign_ = 0;
};

}  // namespace ringside::sim
