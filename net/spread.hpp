// RSS in software: one receiving thread hands frames to several workers, each connection always to the same
// one. For cards that cannot spread, or not over so many.
#pragma once

#include "driver/rss.hpp"
#include "driver/rx_info.hpp"
#include "hal/count.hpp"
#include "mem/cache_line.hpp"
#include "mem/packet.hpp"
#include "mem/packet_pool.hpp"
#include "mem/spsc_ring.hpp"
#include "net/toeplitz.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace ringside::net {

// The receiving thread calls hand_out(), worker `w` calls take(w, …). Workers share nothing with each other:
// each has a ring of its own and gives buffers back through its own PacketCache.
class Spreader {
public:
    // Worker numbers are the queues of `rss.table`; those that are `workers` or above get frames by their
    // remainder. Each worker's ring holds `capacity` packets, a power of two, at least max_burst. Throws
    // hal::Error.
    Spreader(const Rss& rss, std::uint32_t workers, std::size_t capacity = 1024);
    // Packets still in the rings belong to nobody any more: workers take them all first.
    ~Spreader() = default;
    Spreader(const Spreader&) = delete;
    Spreader& operator=(const Spreader&) = delete;

    std::uint32_t workers() const noexcept { return static_cast<std::uint32_t>(lanes_.size()); }

    // The receiving thread: takes all packets, whole frames of at most PacketCache::max_burst parts;
    // `info` is at least as long. Where the card has computed a hash, it decides, else the frame's headers
    // do. A frame for a worker whose ring is full goes back to `cache` and is counted.
    void hand_out(mem::PacketCache& cache, std::span<const mem::Packet> in,
                  std::span<const RxInfo> info) noexcept;

    // Worker: moves up to out.size() packets, oldest first, into `out`, and what the card knew about them
    // into `info`, which is at least as long. Returns how many. All parts of a frame are there or will be in
    // the next call.
    std::uint32_t take(std::uint32_t worker, std::span<mem::Packet> out, std::span<RxInfo> info) noexcept;

    // Frames that were dropped because this worker did not keep up. Any thread.
    std::uint64_t dropped(std::uint32_t worker) const noexcept { return lanes_[worker]->dropped.value(); }

private:
    struct Handed {
        mem::Packet packet;
        RxInfo info;
    };
    struct alignas(mem::interference_size) Lane {
        explicit Lane(std::size_t capacity) : ring(capacity) {}
        mem::SpscRing<Handed> ring;
        // The receiving thread's; the ring's own lines are between these and anybody else's.
        hal::Count dropped;
        std::size_t staged = 0;
        std::array<Handed, mem::PacketCache::max_burst> stage;
    };
    std::uint32_t worker_of(std::span<const mem::Packet> frame, const RxInfo& info) const noexcept;
    static void push(Lane& lane, mem::PacketCache& cache) noexcept;

    SoftwareRss rss_;
    std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace ringside::net
