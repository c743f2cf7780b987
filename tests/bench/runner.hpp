// One path through the driver, ready to run: bursts go round its queues, and a part of each round is timed.
#pragma once

#include "tests/bench/case.hpp"
#include "tests/bench/counters.hpp"
#include "tests/bench/other_core.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace ringside::bench {

class Runner {
public:
    virtual ~Runner() = default;
    // Appends the cycles (TSC, of the whole timed part, overhead included) of each of `rounds` bursts. Throws
    // std::runtime_error if a frame is lost.
    virtual void run(std::uint32_t rounds, std::vector<std::uint32_t>& cycles) = 0;
    // The same for the processor's event counters.
    virtual void run(std::uint32_t rounds, Counters& counters) = 0;
    // The same without any clock, for a program that counts instructions from outside.
    virtual void run(std::uint32_t rounds) = 0;
    // Whether all frames were sent as they had to be, and all metadata read was right.
    virtual bool right() const = 0;
    // Transmit tails written so far, of all queues.
    virtual std::uint64_t tail_writes() const = 0;
};

// The rings take their memory from `domain`. The NIC's half is done by `other`, or by the caller without
// one.
std::unique_ptr<Runner> make_runner(const Case& c, Path path, mem::DmaDomain& domain, OtherCore* other);

// The least that two readings of the clock are apart.
std::uint32_t timing_overhead();

}  // namespace ringside::bench
