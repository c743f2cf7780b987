// The queues of the 8254x.
#pragma once

#include "driver/base/rx_ring.hpp"
#include "driver/base/tx_ring.hpp"
#include "driver/e1000/descriptors.hpp"

namespace ringside::e1000 {

using RxQueue = RxRing<RxDescriptor>;
using TxQueue = TxRing<TxDescriptor>;

}  // namespace ringside::e1000
