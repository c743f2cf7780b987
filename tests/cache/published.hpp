// What was measured on a real machine, to compare with.
//
// Farshin, Roozbeh, Maguire, Kostić: "Reexamining Direct Cache Access to Optimize I/O Intensive Applications
// for Multi-hundred-gigabit Networks", USENIX ATC 2020; the raw results are published as ddio-bench. Xeon
// Gold 6140 (24.75 MiB of 11 ways, 2 of them for devices), one core forwarding at layer 2, 100 Gb/s offered;
// hit rate of PCIe writes in percent, means of ten runs.
#pragma once

#include <array>
#include <cstdint>

namespace ringside::cache_model {

inline constexpr std::array<std::uint32_t, 6> published_rings{128, 256, 512, 1024, 2048, 4096};
inline constexpr std::array<std::uint32_t, 4> published_frames{256, 512, 1024, 1500};
inline constexpr std::array<std::array<double, 6>, 4> published_hits{{
    {100, 100, 100, 100, 100, 99.9},
    {100, 99.8, 99.8, 99.6, 98.5, 91.9},
    {100, 98.9, 98.3, 95.9, 89.0, 63.1},
    {97.9, 97.8, 96.7, 90.8, 80.1, 39.3},
}};
// 1024-byte frames, a ring of 4096, by the number of ways for devices: 2 to 6.
inline constexpr std::array<double, 5> published_by_ways{63, 88, 97, 99.5, 99.9};
inline constexpr double published_budget = 4.5 * 1024 * 1024;

// The same, as the formula has it: bytes that cycle against bytes that devices may fill.
inline double published_rho(std::uint32_t ring, std::uint32_t frame) {
    return double(ring) * ((frame + 63) / 64 * 64) / published_budget;
}

}  // namespace ringside::cache_model
