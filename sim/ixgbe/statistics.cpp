#include "sim/ixgbe/statistics.hpp"

#include <algorithm>

namespace ringside::sim::ixgbe {
namespace {

constexpr std::uint64_t all_of_16 = 0xFFFF;
constexpr std::uint64_t all_of_32 = 0xFFFFFFFF;
constexpr std::uint64_t all_of_36 = 0xFFFFFFFFF;

}  // namespace

std::uint32_t Statistics::peek(const RegisterRef& ref) const noexcept {
    const std::size_t i = slot(ref);
    switch (ref.row->access) {
        case Access::rc_low: return static_cast<std::uint32_t>(std::min(counts_[i], all_of_36));
        case Access::rc_high: return high_[i];
        case Access::rc16: return static_cast<std::uint32_t>(std::min(counts_[i], all_of_16));
        default: return static_cast<std::uint32_t>(std::min(counts_[i], all_of_32));
    }
}

std::uint32_t Statistics::read(const RegisterRef& ref) noexcept {
    const std::uint32_t value = peek(ref);
    const std::size_t i = slot(ref);
    if (ref.row->access == Access::rc_low)
        high_[i] = static_cast<std::uint8_t>(std::min(counts_[i], all_of_36) >> 32);
    if (ref.row->access == Access::rc_high)
        high_[i] = 0;
    else
        counts_[i] = 0;
    return value;
}

void Statistics::write(const RegisterRef& ref, std::uint32_t value) noexcept {
    if (ref.row->writable != 0) counts_[slot(ref)] = value;
}

}  // namespace ringside::sim::ixgbe
