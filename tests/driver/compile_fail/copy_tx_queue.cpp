#include "driver/ixgbe/tx_queue.hpp"

ringside::ixgbe::TxQueue copy(const ringside::ixgbe::TxQueue& queue) { return queue; }
