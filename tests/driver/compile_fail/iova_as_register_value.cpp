#include "driver/ixgbe/registers.hpp"
#include "hal/iova.hpp"

auto value = ringside::ixgbe::RDBAL::raw(ringside::hal::Iova{0x1000});
