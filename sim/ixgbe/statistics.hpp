// The statistics counters. Counting is an addition; saturation and the halves of long counters are looked
// after when software reads.
#pragma once

#include "sim/ixgbe/counters.hpp"
#include "sim/ixgbe/registers_table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace ringside::sim::ixgbe {

class Statistics {
public:
    void add(Counter c, std::uint64_t n = 1) noexcept { counts_[static_cast<std::size_t>(c)] += n; }

    // Two counters in one register: one more in the field that starts at bit `shift` and sticks at `most`.
    void add_half(Counter c, unsigned shift, std::uint64_t most) noexcept {
        std::uint64_t& both = counts_[static_cast<std::size_t>(c)];
        if ((both >> shift & most) != most) both += std::uint64_t{1} << shift;
    }

    // Size buckets of the wire: `length` counts from the destination address through the CRC.
    void add_rx_size(std::size_t length) noexcept { add(Counter::PRC64 + bucket(length)); }
    void add_tx_size(std::size_t length) noexcept { add(Counter::PTC64 + bucket(length)); }

    // As software sees it: counters stick when all their bits are ones, and reading clears them.
    std::uint32_t read(const RegisterRef& ref) noexcept;
    // The same without clearing.
    std::uint32_t peek(const RegisterRef& ref) const noexcept;
    void write(const RegisterRef& ref, std::uint32_t value) noexcept;
    void reset() noexcept { *this = Statistics(); }

private:
    static constexpr std::uint32_t bucket(std::size_t length) noexcept {
        return length <= 64     ? 0
               : length <= 127  ? 1
               : length <= 255  ? 2
               : length <= 511  ? 3
               : length <= 1023 ? 4
                                : 5;
    }
    static std::size_t slot(const RegisterRef& ref) noexcept {
        return static_cast<std::size_t>(ref.row->counter + ref.element);
    }

    std::array<std::uint64_t, counter_count> counts_{};
    std::array<std::uint8_t, counter_count> high_{};  // of low and high pairs, as last latched
};

}  // namespace ringside::sim::ixgbe
