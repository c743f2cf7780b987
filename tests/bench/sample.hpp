// Many measurements of the same thing, and what to say of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace ringside::bench {

// Mean of the middle half: as robust as the median, and finer, since the counter ticks in steps of some
// dozen. Sorts.
inline double middle_mean(std::vector<float>& values) {
    if (values.empty()) return 0;
    std::ranges::sort(values);
    const std::size_t quarter = values.size() / 4;
    double sum = 0;
    for (std::size_t i = quarter; i < values.size() - quarter; ++i) sum += static_cast<double>(values[i]);
    return sum / static_cast<double>(values.size() - 2 * quarter);
}

// Of sorted values; p from 0 to 1.
inline double percentile(const std::vector<float>& sorted, double p) {
    if (sorted.empty()) return 0;
    return static_cast<double>(sorted[static_cast<std::size_t>(p * static_cast<double>(sorted.size() - 1))]);
}

// How far the middle half of some values reaches, in parts of their median. Sorts.
inline double relative_spread(std::vector<float>& values) {
    std::ranges::sort(values);
    const double median = percentile(values, 0.5);
    return median > 0 ? (percentile(values, 0.75) - percentile(values, 0.25)) / median : 0;
}

}  // namespace ringside::bench
