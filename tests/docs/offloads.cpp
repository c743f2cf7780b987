// The program in docs/offloads.md: sends UDP datagrams whose checksums and VLAN tag the card fills in, over a
// cable that brings them back, and looks at what the card says of them. A test runs it.
#include "driver/nic.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"
#include "net/headers.hpp"
#include "net/prepare.hpp"
#include "net/sender.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>

using namespace ringside;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

// Ethernet, IPv4, UDP from port 1000 + n, and two bytes; checksums are left to others.
mem::Packet datagram(mem::PacketCache& cache, std::uint8_t n) {
    const std::array<std::uint8_t, 44> bytes{
        0x02, 0,
        0,    0,
        0,    2,
        0x02, 0,
        0,    0,
        0,    1,
        0x08, 0x00,  // Ethernet
        0x45, 0,
        0,    30,
        0,    n,
        0x40, 0,
        64,   17,
        0,    0,
        192,  0,
        2,    1,
        192,  0,
        2,    2,  // IPv4
        0x03, static_cast<std::uint8_t>(0xE8 + n),
        0x00, 0x35,
        0,    10,
        0,    0,
        'h',  'i'  // UDP
    };
    mem::Packet packet = cache.allocate().value();
    std::ranges::copy(std::as_bytes(std::span(bytes)), packet.data);
    packet.length = bytes.size();
    return packet;
}

void send_some(Nic& nic, mem::PacketCache& cache) {
    net::Sender sender(nic.tx(0), cache);  // does in software what the card cannot
    for (std::uint8_t n = 0; n < 8; ++n) {
        mem::Packet packet = datagram(cache, n);
        const net::Headers headers = net::find_headers({&packet, 1});
        const net::Prepared prepared = net::prepare({&packet, 1}, headers, {.vlan = 7});
        while (sender.send({&packet, 1}, {&prepared.request, 1}) == 0) {}
    }
    while (!sender.flush()) {}
}

std::uint32_t count_good(Nic& nic, mem::PacketCache& cache) {
    std::array<mem::Packet, 32> packets;
    std::array<RxInfo, 32> info;
    std::uint32_t good = 0;
    for (const auto end = Clock::now() + 5s; good < 8 && Clock::now() < end;)
        for (std::uint32_t q = 0; q < 2; ++q) {
            const std::uint32_t n = nic.rx(q).receive(cache, packets, info);
            for (std::uint32_t i = 0; i < n; ++i) {
                const RxInfo& known = info[i];
                const bool checked = (known.flags & RxInfo::ip_checked) && (known.flags & RxInfo::l4_checked);
                const bool bad = (known.flags & RxInfo::ip_bad) || (known.flags & RxInfo::l4_bad);
                const bool tagged = (known.flags & RxInfo::vlan_stripped) && known.vlan == 7;
                std::printf("queue %u, hash %08x: %s%s\n", q, known.rss_hash,
                            checked ? "checked" : "not checked", bad ? ", wrong" : ", right");
                good += checked && !bad && tagged;
                cache.give(packets[i]);
            }
        }
    return good;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        mem::DmaDomain domain;
        const auto nic = open_nic(domain, argc > 1 ? argv[1] : "sim:82599,cable=loop");
        const NicConfig config{.rx_queues = 2,
                               .promiscuous = true,
                               .rss = Rss::over(2, RssKey::symmetric(), Rss::with_udp),
                               .strip_vlan = true};
        const auto pool = std::make_shared<mem::PacketPool>(
            domain, mem::PoolOptions{.buffers = mem::buffers_needed(3 * config.rx_descriptors, 1)});
        nic->start(pool, config);
        nic->wait_for_link(10s);
        // Port 1003 has a queue of its own, whatever its hash says.
        nic->add_rule(parse_rule("udp sport 1003 queue 1"));
        mem::PacketCache cache(*pool);
        send_some(*nic, cache);
        const std::uint32_t good = count_good(*nic, cache);
        while (nic->tx(0).reclaim(cache) > 0) {}
        return good == 8 ? 0 : 1;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "offloads: %s\n", e.what());
        return 1;
    }
}
