// Where and how the figures came to be.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ringside::bench {

// Names and values: processor, caches, cycles of the clock, kernel, compiler, flags, date, load.
std::vector<std::pair<std::string, std::string>> machine();

}  // namespace ringside::bench
