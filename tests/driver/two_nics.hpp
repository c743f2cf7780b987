// Two software NICs on a cable, in a process of their own: interrupts and memory as on hardware.
#pragma once

#include "driver/nic.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

namespace ringside::test {

using namespace std::chrono_literals;

// One NIC sends single frames, the other receives them and sleeps in between.
class TwoNics : public testing::Test {
protected:
    using Clock = std::chrono::steady_clock;

    // `options` of both in their address, such as ",doorbells=trapped".
    void open(const std::string& options, const NicConfig& receiving) {
        ::setenv("RINGSIDE_SIM", SIMULATOR, 1);
        const std::string port = "sim:82599" + options + ",cable=link:x";
        sender = open_nic(domain, port);
        receiver = open_nic(domain, port);
        pool = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = 8192});
        sender->start(pool, {.promiscuous = true});
        receiver->start(pool, receiving);
        sender->wait_for_link(30s);
        receiver->wait_for_link(30s);
    }

    // A frame of 60 bytes, which `fill` writes. Says whether it was sent.
    template <class Fill> bool send_one(mem::PacketCache& cache, Fill&& fill) {
        auto packet = cache.allocate();
        if (!packet) return false;
        packet->length = 60;
        fill(packet->data);
        if (sender->tx(0).send(cache, {&*packet, 1}) == 1) return true;
        cache.give(*packet);
        return false;
    }
    // Sends a frame each time the one before was seen, after a while that is never the same: at any moment of
    // falling asleep. `fill` gets a random number besides the frame.
    template <class Fill> void send_slowly(std::uint32_t frames, Fill&& fill) {
        mem::PacketCache cache(*pool);
        for (std::uint32_t sent = 0, random = 1; sent < frames && !give_up;) {
            if (seen < sent) {
                std::this_thread::yield();
                continue;
            }
            random = random * 1664525 + 1013904223;
            for (const auto end = Clock::now() + std::chrono::nanoseconds((random >> 8) % 50000);
                 Clock::now() < end;) {}
            sent += send_one(cache, [&](std::byte* frame) { fill(frame, random); });
            sender->tx(0).reclaim(cache);
        }
        drain(cache);
    }
    void drain(mem::PacketCache& cache) {
        for (int i = 0; i < 1000 && sender->tx(0).reclaim(cache) > 0; ++i) std::this_thread::sleep_for(1ms);
    }

    mem::DmaDomain domain{{.page_size = mem::PageSize::small, .numa_node = -1}};
    std::shared_ptr<mem::PacketPool> pool;
    std::unique_ptr<Nic> sender, receiver;
    std::atomic<std::uint32_t> seen{0};
    std::atomic<bool> give_up{false};
};

}  // namespace ringside::test
