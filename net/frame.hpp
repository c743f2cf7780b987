// A frame as a row of packets, all but the last marked `more`.
#pragma once

#include "mem/packet.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::net {

// How many handles the first frame in `packets` has; 0 if its end is not among them.
inline std::size_t parts_of_frame(std::span<const mem::Packet> packets) noexcept {
    for (std::size_t i = 0; i < packets.size(); ++i)
        if ((packets[i].flags & mem::Packet::more) == 0) return i + 1;
    return 0;
}

// In bytes.
inline std::uint32_t length_of_frame(std::span<const mem::Packet> frame) noexcept {
    std::uint32_t length = 0;
    for (const mem::Packet& part : frame) length += part.length;
    return length;
}

}  // namespace ringside::net
