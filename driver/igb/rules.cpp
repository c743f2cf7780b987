// Rules: which of the card's filters a rule becomes (datasheet, Rx Queues Assignment). The card asks its
// EtherType filters first, then those for SYN and for tuples, and spreads what is left by RSS. None of them
// drops.
#include "driver/igb/device.hpp"

#include <array>
#include <string>

namespace ringside::igb {

namespace {

IpProtocol ip_protocol(const Rule& rule) {
    if (!rule.protocol) return IpProtocol::none;
    switch (*rule.protocol) {
        case Rule::Protocol::tcp: return IpProtocol::tcp;
        case Rule::Protocol::udp: return IpProtocol::udp;
        case Rule::Protocol::sctp: return IpProtocol::sctp;
    }
    return IpProtocol::none;
}

RuleTable table_for(const Rule& rule) {
    return rule.ether_type ? RuleTable::ether_type : rule.syn ? RuleTable::syn : RuleTable::tuple;
}

}  // namespace

// A filter that an earlier driver left behind would steer frames to queues that are off.
void Device::clear_queue_filters() {
    for (std::uint32_t i = 0; i < UTA::count; ++i) regs_.write(i, UTA::raw(0));
    for (std::uint32_t i = 0; i < card_.ether_types; ++i) regs_.write(i, ETQF::raw(0));
    for (std::uint32_t i = 0; i < FTQF::count; ++i) regs_.write(i, FTQF::raw(0));
    regs_.write(SYNQF::raw(0));
    book_.clear({card_.ether_types - config_.time_stamps, SYNQF::count, FTQF::count});
}

void Device::install_rule(RuleId id, const Rule& rule) {
    PlacedRule placed{rule, table_for(rule), 0};
    if (!rule.queue) refuse(rule, std::string(info().model) + " can send frames to a queue, not drop them");
    if (placed.table == RuleTable::ether_type) check_ether_type(rule);
    if (placed.table == RuleTable::tuple) check_tuple(rule);
    check_queue(rule, placed.table);
    if (placed.table != RuleTable::ether_type) check_syn_order(rule);
    const auto entry = book_.free_entry(placed.table);
    if (!entry) refuse_full(rule, placed.table);
    placed.entry = *entry;
    if (placed.table == RuleTable::ether_type)
        regs_.write(placed.entry,
                    ETQF::ETYPE(*rule.ether_type) | ETQF::RX_QUEUE(*rule.queue) | ETQF::FILTER_ENABLE(true) |
                        ETQF::IEEE_1588(config_.time_stamps && *rule.ether_type == ptp_ether_type) |
                        ETQF::QUEUE_ENABLE(true));
    if (placed.table == RuleTable::tuple) write_tuple(placed);
    book_.add(id, placed);
    if (placed.table != RuleTable::ether_type) write_syn();
}

void Device::uninstall_rule(RuleId id, const Rule&) {
    const PlacedRule placed = book_.at(id);
    if (placed.table == RuleTable::ether_type) regs_.write(placed.entry, ETQF::raw(0));
    if (placed.table == RuleTable::tuple) clear_tuple(placed.entry);
    book_.remove(id);
    if (placed.table != RuleTable::ether_type) write_syn();
}

void Device::refuse_full(const Rule& rule, RuleTable table) const {
    const std::array kinds = {"EtherType rules", "rule for TCP's SYN",
                              card_.five_tuples ? "rules for addresses, ports and protocols (5-tuples)"
                                                : "rules for protocols and destination ports"};
    refuse(rule, std::string(info().model) + " has room for " + std::to_string(book_.room(table)) + " " +
                     kinds[static_cast<std::size_t>(table)] + ", and all of it is taken: remove one");
}

// The fields for the queue are of different width.
void Device::check_queue(const Rule& rule, RuleTable table) const {
    const std::uint32_t last = table == RuleTable::ether_type ? ETQF::RX_QUEUE.max
                               : table == RuleTable::syn      ? SYNQF::RX_QUEUE.max
                                                              : FTQF::RX_QUEUE.max;
    if (*rule.queue > last) refuse(rule, "its filter reaches the queues 0 to " + std::to_string(last));
}

void Device::check_ether_type(const Rule& rule) const {
    const auto same = [&](const PlacedRule& r) { return r.rule.ether_type == rule.ether_type; };
    if (const PlacedRule* other = book_.find(RuleTable::ether_type, same))
        refuse(rule, "the card has one filter for an EtherType, and there is '" +
                         ringside::to_string(other->rule) + "'; remove that first");
}

void Device::check_tuple(const Rule& rule) const {
    const std::string model = info().model;
    if (rule.vlan) refuse(rule, model + " has no rules for VLANs");
    if (!is_whole(rule.source) || !is_whole(rule.destination))
        refuse(rule, model +
                         " compares an address wholly or not at all: give it without a length, or all "
                         "addresses one by one");
    if (!card_.five_tuples && (compares(rule.source) || compares(rule.destination) || rule.source_port))
        refuse(rule, model + " compares the protocol and the destination port only");
}

// SYN goes before all tuples or behind all of them.
void Device::check_syn_order(const Rule& rule) const {
    const PlacedRule* present = book_.find(RuleTable::syn);
    const Rule* syn = rule.syn ? &rule : present != nullptr ? &present->rule : nullptr;
    if (syn == nullptr) return;
    const auto others = book_.neighbours(*syn, RuleTable::tuple, rule.syn ? nullptr : &rule);
    if (others.higher && others.lower)
        refuse(rule,
               "the card looks 'syn' up before all rules for addresses and ports of TCP or behind all of "
               "them, not between: change the priorities");
}

// As the rules are now.
void Device::write_syn() {
    const PlacedRule* syn = book_.find(RuleTable::syn);
    if (syn == nullptr) {
        regs_.write(SYNQF::raw(0));
        return;
    }
    regs_.update(RFCTL::SYNQFP(!book_.neighbours(syn->rule, RuleTable::tuple).higher));
    regs_.write(SYNQF::RX_QUEUE(*syn->rule.queue) | SYNQF::QUEUE_ENABLE(true));
}

// FTQF, which enables the filter, comes last.
void Device::write_tuple(const PlacedRule& r) {
    const Rule& rule = r.rule;
    if (card_.five_tuples) {
        regs_.write(r.entry, SAQF::raw(first_byte_low(rule.source ? number_of(*rule.source) : 0u)));
        regs_.write(r.entry, DAQF::raw(first_byte_low(rule.destination ? number_of(*rule.destination) : 0u)));
        regs_.write(r.entry, SPQF::SOURCE_PORT(first_byte_low(rule.source_port.value_or(std::uint16_t{0}))));
    }
    regs_.write(r.entry, IMIR::PORT(first_byte_low(rule.destination_port.value_or(std::uint16_t{0}))) |
                             IMIR::PORT_BP(!rule.destination_port) | IMIR::PRIORITY(rule.priority + 1u));
    regs_.write(r.entry, IMIREXT::SIZE_BP(true) | IMIREXT::FLAGS_BP(true));
    regs_.write(r.entry, FTQF::PROTOCOL(ip_protocol(rule)) | FTQF::ANY_PROTOCOL(!rule.protocol) |
                             FTQF::ANY_SOURCE(!compares(rule.source)) |
                             FTQF::ANY_DESTINATION(!compares(rule.destination)) |
                             FTQF::ANY_SOURCE_PORT(!rule.source_port) | FTQF::ANY_POOL(true) |
                             FTQF::RX_QUEUE(*rule.queue) | FTQF::QUEUE_ENABLE(true));
}

// FTQF, which disables the filter, comes first.
void Device::clear_tuple(std::uint32_t entry) {
    regs_.write(entry, FTQF::raw(0));
    regs_.write(entry, IMIR::raw(0));
    regs_.write(entry, IMIREXT::raw(0));
    if (!card_.five_tuples) return;
    regs_.write(entry, SAQF::raw(0));
    regs_.write(entry, DAQF::raw(0));
    regs_.write(entry, SPQF::raw(0));
}

}  // namespace ringside::igb
