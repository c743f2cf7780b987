// The queues of a virtual function: those of its card.
#pragma once

#include "driver/ixgbe/queues.hpp"

namespace ringside::ixgbevf {

using ixgbe::RxQueue;
using ixgbe::TxQueue;

}  // namespace ringside::ixgbevf
