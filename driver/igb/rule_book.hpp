// What the card remembers of a rule.
#pragma once

#include "driver/base/rule_book.hpp"

#include <cstdint>

namespace ringside::igb {

// `tuple`: filters that compare five things on the 82576, and two on later cards.
enum class RuleTable { ether_type, syn, tuple };

struct PlacedRule {
    Rule rule;
    RuleTable table;
    std::uint32_t entry;  // of the table
};

using RuleBook = ringside::RuleBook<PlacedRule, 3>;

}  // namespace ringside::igb
