// What tests of queue filters share: sixteen queues, and where a packet went.
#pragma once

#include "tests/model/packets.hpp"

#include <array>

namespace ringside::test {

class SteeringTest : public Model {
protected:
    static constexpr std::uint32_t queues = 16;

    void SetUp() override { ready(); }
    void ready(const std::string& options = "") {
        open(options);
        set(0x5000, 1u << 13);  // RXCSUM.PCSD
        link_up();
        for (std::uint32_t q = 0; q < queues; ++q) {
            enable_rx(q);
            give_rx(ring_size - 1, q);
        }
        start_receiving();
    }

    struct Seen {
        std::uint32_t queue = 999;  // 999: none
        std::uint64_t low = 0, high = 0;
        std::uint32_t packet_type() const { return static_cast<std::uint32_t>(low >> 4 & 0x1FFF); }
        bool flow_matched() const { return (high & 4) != 0; }
    };
    Seen arrives(const Packet& p) { return arrives(build(p)); }
    Seen arrives(const Frame& frame) {
        std::array<std::uint32_t, queues> heads{};
        for (std::uint32_t q = 0; q < queues; ++q) heads[q] = get(r::rx(q, r::H));
        arrive(frame);
        Seen seen;
        for (std::uint32_t q = 0; q < queues; ++q)
            if (get(r::rx(q, r::H)) != heads[q]) {
                seen = {q, rx_ring(q)[heads[q]].low, rx_ring(q)[heads[q]].high};
                set(r::rx(q, r::T), heads[q]);  // one more for the next
                rx_ring(q)[heads[q]] = {iova(rx_buffers + heads[q] * buffer_size), 0};
            }
        return seen;
    }
};

}  // namespace ringside::test
