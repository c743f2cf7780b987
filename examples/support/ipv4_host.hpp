// The least of an IPv4 host: it can be found (ARP) and pinged (ICMP echo). RFC 826, 791, 792.
#pragma once

#include "driver/nic.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace ringside::examples {

using Ipv4Address = std::array<std::uint8_t, 4>;
// "192.0.2.1"; nothing if it is not one.
std::optional<Ipv4Address> parse_ipv4(const std::string& text);

class Ipv4Host {
public:
    Ipv4Host(const MacAddress& mac, const Ipv4Address& address) : mac_(mac), address_(address) {}

    enum class Answer { none, arp, echo };
    // Turns a question into its answer, in place; the length stays. `frame` is a whole frame without CRC.
    // What is no question to this host, or is damaged, is left as it is.
    Answer answer(std::span<std::byte> frame) const noexcept;

private:
    bool answer_arp(std::span<std::byte> frame) const noexcept;
    bool answer_echo(std::span<std::byte> frame) const noexcept;

    MacAddress mac_;
    Ipv4Address address_;
};

}  // namespace ringside::examples
