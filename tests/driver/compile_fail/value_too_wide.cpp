#include "driver/ixgbe/registers.hpp"

constexpr auto value = ringside::ixgbe::SRRCTL::BSIZEPACKET(32);
