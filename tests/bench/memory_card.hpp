// A whole 82599 that exists in memory only: many pairs of queues on one pool, made one after the other as the
// driver makes them. Each thread forwards on a pair of its own.
#pragma once

#include "driver/ixgbe/queues.hpp"
#include "hal/cpu.hpp"
#include "mem/cache_line.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"
#include "tests/bench/cards.hpp"
#include "tests/bench/memory_nic.hpp"
#include "tests/bench/runner_of.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

namespace ringside::bench {

class MemoryCard {
public:
    MemoryCard(mem::DmaDomain& domain, std::uint32_t queues, std::uint32_t ring, mem::PoolOptions options)
        : pool_(std::make_shared<mem::PacketPool>(domain, options)), halves_(queues) {
        for (std::uint32_t q = 0; q < queues; ++q)
            rx_.push_back(std::make_unique<ixgbe::RxQueue>(domain, pool_, ring, hal::Doorbell(tails(q).rx)));
        for (std::uint32_t q = 0; q < queues; ++q)
            tx_.push_back(std::make_unique<ixgbe::TxQueue>(domain, pool_, ring, hal::Doorbell(tails(q).tx)));
        for (std::uint32_t q = 0; q < queues; ++q) {
            tails(q).rx = rx(q).first_tail();
            halves_[q].nic.emplace(rx(q).ring(), tx(q).ring(), tails(q), pool_->data(0), pool_->iova(0u));
        }
    }

    mem::PacketPool& pool() const { return *pool_; }
    ixgbe::RxQueue& rx(std::uint32_t queue) { return *rx_[queue]; }
    ixgbe::TxQueue& tx(std::uint32_t queue) { return *tx_[queue]; }
    MemoryNic<Ixgbe>& nic(std::uint32_t queue) { return *halves_[queue].nic; }

private:
    // The card's half of a pair, away from that of others: a card's registers are in no cache.
    struct alignas(mem::interference_size) Half {
        Tails tails;
        std::optional<MemoryNic<Ixgbe>> nic;
        std::array<std::byte, mem::prefetch_reach> nothing;
    };
    Tails& tails(std::uint32_t queue) { return halves_[queue].tails; }

    std::shared_ptr<mem::PacketPool> pool_;
    std::vector<Half> halves_;
    std::vector<std::unique_ptr<ixgbe::RxQueue>> rx_;
    std::vector<std::unique_ptr<ixgbe::TxQueue>> tx_;
};

// One thread's part: a pair of queues, its stock of buffers, and the card's half, which it plays itself.
class alignas(mem::interference_size) Forwarder {
public:
    static constexpr std::uint32_t burst_size = 32;
    static constexpr std::uint32_t frame_length = 60;

    Forwarder(MemoryCard& card, std::uint32_t queue)
        : cache_(card.pool()), rx_(&card.rx(queue)), tx_(&card.tx(queue)), nic_(&card.nic(queue)) {}

    // The card's half, then the driver's: receive, swap, send. Returns how many TSC cycles the driver took,
    // with the reading of the clock.
    std::uint64_t burst() {
        nic_->drain();
        nic_->deliver(burst_size, frame_length);
        const std::uint64_t before = hal::serialized_cycles();
        const std::uint32_t got = rx_->receive(cache_, packets_);
        for (std::uint32_t i = 0; i < got; ++i) swap_macs(packets_[i].data);
        const std::uint32_t sent = tx_->send(cache_, {packets_.data(), got});
        const std::uint64_t took = hal::serialized_cycles() - before;
        if (sent != burst_size) throw std::runtime_error("the bench lost packets: its driver is broken");
        return took;
    }
    // Looks at what was sent last; throws if any frame was not as it had to be.
    void check() {
        nic_->drain();
        if (nic_->wrong() != 0)
            throw std::runtime_error(
                "frames were sent with wrong contents, or not in order: the driver is broken, and the "
                "figures mean nothing");
    }

private:
    mem::PacketCache cache_;
    ixgbe::RxQueue* rx_;
    ixgbe::TxQueue* tx_;
    MemoryNic<Ixgbe>* nic_;
    std::array<mem::Packet, burst_size> packets_;
};

}  // namespace ringside::bench
