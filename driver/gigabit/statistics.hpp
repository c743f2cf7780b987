// The counters that all 1-gigabit cards have, added up.
#pragma once

#include "driver/nic.hpp"
#include "hal/register_file.hpp"

#include <cstdint>

namespace ringside::gigabit {

// The hardware counts packets in 32 bits and bytes in 64, clears on reading and sticks when full. update()
// reads and adds up. At 1 Gb/s a packet counter takes 48 minutes to fill.
class HardwareCounters {
public:
    // Reads every counter once and forgets it.
    void clear(const hal::RegisterFile& regs);
    void update(const hal::RegisterFile& regs);
    // The queues have no counters of their own: the first entry of each direction is all of them.
    Statistics totals() const;

private:
    std::uint64_t good_rx_ = 0, good_rx_bytes_ = 0, tx_ = 0, tx_bytes_ = 0;
    std::uint64_t missed_ = 0, crc_ = 0, length_ = 0;
};

}  // namespace ringside::gigabit
