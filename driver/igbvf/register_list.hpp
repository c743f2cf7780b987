// All registers of a virtual function (registers.hpp), to be looked at by programs that know none of them.
#pragma once

#include "hal/register_info.hpp"

#include <span>

namespace ringside::igbvf {

// In the datasheet's order.
std::span<const hal::RegisterInfo> register_list() noexcept;

}  // namespace ringside::igbvf
