// Measures the paths of one row in turns, in one run, against the reference.
#pragma once

#include "tests/bench/case.hpp"
#include "tests/bench/other_core.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringside::bench {

// What the processor's counters say, per packet.
struct Events {
    double instructions = 0, core_cycles = 0, cache_misses = 0;
};

struct Result {
    Path path = Path::reference;
    // TSC cycles a packet: mean of the middle half of all bursts, and percentiles of them.
    double cycles = 0, p5 = 0, p95 = 0;
    double ratio = 1;                     // to the reference, by the means
    double spread = 0;                    // of that ratio from turn to turn: its middle half, in
                                          // parts of the median
    std::optional<double> tail_writes{};  // of both tails, per packet; unknown with a backlog
    std::optional<Events> events{};
};

struct Row {
    Case of;
    std::vector<Result> results{};  // the reference comes first
    std::string pages{};            // what the memory was made of in the end
    std::uint32_t attempts = 1;
    // Far: TSC cycles to give the other core a task and hear that it is done, mostly. In a virtual machine it
    // may change from row to row, as its processors are moved closer to each other or further apart.
    double round_trip = 0;
    bool noisy = false;  // the spread stayed too large

    const Result* find(Path path) const;
};

struct Effort {
    std::uint32_t packets = 300'000;  // per path and attempt
    std::uint32_t attempts = 3;
    double largest_spread = 0.04;
};

// `other` does the NIC's half if the case says "far". Throws hal::Error where memory is missing, and
// std::runtime_error, instead of returning figures, if a path loses or spoils a frame.
Row measure(const Case& c, const std::vector<Path>& paths, const Effort& effort, OtherCore* other);

}  // namespace ringside::bench
