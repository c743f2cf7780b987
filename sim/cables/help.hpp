// What can be plugged into a software NIC, for --help.
#pragma once

#include <string>

namespace ringside::sim {

// All cables with their options and an example each; some 40 lines, with a newline at the end.
std::string cable_help();

}  // namespace ringside::sim
