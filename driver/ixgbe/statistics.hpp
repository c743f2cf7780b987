// The card's counters, added up: datasheet §8.2.3.23.
#pragma once

#include "driver/base/counters.hpp"
#include "driver/ixgbe/registers.hpp"
#include "driver/nic.hpp"
#include "hal/register_file.hpp"

#include <cstdint>
#include <vector>

namespace ringside::ixgbe {

// The hardware counts packets in 32 bits and bytes in 36, clears on reading and sticks when full. update()
// reads what Statistics needs and adds it up in 64 bits. At 10 Gb/s a byte counter takes 55 seconds to fill.
class HardwareCounters {
public:
    // Reads every counter once and forgets it.
    void clear(const hal::RegisterFile& regs);
    void update(const hal::RegisterFile& regs);
    Statistics totals(std::uint32_t rx_queues, std::uint32_t tx_queues) const;
    // All of them, brought up to date.
    std::vector<CounterValue> all(const hal::RegisterFile& regs);

    // §8.2.3.23.71, .73: queue q counts in counter q modulo 16; after reset all count in counter 0.
    void map_receive_queues(const hal::RegisterFile& regs, std::uint32_t queues);
    void map_transmit_queues(const hal::RegisterFile& regs, std::uint32_t queues);
    // Frames that rules drop are not a queue's: they count where none of the `queues` mapped before does.
    // With 16 queues or more there is no such counter; the last one then counts them with its own.
    void map_dropped_by_rule(const hal::RegisterFile& regs, std::uint32_t drop_queue);

private:
    CounterBank bank_;
    std::uint32_t rx_used_ = queue_counters, tx_used_ = queue_counters;  // counters that queues are mapped to
};

}  // namespace ringside::ixgbe
