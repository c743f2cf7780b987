// The queues of the 82576 family.
#pragma once

#include "driver/base/rx_ring.hpp"
#include "driver/base/tx_ring.hpp"
#include "driver/igb/descriptors.hpp"

namespace ringside::igb {

using RxQueue = RxRing<RxDescriptor>;
using TxQueue = TxRing<TxDescriptor>;

}  // namespace ringside::igb
