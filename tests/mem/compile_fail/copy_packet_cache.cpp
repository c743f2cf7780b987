#include "mem/packet_pool.hpp"

// Two threads would have the same buffers in stock.
ringside::mem::PacketCache copy(const ringside::mem::PacketCache& cache) { return cache; }
