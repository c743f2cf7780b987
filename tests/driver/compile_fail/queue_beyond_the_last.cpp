#include "driver/ixgbe/registers.hpp"

constexpr auto offset = ringside::ixgbe::RDT::offset(128);
