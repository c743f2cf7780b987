// Where packet buffers come from and go back to.
#pragma once

#include "mem/cache_line.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet.hpp"

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace ringside::mem {

struct PoolOptions {
    // How many buffers. Every descriptor of every receive and transmit ring may hold one, and every thread's
    // PacketCache up to PacketCache::capacity: buffers_needed() adds that up.
    std::uint32_t buffers = 4096;
    // Bytes a device may write into one buffer, a multiple of 1024 up to 16384. Larger frames take several
    // buffers.
    std::uint32_t room = 2048;
    // Bytes kept free before the frame, for programs that prepend; a multiple of 64.
    std::uint32_t headroom = 64;
};

// Buffers for `descriptors` (of all rings together) and `threads` that send or receive.
std::uint32_t buffers_needed(std::uint32_t descriptors, std::uint32_t threads) noexcept;

// Equal buffers in one piece of DMA memory, none of which crosses a multiple of 2 MiB. Threads do not use the
// pool itself but a PacketCache each; the caches exchange whole magazines of free buffers with the pool,
// without locks, so a packet may be freed by another thread than received it.
class PacketPool {
public:
    // Throws Error if the options make no sense or the domain has no memory.
    // The domain must outlive the pool; NICs keep the pool alive while they run (shared_ptr).
    explicit PacketPool(DmaDomain& domain, PoolOptions options = {});
    // Says so (hal::notice) if buffers are missing: somebody leaked them or still holds them.
    ~PacketPool();
    PacketPool(const PacketPool&) = delete;
    PacketPool& operator=(const PacketPool&) = delete;

    const DmaDomain& domain() const noexcept { return *domain_; }
    std::uint32_t size() const noexcept { return options_.buffers; }
    // All indices of buffers are below this; it may be a little more than size().
    std::uint32_t index_limit() const noexcept { return places_; }
    std::uint32_t room() const noexcept { return options_.room; }
    std::uint32_t headroom() const noexcept { return options_.headroom; }
    // Distance between buffers: an odd number of cache lines, so that the first lines of packets spread over
    // all sets of the L1 cache (a stride of 2048 puts them into two sets of 64; measured: 12 to 27 % per
    // packet).
    std::uint32_t stride() const noexcept { return stride_; }

    std::byte* data(std::uint32_t index) const noexcept { return data_ + std::size_t{index} * stride_; }
    hal::Iova iova(std::uint32_t index) const noexcept { return data_iova_ + std::uint64_t{index} * stride_; }
    // Where a device finds a byte of one of our buffers.
    hal::Iova iova(const std::byte* byte) const noexcept {
        return data_iova_ + static_cast<std::uint64_t>(byte - data_);
    }
    bool owns(const Packet& packet) const noexcept {
        return packet.index < places_ && packet.data >= data(packet.index) - headroom() &&
               packet.data + packet.length <= data(packet.index) + room();
    }

    // Buffers not in any cache: a snapshot, for statistics.
    std::uint32_t available() const noexcept;

private:
    friend class PacketCache;

    std::vector<std::uint32_t> usable_places() const;

    static constexpr std::uint32_t magazine_size = 128;
    static constexpr std::uint32_t spare_magazines = 256;
    struct alignas(interference_size) Magazine {
        std::atomic<std::uint32_t> next{none};
        std::uint32_t count = 0;
        std::array<std::uint32_t, magazine_size> indices{};
    };
    static constexpr std::uint32_t none = ~0u;
    // Treiber stack of magazines, by number. The upper half of the head counts pops and pushes, so that a
    // magazine that went and came back in between is not mistaken for one that never left (ABA).
    class MagazineStack {
    public:
        void push(Magazine* all, std::uint32_t magazine) noexcept;
        std::uint32_t pop(Magazine* all) noexcept;  // `none` if empty

    private:
        alignas(interference_size) std::atomic<std::uint64_t> head_{none};
    };

    bool take_magazine(std::span<std::uint32_t, magazine_size> out, std::uint32_t& count) noexcept;
    void give_magazine(std::span<const std::uint32_t> indices, MagazineStack& to) noexcept;
    void give_rest(std::span<const std::uint32_t> indices) noexcept;

    DmaDomain* domain_;
    PoolOptions options_;
    std::uint32_t stride_;
    std::uint32_t places_;  // for buffers; some are left out
    DmaBuffer memory_;
    std::byte* data_ = nullptr;  // of buffer 0, after the headroom
    hal::Iova data_iova_{};
    std::unique_ptr<Magazine[]> magazines_;
    std::uint32_t magazine_count_ = 0;
    // Magazines that are not full are kept apart, and topped up before another one is begun: their number
    // stays below that of the threads that end at the same moment.
    MagazineStack full_, partial_, empty_;
    alignas(interference_size) std::atomic<std::uint32_t> available_{0};
};

// One thread's stock of free buffers of a pool: a stack, so that the buffer used next is the one most
// recently used and still in the cache. Belongs to one thread at a time, and lies on cache lines of its own.
// What is in stock goes back to the pool at the end.
class alignas(interference_size) PacketCache {
public:
    static constexpr std::uint32_t capacity = 4 * PacketPool::magazine_size;
    // The most that may be taken or given in one call: what refilling or flushing always makes room for.
    static constexpr std::uint32_t max_burst = capacity / 2;

    explicit PacketCache(PacketPool& pool) noexcept : pool_(&pool) {}
    ~PacketCache();
    PacketCache(const PacketCache&) = delete;
    PacketCache& operator=(const PacketCache&) = delete;

    PacketPool& pool() const noexcept { return *pool_; }
    std::uint32_t in_stock() const noexcept { return top_; }

    // Makes up to `wanted` (at most max_burst) buffers ready for taking; returns how many there are: fewer
    // only if the pool is exhausted.
    std::uint32_t prepare(std::uint32_t wanted) noexcept {
        assert(wanted <= max_burst);
        if (top_ < wanted) [[unlikely]]
            refill(wanted);
        return top_ < wanted ? top_ : wanted;
    }
    // The prepared buffers: take them from the end backwards, then say how many were taken.
    const std::uint32_t* end_of_stock() const noexcept { return stock_.data() + top_; }
    void taken(std::uint32_t count) noexcept {
        assert(count <= top_);
        top_ -= count;
    }

    // Takes buffers back, at most max_burst at a time.
    void give(const std::uint32_t* indices, std::uint32_t count) noexcept {
        assert(count <= max_burst);
        if (top_ + count > capacity) [[unlikely]]
            flush();
        std::memcpy(stock_.data() + top_, indices, count * sizeof(std::uint32_t));
        top_ += count;
    }
    void give(std::uint32_t index) noexcept { give(&index, 1); }
    void give(const Packet& packet) noexcept {
        assert(pool_->owns(packet));
        give(packet.index);
    }

    // An empty packet to write a frame into, if the pool has one: `length` is 0, up to room() bytes from
    // `data` on.
    std::optional<Packet> allocate() noexcept {
        if (prepare(1) == 0) return std::nullopt;
        const std::uint32_t index = stock_[--top_];
        return Packet{pool_->data(index), index, 0, 0};
    }

private:
    void refill(std::uint32_t wanted) noexcept;
    void flush() noexcept;  // the longest unused half

    PacketPool* pool_;
    std::uint32_t top_ = 0;
    std::array<std::uint32_t, capacity> stock_;
};

// Up to N packets between two calls, and whose stock they belong to. What nobody took goes back to that
// stock: dropping a packet is letting the batch end. N is the burst size: 32 is right for most programs.
template <std::uint32_t N = 32> class Batch {
    static_assert(N >= 1 && N <= PacketCache::max_burst);

public:
    explicit Batch(PacketCache& cache) noexcept : cache_(&cache) {}
    ~Batch() { clear(); }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    PacketCache& cache() const noexcept { return *cache_; }
    std::uint32_t size() const noexcept { return end_ - begin_; }
    bool empty() const noexcept { return begin_ == end_; }
    Packet* begin() noexcept { return slots_.data() + begin_; }
    Packet* end() noexcept { return slots_.data() + end_; }
    std::span<Packet> packets() noexcept { return {begin(), size()}; }

    // For whoever fills the batch: the free slots, and how many of them were filled.
    std::span<Packet> space() noexcept { return {slots_.data() + end_, N - end_}; }
    void filled(std::uint32_t count) noexcept {
        assert(count <= N - end_);
        end_ += count;
    }
    // For whoever took packets from the front over.
    void taken(std::uint32_t count) noexcept {
        assert(count <= size());
        begin_ += count;
        if (begin_ == end_) begin_ = end_ = 0;
    }
    bool push(const Packet& packet) noexcept {
        if (end_ == N) return false;
        slots_[end_++] = packet;
        return true;
    }
    // Gives all packets back.
    void clear() noexcept {
        for (const Packet& packet : packets()) cache_->give(packet);
        begin_ = end_ = 0;
    }

private:
    PacketCache* cache_;
    std::uint32_t begin_ = 0, end_ = 0;
    std::array<Packet, N> slots_;
};

}  // namespace ringside::mem
