// The program in docs/programming.md, "Sleeping": counts frames, and sleeps while there are none. A test runs
// it.
#include "driver/nic.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <exception>
#include <memory>

using namespace ringside;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

struct Counts {
    std::uint64_t frames = 0, sleeps = 0;
};

Counts count_and_sleep(Nic& nic, mem::PacketPool& pool) {
    mem::PacketCache cache(pool);
    mem::Batch<32> batch(cache);
    RxQueue& in = nic.rx(0);
    Counts counts;
    for (const auto end = Clock::now() + 2s; Clock::now() < end;) {
        counts.frames += in.receive(batch);
        const bool idle = batch.empty();
        batch.clear();  // dropped
        if (!idle) continue;
        ++counts.sleeps;
        if (!nic.wait_for_frames(0, 1s)) nic.link();  // nothing for a second: is the card still there?
    }
    return counts;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        mem::DmaDomain domain;
        const auto nic = open_nic(domain, argc > 1 ? argv[1] : "sim:82599,cable=generate:rate=1kpps");
        const NicConfig config{.promiscuous = true, .interrupts = Interrupts::best};
        const std::uint32_t buffers = mem::buffers_needed(config.rx_descriptors + config.tx_descriptors, 1);
        const auto pool = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = buffers});
        nic->start(pool, config);
        nic->wait_for_link(10s);
        const std::clock_t before = std::clock();
        const Counts counts = count_and_sleep(*nic, *pool);
        std::printf("%" PRIu64 " frames, slept %" PRIu64 " times, busy for %.0f ms of 2000\n", counts.frames,
                    counts.sleeps, 1e3 * static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC);
        return counts.frames > 0 && counts.sleeps > 0 ? 0 : 1;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "sleeper: %s\n", e.what());
        return 1;
    }
}
