#include "examples/support/latency_histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace ringside::examples {

std::size_t LatencyHistogram::class_of(std::uint64_t value) noexcept {
    constexpr std::uint64_t exact = 1u << bits;
    if (value < exact) return static_cast<std::size_t>(value);
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - bits - 1;
    return (std::size_t{shift} << bits) + static_cast<std::size_t>(value >> shift);
}

std::uint64_t LatencyHistogram::first_of(std::size_t index) noexcept {
    const std::size_t row = index >> bits;
    if (row <= 1) return index;
    return ((index & ((1u << bits) - 1)) + (1u << bits)) << (row - 1);
}

void LatencyHistogram::add(Duration value) noexcept {
    min_ = count_ == 0 ? value : std::min(min_, value);
    max_ = count_ == 0 ? value : std::max(max_, value);
    ++count_;
    sum_ += value;
    if (value < Duration{0})
        ++negative_;
    else
        ++counts_[std::min(class_of(static_cast<std::uint64_t>(value.count())), classes - 1)];
}

LatencyHistogram::Duration LatencyHistogram::mean() const noexcept {
    return count_ == 0 ? Duration{0} : sum_ / static_cast<std::int64_t>(count_);
}

LatencyHistogram::Duration LatencyHistogram::percentile(double percent) const noexcept {
    if (count_ == 0) return {};
    const auto wanted = static_cast<std::uint64_t>(std::ceil(static_cast<double>(count_) * percent / 100));
    std::uint64_t seen = negative_;
    if (seen > 0 && seen >= wanted) return min_;
    for (std::size_t i = 0; i + 1 < classes; ++i) {
        seen += counts_[i];
        if (seen < wanted || seen == 0) continue;
        // The last value of the class; but no value is beyond the longest.
        const Duration last(static_cast<std::int64_t>(first_of(i + 1) - 1));
        return std::clamp(last, min_, max_);
    }
    return max_;
}

std::vector<LatencyHistogram::Bar> LatencyHistogram::bars() const {
    std::vector<Bar> all;
    if (negative_ > 0) all.push_back({min_, Duration{0}, negative_});
    for (std::size_t i = 0; i + 1 < classes; ++i) {
        if (counts_[i] == 0) continue;
        const std::uint64_t first = std::bit_floor(first_of(i));
        const Duration from(static_cast<std::int64_t>(first));
        if (all.empty() || all.back().from != from)
            all.push_back({from, first == 0 ? Duration{1} : from * 2, 0});
        all.back().count += counts_[i];
    }
    return all;
}

std::string duration_text(std::chrono::nanoseconds value) {
    const auto ns = static_cast<double>(value.count());
    const double size = std::abs(ns);
    if (size < 1e3) return fmt::format("{:.0f} ns", ns);
    const auto three_digits = [](double v) {
        return fmt::format("{:.{}f}", v, std::abs(v) < 10 ? 2 : std::abs(v) < 100 ? 1 : 0);
    };
    if (size < 1e6) return three_digits(ns / 1e3) + " us";
    if (size < 1e9) return three_digits(ns / 1e6) + " ms";
    return three_digits(ns / 1e9) + " s";
}

}  // namespace ringside::examples
