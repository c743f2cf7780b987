#include "sim/ixgbe/semaphores.hpp"

#include "driver/ixgbe/registers.hpp"

namespace ringside::sim {
namespace {

using ixgbe::SW_FW_SYNC;
using ixgbe::SWSM;

// Resources in bits 4:0 (EEPROM, two PHYs, MAC registers, flash); the firmware's copy of each is five bits
// up.
constexpr std::uint32_t software_bits = 0x1F;
constexpr unsigned firmware_shift = 5;
constexpr std::uint32_t regsmp_bit = 1u << 31;
constexpr std::uint32_t firmware_bits = software_bits << firmware_shift | 1u << 10;  // bit 10: management

}  // namespace

std::uint32_t Semaphores::read(std::uint32_t offset) {
    if (offset == SW_FW_SYNC::offset()) return read_sync();
    if (offset != SWSM::offset()) return fwsm_;
    const std::uint32_t before = (SWSM::SMBI(smbi_) | SWSM::SWESMBI(swesmbi_)).bits;
    smbi_ = true;
    return before;
}

void Semaphores::write(std::uint32_t offset, std::uint32_t value) {
    if (offset == SW_FW_SYNC::offset()) return write_sync(value);
    if (offset != SWSM::offset()) return;           // FWSM is the firmware's
    if (!SWSM::SMBI.extract(value)) smbi_ = false;  // only a read takes it
    swesmbi_ = SWSM::SWESMBI.extract(value) && !firmware_holds_;
}

std::uint32_t Semaphores::read_sync() {
    const std::uint32_t before = sync_ | (regsmp_ ? regsmp_bit : 0);
    regsmp_ = has_regsmp_;
    return before;
}

void Semaphores::write_sync(std::uint32_t value) {
    if (!swesmbi_ && !regsmp_) ++unguarded_;
    if (has_regsmp_ && (value & regsmp_bit) == 0) regsmp_ = false;  // only a read takes it
    if (has_regsmp_) value &= ~regsmp_bit;
    const std::uint32_t allowed = software_bits | (firmware_bits & sync_);
    if ((value & ~allowed) != 0) ++foreign_;
    sync_ = value & allowed;
}

void Semaphores::firmware_takes(std::uint32_t resources) {
    sync_ = (sync_ & ~firmware_bits) | (resources & software_bits) << firmware_shift;
}

void Semaphores::reset() {
    sync_ = 0;
    smbi_ = false;
    swesmbi_ = false;
    regsmp_ = false;
}

}  // namespace ringside::sim
