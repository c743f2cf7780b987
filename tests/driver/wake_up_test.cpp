// Across processes, as on hardware: no frame goes unannounced while the program falls asleep.
#include "driver/nic.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>

namespace ringside::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Case {
    const char* name;
    const char* options;
    Interrupts kind;
};

class WakeUp : public testing::TestWithParam<Case> {
protected:
    void SetUp() override {
        ::setenv("RINGSIDE_SIM", SIMULATOR, 1);
        const std::string port = std::string("sim:82599") + GetParam().options + ",cable=link:x";
        sender = open_nic(domain, port);
        sleeper = open_nic(domain, port);
        pool = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = 8192});
        sender->start(pool, {.promiscuous = true});
        sleeper->start(pool, {.promiscuous = true, .interrupts = GetParam().kind});
        sender->wait_for_link(30s);
        sleeper->wait_for_link(30s);
    }

    // Sends a frame each time the one before was seen, after a while that is never the same: at any moment of
    // falling asleep.
    void send(std::uint32_t frames) {
        mem::PacketCache cache(*pool);
        for (std::uint32_t sent = 0, random = 1; sent < frames && !give_up;) {
            if (seen < sent) {
                std::this_thread::yield();
                continue;
            }
            random = random * 1664525 + 1013904223;
            for (const auto end = Clock::now() + std::chrono::nanoseconds((random >> 8) % 50000);
                 Clock::now() < end;) {}
            const auto packet = cache.allocate();
            if (packet) {
                mem::Packet frame = *packet;
                frame.length = 60;
                std::memset(frame.data, 0xFF, 60);
                if (sender->tx(0).send(cache, {&frame, 1}) == 1)
                    ++sent;
                else
                    cache.give(frame);
            }
            sender->tx(0).reclaim(cache);
        }
        for (int i = 0; i < 1000 && sender->tx(0).reclaim(cache) > 0; ++i) std::this_thread::sleep_for(1ms);
    }

    mem::DmaDomain domain{{.page_size = mem::PageSize::small, .numa_node = -1}};
    std::shared_ptr<mem::PacketPool> pool;
    std::unique_ptr<Nic> sender, sleeper;
    std::atomic<std::uint32_t> seen{0};
    std::atomic<bool> give_up{false};
};

TEST_P(WakeUp, IsNeverLost) {
    constexpr std::uint32_t frames = 2000;
    // What is lost is found at the end of a wait, so a wait that ends there was one too many.
    constexpr auto limit = 20s;
    std::thread thread([&] { send(frames); });
    mem::PacketCache cache(*pool);
    mem::Batch<32> batch(cache);
    for (std::uint32_t received = 0; received < frames;) {
        received += sleeper->rx(0).receive(batch);
        seen = received;
        if (!batch.empty()) {
            batch.clear();
            continue;
        }
        const auto begin = Clock::now();
        sleeper->wait_for_frames(0, limit);
        if (Clock::now() - begin >= limit) {
            ADD_FAILURE() << "frame " << received << " was not announced";
            break;
        }
    }
    give_up = true;
    thread.join();
}

INSTANTIATE_TEST_SUITE_P(Each, WakeUp,
                         testing::Values(Case{"msix", "", Interrupts::msix}, Case{"msi", "", Interrupts::msi},
                                         Case{"intx", "", Interrupts::intx},
                                         Case{"trapped", ",doorbells=trapped", Interrupts::msix}),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace ringside::test
