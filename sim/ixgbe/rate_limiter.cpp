#include "sim/ixgbe/rate_limiter.hpp"

#include "sim/ixgbe/bits.hpp"

#include <algorithm>

namespace ringside::sim::ixgbe {
namespace {

namespace RTTBCNRC {
constexpr std::uint32_t RS_ENA = bit(31);
constexpr std::uint32_t factor(std::uint32_t value) { return field(value, 23, 0); }  // integer 23:14
}  // namespace RTTBCNRC
constexpr std::uint32_t one = 1u << 14;
constexpr std::uint32_t window_unit = 1024;  // bytes: RTTBCNRM

}  // namespace

void RateLimiter::reset() {
    queues_ = {};
    limited_ = 0;
}

std::uint32_t RateLimiter::read(std::uint32_t offset) const {
    if (offset != reg::RTTBCNRC) return registers_.get(offset);
    return queues_[registers_.get(reg::RTTDQSEL)].control;
}

void RateLimiter::write(std::uint32_t offset, std::uint32_t value) {
    if (offset == reg::RTTBCNRC) return write_control(value);
    registers_.set(offset, value);
}

void RateLimiter::write_control(std::uint32_t value) {
    const std::uint32_t n = registers_.get(reg::RTTDQSEL);
    Queue& q = queues_[n];
    const bool limits = (value & RTTBCNRC::RS_ENA) != 0;
    if (limits && RTTBCNRC::factor(value) < one)
        strict_.flag(Mistake::rate_factor_below_one, "RTTBCNRC", static_cast<int>(n), value);
    if (q.factor != 0) --limited_;
    q.control = value;
    q.factor = limits ? std::max(RTTBCNRC::factor(value), one) : 0;
    if (q.factor != 0) ++limited_;
}

// At 10 Gb/s a byte takes 0.8 ns.
hal::Clock::Duration RateLimiter::time(const Queue& q, std::uint64_t bytes) noexcept {
    return hal::Clock::Duration(static_cast<std::int64_t>(bytes * q.factor * 4 / 5 / one));
}

void RateLimiter::take(Queue& q, std::size_t bytes, hal::Clock::Duration now) noexcept {
    const auto window = time(q, std::uint64_t{registers_.get(reg::RTTBCNRM)} * window_unit);
    q.next = std::max(q.next, now - window) + time(q, bytes);
}

}  // namespace ringside::sim::ixgbe
