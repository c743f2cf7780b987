// "Verifying the RSS hash calculation": Microsoft's examples, which the 82599's datasheet repeats
// (§7.1.2.8.3).
#pragma once

#include <array>
#include <cstdint>

namespace ringside::test {

struct RssVector {
    const char* source;
    std::uint16_t source_port;
    const char* destination;
    std::uint16_t destination_port;
    std::uint32_t addresses, with_ports;  // the hash of the one, and of both
};
inline constexpr std::array rss_vectors{
    RssVector{"66.9.149.187", 2794, "161.142.100.80", 1766, 0x323e8fc2, 0x51ccc178},
    RssVector{"199.92.111.2", 14230, "65.69.140.83", 4739, 0xd718262a, 0xc626b0ea},
    RssVector{"24.19.198.95", 12898, "12.22.207.184", 38024, 0xd2d0a5de, 0x5c2b394a},
    RssVector{"38.27.205.30", 48228, "209.142.163.6", 2217, 0x82989176, 0xafc7327f},
    RssVector{"153.39.163.191", 44251, "202.188.127.2", 1303, 0x5d1809c5, 0x10e828a2},
    RssVector{"3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766, 0x2cc18cd5, 0x40207d3d},
    RssVector{"3ffe:501:8::260:97ff:fe40:efab", 14230, "ff02::1", 4739, 0x0f0c461c, 0xdde51bbf},
    RssVector{"3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, "fe80::200:f8ff:fe21:67cf", 38024, 0x4b61e985,
              0x02d1feef},
};

}  // namespace ringside::test
