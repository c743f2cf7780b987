// How often which value came up, for values that reach over many powers of ten: latencies.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace ringside::bench {

// Log-linear: every power of two is divided into 32 equal parts, so a value is known to 1/32 of itself;
// values below 32 exactly. Fixed size (15 KiB), no allocation; recording is a few instructions. One thread.
class Histogram {
public:
    void record(std::uint64_t value) noexcept {
        ++counts_[bucket(value)];
        ++count_;
        max_ = std::max(max_, value);
    }
    std::uint64_t count() const noexcept { return count_; }
    std::uint64_t max() const noexcept { return max_; }

    // The value that a share `p` (0 to 1) of all values does not exceed, rounded up to the end of its part,
    // but not above max(). 0 if nothing was recorded.
    std::uint64_t percentile(double p) const noexcept {
        const double wanted = std::clamp(p, 0.0, 1.0) * static_cast<double>(count_);
        std::uint64_t seen = 0;
        for (std::uint32_t b = 0; b < counts_.size(); ++b) {
            seen += counts_[b];
            if (seen > 0 && static_cast<double>(seen) >= wanted) return std::min(last_of(b), max_);
        }
        return max_;
    }

    // The part that a value belongs to, and the largest value of a part.
    static constexpr std::uint32_t bucket(std::uint64_t value) noexcept {
        if (value < parts) return static_cast<std::uint32_t>(value);
        const auto shift = static_cast<std::uint32_t>(std::bit_width(value)) - (parts_bits + 1);
        return (shift << parts_bits) + static_cast<std::uint32_t>(value >> shift);
    }
    static constexpr std::uint64_t last_of(std::uint32_t bucket) noexcept {
        if (bucket < 2 * parts) return bucket;
        const std::uint32_t shift = (bucket >> parts_bits) - 1;
        const std::uint64_t first = std::uint64_t{parts + (bucket & (parts - 1))} << shift;
        return first + ((std::uint64_t{1} << shift) - 1);
    }

private:
    static constexpr std::uint32_t parts_bits = 5, parts = 1u << parts_bits;
    // Of the largest value, 64 bits wide, plus one.
    static constexpr std::uint32_t buckets = (64 - parts_bits + 1) << parts_bits;
    std::array<std::uint64_t, buckets> counts_{};
    std::uint64_t count_ = 0, max_ = 0;
};

}  // namespace ringside::bench
