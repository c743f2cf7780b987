// Which queue gets a frame, and what its descriptor will say of it. The order of the card (datasheet 7.1.2):
// EtherType filters, SYN and 5-tuple filters, flow director, RSS, the first queue.
#pragma once

#include "sim/ixgbe/flow_director.hpp"
#include "sim/ixgbe/headers.hpp"
#include "sim/ixgbe/queue_filters.hpp"
#include "sim/ixgbe/rss.hpp"
#include "sim/ixgbe/statistics.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::sim::ixgbe {

// What is known of a frame when it leaves the filters. Kept with it while it waits in the packet buffer.
struct Verdict {
    std::uint64_t low = 0;     // first word of the advanced format
    std::uint32_t status = 0;  // status and errors of the second word, without DD, EOP and VP
    std::uint8_t queue = 0;
    bool drop = false;        // a filter says so
    bool time_stamp = false;  // an EtherType filter says that this is IEEE 1588
    bool flow_looked_up = false, flow_found = false;
};

class Steering {
public:
    explicit Steering(bool udp_zero_is_wrong) : udp_zero_is_wrong_(udp_zero_is_wrong) {}

    // After a write to a register of any of the filters: they are read again for the next frame.
    void invalidate() noexcept { valid_ = false; }

    // Changes nothing but what it has read of the registers: see count().
    Verdict judge(std::span<const std::byte> frame, const FrameView& view, const RegisterStore& registers) {
        if (!valid_) [[unlikely]]
            reload(registers);
        return judge(frame, view, find_headers(frame, view));
    }
    // Counts the frame, once it is certain that it has arrived.
    static void count(const Verdict& verdict, Statistics& statistics) noexcept;

    FlowDirector& flow_director() noexcept { return flow_director_; }

private:
    void reload(const RegisterStore& registers);
    Verdict judge(std::span<const std::byte> frame, const FrameView& view, const Headers& headers) const;
    bool choose_by_flow(std::span<const std::byte> frame, const FrameView& view, const Headers& headers,
                        Verdict& verdict) const;
    void describe_fragment(std::span<const std::byte> frame, const Headers& headers, Verdict& verdict) const;

    Rss rss_;
    QueueFilters filters_;
    FlowDirector flow_director_;
    bool valid_ = false;
    bool shows_hash_ = false;      // RXCSUM.PCSD: the hash, not the checksum of fragments
    bool sums_fragments_ = false;  // RXCSUM.IPPCSE
    bool udp_zero_is_wrong_;
};

}  // namespace ringside::sim::ixgbe
