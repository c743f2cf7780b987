#include "driver/ixgbe/queues.hpp"

ringside::ixgbe::TxQueue copy(const ringside::ixgbe::TxQueue& queue) { return queue; }
