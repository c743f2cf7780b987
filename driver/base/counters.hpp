// The card's counters, added up: all that are in its list of registers, with what each means. They clear on
// reading and stick when they are full.
#pragma once

#include "driver/inspection.hpp"
#include "hal/register_file.hpp"
#include "hal/register_info.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ringside {

class CounterBank {
public:
    // Takes up the counters among these registers, reads each once and forgets it.
    void clear(const hal::RegisterFile& regs, std::span<const hal::RegisterInfo> registers);
    // Of an array only the first `count` are read from now on.
    template <class R> void limit(std::uint32_t count) { find<R>().read = count; }

    // Reads and adds up: all there are, or some. R is the lower half of a counter that has two.
    void update(const hal::RegisterFile& regs);
    template <class... R>
    requires(sizeof...(R) > 0) void update(const hal::RegisterFile& regs) { (add(find<R>(), regs), ...); }

    // Since clear(); and what the last update added.
    template <class R> std::uint64_t total(std::uint32_t i = 0) const { return find<R>().totals[i]; }
    template <class R> std::uint64_t news(std::uint32_t i = 0) const { return find<R>().news[i]; }
    template <class R> std::uint64_t sum() const {
        std::uint64_t all = 0;
        for (const std::uint64_t value : find<R>().totals) all += value;
        return all;
    }
    std::vector<CounterValue> all() const;

private:
    struct Counter {
        hal::RegisterInfo info;
        std::optional<hal::RegisterInfo> upper;
        std::uint32_t read;  // of an array, so many
        std::vector<std::uint64_t> totals, news;
    };
    static void add(Counter& counter, const hal::RegisterFile& regs);
    const Counter& find(std::uint32_t (*offset)(std::uint32_t)) const;
    template <class R> const Counter& find() const { return find(&R::offset); }
    template <class R> Counter& find() { return const_cast<Counter&>(find(&R::offset)); }

    std::vector<Counter> counters_;
};

}  // namespace ringside
