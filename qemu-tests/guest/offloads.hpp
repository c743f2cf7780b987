// What the programs here share that leave work on made-up frames to the card.
#pragma once

#include "driver/nic.hpp"
#include "hal/error.hpp"
#include "mem/packet_pool.hpp"
#include "tests/net/frames.hpp"
#include "tests/support/packet_parts.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace ringside::guest {

// Sends frames of several parts, each with a request.
class FrameSender {
public:
    FrameSender(Nic& nic, mem::PacketPool& pool) : nic_(nic), cache_(pool) {}
    // All parts of what was sent before are back.
    ~FrameSender() { drain(); }

    std::vector<mem::Packet> put(const test::Bytes& bytes) { return test::put(cache_, bytes, 1500, 1500); }
    void send(std::span<const mem::Packet> frame, TxRequest request) {
        const std::vector<TxRequest> requests(frame.size(), request);
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        for (std::size_t sent = 0; sent < frame.size();) {
            sent += nic_.tx(0).send(cache_, frame.subspan(sent), std::span(requests).subspan(sent));
            nic_.tx(0).reclaim(cache_);
            if (std::chrono::steady_clock::now() > deadline)
                throw hal::Error("the card takes no more frames");
        }
    }
    void send(const test::Bytes& bytes) { send(put(bytes), {}); }
    // For a frame that the card does not accept: it refuses this one, and its parts are back in the pool.
    void give_back(std::span<mem::Packet> frame) {
        for (mem::Packet& part : frame) part.length = 0;
        send(frame, {});
    }
    void drain() {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (nic_.tx(0).reclaim(cache_) > 0 && std::chrono::steady_clock::now() < deadline) {}
    }

private:
    Nic& nic_;
    mem::PacketCache cache_;
};

// With the bytes that the card shall write made wrong.
inline test::Bytes wrecked(const test::Built& built, const test::Description& d) {
    test::Bytes bytes = built.bytes;
    const auto wreck = [&](std::size_t at, std::size_t count) {
        for (; count > 0; --count) bytes[at++] ^= std::byte{0xA5};
    };
    if (!d.v6) wreck(built.l3 + 10, 2);
    if (d.l4 == test::L4::tcp) wreck(built.l4 + 16, 2);
    if (d.l4 == test::L4::udp) wreck(built.l4 + 6, 2);
    if (d.l4 == test::L4::sctp) wreck(built.l4 + 8, 4);
    return bytes;
}

}  // namespace ringside::guest
