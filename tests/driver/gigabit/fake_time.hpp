// The clocks of the 82574 and the 82576, as far as our drivers can tell; part of the fake card. Offsets and
// bits are typed from the datasheets' tables, not taken from driver/.
#pragma once

#include "tests/support/fake_clock.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace ringside::test {

class FakeTime {
public:
    // `latches`: reading the lower half of the counter keeps the upper one.
    FakeTime(FakeClock& clock, std::chrono::nanoseconds tick, bool latches)
        : clock_(clock), tick_(tick), latches_(latches) {
        reset();
    }

    void reset();
    static bool owns(std::uint32_t offset) { return offset >= 0xB600 && offset < 0xB640; }
    std::uint32_t load(std::uint32_t offset);
    void store(std::uint32_t offset, std::uint32_t value);

    // A frame comes in; `filtered`: an EtherType filter marks it. Says whether it gets a stamp.
    bool received(std::span<const std::byte> frame, bool filtered);
    // A frame goes out whose descriptor asks.
    void sent();
    void set_count(std::uint64_t count);

    bool freed_by_source = false;  // RXSATRH makes room for the next stamp, not RXSTMPH; as QEMU's cards
    // Exclusive-ored with the next readings of the counter.
    std::deque<std::uint64_t> wrong_bits;
    // How much time each reading of half a counter takes.
    std::chrono::nanoseconds read_time{0};

private:
    std::uint32_t& reg(std::uint32_t offset) { return registers_[(offset - 0xB600) / 4]; }
    std::uint64_t count();

    FakeClock& clock_;
    const std::chrono::nanoseconds tick_;
    const bool latches_;
    std::vector<std::uint32_t> registers_ = std::vector<std::uint32_t>(16);
    std::uint64_t count_ = 0;  // at
    hal::Clock::Duration at_{};
    std::uint64_t wrong_ = 0;  // of the reading under way
};

}  // namespace ringside::test
