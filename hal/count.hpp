// A count with one writer and any number of readers.
#pragma once

#include <atomic>
#include <cstdint>

namespace ringside::hal {

// The writer pays for a plain addition (no lock prefix); readers may be a little late, never wrong.
class Count {
public:
    void add(std::uint64_t n) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

}  // namespace ringside::hal
