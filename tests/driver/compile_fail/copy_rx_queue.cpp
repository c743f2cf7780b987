#include "driver/ixgbe/queues.hpp"

ringside::ixgbe::RxQueue copy(const ringside::ixgbe::RxQueue& queue) { return queue; }
