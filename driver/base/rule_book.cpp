#include "driver/base/rule_book.hpp"

namespace ringside {

namespace {

std::optional<Rule::Protocol> protocol_of(const Rule& rule) {
    return rule.syn ? Rule::Protocol::tcp : rule.protocol;
}

template <class T> bool contradict(const std::optional<T>& a, const std::optional<T>& b) {
    return a && b && *a != *b;
}
bool contradict(const std::optional<Ipv4Prefix>& a, const std::optional<Ipv4Prefix>& b) {
    if (!a || !b) return false;
    const std::uint32_t mask = prefix_mask(std::min(a->length, b->length));
    return ((number_of(*a) ^ number_of(*b)) & mask) != 0;
}

}  // namespace

std::uint32_t number_of(const Ipv4Prefix& prefix) {
    std::uint32_t number = 0;
    for (const std::uint8_t byte : prefix.address) number = number << 8 | byte;
    return number & prefix_mask(prefix.length);
}

bool meet(const Rule& a, const Rule& b) {
    return !contradict(protocol_of(a), protocol_of(b)) && !contradict(a.vlan, b.vlan) &&
           !contradict(a.source, b.source) && !contradict(a.destination, b.destination) &&
           !contradict(a.source_port, b.source_port) && !contradict(a.destination_port, b.destination_port);
}

}  // namespace ringside
