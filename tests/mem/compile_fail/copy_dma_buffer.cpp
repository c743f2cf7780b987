#include "mem/dma_domain.hpp"

// Two owners would release the same memory twice.
ringside::mem::DmaBuffer copy(const ringside::mem::DmaBuffer& buffer) { return buffer; }
