// What the forwarder can be told on its command line.
#pragma once

#include "driver/nic.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"
#include "mem/sizing.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace ringside::examples {

inline constexpr std::uint32_t max_burst = 256;

enum class Change { nothing, touch, swap_mac };

struct ForwarderOptions {
    std::array<std::string, 2> ports;
    Change change = Change::nothing;
    std::uint32_t threads = 1;
    bool pin = true;
    std::vector<unsigned> cores;  // one per thread
    std::uint32_t burst = 32;
    std::uint32_t ring = 512;
    bool ring_given = false;         // else mem::size_buffers() says
    mem::FrameMix frames;            // empty: nobody said
    std::optional<double> poll_gap;  // seconds
    bool adaptive_posting = false;
    std::optional<PostingLimits> posting;  // what mem::size_buffers() says, with adaptive_posting
    bool explain = false;
    std::uint32_t mtu = 1500;
    bool promiscuous = true;
    std::uint32_t tx_rate = 0;  // Mb/s of each transmit queue; 0: no limit
    std::optional<std::chrono::nanoseconds> duration;
    std::optional<std::uint64_t> packets;
    std::chrono::nanoseconds link_timeout{};
    mem::DomainOptions memory;
    bool sleep = false, json = false, quiet = false, trace_registers = false;

    NicConfig nic() const;
    mem::PoolOptions pool() const;
    // What is known of the traffic, for mem::size_buffers().
    mem::SizingInput sizing(const mem::IoCache& cache) const;
};

// A command line that makes no sense; exit code 2.
struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Nothing if there is nothing to run (--help, --version): the text has been printed.
std::optional<ForwarderOptions> parse_forwarder_options(int argc, char** argv);

}  // namespace ringside::examples
