// Checks the frames of any generator that arrive, and counts exactly what the way did to them.
#pragma once

#include "sim/cables/test_frame.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace ringside::sim {

// Every frame is one of received, corrupted, foreign and untracked.
struct SinkCounters {
    std::uint64_t received = 0;    // intact frames of a generator, duplicates included
    std::uint64_t lost = 0;        // numbers below the highest of their flow that have not arrived (yet)
    std::uint64_t reordered = 0;   // of the received: arrived after a later one of their flow
    std::uint64_t duplicated = 0;  // of the received: had arrived before
    std::uint64_t too_late = 0;   // of the received: so late that they are not remembered; each may be one of
                                  // the lost or a duplicate
    std::uint64_t corrupted = 0;  // a generator's, but not as it was sent (the MAC addresses do not count)
    std::uint64_t foreign = 0;    // not from a generator
    std::uint64_t untracked = 0;  // intact, but of one flow more than can be remembered

    friend bool operator==(const SinkCounters&, const SinkCounters&) = default;
};

class FrameSink {
public:
    // How many numbers behind the newest a late frame is still recognised.
    static constexpr std::uint64_t window = 4096;
    static constexpr std::size_t max_streams = 16;
    static constexpr std::size_t max_flows = 1 << 17;  // of all streams; bounds memory to about 70 MB

    // Allocates when a stream or flow is seen for the first time, never after.
    void receive(std::span<const std::byte> frame);

    SinkCounters counters() const;
    std::size_t streams() const { return streams_.size(); }
    std::size_t flows() const { return flow_count_; }

private:
    struct Flow {
        std::uint64_t next = 0;      // one above the highest number seen
        std::uint64_t distinct = 0;  // different numbers seen
        std::array<std::uint64_t, window / 64>
            seen{};  // bit n % window: number n, for the last `window` below next
    };
    struct Stream {
        std::uint16_t id;
        std::vector<std::unique_ptr<Flow>> flows;
    };

    Flow* find(std::uint16_t stream, std::uint16_t flow);
    Stream* find_stream(std::uint16_t id);
    void count(Flow& flow, std::uint64_t sequence);
    void count_late(Flow& flow, std::uint64_t sequence);

    std::vector<Stream> streams_;
    std::size_t last_stream_ = 0;
    std::size_t flow_count_ = 0;
    SinkCounters counters_;  // `lost` is computed on demand
};

}  // namespace ringside::sim
