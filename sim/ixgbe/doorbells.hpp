// The pages of BAR 0 that hold the queues' registers, as memory that a client may map and write without a
// message.
//
// Tails are always taken from here. Other registers are mirrored, so that a client reads what a message would
// tell (but reading does not clear counters here), and what a client writes to them is found by looking.
#pragma once

#include "hal/fd.hpp"
#include "hal/mapping.hpp"

#include <atomic>
#include <cstdint>

namespace ringside::sim::ixgbe {

class Doorbells {
public:
    static constexpr std::uint32_t page = 0x1000;
    // Receive queues 0 to 63 at 0x1000, transmit queues at 0x6000, receive queues 64 to 127 at 0xD000.
    static constexpr std::uint32_t end = 0xE000;
    static constexpr bool covers(std::uint32_t offset) noexcept {
        return offset < end && ((0x20C2u >> (offset / page)) & 1) != 0;
    }

    // Throws hal::Error if there is no memory.
    Doorbells();

    int fd() const noexcept { return fd_.get(); }
    std::uint32_t load(std::uint32_t offset) noexcept { return word(offset).load(std::memory_order_acquire); }
    void store(std::uint32_t offset, std::uint32_t value) noexcept {
        word(offset).store(value, std::memory_order_release);
    }
    // Whether the words from `offset` on are `expected`. Orders nothing: load() what differs.
    bool equal(std::uint32_t offset, const std::uint32_t* expected, std::uint32_t words) noexcept {
        std::uint32_t different = 0;
        for (std::uint32_t i = 0; i < words; ++i)
            different |= word(offset + 4 * i).load(std::memory_order_relaxed) ^ expected[i];
        return different == 0;
    }

private:
    std::atomic_ref<std::uint32_t> word(std::uint32_t offset) noexcept {
        return std::atomic_ref<std::uint32_t>(words_[offset / 4]);
    }

    hal::Fd fd_;
    hal::Mapping mapping_;
    std::uint32_t* words_;
};

}  // namespace ringside::sim::ixgbe
