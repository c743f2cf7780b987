#include "driver/ixgbe/registers.hpp"

auto value = ringside::ixgbe::SRRCTL::DESCTYPE(1u);
