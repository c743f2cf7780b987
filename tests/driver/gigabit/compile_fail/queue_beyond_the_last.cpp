#include "driver/igb/registers.hpp"

constexpr auto offset = ringside::igb::RDT::offset(16);
