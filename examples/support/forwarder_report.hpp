// What the forwarder tells: the ports, rates while it runs, and a summary in which every frame is accounted
// for.
#pragma once

#include "driver/nic.hpp"
#include "examples/support/forwarder_options.hpp"
#include "examples/support/lane.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <vector>

namespace ringside::examples {

class ForwarderReport {
public:
    using Duration = std::chrono::nanoseconds;

    explicit ForwarderReport(const ForwarderOptions& options) : options_(options) {}

    void ports(const Nic& left, const Nic& right) const;
    void sizes(const mem::Sizing& sizing) const;
    // Whose counts to add up; they must stay where they are until end().
    void watch(const std::vector<std::deque<Lane>>& lanes) { lanes_ = &lanes; }

    // Starts the clock. This and wait() return the time since.
    Duration begin();
    Duration wait(Duration pause);

    std::uint64_t forwarded() const;
    // Once a second.
    bool due() const;
    void rates(Nic& left, Nic& right);

    void end(Nic& left, Nic& right);
    bool everything_accounted_for() const { return unaccounted_ == 0; }

private:
    using Instant = std::chrono::steady_clock::time_point;
    struct Direction {
        std::uint64_t received = 0, sent = 0, dropped = 0, unsent = 0;
    };
    std::array<Direction, 2> directions() const;
    void summary_text(const std::array<Statistics, 2>& s, const std::array<Direction, 2>& d,
                      double seconds) const;
    void summary_json(const std::array<Statistics, 2>& s, const std::array<Direction, 2>& d,
                      double seconds) const;

    const ForwarderOptions& options_;
    const std::vector<std::deque<Lane>>* lanes_ = nullptr;
    Instant begin_{}, last_{};
    std::array<Statistics, 2> before_;
    std::uint64_t lines_ = 0;
    std::uint64_t unaccounted_ = 0;
};

}  // namespace ringside::examples
