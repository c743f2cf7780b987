#include "sim/cables/pace.hpp"

#include "sim/cables/test_frame.hpp"

#include <charconv>

namespace ringside::sim {
namespace {

constexpr hal::Clock::Duration max_backlog = std::chrono::milliseconds(10);
constexpr std::size_t preamble_and_gap = 20;  // bytes of the wire that a frame takes besides itself

}  // namespace

std::optional<Rate> parse_rate(std::string_view text) {
    Rate rate;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate.per_second);
    if (error != std::errc{} || end == text.data()) return std::nullopt;
    std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    if (!unit.empty()) {
        const double factor = unit[0] == 'k' ? 1e3 : unit[0] == 'M' ? 1e6 : unit[0] == 'G' ? 1e9 : 1;
        rate.per_second *= factor;
        if (factor > 1) unit.remove_prefix(1);
    }
    if (unit == "pps") rate.unit = Rate::Unit::frames;
    if (unit != "pps" && unit != "bps" && unit != "bit" && !unit.empty()) return std::nullopt;
    if (!(rate.per_second >= 0.001 && rate.per_second <= 1e12)) return std::nullopt;
    return rate;
}

bool Pace::due() {
    if (start_ && next_ <= now_) return true;
    now_ = clock_.now();
    if (!start_) start_ = next_ = now_;
    if (const auto late = now_ - next_; late > max_backlog) {
        *start_ += late;
        next_ += late;
        behind_ += late;
    }
    return next_ <= now_;
}

void Pace::advance(std::size_t size) {
    units_ += rate_.unit == Rate::Unit::frames ? 1 : (size + test_frame::fcs_size + preamble_and_gap) * 8;
    // From the start each time, not from frame to frame, so that rounding does not add up.
    const double since_start = static_cast<double>(units_) * 1e9 / rate_.per_second;
    next_ = *start_ + hal::Clock::Duration(static_cast<hal::Clock::Duration::rep>(since_start));
}

}  // namespace ringside::sim
