#include "driver/igb/descriptors.hpp"
#include "driver/ixgbe/descriptors.hpp"

auto bits = ringside::igb::RxDescriptor::IPE | ringside::ixgbe::RxDescriptor::IPE;
