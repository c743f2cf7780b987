// Forwards frames between two ports, both ways, and says what became of each.
//
// Read this first: it is the whole life of a packet as a program sees it. What each call does behind the
// scenes is told in docs/walk.md.
#include "driver/hybrid.hpp"
#include "driver/nic.hpp"
#include "examples/support/forwarder_options.hpp"
#include "examples/support/forwarder_report.hpp"
#include "examples/support/lane.hpp"
#include "examples/support/register_trace.hpp"
#include "examples/support/signals.hpp"
#include "examples/support/tx_limit.hpp"
#include "examples/support/worker.hpp"
#include "hal/cpu.hpp"
#include "hal/error.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"
#include "mem/sizing.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <deque>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

using namespace ringside;
using namespace ringside::examples;
using namespace std::chrono_literals;

namespace {

void swap_macs(std::byte* frame) {
    std::array<std::byte, 6> destination;
    std::memcpy(destination.data(), frame, 6);
    std::memcpy(frame, frame + 6, 6);
    std::memcpy(frame + 6, destination.data(), 6);
}

// A handle that continues a frame holds no header: only the first part of a frame is changed.
void change(std::span<mem::Packet> packets, Change what) {
    bool first_part = true;
    for (const mem::Packet& packet : packets) {
        if (first_part && packet.length >= 12) {
            if (what == Change::touch) packet.data[11] ^= std::byte{1};
            if (what == Change::swap_mac) swap_macs(packet.data);
        }
        first_part = !(packet.flags & mem::Packet::more);
    }
}

std::vector<RxSource> sources(const std::deque<Lane>& lanes) {
    std::vector<RxSource> all;
    for (const Lane& lane : lanes) all.push_back(lane.source);
    return all;
}

// The data path of one thread. A full transmit ring holds the batch back, and thereby the receive ring: what
// does not fit is dropped by the receiving card, which counts it, before it has cost us anything.
void forward(std::deque<Lane>& lanes, mem::PacketPool& pool, const ForwarderOptions& options,
             const std::atomic<bool>& stop) {
    mem::PacketCache cache(pool);  // this thread's stock of free buffers
    std::deque<mem::Batch<max_burst>> batches;
    for (std::size_t i = 0; i < lanes.size(); ++i) batches.emplace_back(cache);

    std::optional<Hybrid> hybrid;  // with --sleep
    if (options.sleep) hybrid.emplace(sources(lanes));
    while (!stop.load(std::memory_order_relaxed)) {
        bool worked = false;
        for (std::size_t i = 0; i < lanes.size(); ++i) {
            Lane& lane = lanes[i];
            mem::Batch<max_burst>& batch = batches[i];
            if (batch.empty()) {
                batch.filled(lane.in.receive(cache, batch.space().first(options.burst)));
                if (batch.empty()) continue;
                worked = true;
                lane.received.add(frames(batch.packets()));
                if (options.change != Change::nothing) change(batch.packets(), options.change);
            }
            const std::uint32_t before = frames(batch.packets());
            lane.out.send(batch);
            lane.sent.add(before - frames(batch.packets()));
            worked |= !batch.empty();
        }
        if (hybrid) {
            // Buffers do not wait in the rings while we sleep, as far as they are back.
            if (!worked)
                for (Lane& lane : lanes) lane.out.reclaim(cache);
            hybrid->after(worked);
        }
    }

    // The cards finish what is in their rings. What is still in a batch goes back to the pool with it.
    for (std::size_t i = 0; i < lanes.size(); ++i) lanes[i].dropped.add(frames(batches[i].packets()));
    const auto deadline = std::chrono::steady_clock::now() + 1s;
    for (Lane& lane : lanes) {
        std::uint32_t left = lane.out.reclaim(cache);
        for (; left > 0 && std::chrono::steady_clock::now() < deadline; left = lane.out.reclaim(cache))
            std::this_thread::yield();
        lane.unsent.add(left);
    }
}

// Thread t serves the direction t % 2 with queue t / 2; a single thread serves both directions.
std::vector<std::deque<Lane>> plan(Nic& left, Nic& right, std::uint32_t threads) {
    std::vector<std::deque<Lane>> lanes(threads);
    for (std::uint32_t t = 0; t < std::max(threads, 2u); ++t) {
        const std::uint32_t queue = t / 2;
        Nic& from = t % 2 == 0 ? left : right;
        Nic& to = t % 2 == 0 ? right : left;
        lanes[t % threads].emplace_back(t % 2, RxSource{from, queue}, to.tx(queue));
    }
    return lanes;
}

// Starts the data path on its cores and watches over it until it is time to stop.
void forward_until_done(const ForwarderOptions& options, const Signals& signals, Nic& left, Nic& right,
                        mem::PacketPool& pool, TxLimit& limit, ForwarderReport& report) {
    std::vector<std::deque<Lane>> lanes = plan(left, right, options.threads);
    report.watch(lanes);
    std::deque<Worker> workers;
    for (std::uint32_t t = 0; t < options.threads; ++t)
        workers.emplace_back([&, t](const std::atomic<bool>& stop) {
            if (options.pin) hal::pin_this_thread(options.cores[t]);
            forward(lanes[t], pool, options, stop);
        });

    try {
        for (auto now = report.begin(); !signals.received(); now = report.wait(10ms)) {
            if (options.duration && now >= *options.duration) break;
            if (options.packets && report.forwarded() >= *options.packets) break;
            for (const Worker& worker : workers) worker.check();
            // Throws if a device is gone: nothing else would tell us, the rings are just memory.
            if (report.due()) {
                limit.update();
                report.rates(left, right);
            }
        }
    } catch (const hal::DeviceWanted& e) {
        fmt::print(stderr, "forwarder: {}\n", e.what());  // an administrator's wish, like Ctrl-C
    }
    workers.clear();
    report.end(left, right);
}

// Returns early if somebody wants to stop.
void wait_for_links(const ForwarderOptions& options, const Signals& signals, Nic& left, Nic& right) {
    const auto deadline = std::chrono::steady_clock::now() + options.link_timeout;
    for (Nic* nic : {&left, &right}) {
        while (!nic->link().up && std::chrono::steady_clock::now() < deadline) {
            if (signals.received()) return;
            std::this_thread::sleep_for(1ms);
        }
        nic->wait_for_link(0ms);  // up by now, or a sentence that says why not
    }
}

int run(ForwarderOptions options) {
    const Signals signals;  // from here on, Ctrl-C ends the program cleanly
    RegisterTrace trace(stderr);

    // The memory that both cards reach at the same addresses: what one receives the other sends without a
    // copy.
    mem::DmaDomain domain(options.memory);
    const auto left = open_nic(domain, options.ports[0]);
    const auto right = open_nic(domain, options.ports[1]);
    TxLimit limit(options.tx_rate, options.nic().tx_queues, {left.get(), right.get()});
    if (options.trace_registers) {
        left->observe_registers(&trace);
        right->observe_registers(&trace);
    }

    // Rings long enough for the traffic, short enough for the cache, as far as we were not told.
    const mem::Sizing sizes = mem::size_buffers(options.sizing(mem::io_cache_of(left->info().numa_node)));
    options.ring = sizes.rx_descriptors;
    if (options.adaptive_posting) options.posting = {sizes.posted_at_least, sizes.posted_at_most};

    const auto pool = std::make_shared<mem::PacketPool>(domain, options.pool());
    // Both at once: most of a start is waiting for the card. In a trace one after the other reads better.
    auto right_starts = std::async(options.trace_registers ? std::launch::deferred : std::launch::async,
                                   [&] { right->start(pool, options.nic()); });
    left->start(pool, options.nic());
    right_starts.get();

    ForwarderReport report(options);
    report.ports(*left, *right);
    report.sizes(sizes);
    wait_for_links(options, signals, *left, *right);
    limit.update();
    forward_until_done(options, signals, *left, *right, *pool, limit, report);
    return report.everything_accounted_for() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::optional<ForwarderOptions> options = parse_forwarder_options(argc, argv);
        return options ? run(*options) : 0;
    } catch (const UsageError& e) {
        fmt::print(stderr, "forwarder: {}\n", e.what());
        return 2;
    } catch (const std::exception& e) {
        fmt::print(stderr, "forwarder: {}\n", e.what());
        return 1;
    }
}
