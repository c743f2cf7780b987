// The queues of the 82574.
#pragma once

#include "driver/base/rx_ring.hpp"
#include "driver/base/tx_ring.hpp"
#include "driver/e1000e/descriptors.hpp"

namespace ringside::e1000e {

using RxQueue = RxRing<RxDescriptor>;
using TxQueue = TxRing<TxDescriptor>;

}  // namespace ringside::e1000e
