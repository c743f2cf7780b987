// A bounded queue of frames as bytes in one slab: nothing is allocated after construction.
// One thread pushes, one thread (the same or another) takes; size and content agree by release and acquire on
// the two positions.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace ringside::sim {

class FrameQueue {
public:
    static constexpr std::size_t max_frame = std::size_t{16} * 1024;  // above what any card here can send

    // `capacity` in bytes: a power of two, at least 64 KiB. Throws std::bad_alloc.
    explicit FrameQueue(std::size_t capacity = std::size_t{1} << 20);

    // The pushing thread. False if there is no room or the frame is larger than max_frame; nothing is queued
    // then.
    bool push(std::span<const std::byte> frame) noexcept;

    // The taking thread. The oldest frame, or an empty span; its bytes stay until pop().
    std::span<const std::byte> front() noexcept;
    // Lets go of the oldest frame. front() must have returned one.
    void pop() noexcept;

    // Any thread; another's push or pop may change the answer at once.
    bool empty() const noexcept {
        return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire);
    }

private:
    // A record is a length and the frame, rounded up to cache lines, so that two threads never write the same
    // line and a 64-byte frame (60 bytes here) takes exactly one.
    static constexpr std::size_t line = 64;
    static constexpr std::uint32_t skip_to_start = ~std::uint32_t{0};
    static constexpr std::size_t record_size(std::size_t frame) {
        return (sizeof(std::uint32_t) + frame + line - 1) & ~(line - 1);
    }
    struct Free {
        void operator()(std::byte* slab) const noexcept { ::operator delete[](slab, std::align_val_t{line}); }
    };
    std::byte* at(std::uint64_t position) const noexcept { return slab_.get() + (position & mask_); }

    std::unique_ptr<std::byte[], Free> slab_;
    std::uint64_t mask_;
    // Positions only grow. Each side keeps the last known position of the other beside its own, so that it
    // reads the other's cache line only when it must.
    alignas(line) std::atomic<std::uint64_t> tail_{0};  // the pushing side's line
    std::uint64_t known_head_ = 0;
    alignas(line) std::atomic<std::uint64_t> head_{0};  // the taking side's line
    std::uint64_t known_tail_ = 0;
};

}  // namespace ringside::sim
