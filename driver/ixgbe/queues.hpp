// The queues of the 82599 family: §7.1 and §7.2.
#pragma once

#include "driver/base/rx_ring.hpp"
#include "driver/base/tx_ring.hpp"
#include "driver/ixgbe/descriptors.hpp"

namespace ringside::ixgbe {

using RxQueue = RxRing<RxDescriptor>;
using TxQueue = TxRing<TxDescriptor>;

}  // namespace ringside::ixgbe
