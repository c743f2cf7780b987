#include "driver/e1000e/descriptors.hpp"
#include "driver/igb/descriptors.hpp"

auto bits = ringside::e1000e::RxDescriptor::CE | ringside::igb::RxDescriptor::CE;
