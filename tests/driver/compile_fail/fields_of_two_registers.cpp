#include "driver/ixgbe/registers.hpp"

using namespace ringside::ixgbe;

auto value = RXDCTL::ENABLE(true) | TXDCTL::WTHRESH(0);
