// The legacy transmit descriptor, which the 8254x and the 82574 use. Plain little-endian words and named
// bits; no bit-fields (their layout is the compiler's choice and each assignment is a hidden read), no unions
// of formats.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside::gigabit {

// The device writes it back, if RS asked for that, with DD set. Family: whose it is, and with it the frames
// that the card takes.
template <class Family> struct LegacyTxDescriptor {
    std::uint64_t buffer;   // Iova of the data
    std::uint64_t command;  // length, command, and after write-back: status

    static constexpr std::uint64_t EOP = 1u << 24;   // end of packet
    static constexpr std::uint64_t IFCS = 1u << 25;  // insert the frame check sequence
    static constexpr std::uint64_t RS = 1u << 27;    // report status: write back when done
    static constexpr std::uint64_t DEXT = 1u << 29;  // 1 would be another format
    static constexpr std::uint64_t DD = 1ull << 32;  // descriptor done
    static constexpr std::uint64_t length_mask = 0xFFFF;

    // What driver/base/tx_ring.hpp asks.
    static constexpr std::uint64_t data(std::uint32_t length, std::uint32_t) { return IFCS | length; }
    static constexpr std::uint32_t min_frame = Family::min_frame, max_frame = Family::max_frame,
                                   padded_from = Family::padded_from, max_parts = 40;
};

}  // namespace ringside::gigabit
