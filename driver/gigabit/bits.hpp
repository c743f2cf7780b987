// Status and error bits of descriptors, of one format each.
//
// Intel's 1-gigabit and 10-gigabit cards use the same words for their error bits but not the same positions,
// and three receive formats are in use among the 1-gigabit cards alone. So a bit knows its format: bits of
// two formats cannot be joined, and a word of one format cannot be asked for bits of another.
#pragma once

#include <cstdint>

namespace ringside::gigabit {

// Some bits of the word that descriptors of format D report their status in.
template <class D> struct Bits {
    std::uint64_t mask = 0;
    friend constexpr Bits operator|(Bits a, Bits b) { return {a.mask | b.mask}; }
};

// Such a word, as the device wrote it.
template <class D> class Word {
public:
    explicit constexpr Word(std::uint64_t raw) : raw_(raw) {}
    constexpr bool any(Bits<D> bits) const { return (raw_ & bits.mask) != 0; }

private:
    std::uint64_t raw_;
};

}  // namespace ringside::gigabit
