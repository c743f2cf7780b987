#include "driver/nic.hpp"

#include <cstdio>

namespace ringside {

std::string to_string(const MacAddress& mac) {
    char text[18];
    const auto& b = mac.bytes;
    std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
    return text;
}

std::string to_string(const Link& link) {
    if (!link.up) return "down";
    if (link.mbit_per_second == 0) return "up";
    if (link.mbit_per_second % 1000 == 0)
        return "up, " + std::to_string(link.mbit_per_second / 1000) + " Gb/s";
    return "up, " + std::to_string(link.mbit_per_second) + " Mb/s";
}

}  // namespace ringside
