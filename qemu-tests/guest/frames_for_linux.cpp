// Sends made-up frames to a kernel's IP address, with their checksums, VLAN tags and cutting into segments
// left to the card. Says how many of each kind should arrive; what did arrive and was right is for the kernel
// to say. Told by lines on stdin, each answered by a JSON object when all is sent:
//
//   frames COUNT    random ones
//   wrong KIND      one that no card touches and whose checksum is wrong: ip4 (the header's), tcp4, tcp6,
//   udp4,
//                   udp6, sctp4 or sctp6
#include "driver/nic.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"
#include "net/headers.hpp"
#include "net/prepare.hpp"
#include "qemu-tests/guest/offloads.hpp"
#include "tests/net/frames.hpp"

#include <array>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

using namespace ringside;
using namespace std::chrono_literals;

namespace {

constexpr std::uint16_t vlan = 77;  // the kernel has an interface for it
constexpr std::array<std::uint8_t, 4> prefix4{10, 77, 0, 1};
constexpr std::array<std::uint8_t, 16> prefix6{0xFD, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

std::string kind(const test::Description& d) {
    return std::string(d.l4 == test::L4::tcp ? "tcp" : "udp") + (d.v6 ? "6" : "4");
}

class Frames {
public:
    Frames(Nic& nic, mem::PacketPool& pool, const std::array<std::uint8_t, 6>& to, std::uint32_t seed)
        : nic_(nic), wire_(nic, pool), to_(to), random_(seed) {}

    void random(std::uint32_t count) {
        for (; count > 0; --count) one();
        wire_.drain();
    }
    void wrong(const std::string& what) {
        test::Description d = made_up(1200, what == "ip4" ? "tcp4" : what);
        test::Built built = test::build(d);
        // The time to live, or the last byte of all. Neither can make a UDP checksum "none".
        built.bytes[what == "ip4" ? built.l3 + 8 : built.bytes.size() - 1] ^= std::byte{1};
        wire_.send(built.bytes);
        wire_.drain();
    }
    void report() const {
        std::printf("{\"done\":%u,\"refused\":%" PRIu64, ++done_, nic_.tx(0).counters().refused);
        for (const auto& [name, count] : counts_) std::printf(",\"%s\":%u", name.c_str(), count);
        std::printf("}\n");
        std::fflush(stdout);
    }

private:
    // Something that a kernel at the prefixes' addresses can accept. `wanted`: a kind, or empty.
    test::Description made_up(std::uint32_t longest, const std::string& wanted = {}) {
        test::Description d = random_.description(longest);
        // The kernel's SCTP is a module that not all have.
        while (d.l4 == test::L4::sctp || (!wanted.empty() && kind(d) != wanted))
            d = random_.description(longest);
        for (std::size_t i = 0; i < to_.size(); ++i) d.mac[i] = to_[i];
        d.tags.clear();
        const auto station = static_cast<std::uint8_t>(2 + random_.below(200));
        const auto addresses = [&](const auto& prefix) {
            std::copy(prefix.begin(), prefix.end(), d.addresses.begin());
            std::copy(prefix.begin(), prefix.end(), d.addresses.begin() + prefix.size());
            d.addresses[prefix.size() - 1] = station;
        };
        d.v6 ? addresses(prefix6) : addresses(prefix4);
        // One option each, of the numbers for experiments (RFC 4727), that says how long it is.
        const auto one_option = [](std::vector<std::uint8_t>& options, std::uint8_t number) {
            if (options.empty()) return;
            options[0] = number;
            options[1] = static_cast<std::uint8_t>(options.size());
        };
        if (!d.v6) one_option(d.options, 94);
        one_option(d.tcp_options, 253);
        if (d.payload.size() < 64) d.payload.resize(64 + random_.below(2));
        return d;
    }
    void one() {
        const bool cut = random_.below(3) == 0;
        test::Description d = cut ? made_up(9000, random_.coin() ? "tcp4" : "tcp6") : made_up(1200);
        // With all headers and options it fits into 1500 bytes.
        const std::uint32_t size = 100 + random_.below(1268);  // it fits into 1500 bytes with all headers
        // QEMU's igb does not fill up frames that are too short, and counts those that come.
        while (cut && d.payload.size() % size != 0 && d.payload.size() % size < 6) d.payload.push_back(0x5A);
        net::Wanted wanted{.segment_size = static_cast<std::uint16_t>(cut ? size : 0)};
        if (random_.below(3) == 0) wanted.vlan = static_cast<std::uint16_t>(random_.below(8) << 13 | vlan);
        const test::Built built = test::build(d);
        std::vector<mem::Packet> frame = wire_.put(guest::wrecked(built, d));
        const net::Prepared prepared = net::prepare(frame, net::find_headers(frame), wanted);
        if (!prepared)
            throw hal::Error("net::prepare() refused a frame: " + std::string(net::describe(prepared.unfit)));
        if ((prepared.request.flags & ~nic_.tx(0).accepts()) != 0)
            throw hal::Error("the card does not accept what a " + kind(d) + " frame asks for");
        wire_.send(frame, prepared.request);
        const std::size_t segments =
            prepared.request.asks(TxRequest::segment) ? test::cut(d, wanted.segment_size).size() : 1;
        counts_[kind(d)] += static_cast<std::uint32_t>(segments);
        ++counts_["asked"];
        counts_["segmented"] += segments > 1;
        counts_["tagged"] += wanted.vlan.has_value();
        counts_["with_options"] += !d.options.empty();
        counts_["odd"] += d.payload.size() % 2 != 0;
    }

    Nic& nic_;
    guest::FrameSender wire_;
    std::array<std::uint8_t, 6> to_;
    test::Random random_;
    std::map<std::string, std::uint32_t> counts_;
    mutable std::uint32_t done_ = 0;
};

void run(const std::string& port, const std::string& to, std::uint32_t seed) {
    std::array<std::uint8_t, 6> m{};
    if (std::sscanf(to.c_str(), "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &m[0], &m[1], &m[2], &m[3], &m[4],
                    &m[5]) != 6)
        throw hal::Error(to + " is no MAC address");
    mem::DmaDomain domain;
    const auto nic = open_nic(domain, port);
    const auto pool = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = 4096});
    // The 1-gigabit cards insert tags only if they strip them, too.
    nic->start(pool, {.strip_vlan = nic->info().features.has(Feature::vlan_strip)});
    nic->wait_for_link(10s);
    Frames frames(*nic, *pool, m, seed);
    frames.report();
    for (std::string line, word, value; std::getline(std::cin, line) && line != "quit";) {
        std::istringstream in(line);
        in >> word >> value;
        if (word == "frames")
            frames.random(static_cast<std::uint32_t>(std::atoi(value.c_str())));
        else if (word == "wrong")
            frames.wrong(value);
        else
            throw hal::Error("there is no command " + word);
        frames.report();
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 4) throw hal::Error("usage: frames_for_linux PORT MAC SEED");
        run(argv[1], argv[2], static_cast<std::uint32_t>(std::atoi(argv[3])));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "frames_for_linux: %s\n", e.what());
        return 1;
    }
}
