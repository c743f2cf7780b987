// Which addresses on the bus are taken.
#pragma once

#include "hal/iova.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ringside::mem {

// Hands out ranges of device addresses, each the lowest that fits, inside a set of allowed ranges. Knows
// nothing of the memory behind them. Only what is taken is recorded, so ranges that come back join their free
// neighbours by themselves. Meant for tens to hundreds of ranges: every call is linear in their number.
// Copyable, so that a change of several steps can be tried on a copy. Control path; one thread at a time.
class IovaAllocator {
public:
    // Everything in `allowed` may be handed out, except what lies below `lowest`.
    explicit IovaAllocator(hal::IovaRange allowed, hal::Iova lowest = hal::Iova{0});

    // From now on only addresses that lie in one of `allowed` too (in any order, overlapping or not).
    // Throws Error, and changes nothing, if a range that is taken does not.
    void restrict(std::span<const hal::IovaRange> allowed);

    // `size` (above 0) addresses from a multiple of `alignment` (a power of two) on; nothing if there is no
    // such gap.
    std::optional<hal::Iova> allocate(std::uint64_t size, std::uint64_t alignment);

    // Exactly these addresses; false if they are not allowed, or some are taken.
    bool claim(hal::Iova first, std::uint64_t size);

    // Takes back exactly a range that allocate() returned or claim() was given.
    void release(hal::Iova first, std::uint64_t size) noexcept;

    // Nothing is taken.
    bool empty() const noexcept { return taken_.empty(); }
    // What may be handed out: sorted, disjoint, adjacent ones joined.
    std::span<const hal::IovaRange> allowed() const noexcept { return allowed_; }

private:
    // Both sorted and disjoint.
    std::vector<hal::IovaRange> allowed_;
    std::vector<hal::IovaRange> taken_;
};

}  // namespace ringside::mem
