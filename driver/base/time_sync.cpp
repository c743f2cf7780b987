#include "driver/base/time_sync.hpp"

#include "hal/error.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ringside {

namespace {

constexpr std::uint64_t billion = 1'000'000'000;

// How much the counter has gone on, in nanoseconds; down to a whole one.
std::int64_t nanoseconds(std::int64_t counted, unsigned fraction_bits) { return counted >> fraction_bits; }

}  // namespace

CounterClock::CounterClock(std::unique_ptr<TimeCounter> counter, hal::Clock& host, std::string who)
    : counter_(std::move(counter)), host_(host), who_(std::move(who)), rate_(counter_->rate()) {
    write_increment();
    base_count_ = counter_->read();
    base_host_ = host_.now();
}

// What is added at a tick if nothing is adjusted, down to a whole number.
std::uint64_t CounterClock::nominal_increment() const {
    return (std::uint64_t{rate_.numerator} << rate_.fraction_bits) / rate_.denominator;
}

// Of the exact value, not of the rounded one: the rounding is not to add up with the adjustment.
void CounterClock::write_increment() {
    const std::uint64_t parts = static_cast<std::uint64_t>(static_cast<std::int64_t>(billion) + ppb_);
    const std::uint64_t divisor = std::uint64_t{rate_.denominator} * billion;
    const std::uint64_t product = (std::uint64_t{rate_.numerator} << rate_.fraction_bits) * parts;
    const std::uint64_t increment = product / divisor + (product % divisor >= divisor / 2 ? 1 : 0);
    counter_->write_increment(
        static_cast<std::uint32_t>(std::min<std::uint64_t>(increment, counter_->max_increment())));
}

HardwareTime CounterClock::host_since_base() const {
    const auto elapsed = static_cast<double>((host_.now() - base_host_).count());
    return HardwareTime(std::llround(elapsed * (1 + ppb_ * 1e-9)));
}

// A link of another speed ticks otherwise, and nobody knows since when: the host's clock says what time it
// is.
void CounterClock::follow_link() {
    const TimeCounter::Rate rate = counter_->rate();
    if (rate == rate_) return;
    rate_ = rate;
    base_time_ += host_since_base();
    write_increment();
    base_count_ = counter_->read();
    base_host_ = host_.now();
}

void CounterClock::advance() {
    follow_link();
    const std::uint64_t count = counter_->read();
    const std::uint64_t whole = (count - base_count_) >> rate_.fraction_bits;
    // The counter wraps after so many nanoseconds.
    const double wrap = std::ldexp(1.0, 64 - static_cast<int>(rate_.fraction_bits));
    const double missing = static_cast<double>(host_since_base().count()) - static_cast<double>(whole);
    const auto wraps = static_cast<std::int64_t>(std::max(0.0, std::round(missing / wrap)));
    base_time_ += HardwareTime(static_cast<std::int64_t>(whole));
    base_time_ += HardwareTime(wraps * static_cast<std::int64_t>(wrap));
    base_count_ += whole << rate_.fraction_bits;  // the rest of a nanosecond stays in the counter
    base_host_ = host_.now();
}

HardwareTime CounterClock::now() {
    advance();
    return base_time_;
}

void CounterClock::set(HardwareTime time) {
    advance();
    base_time_ = time;
}

void CounterClock::step(HardwareTime by) {
    advance();
    base_time_ += by;
}

std::int32_t CounterClock::largest_ppb() const {
    constexpr std::uint64_t largest = 500'000'000;
    const std::uint64_t spare = counter_->max_increment() - (nominal_increment() + 1);
    return static_cast<std::int32_t>(std::min(largest, spare * billion / (nominal_increment() + 1)));
}

void CounterClock::adjust_frequency(std::int32_t ppb) {
    advance();
    if (const std::int32_t most = largest_ppb(); ppb > most || ppb < -most)
        throw hal::Error(who_ + ": the clock cannot run " + std::to_string(ppb) +
                         " parts per billion from its crystal: choose -" + std::to_string(most) + " to " +
                         std::to_string(most));
    ppb_ = ppb;
    write_increment();
}

std::int32_t CounterClock::max_ppb() {
    follow_link();
    return largest_ppb();
}

double CounterClock::resolution_ppb() {
    follow_link();
    return static_cast<double>(billion) / static_cast<double>(nominal_increment());
}

double CounterClock::tick_nanoseconds() {
    follow_link();
    return static_cast<double>(rate_.numerator) / rate_.denominator;
}

// Before the clock was last looked at, or after it.
std::optional<HardwareTime> CounterClock::time_of(std::optional<std::uint64_t> stamp) {
    if (!stamp) return std::nullopt;
    advance();
    const auto behind = static_cast<std::int64_t>(*stamp - base_count_);
    return base_time_ + HardwareTime(nanoseconds(behind, rate_.fraction_bits));
}

std::optional<HardwareTime> CounterClock::take_rx_stamp() { return time_of(counter_->take_rx_stamp()); }
std::optional<HardwareTime> CounterClock::take_tx_stamp() { return time_of(counter_->take_tx_stamp()); }

}  // namespace ringside
