// One receive and one transmit ring forward frames, and every access that NIC and processor make goes to a
// model of the cache: what share of the NIC's writes is found there?
#pragma once

#include "tests/cache/llc_model.hpp"

#include <cstdint>

namespace ringside::cache_model {

enum class Posting {
    full,  // always all descriptors but one
    few,   // as many as recent bursts call for
};

struct Experiment {
    LlcShape llc = xeon_6140;
    std::uint32_t ring = 512;    // descriptors, receive and transmit each
    std::uint32_t frame = 1500;  // bytes in the buffer
    Posting posting = Posting::full;
    std::uint32_t arriving = 0;  // frames between two looks at the ring; 0: as many as have been posted
    std::uint32_t peak = 0;      // instead, each hundredth time; 0: never
    std::uint32_t posted_at_least = 64, posted_at_most = ~0u;
    std::uint64_t page_size = 2u << 20;
    std::uint64_t seed = 1;
};

struct Outcome {
    Counts device_writes, device_reads, core;
    std::uint64_t frames = 0;
    std::uint64_t lost = 0;  // nothing was posted for them
    double posted = 0;       // on average
};

// The same on every run. Throws hal::Error if there is not enough memory.
Outcome run(const Experiment& experiment);

}  // namespace ringside::cache_model
