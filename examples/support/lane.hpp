// One direction of a forwarding thread, and its counts.
#pragma once

#include "driver/nic.hpp"
#include "hal/count.hpp"
#include "mem/packet.hpp"

#include <cstdint>
#include <span>

namespace ringside::examples {

// What arrives on `in` leaves on `out`. On cache lines of its own, so that two threads' counts share none.
struct alignas(64) Lane {
    Lane(std::uint32_t d, RxSource s, TxQueue& o) : direction(d), source(s), in(s.nic.rx(s.queue)), out(o) {}

    const std::uint32_t direction;  // 0: from the first port to the second
    const RxSource source;
    RxQueue& in;
    TxQueue& out;
    // In frames, whatever number of handles each took.
    hal::Count received, sent, dropped;
    hal::Count unsent;  // handles still in the transmit ring at the end: the card did not take them
};

// How many frames end in these handles.
inline std::uint32_t frames(std::span<const mem::Packet> packets) noexcept {
    std::uint32_t n = 0;
    for (const mem::Packet& packet : packets) n += (packet.flags & mem::Packet::more) == 0;
    return n;
}

}  // namespace ringside::examples
