#pragma once

#include <cstdint>

namespace ringside {

// What the card found out about a received frame, for programs that ask. Filled in for the first handle of a
// frame.
struct RxInfo {
    // Most are where the 82599 has them in its descriptors, so that describing a frame takes few instructions
    // (driver/base/advanced_rx.hpp).
    enum Flag : std::uint16_t {
        hash_valid = 1u << 0,     // `rss_hash` is valid
        l4_bad = 1u << 1,         // with l4_checked: it is wrong
        ip_bad = 1u << 2,         // with ip_checked: it is wrong
        vlan_stripped = 1u << 3,  // `vlan` is the tag that was taken off the frame
        l4_checked = 1u << 5,     // the TCP, UDP or SCTP checksum was checked
        ip_checked = 1u << 6,     // the IPv4 header checksum was checked
        time_stamped = 1u << 7,   // HardwareClock::take_rx_stamp() has its time
        ipv4 = 1u << 8,
        ipv6 = 1u << 10,
        tcp = 1u << 12,
        udp = 1u << 13,
        sctp = 1u << 14,
    };
    std::uint32_t rss_hash = 0;
    std::uint16_t vlan = 0;
    std::uint16_t flags = 0;
};

}  // namespace ringside
