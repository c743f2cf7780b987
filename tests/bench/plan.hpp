// Which rows are measured.
#pragma once

#include "tests/bench/case.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::bench {

// What the command line says; each list has the values for its sweep.
struct Choice {
    std::vector<std::uint32_t> bursts{1, 2, 4, 8, 16, 32, 64, 128, 256};
    std::vector<std::uint32_t> rings{64, 128, 256, 512, 1024, 2048, 4096};
    std::vector<std::uint32_t> sizes{60, 128, 256, 512, 1024, 1514};
    std::vector<std::uint32_t> queues{1, 2, 4, 8};
    std::vector<std::uint32_t> strides{2048, 2112, 2240, 4096};
    std::vector<CardName> cards{CardName::ixgbe, CardName::igb, CardName::e1000e, CardName::e1000};
    std::vector<NicSide> nics{NicSide::near, NicSide::far};
    std::vector<std::string> sweeps;  // by name; none: all
    bool all = false;                 // every combination
};

// Rows that differ in one thing only.
struct Sweep {
    std::string_view name, title;
    std::vector<Case> cases;
};

inline constexpr std::string_view sweep_names[] = {"burst", "backlog", "ring",   "card", "work",
                                                   "size",  "queue",   "stride", "page"};

std::vector<Sweep> plan(const Choice& choice);

}  // namespace ringside::bench
