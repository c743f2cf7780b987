#include "mem/spsc_ring.hpp"

#include <string>

// A string owns memory that a copy of its bytes would own too.
void push(ringside::mem::SpscRing<std::string>& ring) { ring.push(std::string()); }
