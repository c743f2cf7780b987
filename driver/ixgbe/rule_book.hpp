// What the card remembers of a rule.
#pragma once

#include "driver/base/rule_book.hpp"
#include "driver/ixgbe/flow.hpp"

#include <cstdint>

namespace ringside::ixgbe {

enum class RuleTable { ether_type, syn, five_tuple, flow };

struct PlacedRule {
    Rule rule;
    RuleTable table;
    std::uint32_t entry;  // of the table
    Flow flow = {};       // in the flow table: what is compared
};

using RuleBook = ringside::RuleBook<PlacedRule, 4>;

}  // namespace ringside::ixgbe
