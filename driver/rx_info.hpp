#pragma once

#include <cstdint>

namespace ringside {

// What the card found out about a received frame, for programs that ask. Filled in for the first handle of a
// frame.
struct RxInfo {
    enum Flag : std::uint16_t {
        vlan_stripped = 1u << 0,  // `vlan` is the tag that was taken off the frame
        hash_valid = 1u << 1,     // `rss_hash` is valid
        ip_checked = 1u << 2,     // the IPv4 header checksum was checked …
        ip_bad = 1u << 3,         // … and is wrong
        l4_checked = 1u << 4,     // the TCP, UDP or SCTP checksum was checked …
        l4_bad = 1u << 5,         // … and is wrong
        ipv4 = 1u << 8,
        ipv6 = 1u << 9,
        tcp = 1u << 10,
        udp = 1u << 11,
        sctp = 1u << 12,
    };
    std::uint32_t rss_hash = 0;
    std::uint16_t vlan = 0;
    std::uint16_t flags = 0;
};

}  // namespace ringside
