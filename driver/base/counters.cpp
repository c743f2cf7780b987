#include "driver/base/counters.hpp"

#include "hal/error.hpp"

#include <algorithm>
#include <string>

namespace ringside {

namespace {

// "GORC" for GORCL and GORCH, "QBRC" for QBRC_L and QBRC_H.
std::string name_of(const hal::RegisterInfo& info, bool two) {
    std::string name = info.name;
    if (two) name.pop_back();
    if (two && name.ends_with('_')) name.pop_back();
    return name;
}

// The upper half has the bits of its one field, or all.
std::uint64_t upper_bits(const hal::RegisterInfo& info, std::uint32_t raw) {
    return info.fields.empty() ? raw : raw & (~0u >> (31 - info.fields[0].hi));
}

}  // namespace

void CounterBank::clear(const hal::RegisterFile& regs, std::span<const hal::RegisterInfo> registers) {
    counters_.clear();
    for (const hal::RegisterInfo& info : registers) {
        if (info.access != hal::Access::rc) continue;
        if (info.meaning == nullptr && !counters_.empty())
            counters_.back().upper = info;
        else
            counters_.push_back({info, std::nullopt, info.count, std::vector<std::uint64_t>(info.count),
                                 std::vector<std::uint64_t>(info.count)});
    }
    update(regs);
    for (Counter& counter : counters_) {
        std::ranges::fill(counter.totals, 0u);
        std::ranges::fill(counter.news, 0u);
    }
}

void CounterBank::update(const hal::RegisterFile& regs) {
    for (Counter& counter : counters_) add(counter, regs);
}

// Low first: reading it latches the upper half, or reading that clears both.
void CounterBank::add(Counter& counter, const hal::RegisterFile& regs) {
    for (std::uint32_t i = 0; i < counter.read; ++i) {
        counter.news[i] = regs.read(counter.info, i);
        if (counter.upper) counter.news[i] |= upper_bits(*counter.upper, regs.read(*counter.upper, i)) << 32;
        counter.totals[i] += counter.news[i];
    }
}

const CounterBank::Counter& CounterBank::find(std::uint32_t (*offset)(std::uint32_t)) const {
    const auto found =
        std::ranges::find_if(counters_, [&](const Counter& c) { return c.info.offset == offset; });
    if (found == counters_.end()) throw hal::Error("a counter that is not in the card's list of registers");
    return *found;
}

std::vector<CounterValue> CounterBank::all() const {
    std::vector<CounterValue> values;
    for (const Counter& c : counters_) {
        const std::string name = name_of(c.info, c.upper.has_value());
        for (std::uint32_t i = 0; i < c.read; ++i)
            values.push_back(
                {hal::register_name(name.c_str(), c.info.count, i), c.info.meaning, c.totals[i]});
    }
    return values;
}

}  // namespace ringside
