// Rules: which of the card's filters a rule becomes, and those that send frames to queues (datasheet §7.1.2.3
// to §7.1.2.5). The card asks its EtherType filters first, then those for SYN and 5-tuples, then the flow
// table (flow_table.cpp), and spreads what is left by RSS.
#include "driver/ixgbe/device.hpp"

#include <array>
#include <string>

namespace ringside::ixgbe {

namespace {

FilterProtocol filter_protocol(Rule::Protocol protocol) {
    switch (protocol) {
        case Rule::Protocol::tcp: return FilterProtocol::tcp;
        case Rule::Protocol::udp: return FilterProtocol::udp;
        case Rule::Protocol::sctp: return FilterProtocol::sctp;
    }
    return FilterProtocol::other;
}

}  // namespace

// A filter that an earlier driver left behind would steer frames to queues that are off.
void Device::clear_queue_filters() {
    for (std::uint32_t i = 0; i < FTQF::count; ++i) regs_.write(i, FTQF::raw(0));
    for (std::uint32_t i = 0; i < ETQF::count; ++i) {
        regs_.write(i, ETQF::raw(0));
        regs_.write(i, ETQS::raw(0));
    }
    regs_.write(SYNQF::raw(0));
    book_.clear({ETQF::count - config_.time_stamps, SYNQF::count, FTQF::count,
                 flow_room(config_.flow_rules).filters});
}

RuleTable Device::table_for(const Rule& rule) const {
    if (rule.ether_type) return RuleTable::ether_type;
    if (rule.syn) return RuleTable::syn;
    const bool a_filter_can = rule.queue && !rule.vlan && is_whole(rule.source) && is_whole(rule.destination);
    return card_.five_tuple_filters && a_filter_can ? RuleTable::five_tuple : RuleTable::flow;
}

void Device::install_rule(RuleId id, const Rule& rule) {
    PlacedRule placed{rule, table_for(rule), 0};
    switch (placed.table) {
        case RuleTable::ether_type: check_ether_type(rule); break;
        case RuleTable::syn:
        case RuleTable::five_tuple: check_queue_filter(rule); break;
        case RuleTable::flow:
            check_flow(rule);
            placed.flow = flow_of(rule);
            break;
    }
    check_order(rule, placed.table);
    const auto entry = book_.free_entry(placed.table);
    if (!entry) refuse_full(rule, placed.table);
    placed.entry = *entry;
    switch (placed.table) {
        case RuleTable::ether_type: write_ether_type(placed); break;
        case RuleTable::syn: break;
        case RuleTable::five_tuple: write_five_tuple(placed); break;
        case RuleTable::flow: add_flow(placed); break;
    }
    book_.add(id, placed);
    if (placed.table == RuleTable::syn || placed.table == RuleTable::five_tuple) write_syn();
}

void Device::uninstall_rule(RuleId id, const Rule&) {
    const PlacedRule placed = book_.at(id);
    switch (placed.table) {
        case RuleTable::ether_type:
            regs_.write(placed.entry, ETQF::raw(0));
            regs_.write(placed.entry, ETQS::raw(0));
            break;
        case RuleTable::syn: break;
        case RuleTable::five_tuple: regs_.write(placed.entry, FTQF::raw(0)); break;
        case RuleTable::flow: remove_flow(placed); break;
    }
    book_.remove(id);
    if (placed.table == RuleTable::syn || placed.table == RuleTable::five_tuple) write_syn();
}

void Device::refuse_full(const Rule& rule, RuleTable table) const {
    static constexpr std::array kinds = {"EtherType rules", "rule for TCP's SYN",
                                         "rules for whole addresses, ports and protocols (5-tuples)",
                                         "rules in its flow table"};
    refuse(rule, std::string(info().model) + " has room for " + std::to_string(book_.room(table)) + " " +
                     kinds[static_cast<std::size_t>(table)] + ", and all of it is taken: remove one");
}

// §7.1.2.3.
void Device::check_ether_type(const Rule& rule) const {
    const std::uint16_t type = *rule.ether_type;
    check_queue_filter(rule);
    if (type == 0x0800 || type == 0x86DD)
        refuse(rule, "the card's EtherType filters are not for IP; say which of its packets");
    if (const PlacedRule* other =
            book_.find(RuleTable::ether_type, [&](const PlacedRule& r) { return r.rule.ether_type == type; }))
        refuse(rule, "the card has one filter for an EtherType, and there is '" +
                         ringside::to_string(other->rule) + "'; remove that first");
}

void Device::check_queue_filter(const Rule& rule) const {
    if (!rule.queue)
        refuse(rule,
               "the card drops by its flow table only, which compares VLAN, protocol, addresses and ports of "
               "IPv4 packets");
}

// Priorities hold within a table; across tables the card's order is fixed, but for SYN.
void Device::check_order(const Rule& rule, RuleTable table) const {
    const auto behind = [&](RuleTable earlier, RuleTable later) {
        if (table != earlier && table != later) return;
        const bool is_earlier = table == earlier;
        const PlacedRule* other = book_.find(is_earlier ? later : earlier, [&](const PlacedRule& r) {
            return meet(r.rule, rule) &&
                   (is_earlier ? r.rule.priority > rule.priority : r.rule.priority < rule.priority);
        });
        if (other != nullptr)
            refuse(rule, "the card looks it up " + std::string(is_earlier ? "before" : "behind") + " '" +
                             ringside::to_string(other->rule) + "', whose priority is " +
                             (is_earlier ? "higher" : "lower") + ": give both the same priority");
    };
    behind(RuleTable::syn, RuleTable::flow);
    behind(RuleTable::five_tuple, RuleTable::flow);
    if (table == RuleTable::syn || table == RuleTable::five_tuple) check_syn_order(rule);
}

// SYN goes before all 5-tuples or behind all of them.
void Device::check_syn_order(const Rule& rule) const {
    const PlacedRule* present = book_.find(RuleTable::syn);
    const Rule* syn = rule.syn ? &rule : present != nullptr ? &present->rule : nullptr;
    if (syn == nullptr) return;
    const auto others = book_.neighbours(*syn, RuleTable::five_tuple, rule.syn ? nullptr : &rule);
    if (others.higher && others.lower)
        refuse(rule,
               "the card looks 'syn' up before all rules for addresses and ports of TCP or behind all of "
               "them, not between: change the priorities");
}

void Device::write_ether_type(const PlacedRule& r) {
    regs_.write(r.entry, ETQS::RX_QUEUE(*r.rule.queue) | ETQS::QUEUE_EN(true));
    const bool ptp = config_.time_stamps && *r.rule.ether_type == ptp_ether_type;  // see time_sync.cpp
    regs_.write(r.entry, ETQF::ETYPE(*r.rule.ether_type) | ETQF::IEEE_1588(ptp) | ETQF::FILTER_EN(true));
}

// §7.1.2.4: as the rules are now.
void Device::write_syn() {
    const PlacedRule* syn = book_.find(RuleTable::syn);
    if (syn == nullptr) {
        regs_.write(SYNQF::raw(0));
        return;
    }
    const bool behind = book_.neighbours(syn->rule, RuleTable::five_tuple).higher;
    regs_.write(SYNQF::RX_QUEUE(*syn->rule.queue) | SYNQF::SYNQFP(!behind) | SYNQF::QUEUE_ENABLE(true));
}

// §7.1.2.5. FTQF, which enables the filter, comes last.
void Device::write_five_tuple(const PlacedRule& r) {
    const Rule& rule = r.rule;
    const Flow flow = flow_of(rule);
    regs_.write(r.entry, SAQF::raw(first_byte_low(flow.source)));
    regs_.write(r.entry, DAQF::raw(first_byte_low(flow.destination)));
    regs_.write(r.entry, SDPQF::SOURCE(first_byte_low(flow.source_port)) |
                             SDPQF::DESTINATION(first_byte_low(flow.destination_port)));
    regs_.write(r.entry,
                L34T_IMIR::RX_QUEUE(*rule.queue) | L34T_IMIR::SIZE_BP(true) | L34T_IMIR::FLAGS_BP(true));
    regs_.write(r.entry,
                FTQF::PROTOCOL(rule.protocol ? filter_protocol(*rule.protocol) : FilterProtocol::other) |
                    FTQF::PRIORITY(rule.priority + 1u) | FTQF::ANY_SOURCE(!compares(rule.source)) |
                    FTQF::ANY_DESTINATION(!compares(rule.destination)) |
                    FTQF::ANY_SOURCE_PORT(!rule.source_port) |
                    FTQF::ANY_DESTINATION_PORT(!rule.destination_port) | FTQF::ANY_PROTOCOL(!rule.protocol) |
                    FTQF::ANY_POOL(true) | FTQF::QUEUE_ENABLE(true));
}

}  // namespace ringside::ixgbe
