// What tests of queues and filters share: several queues, and where a packet went.
#pragma once

#include "tests/driver/nic_fixture.hpp"
#include "tests/model/packets.hpp"

#include <array>

namespace ringside::test {

class Steered : public OnModel {
protected:
    void start_queues(std::uint32_t queues, NicConfig config = {}) {
        config.rx_queues = queues;
        config.rx_descriptors = 64;
        if (!pool) make_pool({.buffers = 32768});
        start_and_link(config);
        queues_ = queues;
    }
    struct Seen {
        std::optional<std::uint32_t> queue;  // none: nobody received it
        RxInfo info = {};
        Frame frame = {};
    };
    Seen arrives(const Packet& packet) { return arrives(build(packet)); }
    Seen arrives(const Frame& frame) {
        arrive(frame);
        Seen seen;
        for (std::uint32_t q = 0; q < queues_; ++q) {
            std::array<mem::Packet, 4> out{};
            std::array<RxInfo, 4> info{};
            const std::uint32_t n = nic->rx(q).receive(*cache, out, info);
            if (n == 0) continue;
            EXPECT_EQ(n, 1u);
            EXPECT_FALSE(seen.queue) << "it came twice";
            seen = {q, info[0], Frame(out[0].data, out[0].data + out[0].length)};
            cache->give(out[0]);
        }
        return seen;
    }
    std::optional<std::uint32_t> queue_of(const Packet& packet) { return arrives(packet).queue; }
    static bool has(const RxInfo& info, unsigned flags) { return (info.flags & flags) == flags; }
    std::uint32_t reg(std::uint32_t offset) { return device->bar(0).load32(offset); }

    static Packet tcp(const char* source = "10.0.0.1", std::uint16_t sport = 1000,
                      const char* destination = "10.0.0.2", std::uint16_t dport = 2000) {
        Packet p;
        p.protocol = proto_tcp;
        p.source = source, p.source_port = sport, p.destination = destination, p.destination_port = dport;
        return p;
    }
    static Packet udp(const char* source = "10.0.0.1", std::uint16_t sport = 1000,
                      const char* destination = "10.0.0.2", std::uint16_t dport = 2000) {
        Packet p = tcp(source, sport, destination, dport);
        p.protocol = proto_udp;
        return p;
    }

    std::uint32_t queues_ = 1;
};

}  // namespace ringside::test
