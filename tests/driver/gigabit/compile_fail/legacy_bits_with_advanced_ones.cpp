#include "driver/e1000/descriptors.hpp"
#include "driver/igb/descriptors.hpp"

auto bits = ringside::e1000::RxDescriptor::RXE | ringside::igb::RxDescriptor::RXE;
