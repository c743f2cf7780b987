// Sends single frames from one port and waits for each at another: how long it took, by the cards' clocks or
// by this machine's.
#pragma once

#include "driver/nic.hpp"
#include "mem/packet_pool.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

namespace ringside::examples {

// Two clocks at the same moment: `offset` is what the second is ahead, to `uncertainty` either way.
struct ClockComparison {
    std::chrono::nanoseconds offset, uncertainty;
};
// The first is read before and after the second, some times; what lay closest together counts.
ClockComparison compare(HardwareClock& first, HardwareClock& second, int attempts = 16);

class LatencyProber {
public:
    enum class Time {
        hardware,  // the cards' time stamps; both were started with NicConfig::time_stamps
        software,  // this machine's clock, around the calls of send() and receive()
    };
    static constexpr std::uint32_t min_length = 80;  // bytes of a frame, without CRC

    // Frames of `length` bytes go out of `out` and come in at `in`, which may be the same, as may their
    // clocks be. All must outlive the prober. Both NICs are running.
    LatencyProber(Nic& out, Nic& in, mem::PacketPool& pool, Time time, std::uint32_t length);

    struct Result {
        bool came = false;
        // Nothing if the frame came without a time stamp, or went without.
        std::optional<std::chrono::nanoseconds> latency;
    };
    // Sends a frame and waits for it. The one before may come while we wait: it is too late.
    Result probe(std::chrono::nanoseconds limit);

    // How well the two cards' clocks were known at worst; nothing if there is one clock.
    std::optional<std::chrono::nanoseconds> uncertainty() const { return uncertainty_; }
    std::uint64_t late() const { return late_; }
    std::uint64_t others() const { return others_; }  // frames that were not ours

private:
    using Clock = std::chrono::steady_clock;

    void prepare_clocks();
    void write_probe(mem::Packet& packet) const;
    bool is_ours(const mem::Packet& packet);
    bool send();
    std::optional<RxInfo> receive();
    std::optional<std::chrono::nanoseconds> stamped_latency(const RxInfo& info, Clock::time_point end);

    Nic &out_, &in_;
    mem::PacketCache cache_;
    const Time time_;
    const std::uint32_t length_;
    std::uint32_t sequence_ = 0;
    std::uint64_t late_ = 0, others_ = 0;
    std::optional<ClockComparison> comparison_;
    std::optional<std::chrono::nanoseconds> uncertainty_;
    Clock::time_point compared_{};
};

}  // namespace ringside::examples
