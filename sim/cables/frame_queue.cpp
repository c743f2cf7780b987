#include "sim/cables/frame_queue.hpp"

#include <cstring>
#include <new>

namespace ringside::sim {

FrameQueue::FrameQueue(std::size_t capacity)
    : slab_(static_cast<std::byte*>(::operator new[](capacity, std::align_val_t{line}))),
      mask_(capacity - 1) {}

bool FrameQueue::push(std::span<const std::byte> frame) noexcept {
    if (frame.empty() || frame.size() > max_frame) return false;
    const std::uint64_t capacity = mask_ + 1;
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    const std::uint64_t to_end = capacity - (tail & mask_);
    const std::uint64_t size = record_size(frame.size());
    // A record does not wrap: what is left before the end is skipped if it is too small.
    const std::uint64_t skipped = size > to_end ? to_end : 0;
    if (tail + skipped + size - known_head_ > capacity) {
        known_head_ = head_.load(std::memory_order_acquire);
        if (tail + skipped + size - known_head_ > capacity) return false;
    }
    if (skipped != 0) std::memcpy(at(tail), &skip_to_start, sizeof skip_to_start);
    std::byte* record = at(tail + skipped);
    const auto length = static_cast<std::uint32_t>(frame.size());
    std::memcpy(record, &length, sizeof length);
    std::memcpy(record + sizeof length, frame.data(), frame.size());
    tail_.store(tail + skipped + size, std::memory_order_release);
    return true;
}

std::span<const std::byte> FrameQueue::front() noexcept {
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (head == known_tail_) {
        known_tail_ = tail_.load(std::memory_order_acquire);
        if (head == known_tail_) return {};
    }
    std::uint32_t length;
    std::memcpy(&length, at(head), sizeof length);
    if (length == skip_to_start) {  // pushed together with the record that follows it
        head += mask_ + 1 - (head & mask_);
        head_.store(head, std::memory_order_release);
        std::memcpy(&length, at(head), sizeof length);
    }
    return {at(head) + sizeof length, length};
}

void FrameQueue::pop() noexcept {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    std::uint32_t length;
    std::memcpy(&length, at(head), sizeof length);
    head_.store(head + record_size(length), std::memory_order_release);
}

}  // namespace ringside::sim
