// The counters of the 1-gigabit cards, added up.
#pragma once

#include "driver/base/counters.hpp"
#include "driver/nic.hpp"
#include "hal/register_file.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace ringside::gigabit {

// The hardware counts packets in 32 bits and bytes in 64, clears on reading and sticks when full. update()
// reads what Statistics needs and adds it up. At 1 Gb/s a packet counter takes 48 minutes to fill.
class HardwareCounters {
public:
    // Takes up the counters among the card's registers, reads each once and forgets it.
    void clear(const hal::RegisterFile& regs, std::span<const hal::RegisterInfo> registers);
    void update(const hal::RegisterFile& regs);
    // The queues have no counters of their own: the first entry of each direction is all of them.
    Statistics totals() const;
    // All of them, brought up to date.
    std::vector<CounterValue> all(const hal::RegisterFile& regs);
    CounterBank& bank() { return bank_; }

private:
    void count_bytes();

    CounterBank bank_;
    std::uint64_t good_rx_bytes_ = 0;
};

}  // namespace ringside::gigabit
