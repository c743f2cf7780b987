#include "driver/igb/descriptors.hpp"

bool use(std::uint64_t high) { return (high & ringside::igb::RxDescriptor::RXE) != 0; }
