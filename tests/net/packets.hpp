// A pool, a cache, and frames in their buffers.
#pragma once

#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"
#include "tests/net/frames.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace ringside::test {

struct Packets {
    explicit Packets(mem::PoolOptions options = {2048, 2048, 64}) : pool(domain, options), cache(pool) {}

    mem::DmaDomain domain{{mem::PageSize::small, -1}};
    mem::PacketPool pool;
    mem::PacketCache cache;

    // Buffers that are in nobody's stock.
    std::uint32_t missing() const { return pool.size() - pool.available() - cache.in_stock(); }

    // The frame in buffers: `first` bytes in the first, up to `others` in each of the others.
    std::vector<mem::Packet> put(const Bytes& bytes, std::size_t first = 2048, std::size_t others = 2048) {
        std::vector<mem::Packet> frame;
        for (std::size_t at = 0; at < bytes.size();) {
            auto packet = cache.allocate();
            if (!packet) throw std::runtime_error("the test's pool is too small");
            const std::size_t size =
                std::min({at == 0 ? first : others, bytes.size() - at, std::size_t{pool.room()}});
            std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), size, packet->data);
            packet->length = static_cast<std::uint16_t>(size);
            at += size;
            packet->flags = at < bytes.size() ? mem::Packet::more : std::uint16_t{0};
            frame.push_back(*packet);
        }
        return frame;
    }
    void give(std::span<const mem::Packet> packets) {
        for (const mem::Packet& packet : packets) cache.give(packet);
    }
    static Bytes content(std::span<const mem::Packet> frame) {
        Bytes all;
        for (const mem::Packet& part : frame) all.insert(all.end(), part.bytes().begin(), part.bytes().end());
        return all;
    }
};

}  // namespace ringside::test
