// A counter that a virtual function cannot clear: it goes on from wherever it is, and wraps around.
#pragma once

#include <cstdint>

namespace ringside::vf {

class WrappingCounter {
public:
    explicit WrappingCounter(unsigned bits = 32) : mask_(~0ull >> (64 - bits)) {}
    void begin(std::uint64_t now) noexcept {
        last_ = now;
        total_ = 0;
    }
    void update(std::uint64_t now) noexcept {
        total_ += (now - last_) & mask_;
        last_ = now;
    }
    std::uint64_t total() const noexcept { return total_; }

private:
    std::uint64_t mask_, last_ = 0, total_ = 0;
};

}  // namespace ringside::vf
