// Counts what a thread allocates with `new`. Programs that link count_allocations.cpp have it.
#pragma once

#include <cstddef>

namespace ringside::hal {

// How often the calling thread has allocated so far.
std::size_t allocations_of_this_thread() noexcept;
// False where a sanitizer insists on its own `new`.
bool allocations_are_counted();

}  // namespace ringside::hal
