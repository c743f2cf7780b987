// Which of a card's tables each rule is in, and where; and whether two rules may be about the same frame.
#pragma once

#include "driver/rule.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace ringside {

// The first `length` bits of an address.
constexpr std::uint32_t prefix_mask(std::uint32_t length) { return length == 0 ? 0 : ~0u << (32 - length); }
// As registers have addresses and ports: the first byte in bits 7:0.
constexpr std::uint32_t first_byte_low(std::uint32_t number) { return __builtin_bswap32(number); }
constexpr std::uint32_t first_byte_low(std::uint16_t number) { return __builtin_bswap16(number); }
// The prefix's bits, as a number: 10.0.0.1 is 0x0A000001.
std::uint32_t number_of(const Ipv4Prefix& prefix);

// Whether a card can look at it by comparing an address wholly or not at all, and whether it must.
inline bool is_whole(const std::optional<Ipv4Prefix>& prefix) {
    return !prefix || prefix->length == 32 || prefix->length == 0;
}
inline bool compares(const std::optional<Ipv4Prefix>& prefix) { return prefix && prefix->length != 0; }

// Whether a frame may match both. Neither rule is about an EtherType.
bool meet(const Rule& a, const Rule& b);

// `Placed` is what a card remembers of a rule: members `rule`, `table`, an enum that counts from 0 to
// Tables - 1, and `entry` of that table.
template <class Placed, std::size_t Tables> class RuleBook {
    using Table = decltype(Placed::table);

public:
    // Nothing is in use; the tables have so many entries.
    void clear(const std::array<std::uint32_t, Tables>& entries) {
        rules_.clear();
        for (std::size_t i = 0; i < Tables; ++i) used_[i] = std::vector<bool>(entries[i]);
    }
    std::size_t room(Table table) const { return used(table).size(); }
    // The first that is free.
    std::optional<std::uint32_t> free_entry(Table table) const {
        const auto& entries = used(table);
        const auto free = std::ranges::find(entries, false);
        if (free == entries.end()) return std::nullopt;
        return static_cast<std::uint32_t>(free - entries.begin());
    }
    void add(RuleId id, const Placed& rule) {
        rules_.emplace(id, rule);
        used_[static_cast<std::size_t>(rule.table)][rule.entry] = true;
    }
    void remove(RuleId id) {
        const auto rule = rules_.find(id);
        used_[static_cast<std::size_t>(rule->second.table)][rule->second.entry] = false;
        rules_.erase(rule);
    }
    const Placed& at(RuleId id) const { return rules_.at(id); }

    // The first rule of `table` that `what` is true of, or nullptr.
    template <class Predicate> const Placed* find(Table table, Predicate&& what) const {
        for (const auto& [id, placed] : rules_)
            if (placed.table == table && what(placed)) return &placed;
        return nullptr;
    }
    const Placed* find(Table table) const {
        return find(table, [](const Placed&) { return true; });
    }

    // Whether rules of `table`, and `further` if there is one, that may be about the same frames as `rule`
    // have a higher priority, or a lower one.
    struct Neighbours {
        bool higher = false, lower = false;
    };
    Neighbours neighbours(const Rule& rule, Table table, const Rule* further = nullptr) const {
        Neighbours n;
        const auto look = [&](const Rule& other) {
            if (!meet(other, rule)) return;
            n.higher = n.higher || other.priority > rule.priority;
            n.lower = n.lower || other.priority < rule.priority;
        };
        for (const auto& [id, placed] : rules_)
            if (placed.table == table) look(placed.rule);
        if (further != nullptr) look(*further);
        return n;
    }

private:
    const std::vector<bool>& used(Table table) const { return used_[static_cast<std::size_t>(table)]; }

    std::map<RuleId, Placed> rules_;
    std::array<std::vector<bool>, Tables> used_;
};

}  // namespace ringside
