// The queues of a virtual function: those of its card.
#pragma once

#include "driver/igb/queues.hpp"

namespace ringside::igbvf {

using igb::RxQueue;
using igb::TxQueue;

}  // namespace ringside::igbvf
