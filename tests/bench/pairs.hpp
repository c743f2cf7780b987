// The paths to be measured: each a receive and a transmit ring with the NIC's half of both.
#pragma once

#include "hal/vector.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"
#include "tests/bench/cards.hpp"
#include "tests/bench/case.hpp"
#include "tests/bench/floor_loop.hpp"
#include "tests/bench/memory_nic.hpp"
#include "tests/bench/reference_loop.hpp"

#include <array>
#include <cstdint>
#include <memory>

namespace ringside::bench {

// The driver's queues. All pairs of a core share a pool and that core's stock of buffers.
template <class Card, bool metadata, bool offloads> class PooledPair {
public:
    struct Shared {
        Shared(mem::DmaDomain& of, const Case& c, hal::Vector vector_)
            : domain(&of),
              pool(std::make_shared<mem::PacketPool>(of, options(c))),
              cache(*pool),
              vector(vector_) {}
        mem::DmaDomain* domain;
        std::shared_ptr<mem::PacketPool> pool;
        mem::PacketCache cache;
        hal::Vector vector;

    private:
        static mem::PoolOptions options(const Case& c) {
            const PoolShape shape = pool_shape(c.stride).value();
            return {.buffers = mem::buffers_needed(2 * c.ring * c.queues, 1) + max_burst,
                    .room = shape.room,
                    .headroom = shape.headroom};
        }
    };

    PooledPair(Shared& shared, std::uint32_t ring)
        : cache_(&shared.cache),
          rx_(*shared.domain, shared.pool, ring, hal::Doorbell(tails_.rx), std::nullopt, shared.vector),
          tx_(*shared.domain, shared.pool, ring, hal::Doorbell(tails_.tx), TxRequest::everything, 0,
              shared.vector),
          nic_(rx_.ring(), tx_.ring(), tails_, shared.pool->data(0), shared.pool->iova(0u)) {
        tails_.rx = rx_.first_tail();
        requests_.fill({.flags = TxRequest::tcp_checksum, .l2_length = 14, .l3_length = 20});
    }

    MemoryNic<Card>& nic() { return nic_; }
    std::uint32_t receive(mem::Packet* out, std::uint32_t n) {
        if constexpr (metadata) {
            const std::uint32_t got = rx_.receive(*cache_, {out, n}, info_);
            for (std::uint32_t i = 0; i < got; ++i) metadata_sum_ += MemoryNic<Card>::sum(info_[i]);
            return got;
        } else {
            return rx_.receive(*cache_, {out, n});
        }
    }
    std::uint32_t send(const mem::Packet* in, std::uint32_t n) {
        if constexpr (offloads)
            return tx_.send(*cache_, {in, n}, requests_);
        else
            return tx_.send(*cache_, {in, n});
    }
    bool metadata_wrong() const { return metadata && metadata_sum_ != nic_.metadata_sum(); }

private:
    using Rx = RxRing<typename Card::Rx>;
    using Tx = TxRing<typename Card::Tx>;
    Tails tails_;
    mem::PacketCache* cache_;
    Rx rx_;
    Tx tx_;
    std::uint64_t metadata_sum_ = 0;
    std::array<RxInfo, max_burst> info_;
    std::array<TxRequest, max_burst> requests_;
    MemoryNic<Card> nic_;
};

// Rings and buffers without a driver, for the hand-written loops.
class BareRings {
public:
    BareRings(mem::DmaDomain& domain, std::uint32_t ring, std::uint32_t buffers, std::uint32_t stride)
        : memory_(domain.allocate(std::size_t{buffers} * stride, 4096)),
          rx_memory_(domain.allocate(ring * sizeof(ixgbe::RxDescriptor))),
          tx_memory_(domain.allocate(ring * sizeof(ixgbe::TxDescriptor))),
          nic_({rx(), ring}, {tx(), ring}, tails_, memory_.bytes().data(), memory_.iova()) {}

    MemoryNic<Ixgbe>& nic() { return nic_; }
    Tails& tails() { return tails_; }
    ixgbe::RxDescriptor* rx() const {
        return reinterpret_cast<ixgbe::RxDescriptor*>(rx_memory_.bytes().data());
    }
    ixgbe::TxDescriptor* tx() const {
        return reinterpret_cast<ixgbe::TxDescriptor*>(tx_memory_.bytes().data());
    }
    std::byte* memory() const { return memory_.bytes().data(); }
    hal::Iova base() const { return memory_.iova(); }

private:
    Tails tails_;
    mem::DmaBuffer memory_, rx_memory_, tx_memory_;
    MemoryNic<Ixgbe> nic_;
};

class ReferencePair {
public:
    struct Shared {
        mem::DmaDomain* domain;
        std::uint32_t stride;
    };
    ReferencePair(Shared& shared, std::uint32_t ring)
        : rings_(*shared.domain, ring, buffers(ring), shared.stride),
          loop_(ring, buffers(ring), rings_.memory(), rings_.base(), shared.stride, rings_.rx(), rings_.tx(),
                rings_.tails().rx, rings_.tails().tx) {}
    MemoryNic<Ixgbe>& nic() { return rings_.nic(); }
    std::uint32_t receive(mem::Packet* out, std::uint32_t n) { return loop_.receive(out, n); }
    std::uint32_t send(const mem::Packet* in, std::uint32_t n) { return loop_.send(in, n); }
    bool metadata_wrong() const { return false; }

private:
    // As many as the driver's pool has for a pair.
    static std::uint32_t buffers(std::uint32_t ring) { return mem::buffers_needed(2 * ring, 1) + max_burst; }
    BareRings rings_;
    ReferenceLoop loop_;
};

class FloorPair {
public:
    using Shared = ReferencePair::Shared;
    FloorPair(Shared& shared, std::uint32_t ring)
        : rings_(*shared.domain, ring, 2 * ring, shared.stride),
          loop_(ring, rings_.memory(), rings_.base(), shared.stride, rings_.rx(), rings_.tx(),
                rings_.tails().rx, rings_.tails().tx) {}
    MemoryNic<Ixgbe>& nic() { return rings_.nic(); }
    std::uint32_t receive(mem::Packet* out, std::uint32_t n) { return loop_.receive(out, n); }
    std::uint32_t send(const mem::Packet* in, std::uint32_t n) { return loop_.send(in, n); }
    std::uint32_t forward(std::uint32_t n) { return loop_.forward(n); }
    bool metadata_wrong() const { return false; }

private:
    BareRings rings_;
    FloorLoop loop_;
};

}  // namespace ringside::bench
