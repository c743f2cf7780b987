#include "mem/packet_pool.hpp"

// Two batches would free the same packets twice.
ringside::mem::Batch<32> copy(const ringside::mem::Batch<32>& batch) { return batch; }
