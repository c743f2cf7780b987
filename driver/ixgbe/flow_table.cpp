// The flow director with perfect filters: thousands of rules, found by a hash, that send to a queue or drop.
// Datasheet §7.1.2.7.
#include "driver/ixgbe/device.hpp"

#include "hal/error.hpp"

namespace ringside::ixgbe {

using namespace std::chrono_literals;

namespace {

// Frames to be dropped are sent to a queue that is off.
constexpr std::uint32_t drop_queue = Device::max_rx_queues - 1;

}  // namespace

std::uint32_t Device::packet_buffer_kib() const {
    return card_.rx_packet_buffer_kib - flow_room(config_.flow_rules).kib;
}

// With the receiver off. The way of the 82599 to start with an empty table, whatever was in it before: an
// erratum wants CLEARHT set and taken back before FDIRCTRL is written.
void Device::set_up_flow_table() {
    if (config_.flow_rules == 0) return;
    counters_.map_dropped_by_rule(regs_, drop_queue);
    wait_for_flow_command();
    regs_.write(FDIRFREE::raw(0));
    regs_.update(FDIRCMD::CLEARHT(true));
    regs_.flush<FDIRCMD>();
    regs_.update(FDIRCMD::CLEARHT(false));
    regs_.flush<FDIRCMD>();
    regs_.write(FDIRHASH::raw(0));
    regs_.write(FDIRHKEY::raw(flow_bucket_key));
    regs_.write(FDIRSKEY::raw(flow_signature_key));
    // MAX_LENGTH and FULL_THRESH only say when the card complains.
    regs_.write(FDIRCTRL::PBALLOC(flow_room(config_.flow_rules).pballoc) | FDIRCTRL::PERFECT_MATCH(true) |
                FDIRCTRL::REPORT_STATUS(false) | FDIRCTRL::DROP_Q(drop_queue) | FDIRCTRL::FLEX(0) |
                FDIRCTRL::MAX_LENGTH(10) | FDIRCTRL::FULL_THRESH(4));
    regs_.wait_for(FDIRCTRL::INIT_DONE(true), 100ms, "the flow table does not start; reset the card");
}

void Device::wait_for_flow_command() {
    regs_.wait_for(FDIRCMD::CMD(FlowCommand::none), 10ms, "the flow table does not answer; restart the NIC",
                   10us);
}

void Device::check_flow(const Rule& rule) const {
    if (config_.flow_rules == 0)
        refuse(rule, std::string("rules that drop, name a VLAN or compare parts of addresses") +
                         (card_.five_tuple_filters ? "" : ", and all others about addresses and ports,") +
                         " are in the card's flow table, for which no room is reserved: start the NIC with "
                         "NicConfig::flow_rules");
    if (!rule.queue && config_.rx_queues > drop_queue)
        refuse(rule, "frames to be dropped take queue " + std::to_string(drop_queue) +
                         " on this card: start the NIC with fewer receive queues");
    if (rule.vlan && (*rule.vlan == 0 || *rule.vlan > 4094))
        refuse(rule, "the card can compare VLANs 1 to 4094; frames with 0 are like those without a tag");
    if (rule.protocol == Rule::Protocol::sctp && (rule.source_port || rule.destination_port))
        refuse(rule, "the card's flow table does not compare SCTP's ports");
    for (const auto& prefix : {rule.source, rule.destination})
        if (prefix && prefix->length > 32) refuse(rule, "IPv4 addresses have 32 bits");
    const PlacedRule* any = book_.find(RuleTable::flow);
    if (any == nullptr) return;
    const FlowMasks in_force = masks_of(any->rule), wanted = masks_of(rule);
    if (wanted != in_force)
        refuse(rule, "all rules in the card's flow table compare the same, which is now " +
                         to_string(in_force) + "; this one would compare " + to_string(wanted) +
                         ". Remove those first, or write this one alike");
    if (const PlacedRule* same =
            book_.find(RuleTable::flow, [&](const PlacedRule& r) { return r.flow == flow_of(rule); }))
        refuse(rule, "it matches the same frames as '" + ringside::to_string(same->rule) +
                         "', which is there already; remove that first");
}

// They may change only while there are no filters: those would no longer be in the buckets of their hash.
void Device::write_flow_masks(const FlowMasks& masks) {
    constexpr std::uint32_t ignored = 0xFFFF;
    const std::uint32_t source = masks.source_port ? 0 : ignored;
    const std::uint32_t destination = masks.destination_port ? 0 : ignored;
    regs_.write(FDIRM::VLANID(!masks.vlan) | FDIRM::VLANP(true) | FDIRM::POOL(true) |
                FDIRM::L4P(!masks.protocol) | FDIRM::FLEX(true) | FDIRM::DIPV6(true));
    regs_.write(FDIRSIP4M::raw(~first_byte_low(prefix_mask(masks.source_bits))));
    regs_.write(FDIRDIP4M::raw(~first_byte_low(prefix_mask(masks.destination_bits))));
    regs_.write(FDIRTCPM::SOURCE(source) | FDIRTCPM::DESTINATION(destination));
    regs_.write(FDIRUDPM::SOURCE(source) | FDIRUDPM::DESTINATION(destination));
}

void Device::add_flow(const PlacedRule& r) {
    if (book_.find(RuleTable::flow) == nullptr) write_flow_masks(masks_of(r.rule));
    regs_.write(FDIRIPSA::raw(first_byte_low(r.flow.source)));
    regs_.write(FDIRIPDA::raw(first_byte_low(r.flow.destination)));
    regs_.write(FDIRPORT::SOURCE(r.flow.source_port) | FDIRPORT::DESTINATION(r.flow.destination_port));
    regs_.write(FDIRVLAN::VLAN(r.flow.vlan) | FDIRVLAN::FLEX(0));
    regs_.write(FDIRHASH::HASH(bucket_of(r.flow)) | FDIRHASH::SW_INDEX(r.entry));
    regs_.flush<FDIRHASH>();  // all of it is there before the command is
    regs_.write(FDIRCMD::CMD(FlowCommand::add) | FDIRCMD::FILTER_UPDATE(true) | FDIRCMD::LAST(true) |
                FDIRCMD::L4TYPE(r.flow.type) | FDIRCMD::DROP(!r.rule.queue) | FDIRCMD::QUEUE_EN(true) |
                FDIRCMD::RX_QUEUE(r.rule.queue.value_or(drop_queue)));
    wait_for_flow_command();
    if (!has_flow(r)) refuse(r.rule, "the card did not take it into its flow table");
}

bool Device::has_flow(const PlacedRule& r) {
    regs_.write(FDIRHASH::HASH(bucket_of(r.flow)) | FDIRHASH::SW_INDEX(r.entry));
    regs_.flush<FDIRHASH>();
    regs_.write(FDIRCMD::CMD(FlowCommand::query));
    wait_for_flow_command();
    return regs_.read<FDIRCMD>()[FDIRCMD::FILTER_VALID];
}

void Device::remove_flow(const PlacedRule& r) {
    if (!has_flow(r)) return;
    regs_.write(FDIRHASH::HASH(bucket_of(r.flow)) | FDIRHASH::SW_INDEX(r.entry));
    regs_.flush<FDIRHASH>();
    regs_.write(FDIRCMD::CMD(FlowCommand::remove));
    wait_for_flow_command();
}

}  // namespace ringside::ixgbe
