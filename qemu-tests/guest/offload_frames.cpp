// Sends made-up frames, each first as it should come out, then as an offload: with its checksums, its VLAN
// tag or its cutting into segments left to the card. What leaves the card must be the same twice.
//
// A group is: a marker (EtherType 88B5, "begin"), the expected frames, a marker ("again"), the offloaded
// frame. Requests that the card does not accept are left out, and counted.
#include "driver/nic.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"
#include "net/headers.hpp"
#include "net/prepare.hpp"
#include "qemu-tests/guest/offloads.hpp"
#include "tests/net/frames.hpp"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <vector>

using namespace ringside;
using namespace std::chrono_literals;
using test::Bytes;

namespace {

void mark(guest::FrameSender& wire, const char* word, std::uint32_t number) {
    Bytes frame(60);
    const std::string text =
        std::string("\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x88\xB5", 14) + word + " " + std::to_string(number);
    std::memcpy(frame.data(), text.data(), text.size());
    wire.send(frame);
}

// QEMU's e1000 sends a TCP checksum of 0 as FFFF, which only UDP wants.
bool has_no_zero_checksum(const std::vector<test::Description>& frames) {
    return std::ranges::none_of(frames, [](const test::Description& d) {
        const test::Built b = test::build(d);
        return d.l4 == test::L4::tcp && b.bytes[b.l4 + 16] == std::byte{} &&
               b.bytes[b.l4 + 17] == std::byte{};
    });
}

// The frame with `tag` behind its addresses.
Bytes tagged(Bytes bytes, std::uint16_t tag) {
    const std::array<std::byte, 4> header{std::byte{0x81}, std::byte{0}, static_cast<std::byte>(tag >> 8),
                                          static_cast<std::byte>(tag & 0xFF)};
    bytes.insert(bytes.begin() + 12, header.begin(), header.end());
    return bytes;
}

struct Counts {
    std::uint32_t groups = 0, segmented = 0, tagged = 0, not_accepted = 0;
};

void one(guest::FrameSender& wire, test::Random& random, std::uint8_t accepts, std::uint32_t number,
         Counts& counts) {
    const bool cut = (accepts & TxRequest::segment) != 0 && random.below(3) == 0;
    test::Description d = cut ? random.tcp(9000) : random.description(1200);
    // Cards know tags of one kind, and one of them; the rest is the model's own test.
    d.tags.clear();
    // QEMU's cards do not get these right: CWR stays in all segments, FIN and PSH in none.
    if (cut) d.tcp_flags &= 0xF76;
    if (d.payload.size() < 64) d.payload.resize(64);
    const auto mss = static_cast<std::uint16_t>(cut ? 100 + random.below(1300) : 0);
    while (!has_no_zero_checksum(cut ? test::cut(d, mss) : std::vector{d})) ++d.acknowledgement;
    const test::Built built = test::build(d);
    net::Wanted wanted{.segment_size = mss};
    if ((accepts & TxRequest::vlan) && random.below(3) == 0)
        wanted.vlan = static_cast<std::uint16_t>(1 + random.below(4094));

    std::vector<mem::Packet> frame = wire.put(guest::wrecked(built, d));
    const net::Headers headers = net::find_headers(frame);
    const net::Prepared prepared = net::prepare(frame, headers, wanted);
    if (!prepared)
        throw hal::Error("net::prepare() refused frame " + std::to_string(number) + ": " +
                         std::string(net::describe(prepared.unfit)));
    if ((prepared.request.flags & ~accepts) != 0) {
        ++counts.not_accepted;
        wire.give_back(frame);
        return;
    }
    mark(wire, "begin", number);
    const bool segments = prepared.request.asks(TxRequest::segment);
    for (const auto& s : segments ? test::cut(d, mss) : std::vector{d}) {
        const Bytes expected = test::build(s).bytes;
        wire.send(wanted.vlan ? tagged(expected, *wanted.vlan) : expected);
    }
    mark(wire, "again", number);
    wire.send(frame, prepared.request);
    ++counts.groups;
    counts.segmented += segments;
    counts.tagged += wanted.vlan.has_value();
}

void run(const std::string& port, std::uint32_t groups, std::uint32_t seed) {
    mem::DmaDomain domain;
    const auto nic = open_nic(domain, port);
    const auto pool = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = 4096});
    // The 1-gigabit cards insert tags only if they strip them, too.
    nic->start(pool, {.strip_vlan = nic->info().features.has(Feature::vlan_strip)});
    nic->wait_for_link(10s);
    Counts counts;
    const std::uint8_t accepts = nic->tx(0).accepts();
    {
        guest::FrameSender wire(*nic, *pool);
        test::Random random(seed);
        for (std::uint32_t n = 0; n < groups; ++n) one(wire, random, accepts, n, counts);
        mark(wire, "end", groups);
    }
    std::printf("{\"groups\":%u,\"segmented\":%u,\"tagged\":%u,\"not_accepted\":%u,\"refused\":%" PRIu64
                "}\n",
                counts.groups, counts.segmented, counts.tagged, counts.not_accepted,
                nic->tx(0).counters().refused - counts.not_accepted);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 4) throw hal::Error("usage: offload_frames PORT GROUPS SEED");
        run(argv[1], static_cast<std::uint32_t>(std::atoi(argv[2])),
            static_cast<std::uint32_t>(std::atoi(argv[3])));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "offload_frames: %s\n", e.what());
        return 1;
    }
}
