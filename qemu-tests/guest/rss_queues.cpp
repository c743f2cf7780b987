// Receives frames and says which queue each came to: a JSON object a frame, with the number in its last four
// bytes. Ends after COUNT frames.
//
//   rss_queues PORT COUNT QUEUES KEY TABLE TYPES
//
// KEY: 80 hexadecimal digits. TABLE: 128, each a queue. TYPES: "usual" or "with_udp" (driver/rss.hpp).
#include "driver/nic.hpp"
#include "hal/error.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>

using namespace ringside;
using namespace std::chrono_literals;

namespace {

std::uint8_t number(const std::string& digits) {
    std::size_t used = 0;
    const unsigned long value = std::stoul(digits, &used, 16);
    if (used != digits.size()) throw hal::Error(digits + " is no hexadecimal number");
    return static_cast<std::uint8_t>(value);
}

Rss rss(const std::string& key, const std::string& table, const std::string& types) {
    Rss rss;
    if (key.size() != 2 * rss.key.bytes.size() || table.size() != rss.table.size())
        throw hal::Error("a key has 80 digits and a table 128");
    for (std::size_t i = 0; i < rss.key.bytes.size(); ++i) rss.key.bytes[i] = number(key.substr(2 * i, 2));
    for (std::size_t i = 0; i < rss.table.size(); ++i) rss.table[i] = number(table.substr(i, 1));
    rss.types = types == "with_udp" ? Rss::with_udp : Rss::usual;
    return rss;
}

void tell(const mem::Packet& packet, const RxInfo& info, std::uint32_t queue) {
    if (packet.length < 4) return;
    std::uint32_t frame = 0;
    for (int i = 4; i > 0; --i)
        frame = frame << 8 | std::to_integer<std::uint32_t>(packet.data[packet.length - i]);
    std::printf("{\"frame\":%u,\"queue\":%u,\"hash\":%u}\n", frame, queue,
                (info.flags & RxInfo::hash_valid) ? info.rss_hash : 0u);
}

void run(const std::string& port, std::uint32_t count, std::uint32_t queues, const Rss& rss) {
    mem::DmaDomain domain;
    const auto nic = open_nic(domain, port);
    const auto pool = std::make_shared<mem::PacketPool>(
        domain, mem::PoolOptions{.buffers = mem::buffers_needed(512 * (queues + 1), 1)});
    nic->start(pool, {.rx_queues = queues, .rss = rss});
    nic->wait_for_link(10s);
    std::printf("{\"ready\":true,\"same_rss\":%s}\n", nic->rss() == rss ? "true" : "false");
    std::fflush(stdout);
    mem::PacketCache cache(*pool);
    std::array<mem::Packet, 32> packets;
    std::array<RxInfo, 32> info;
    for (std::uint32_t came = 0; came < count;)
        for (std::uint32_t queue = 0; queue < queues; ++queue) {
            const std::uint32_t n = nic->rx(queue).receive(cache, packets, info);
            for (std::uint32_t i = 0; i < n; ++i) {
                tell(packets[i], info[i], queue);
                cache.give(packets[i]);
            }
            came += n;
        }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 7) throw hal::Error("usage: rss_queues PORT COUNT QUEUES KEY TABLE TYPES");
        run(argv[1], static_cast<std::uint32_t>(std::atoi(argv[2])),
            static_cast<std::uint32_t>(std::atoi(argv[3])), rss(argv[4], argv[5], argv[6]));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "rss_queues: %s\n", e.what());
        return 1;
    }
}
