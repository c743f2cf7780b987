// How many descriptors a ring should have and how many buffers a pool: enough to last from one look to the
// next, few enough that what cycles stays in the cache.
//
// A receive ring is a queue: the card uses all of its buffers in turn, however little traffic there is. So
// what decides whether the card's writes are found in the cache is how many bytes cycle, against what devices
// may fill of it (mem/io_cache.hpp); docs/sizing.md has the formulae, and where they come from.
#pragma once

#include "mem/io_cache.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ringside::mem {

struct FrameShare {
    std::uint32_t bytes;  // on the wire, with the CRC: 64 to 16384
    double share;         // of the number of frames, in any unit
};

// Empty: not known. Then the rate is reckoned with the smallest frames and the cache with the largest.
using FrameMix = std::vector<FrameShare>;

// "1518"; "imix", the simple Internet mix of 7 frames of 64, 4 of 594 and 1 of 1518 bytes; or a mix of one's
// own such as "64:7,594:4,1518:1". Throws hal::Error with these examples.
FrameMix parse_frame_mix(const std::string& text);

struct SizingInput {
    IoCache cache;
    FrameMix frames;
    std::uint32_t largest_frame = 1518;  // on the wire, if `frames` is empty: the MTU and 18
    std::uint32_t ports = 2;             // next to this cache
    std::uint32_t queues = 1;            // receive queues, and as many transmit queues, of each port
    std::uint32_t threads = 1;
    std::uint32_t burst = 32;                                 // handles a call
    double bits_per_second = 10e9;                            // of a port
    std::optional<double> packets_per_second = std::nullopt;  // of a port; unset: what fits the wire
    std::optional<double> poll_gap =
        std::nullopt;           // seconds: the longest from one look at a ring to the next
    std::uint32_t room = 2048;  // PoolOptions::room
    std::uint32_t held = 0;     // further buffers that each thread may hold
    // What somebody has decided already, as NicConfig has it: a power of two, 64 to 4096.
    std::optional<std::uint32_t> rx_descriptors = std::nullopt, tx_descriptors = std::nullopt;
};

// With the sum that led to it; `double` where it is a step of the sum.
struct Sizing {
    std::uint32_t rx_descriptors = 0, tx_descriptors = 0;  // of each queue
    std::uint32_t pool_buffers = 0;
    // Where fewer than the whole ring are kept posted (PostedBuffers): one poll gap's worth at least, and no
    // more than stay in the cache, if that lasts a poll gap.
    std::uint32_t posted_at_least = 0, posted_at_most = 0;

    double bytes_written = 0;       // into one buffer, in whole cache lines, on average
    double packets_per_second = 0;  // descriptors of a queue that the card fills, at most
    double poll_gap = 0;            // seconds
    double frames_in_gap = 0;
    double for_the_gap = 0;             // descriptors, a power of two; may be more than a ring can have
    std::uint32_t for_the_cache = 0;    // descriptors, a power of two; 0: not even one
    double cycling = 0;                 // bytes, all queues
    double rho = 0;                     // of the cache's budget
    std::optional<double> hit_percent;  // of the lines that cards write; unset without DDIO
    bool beyond_data = false;           // rho is above what was measured: the hit rate is below hit_percent

    std::vector<std::string> warnings;  // whole sentences
    SizingInput input;

    // What was chosen and why; and what that means in the cache. Without a newline.
    std::array<std::string, 2> summary() const;
    // The whole sum, number by number: some dozen lines, each ending with a newline.
    std::string explain() const;
};

// Takes microseconds. Throws hal::Error, which says what of the input makes no sense.
Sizing size_buffers(const SizingInput& input);

struct HitPoint {
    double rho;
    double percent;
};
// The measured curve: 24 measurements by Farshin et al. (ddio-bench, Xeon Gold 6140, 2 of 11 ways), hit rate
// of PCIe writes, ordered by rho, averaged where rho is equal and where the curve would otherwise rise.
std::span<const HitPoint> measured_hits() noexcept;
// Straight lines between those points, which keeps it falling. Beyond the last one, the last one times
// how much rho is larger: an upper bound, as a ring that does not fit hits less than the part of it that
// does.
double predicted_hit_percent(double rho) noexcept;

}  // namespace ringside::mem
