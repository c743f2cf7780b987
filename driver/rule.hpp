// Rules: which frames go to a queue of their own, or nowhere, whatever RSS would do with them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringside {

// An IPv4 address, or the first `length` bits of one.
struct Ipv4Prefix {
    std::array<std::uint8_t, 4> address{};
    std::uint8_t length = 32;

    friend constexpr bool operator==(const Ipv4Prefix&, const Ipv4Prefix&) = default;
};

struct Rule {
    enum class Protocol : std::uint8_t { tcp, udp, sctp };

    // What is not given matches anything. `ether_type` stands alone, and so does `syn`; all others are about
    // IPv4. What a card cannot compare, it refuses in a sentence.
    std::optional<std::uint16_t> ether_type = std::nullopt;
    bool syn = false;  // TCP segments with SYN set and ACK not
    std::optional<std::uint16_t> vlan = std::nullopt;
    std::optional<Protocol> protocol = std::nullopt;
    std::optional<Ipv4Prefix> source = std::nullopt, destination = std::nullopt;
    std::optional<std::uint16_t> source_port = std::nullopt, destination_port = std::nullopt;

    // Of two rules that match, the one with the higher priority decides. 0 to 6.
    std::uint8_t priority = 0;
    // Where the frames go; without it they are dropped.
    std::optional<std::uint32_t> queue = std::nullopt;

    bool is_about_ip() const { return protocol || source || destination || source_port || destination_port; }
    friend bool operator==(const Rule&, const Rule&) = default;
};

// A rule as people write it, in any order of its parts:
//
//   ether 0x88f7 queue 2
//   tcp syn queue 1
//   udp dst 10.0.0.1 dport 53 queue 3
//   src 192.168.0.0/16 priority 2 drop
//
// ether N, vlan N, tcp, udp, sctp, syn, src ADDRESS[/BITS], dst ADDRESS[/BITS], sport N, dport N, priority N;
// and queue N or drop. Throws hal::Error with what is wrong.
Rule parse_rule(std::string_view text);
// The same, from the rule: parse_rule(to_string(rule)) == rule.
std::string to_string(const Rule& rule);

// Names a rule that has been added.
enum class RuleId : std::uint32_t {};

}  // namespace ringside
