// Which of the card's tables each rule is in, and where.
#pragma once

#include "driver/ixgbe/flow.hpp"
#include "driver/ixgbe/registers.hpp"
#include "driver/rule.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace ringside::ixgbe {

enum class RuleTable { ether_type, syn, five_tuple, flow };

struct PlacedRule {
    Rule rule;
    RuleTable table;
    std::uint32_t entry;  // of the table
    Flow flow = {};       // in the flow table: what is compared
};

class RuleBook {
public:
    // Nothing is in use; there are so many filters in the flow table.
    void clear(std::uint32_t flow_filters) {
        rules_.clear();
        used_ = {std::vector<bool>(ETQF::count), std::vector<bool>(SYNQF::count),
                 std::vector<bool>(FTQF::count), std::vector<bool>(flow_filters)};
    }
    std::size_t room(RuleTable table) const { return used(table).size(); }
    // The first that is free.
    std::optional<std::uint32_t> free_entry(RuleTable table) const {
        const auto& entries = used(table);
        const auto free = std::ranges::find(entries, false);
        if (free == entries.end()) return std::nullopt;
        return static_cast<std::uint32_t>(free - entries.begin());
    }
    void add(RuleId id, const PlacedRule& rule) {
        rules_.emplace(id, rule);
        used_[static_cast<std::size_t>(rule.table)][rule.entry] = true;
    }
    void remove(RuleId id) {
        const auto rule = rules_.find(id);
        used_[static_cast<std::size_t>(rule->second.table)][rule->second.entry] = false;
        rules_.erase(rule);
    }
    const PlacedRule& at(RuleId id) const { return rules_.at(id); }

    // The first rule of `table` that `what` is true of, or nullptr.
    template <class Predicate> const PlacedRule* find(RuleTable table, Predicate&& what) const {
        for (const auto& [id, placed] : rules_)
            if (placed.table == table && what(placed)) return &placed;
        return nullptr;
    }
    const PlacedRule* find(RuleTable table) const {
        return find(table, [](const PlacedRule&) { return true; });
    }

private:
    const std::vector<bool>& used(RuleTable table) const { return used_[static_cast<std::size_t>(table)]; }

    std::map<RuleId, PlacedRule> rules_;
    std::array<std::vector<bool>, 4> used_;
};

}  // namespace ringside::ixgbe
