// How long things took: counts in classes that are 3 % wide, so that a million values take no more room than
// ten, and percentiles are right to 3 %.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ringside::examples {

class LatencyHistogram {
public:
    using Duration = std::chrono::nanoseconds;

    // Two clocks that are not known well enough make times of less than nothing: they are kept together.
    void add(Duration value) noexcept;

    std::uint64_t count() const noexcept { return count_; }
    // Exact; of no values, zero.
    Duration min() const noexcept { return min_; }
    Duration max() const noexcept { return max_; }
    Duration mean() const noexcept;
    // The value that `percent` of all are not above; min() if that is less than nothing.
    Duration percentile(double percent) const noexcept;

    // The values from `from` to below `to`.
    struct Bar {
        Duration from, to;
        std::uint64_t count;
    };
    // From the shortest to the longest, each twice as wide as the one before, without the empty ones. What
    // is less than nothing is in the first, up to 0.
    std::vector<Bar> bars() const;

private:
    // 32 classes for every power of two; below 32 ns each value has its own.
    static constexpr unsigned bits = 5;
    static constexpr std::size_t classes = (64 - bits) << bits;
    static std::size_t class_of(std::uint64_t value) noexcept;
    static std::uint64_t first_of(std::size_t index) noexcept;

    std::array<std::uint64_t, classes> counts_{};
    std::uint64_t count_ = 0, negative_ = 0;
    Duration min_{0}, max_{0}, sum_{0};
};

// "850 ns", "12.3 us", "1.20 ms", "2.50 s".
std::string duration_text(std::chrono::nanoseconds value);

}  // namespace ringside::examples
