#include "mem/iova_allocator.hpp"

#include "hal/error.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdio>
#include <limits>
#include <string>

namespace ringside::mem {

using hal::Iova;
using hal::IovaRange;

namespace {

using Ranges = std::vector<IovaRange>;

std::string text(const IovaRange& r) {
    char buffer[48];
    std::snprintf(buffer, sizeof buffer, "0x%llx-0x%llx", static_cast<unsigned long long>(value(r.first)),
                  static_cast<unsigned long long>(value(r.last)));
    return buffer;
}

std::string text(const Ranges& ranges) {
    std::string all;
    for (const IovaRange& r : ranges) all += (all.empty() ? "" : ", ") + text(r);
    return all.empty() ? "none" : all;
}

// Sorted, without empty ranges, with overlapping and adjacent ones joined.
Ranges tidy(std::span<const IovaRange> ranges) {
    Ranges sorted;
    std::copy_if(ranges.begin(), ranges.end(), std::back_inserter(sorted),
                 [](const IovaRange& r) { return r.first <= r.last; });
    std::sort(sorted.begin(), sorted.end());
    Ranges joined;
    for (const IovaRange& r : sorted) {
        // Equal to the last address first: one behind the very last address is 0 again.
        const bool touches =
            !joined.empty() && (r.first <= joined.back().last || r.first == joined.back().last + 1);
        if (touches)
            joined.back().last = std::max(joined.back().last, r.last);
        else
            joined.push_back(r);
    }
    return joined;
}

Ranges intersection(const Ranges& a, const Ranges& b) {
    Ranges both;
    for (const IovaRange& x : a) {
        for (const IovaRange& y : b) {
            const IovaRange common{std::max(x.first, y.first), std::min(x.last, y.last)};
            if (common.first <= common.last) both.push_back(common);
        }
    }
    return both;
}

bool contains(const IovaRange& outer, const IovaRange& inner) {
    return outer.first <= inner.first && inner.last <= outer.last;
}

// The lowest aligned range of `size` addresses inside `gap`.
std::optional<IovaRange> fit(const IovaRange& gap, std::uint64_t size, std::uint64_t alignment) {
    const std::uint64_t up = (alignment - value(gap.first) % alignment) % alignment;
    const std::uint64_t room =
        gap.last - gap.first;  // one less than the gap has addresses, which may be 2^64
    if (up > room || room - up < size - 1) return std::nullopt;
    return IovaRange{gap.first + up, gap.first + up + (size - 1)};
}

// As fit(), in the lowest gap that `taken` leaves in `range`. Whatever is taken lies inside or outside, never
// across.
std::optional<IovaRange> lowest_fit(const IovaRange& range, const Ranges& taken, std::uint64_t size,
                                    std::uint64_t alignment) {
    Iova start = range.first;
    for (const IovaRange& t : taken) {
        if (!contains(range, t)) continue;
        if (start < t.first) {
            const IovaRange gap{start, Iova{value(t.first) - 1}};
            if (const auto found = fit(gap, size, alignment)) return found;
        }
        if (t.last == range.last) return std::nullopt;
        start = t.last + 1;
    }
    return fit({start, range.last}, size, alignment);
}

}  // namespace

IovaAllocator::IovaAllocator(IovaRange allowed, Iova lowest) {
    const IovaRange from_lowest{lowest, Iova{std::numeric_limits<std::uint64_t>::max()}};
    allowed_ = intersection({allowed}, {from_lowest});
}

void IovaAllocator::restrict(std::span<const IovaRange> allowed) {
    const Ranges theirs = tidy(allowed);
    Ranges both = intersection(allowed_, theirs);
    for (const IovaRange& range : taken_) {
        const bool inside =
            std::any_of(both.begin(), both.end(), [&](const IovaRange& r) { return contains(r, range); });
        if (!inside)
            throw hal::Error("let a device reach the memory already handed out at " + text(range) +
                             ": it can only address " + text(theirs) +
                             "; attach all devices before allocating memory");
    }
    allowed_ = std::move(both);
}

std::optional<Iova> IovaAllocator::allocate(std::uint64_t size, std::uint64_t alignment) {
    assert(size > 0 && std::has_single_bit(alignment));
    for (const IovaRange& range : allowed_) {
        if (const auto found = lowest_fit(range, taken_, size, alignment)) {
            taken_.insert(std::lower_bound(taken_.begin(), taken_.end(), *found), *found);
            return found->first;
        }
    }
    return std::nullopt;
}

bool IovaAllocator::claim(Iova first, std::uint64_t size) {
    assert(size > 0);
    const IovaRange wanted{first, first + (size - 1)};
    const bool allowed = std::any_of(allowed_.begin(), allowed_.end(),
                                     [&](const IovaRange& r) { return contains(r, wanted); });
    const bool taken = std::any_of(taken_.begin(), taken_.end(), [&](const IovaRange& r) {
        return r.first <= wanted.last && wanted.first <= r.last;
    });
    if (!allowed || taken) return false;
    taken_.insert(std::lower_bound(taken_.begin(), taken_.end(), wanted), wanted);
    return true;
}

void IovaAllocator::release(Iova first, std::uint64_t size) noexcept {
    const auto found = std::find(taken_.begin(), taken_.end(), IovaRange{first, first + (size - 1)});
    assert(found != taken_.end() && "this range was not handed out");
    if (found != taken_.end()) taken_.erase(found);
}

}  // namespace ringside::mem
