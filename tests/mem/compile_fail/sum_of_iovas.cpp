#include "hal/iova.hpp"

// Addresses have a distance, but no sum.
auto sum(ringside::hal::Iova a, ringside::hal::Iova b) { return a + b; }
