// How far apart two threads must keep what they write.
#pragma once

#include <cstddef>

namespace ringside::mem {

// Bytes. Two cache lines of 64: the hardware fetches lines in pairs, so neighbours of a pair disturb each
// other too. (std::hardware_destructive_interference_size depends on compiler flags and must not be part of a
// layout.)
inline constexpr std::size_t interference_size = 128;

}  // namespace ringside::mem
