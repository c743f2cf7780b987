#include "driver/features.hpp"

#include <array>
#include <cstddef>

namespace ringside {

namespace {

struct Entry {
    Feature feature;
    std::string_view name, description;
};

constexpr Entry entries[] = {
    {Feature::rss, "rss", "received frames spread over queues by a hash of addresses and TCP ports"},
    {Feature::rss_udp, "rss-udp", "the hash covers UDP ports too"},
    {Feature::rx_checksum, "rx-checksum", "verdict on IPv4, TCP and UDP checksums of received frames"},
    {Feature::vlan_strip, "vlan-strip", "VLAN tags taken off received frames"},
    {Feature::vlan_filter, "vlan-filter", "only chosen VLANs received"},
    {Feature::tx_checksum, "tx-checksum", "IPv4, TCP and UDP checksums filled in"},
    {Feature::tx_sctp_checksum, "tx-sctp-checksum", "SCTP checksum filled in"},
    {Feature::segmentation, "segmentation", "large TCP segments cut into frames (TSO)"},
    {Feature::vlan_insert, "vlan-insert", "VLAN tags put into frames that are sent"},
    {Feature::ether_type_rules, "ether-type-rules", "rules: an EtherType to a queue"},
    {Feature::syn_rules, "syn-rules", "rules: TCP connection requests to a queue"},
    {Feature::port_rules, "port-rules", "rules: a protocol and destination port to a queue"},
    {Feature::five_tuple_rules, "five-tuple-rules", "rules: addresses, ports and protocol to a queue"},
    {Feature::flow_rules, "flow-rules", "thousands of rules, also to drop (flow director)"},
    {Feature::flow_control, "flow-control", "pause frames sent and honoured"},
    {Feature::tx_rate_limit, "tx-rate-limit", "a limit to the rate of each transmit queue"},
    {Feature::hardware_clock, "hardware-clock", "a clock that can be set and adjusted (PTP)"},
    {Feature::time_stamps, "time-stamps", "times at which PTP frames came in and went out"},
    {Feature::multiple_interrupts, "multiple-interrupts", "an interrupt for each queue (MSI-X)"},
};

constexpr auto features = [] {
    std::array<Feature, std::size(entries)> list{};
    for (std::size_t i = 0; i < list.size(); ++i) list[i] = entries[i].feature;
    return list;
}();

constexpr bool in_order() {
    for (std::size_t i = 0; i < std::size(entries); ++i)
        if (static_cast<std::size_t>(entries[i].feature) != i) return false;
    return true;
}
static_assert(in_order(), "name() and describe() index by the feature");

}  // namespace

std::span<const Feature> all_features() noexcept { return features; }

std::string_view name(Feature feature) noexcept { return entries[static_cast<std::size_t>(feature)].name; }

std::string_view describe(Feature feature) noexcept {
    return entries[static_cast<std::size_t>(feature)].description;
}

}  // namespace ringside
