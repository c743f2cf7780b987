// One direction of a forwarding thread, and its counts.
#pragma once

#include "driver/nic.hpp"
#include "mem/packet.hpp"

#include <atomic>
#include <cstdint>
#include <span>

namespace ringside::examples {

// A count with one writer and any number of readers: an addition without a lock prefix.
class Count {
public:
    void add(std::uint64_t n) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

// What arrives on `in` leaves on `out`. On cache lines of its own, so that two threads' counts share none.
struct alignas(64) Lane {
    Lane(std::uint32_t d, RxQueue& i, TxQueue& o) : direction(d), in(i), out(o) {}

    const std::uint32_t direction;  // 0: from the first port to the second
    RxQueue& in;
    TxQueue& out;
    // In frames, whatever number of handles each took.
    Count received, sent, dropped;
};

// How many frames end in these handles.
inline std::uint32_t frames(std::span<const mem::Packet> packets) noexcept {
    std::uint32_t n = 0;
    for (const mem::Packet& packet : packets) n += (packet.flags & mem::Packet::more) == 0;
    return n;
}

}  // namespace ringside::examples
