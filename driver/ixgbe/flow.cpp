#include "driver/ixgbe/flow.hpp"

#include <vector>

namespace ringside::ixgbe {

namespace {

FlowType type_of(Rule::Protocol protocol) {
    switch (protocol) {
        case Rule::Protocol::tcp: return FlowType::tcp;
        case Rule::Protocol::udp: return FlowType::udp;
        case Rule::Protocol::sctp: return FlowType::sctp;
    }
    return FlowType::other;
}

std::string bits_of(std::uint8_t bits, const char* address) {
    return (bits == 32 ? "" : "the first " + std::to_string(bits) + " bits of ") + std::string(address);
}

}  // namespace

Flow flow_of(const Rule& rule) {
    Flow flow;
    if (rule.protocol) flow.type = type_of(*rule.protocol);
    flow.vlan = rule.vlan.value_or(0);
    if (rule.source) flow.source = number_of(*rule.source);
    if (rule.destination) flow.destination = number_of(*rule.destination);
    flow.source_port = rule.source_port.value_or(0);
    flow.destination_port = rule.destination_port.value_or(0);
    return flow;
}

FlowMasks masks_of(const Rule& rule) {
    const auto bits = [](const std::optional<Ipv4Prefix>& prefix) {
        return prefix ? prefix->length : std::uint8_t{0};
    };
    return {rule.vlan.has_value(),
            rule.protocol.has_value(),
            rule.source_port.has_value(),
            rule.destination_port.has_value(),
            bits(rule.source),
            bits(rule.destination)};
}

std::string to_string(const FlowMasks& masks) {
    std::vector<std::string> parts;
    if (masks.vlan) parts.push_back("the VLAN");
    if (masks.protocol) parts.push_back("the protocol");
    if (masks.source_bits != 0) parts.push_back(bits_of(masks.source_bits, "the source address"));
    if (masks.source_port) parts.push_back("the source port");
    if (masks.destination_bits != 0)
        parts.push_back(bits_of(masks.destination_bits, "the destination address"));
    if (masks.destination_port) parts.push_back("the destination port");
    if (parts.empty()) return "nothing";
    std::string text = parts.front();
    for (std::size_t i = 1; i < parts.size(); ++i)
        text += (i + 1 == parts.size() ? " and " : ", ") + parts[i];
    return text;
}

}  // namespace ringside::ixgbe
