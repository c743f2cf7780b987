// The command line of the bench.
#pragma once

#include "tests/bench/measure.hpp"
#include "tests/bench/plan.hpp"

#include <string>
#include <vector>

namespace ringside::bench {

struct Options {
    Choice choice;
    Effort effort;
    std::vector<Path> paths{Path::floor, Path::scalar, Path::vector};
    bool json = false;
    bool latency = false;
    bool scaling = false;
    bool count_only = false;
};

// Prints what is wrong, or --help, and ends the program, if there is nothing to be done.
Options parse(int argc, char** argv);

}  // namespace ringside::bench
