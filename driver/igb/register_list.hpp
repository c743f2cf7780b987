// All registers of the family (registers.hpp here and in gigabit), to be looked at by programs that know none
// of them.
#pragma once

#include "hal/register_info.hpp"

#include <span>

namespace ringside::igb {

// In the datasheet's order.
std::span<const hal::RegisterInfo> register_list() noexcept;

}  // namespace ringside::igb
