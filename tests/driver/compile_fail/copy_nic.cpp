#include "driver/ixgbe/device.hpp"

ringside::ixgbe::Device copy(const ringside::ixgbe::Device& device) { return device; }
