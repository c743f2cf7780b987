// Sends every frame back to where it came from, and counts. The smallest complete program on the library:
// docs/programming.md goes through it.
#include "driver/nic.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <exception>
#include <memory>

using namespace ringside;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

// The data path: one thread, one receive queue, one transmit queue.
void reflect(RxQueue& in, TxQueue& out, mem::PacketPool& pool) {
    mem::PacketCache cache(pool);  // this thread's stock of free buffers
    mem::Batch<32> batch(cache);   // what is still in it at the end goes back to the stock
    std::uint64_t frames = 0, bytes = 0, sent = 0;
    for (const auto end = Clock::now() + 2s; Clock::now() < end;) {
        if (batch.empty()) {
            frames += in.receive(batch);
            for (const mem::Packet& packet : batch) {
                bytes += packet.length;
                if (packet.length >= 12) std::swap_ranges(packet.data, packet.data + 6, packet.data + 6);
            }
        }
        sent += out.send(batch);  // as many as the ring has room for; the others wait in the batch
    }
    for (const auto end = Clock::now() + 100ms; out.reclaim(cache) > 0 && Clock::now() < end;) {}
    std::printf("received %" PRIu64 " frames, %" PRIu64 " bytes; sent back %" PRIu64 "\n", frames, bytes,
                sent);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        mem::DmaDomain domain;  // first in, last out: everything below lives in its memory
        const auto nic = open_nic(domain, argc > 1 ? argv[1] : "sim:82599,cable=generate:count=100000");
        const NicConfig config{.promiscuous = true};
        const std::uint32_t buffers = mem::buffers_needed(config.rx_descriptors + config.tx_descriptors, 1);
        const auto pool = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = buffers});
        nic->start(pool, config);
        nic->wait_for_link(10s);
        reflect(nic->rx(0), nic->tx(0), *pool);
        const Statistics s = nic->statistics();
        std::printf("the card: received %" PRIu64 ", lost %" PRIu64 ", sent %" PRIu64 "\n", s.rx_packets,
                    s.rx_dropped.total(), s.tx_packets);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "reflector: %s\n", e.what());
        return 1;
    }
}
