// When frames are due on a wire of a certain speed.
#pragma once

#include "hal/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ringside::sim {

struct Rate {
    enum class Unit { frames, bits };
    Unit unit = Unit::bits;
    double per_second = 0;
};

// "1.5Mpps", "100kpps" (frames) or "10G", "2Gbps", "100Mbit" (bits on the wire: with FCS, preamble and gap).
std::optional<Rate> parse_rate(std::string_view text);

class Pace {
public:
    // `clock` must outlive this. Time starts with the first question.
    Pace(Rate rate, hal::Clock& clock) : rate_(rate), clock_(clock) {}

    // True if the next frame is due.
    bool due();
    // That frame was taken; `size` is without the FCS.
    void advance(std::size_t size);

    // How long in all nobody took what was due. What is more than 10 ms late is not made up for: nobody wants
    // a second's frames at once after a link was down for a second.
    hal::Clock::Duration behind() const { return behind_; }

private:
    Rate rate_;
    hal::Clock& clock_;
    std::optional<hal::Clock::Duration> start_;
    hal::Clock::Duration
        now_{};  // when the clock was last asked: it is asked only when all that was due is taken
    hal::Clock::Duration next_{};
    hal::Clock::Duration behind_{};
    std::uint64_t units_ = 0;  // frames or bits since start_
};

}  // namespace ringside::sim
