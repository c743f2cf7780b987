// What a card can do for a program beyond moving frames. Programs ask NicInfo::features; docs/features.md is
// generated from the same list.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace ringside {

enum class Feature : std::uint8_t {
    rss,                 // spreads received frames over queues by a hash of addresses and ports
    rss_udp,             // … and of UDP's ports
    rx_checksum,         // says whether IPv4, TCP and UDP checksums are right
    vlan_strip,          // takes VLAN tags off received frames
    vlan_filter,         // receives chosen VLANs only
    tx_checksum,         // fills in IPv4, TCP and UDP checksums
    tx_sctp_checksum,    // … and SCTP's
    segmentation,        // cuts large TCP segments into frames
    vlan_insert,         // puts VLAN tags into frames it sends
    ether_type_rules,    // rules: frames of an EtherType to a queue
    syn_rules,           // … TCP connection requests
    port_rules,          // … frames by protocol and destination port
    five_tuple_rules,    // … frames by addresses, ports and protocol
    flow_rules,          // … many of them, also to be dropped (NicConfig::flow_rules)
    flow_control,        // sends and honours pause frames
    tx_rate_limit,       // sends no more than so much from a queue
    hardware_clock,      // has a clock of its own, to be set and adjusted (PTP)
    time_stamps,         // … and notes when it received and sent PTP frames
    multiple_interrupts  // queues call for attention independently (MSI-X)
};

// A set of them.
class Features {
public:
    constexpr Features() = default;
    constexpr Features(std::initializer_list<Feature> list) {
        for (const Feature f : list) bits_ |= bit(f);
    }
    constexpr bool has(Feature f) const { return (bits_ & bit(f)) != 0; }
    friend constexpr Features operator|(Features a, Features b) { return Features(a.bits_ | b.bits_); }
    friend constexpr bool operator==(Features, Features) = default;

private:
    constexpr explicit Features(std::uint32_t bits) : bits_(bits) {}
    static constexpr std::uint32_t bit(Feature f) { return 1u << static_cast<unsigned>(f); }
    std::uint32_t bits_ = 0;
};

// All there are, in the order above.
std::span<const Feature> all_features() noexcept;
// "vlan-strip", for options and JSON.
std::string_view name(Feature feature) noexcept;
// "VLAN tags taken off received frames", for people.
std::string_view describe(Feature feature) noexcept;

}  // namespace ringside
