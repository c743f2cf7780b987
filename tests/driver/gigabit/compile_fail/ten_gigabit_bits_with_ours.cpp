#include "driver/igb/descriptors.hpp"
#include "driver/ixgbe/descriptors.hpp"

auto bits = ringside::ixgbe::RxDescriptor::IPE | ringside::igb::RxDescriptor::IPE;
