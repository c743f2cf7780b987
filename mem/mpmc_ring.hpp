// A queue between any number of threads.
#pragma once

#include "hal/error.hpp"
#include "mem/cache_line.hpp"

#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <type_traits>

namespace ringside::mem {

// Holds up to `capacity` elements. Any thread may push and pop at any time. Elements of one push() stay
// together and in order; pushes are ordered by when they claimed their slots, which for one thread is the
// order of its calls. What a thread did before push() is visible to the thread whose pop() returns the
// element.
//
// Progress. No call ever waits for another thread: push() reports a full and pop() an empty ring at once. A
// call is repeated inside only when another thread's call has succeeded meanwhile, so some thread always gets
// on, but one thread may be unlucky for long. The ring as a whole is not lock-free: a thread that is
// suspended between claiming a slot and finishing it (a few instructions and one copy) hides all later
// elements from consumers, or all later slots from producers, until it runs again. They are told "empty" or
// "full" meanwhile; nothing is lost. Therefore "empty" means that no element was ready, not that none had
// been pushed.
template <class T> class MpmcRing {
    static_assert(std::is_trivially_copyable_v<T>,
                  "MpmcRing moves elements between threads by copying their bytes");

public:
    // A power of two, at least 2. All memory is allocated here. Throws Error.
    explicit MpmcRing(std::size_t capacity)
        : mask_(checked(capacity) - 1), slots_(std::make_unique<Slot[]>(capacity)) {
        for (std::size_t i = 0; i < capacity; ++i) slots_[i].sequence.store(i, std::memory_order_relaxed);
    }
    MpmcRing(const MpmcRing&) = delete;
    MpmcRing& operator=(const MpmcRing&) = delete;

    std::size_t capacity() const noexcept { return mask_ + 1; }

    // Appends as many of `elements`, from the front, as there is room for. Returns how many.
    std::size_t push(std::span<const T> elements) noexcept {
        const Claim claim = claim_slots(tail_.position, elements.size(), 0);
        for (std::size_t i = 0; i < claim.count; ++i) {
            Slot& slot = slot_at(claim.position + i);
            slot.element = elements[i];
            // Release: the element is there before a consumer sees that it is.
            slot.sequence.store(claim.position + i + 1, std::memory_order_release);
        }
        return claim.count;
    }
    bool push(const T& element) noexcept { return push(std::span<const T>(&element, 1)) == 1; }

    // Moves up to out.size() elements into `out`, oldest first. Returns how many.
    std::size_t pop(std::span<T> out) noexcept {
        const Claim claim = claim_slots(head_.position, out.size(), 1);
        for (std::size_t i = 0; i < claim.count; ++i) {
            Slot& slot = slot_at(claim.position + i);
            out[i] = slot.element;
            // Release: the element is copied before a producer sees that the slot is free for the next round.
            slot.sequence.store(claim.position + i + capacity(), std::memory_order_release);
        }
        return claim.count;
    }
    bool pop(T& out) noexcept { return pop(std::span<T>(&out, 1)) == 1; }

private:
    static std::size_t checked(std::size_t capacity) {
        if (!std::has_single_bit(capacity) ||
            capacity < 2)  // with one slot, "filled" and "free again" are the same
            throw hal::Error("a ring of " + std::to_string(capacity) +
                             " elements is not possible: choose a power of two, at least 2");
        return capacity;
    }

    // The slot for position p is free when its sequence is p, filled when it is p + 1, and free for position
    // p + capacity when it is that. Positions count up for ever and are wrapped only when used.
    struct Slot {
        std::atomic<std::size_t> sequence{0};
        T element{};
    };
    struct alignas(interference_size) Position {
        std::atomic<std::size_t> position{0};
    };
    static_assert(sizeof(Position) == interference_size,
                  "the two ends do not share a cache line with anything else");
    struct Claim {
        std::size_t position;
        std::size_t count;
    };

    Slot& slot_at(std::size_t position) const noexcept { return slots_[position & mask_]; }

    // Claims up to `wanted` slots in a row from `end` on whose sequence is `offset` ahead of their position.
    // Slots that were ready stay so until somebody moves `end` past them, in which case the exchange fails. A
    // slot met again after a whole round is not ready for the later position, so no slot is claimed twice.
    Claim claim_slots(std::atomic<std::size_t>& end, std::size_t wanted, std::size_t offset) noexcept {
        std::size_t position = end.load(std::memory_order_relaxed);
        while (wanted > 0) {
            std::size_t count = 0;
            std::size_t sequence = 0;
            for (; count < wanted; ++count) {
                // Acquire: whoever left the slot in this state has finished with it.
                sequence = slot_at(position + count).sequence.load(std::memory_order_acquire);
                if (sequence != position + count + offset) break;
            }
            if (count > 0) {
                if (end.compare_exchange_weak(position, position + count, std::memory_order_relaxed))
                    return {position, count};
            } else {
                // Behind: the slot is still to be finished for an earlier round. Ahead: our position is out
                // of date.
                if (static_cast<std::ptrdiff_t>(sequence - (position + offset)) < 0) break;
                position = end.load(std::memory_order_relaxed);
            }
        }
        return {position, 0};
    }

    // Constant after construction, so all may keep it in their caches.
    const std::size_t mask_;
    const std::unique_ptr<Slot[]> slots_;
    Position tail_;  // the next to be pushed
    Position head_;  // the next to be popped
};

}  // namespace ringside::mem
