// How far apart two threads must keep what they write.
#pragma once

#include <cstddef>

namespace ringside::mem {

// Bytes. Two cache lines of 64: the hardware fetches lines in pairs, so neighbours of a pair disturb each
// other too. (std::hardware_destructive_interference_size depends on compiler flags and must not be part of a
// layout.)
inline constexpr std::size_t interference_size = 128;

// Bytes. How far ahead the hardware fetches for a core that goes through memory line by line, as one does
// around a ring: beyond its end, too, and away from the core to which that belongs (docs/performance.md).
inline constexpr std::size_t prefetch_reach = 1024;

}  // namespace ringside::mem
