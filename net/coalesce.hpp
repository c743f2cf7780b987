// Coalescing of received TCP segments (GRO): what arrived as several frames goes on as one.
#pragma once

#include "driver/rx_info.hpp"
#include "mem/packet.hpp"
#include "mem/packet_pool.hpp"
#include "net/headers.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::net {

// Where the Coalescer's frames go.
class FrameSink {
public:
    virtual ~FrameSink() = default;
    // The handles are the sink's from here on. `info` is that of the frame, or of the first that went into
    // it. `segment_size` is 0 for a frame that came like that, else the size of the TCP payloads it was made
    // of: what net::prepare() needs to have it cut again as it was.
    virtual void deliver(std::span<const mem::Packet> frame, const RxInfo& info,
                         std::uint16_t segment_size) noexcept = 0;
};

// Joins TCP segments of one connection that follow each other: the payloads become further parts of the first
// frame, without copying; IP's length, FIN, PSH and the checksums in its headers are brought up to date. What
// Segmenter makes of the result is what arrived (but for IPv4 identifications that did not count up).
//
// A segment is joined to those before it if all this holds:
//   - it is in one buffer, its IPv4 header has no options, its IPv6 header no extensions;
//   - its checksums are right, says the card or a look in software;
//   - it has payload, has ACK set and none of SYN, RST and URG;
//   - its sequence number is the next, and its payload no longer than the first one's;
//   - MAC header and tags, TOS and TTL (IPv6: traffic class, flow label, hop limit), don't-fragment,
//     acknowledgement, window, urgent pointer and all options (so time stamps too) are the first one's. Linux
//     lets the window differ; but then cutting would not give back what arrived;
//   - its flags are the first one's but for FIN and PSH, and CWR, which only the first may have;
//   - IPv4's identification is one more than the last one's; with don't-fragment, all may be the same.
// A joined frame is delivered when it has most_parts parts or no room in IP's length, after a segment with
// FIN or PSH or shorter than the first, before any other frame of the connection, and when it has waited.
//
// Frames of one connection are delivered in the order they came, but for IP fragments, which nobody can tell
// to which connection they belong. For one thread, that of the cache.
class Coalescer {
public:
    static constexpr std::uint32_t most_parts = 32;
    static constexpr std::size_t connections = 8;  // that wait at once; one more makes the oldest go

    // `bursts`: for how many calls of add() after the one that brought it a frame may wait for more. 0: all
    // that a call brought is delivered at its end. `cache` and `sink` must outlive the coalescer.
    Coalescer(mem::PacketCache& cache, FrameSink& sink, std::uint32_t bursts = 0) noexcept
        : cache_(&cache), sink_(&sink), bursts_(bursts) {}
    // What still waits goes back to the cache.
    ~Coalescer();
    Coalescer(const Coalescer&) = delete;
    Coalescer& operator=(const Coalescer&) = delete;

    // Takes all frames; `info` is at least as long as `in`, and only whole frames are in it. To be called
    // with nothing, too, where frames may wait.
    void add(std::span<const mem::Packet> in, std::span<const RxInfo> info) noexcept;
    // Delivers all that waits.
    void flush() noexcept;

private:
    struct Flow {
        std::uint32_t count = 0;  // of parts; 0: the place is free
        std::array<mem::Packet, most_parts> parts;
        Headers headers;
        RxInfo info;
        std::uint64_t burst = 0;         // that brought the first
        std::uint64_t number = 0;        // counts up: the order in which the first ones came
        std::uint32_t payload = 0;       // bytes in all parts
        std::uint16_t segment_size = 0;  // of the first
        std::uint16_t flags_at_end = 0;  // FIN and PSH of the last
        bool same_identification = false;
        std::uint64_t payload_sum = 0;
    };
    void add_frame(std::span<const mem::Packet> frame, const RxInfo& info) noexcept;
    Flow* find(const std::byte* frame, const Headers& headers) noexcept;
    void start(const mem::Packet& packet, const Headers& headers, const RxInfo& info) noexcept;
    static bool follows(const Flow& flow, const std::byte* frame, const Headers& headers,
                        const RxInfo& info) noexcept;
    static bool follows_ipv4(const Flow& flow, const std::byte* first_ip, const std::byte* ip) noexcept;
    void join(Flow& flow, const mem::Packet& packet, const Headers& headers) noexcept;
    void finish(Flow& flow) noexcept;
    static void complete_headers(Flow& flow) noexcept;

    mem::PacketCache* cache_;
    FrameSink* sink_;
    std::uint32_t bursts_;
    std::uint64_t burst_ = 0, next_number_ = 0;
    std::array<Flow, connections> flows_;
};

}  // namespace ringside::net
