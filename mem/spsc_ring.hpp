// A queue from one thread to another.
#pragma once

#include "hal/error.hpp"
#include "mem/cache_line.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <type_traits>

namespace ringside::mem {

// Holds up to `capacity` elements, first in, first out. One thread pushes, one thread pops; which threads
// these are may change if the change itself is synchronised. Both calls are wait-free: a copy, and a load of
// the other side's index only when the last value seen no longer suffices, so that a burst costs at most one
// cache miss besides those of the elements. What the producer did before push() is visible to the consumer
// after the pop() that returns the element.
template <class T> class SpscRing {
    static_assert(std::is_trivially_copyable_v<T>,
                  "SpscRing moves elements between threads by copying their bytes");

public:
    // A power of two. All memory is allocated here. Throws Error.
    explicit SpscRing(std::size_t capacity)
        : mask_(checked(capacity) - 1), slots_(std::make_unique<T[]>(capacity)) {}
    SpscRing(const SpscRing&) = delete;
    SpscRing& operator=(const SpscRing&) = delete;

    std::size_t capacity() const noexcept { return mask_ + 1; }

    // Producer: appends as many of `elements`, from the front, as there is room for. Returns how many.
    std::size_t push(std::span<const T> elements) noexcept {
        // Relaxed: ours, nobody else writes it.
        const std::size_t tail = producer_.tail.load(std::memory_order_relaxed);
        if (capacity() - (tail - producer_.known_head) < elements.size())
            // Acquire: the consumer has copied these slots before we fill them again.
            producer_.known_head = consumer_.head.load(std::memory_order_acquire);
        const std::size_t count = std::min(elements.size(), capacity() - (tail - producer_.known_head));
        if (count == 0) return 0;
        const std::size_t until_end = std::min(count, capacity() - (tail & mask_));
        std::copy_n(elements.begin(), until_end, slots_.get() + (tail & mask_));
        std::copy_n(elements.begin() + static_cast<std::ptrdiff_t>(until_end), count - until_end,
                    slots_.get());
        // Release: the slots are filled before the consumer learns of them.
        producer_.tail.store(tail + count, std::memory_order_release);
        return count;
    }
    bool push(const T& element) noexcept { return push(std::span<const T>(&element, 1)) == 1; }

    // Consumer: moves up to out.size() elements into `out`, oldest first. Returns how many.
    std::size_t pop(std::span<T> out) noexcept {
        // Relaxed: ours, nobody else writes it.
        const std::size_t head = consumer_.head.load(std::memory_order_relaxed);
        if (consumer_.known_tail - head < out.size())
            // Acquire: what the producer put into the slots, and did before, is visible from here on.
            consumer_.known_tail = producer_.tail.load(std::memory_order_acquire);
        const std::size_t count = std::min(out.size(), consumer_.known_tail - head);
        if (count == 0) return 0;  // idle polling writes nothing
        const std::size_t until_end = std::min(count, capacity() - (head & mask_));
        std::copy_n(slots_.get() + (head & mask_), until_end, out.begin());
        std::copy_n(slots_.get(), count - until_end, out.begin() + static_cast<std::ptrdiff_t>(until_end));
        // Release: the slots are copied before the producer may fill them again.
        consumer_.head.store(head + count, std::memory_order_release);
        return count;
    }
    bool pop(T& out) noexcept { return pop(std::span<T>(&out, 1)) == 1; }

    // How many elements there are: exact for whoever is alone with the ring, else a snapshot. Any thread.
    std::size_t size() const noexcept {
        // Head first: read the other way round, it might overtake the tail.
        const std::size_t head = consumer_.head.load(std::memory_order_acquire);
        return std::min(producer_.tail.load(std::memory_order_acquire) - head, capacity());
    }

private:
    static std::size_t checked(std::size_t capacity) {
        if (!std::has_single_bit(capacity))
            throw hal::Error("a ring of " + std::to_string(capacity) +
                             " elements is not possible: choose a power of two");
        return capacity;
    }

    // Positions count up for ever and are wrapped only when used: a full ring cannot be mistaken for an empty
    // one.
    struct alignas(interference_size) Producer {
        std::atomic<std::size_t> tail{0};  // the next to be pushed
        std::size_t known_head = 0;        // at least so many have been popped
    };
    struct alignas(interference_size) Consumer {
        std::atomic<std::size_t> head{0};  // the next to be popped
        std::size_t known_tail = 0;        // at least so many have been pushed
    };
    static_assert(sizeof(Producer) == interference_size && sizeof(Consumer) == interference_size,
                  "neither side's variables share a cache line with anything else");

    // Constant after construction, so both may keep it in their caches.
    const std::size_t mask_;
    const std::unique_ptr<T[]> slots_;
    Producer producer_;
    Consumer consumer_;
};

}  // namespace ringside::mem
