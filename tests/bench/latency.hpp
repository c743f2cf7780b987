// How long a packet is under way inside the driver: from the moment the NIC has written its receive
// descriptor back to the moment the transmit tail has been written for it. The NIC's half runs on another
// core.
#pragma once

#include "tests/bench/case.hpp"
#include "tests/bench/histogram.hpp"
#include "tests/bench/other_core.hpp"

#include <cstdint>
#include <string>

namespace ringside::bench {

enum class Load {
    lone,      // one packet at a time, with pauses
    overload,  // more than the driver can take: the receive ring is always full
};

inline constexpr std::uint32_t latency_burst = 32;

struct Latency {
    Path path;
    Load load;
    std::uint32_t ring;
    Histogram cycles{};   // TSC, from write-back to tail write
    Histogram service{};  // TSC for a whole burst, under overload
    double fill = 0;      // how full the ring was when a frame came, on average, 0 to 1
    double cycles_per_second = 1;

    double nanoseconds(std::uint64_t c) const { return static_cast<double>(c) / cycles_per_second * 1e9; }
    // What the program takes for a packet, mostly.
    double service_nanoseconds() const { return nanoseconds(service.percentile(0.5)) / latency_burst; }
    // Under overload a packet waits until the burst being served is done, and the whole ring before it.
    double predicted_nanoseconds() const { return (ring - 1 + latency_burst) * service_nanoseconds(); }
};

// The calling thread is the driver's; `nic` must be on another core. Throws std::runtime_error if a frame
// is lost or spoiled.
Latency measure_latency(Path path, Load load, std::uint32_t ring, std::uint32_t packets, OtherCore& nic);

// Not with every ring: the reference needs more than one group of descriptors besides a burst of any size.
inline bool latency_possible(Path path, std::uint32_t ring) { return path != Path::reference || ring >= 128; }

std::string latency_heading();
std::string latency_line(const Latency& l);
std::string latency_json(const Latency& l);

}  // namespace ringside::bench
