// A pool, a cache, and frames in their buffers.
#pragma once

#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"
#include "tests/net/frames.hpp"
#include "tests/support/packet_parts.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
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
        return test::put(cache, bytes, first, others);
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
