// A packet on its way through a program: a small handle, passed by value.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace ringside::mem {

// Names a buffer of a PacketPool and the bytes in it that count. Whoever holds the handle owns the buffer and
// hands it on exactly once: to a queue, to another thread, or back to the pool. A Batch does the last by
// itself. A frame larger than one buffer is several handles in a row, all but the last marked `more`.
struct Packet {
    static constexpr std::uint16_t more = 1u << 0;  // the frame goes on in the next handle

    std::byte* data;       // first byte of the frame (of this part of it)
    std::uint32_t index;   // of the buffer in its pool
    std::uint16_t length;  // in bytes
    std::uint16_t flags;   // `more`, or 0

    std::span<std::byte> bytes() const noexcept { return {data, length}; }

    // For receive loops: writes all of `*this` in two stores. `rest` is index, length and flags as they lie
    // in memory: bits 31:0, 47:32, 63:48.
    void assign(std::byte* frame, std::uint64_t rest) noexcept {
        data = frame;
        std::memcpy(&index, &rest, sizeof rest);
    }
};
static_assert(sizeof(Packet) == 16, "two registers: a burst of 32 is eight cache lines");
static_assert(offsetof(Packet, length) == offsetof(Packet, index) + 4 &&
              offsetof(Packet, flags) == offsetof(Packet, index) + 6 &&
              std::endian::native == std::endian::little);

}  // namespace ringside::mem
