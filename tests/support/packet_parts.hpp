// A frame in a pool's buffers.
#pragma once

#include "mem/packet.hpp"
#include "mem/packet_pool.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace ringside::test {

// As many parts as it takes: `first` bytes in the first, up to `others` in each of the others, and never more
// than a buffer has room for.
inline std::vector<mem::Packet> put(mem::PacketCache& cache, std::span<const std::byte> bytes,
                                    std::size_t first = ~std::size_t{0},
                                    std::size_t others = ~std::size_t{0}) {
    std::vector<mem::Packet> frame;
    for (std::size_t at = 0; at < bytes.size();) {
        auto packet = cache.allocate();
        if (!packet) throw std::runtime_error("the pool is too small for these frames");
        const std::size_t size =
            std::min({at == 0 ? first : others, bytes.size() - at, std::size_t{cache.pool().room()}});
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), size, packet->data);
        packet->length = static_cast<std::uint16_t>(size);
        at += size;
        packet->flags = at < bytes.size() ? mem::Packet::more : std::uint16_t{0};
        frame.push_back(*packet);
    }
    return frame;
}

}  // namespace ringside::test
