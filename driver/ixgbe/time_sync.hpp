// The 82599's and X540's registers of time (datasheet §7.9 and §8.2.3.26).
#pragma once

#include "driver/base/time_sync.hpp"
#include "hal/register_file.hpp"

#include <cstdint>
#include <optional>

namespace ringside::ixgbe {

// The counter is moved on by a clock that follows the link's speed; without a link it runs as at 10 Gb/s.
class TimeSync final : public TimeCounter {
public:
    // `wide_increment`: as the X540 has it, the increment has 31 bits, and there is no period. `registers`
    // must outlive the object.
    TimeSync(const hal::RegisterFile& registers, bool wide_increment)
        : regs_(registers), wide_increment_(wide_increment) {}

    Rate rate() override;
    std::uint32_t max_increment() const override { return wide_increment_ ? 0x7FFFFFFF : 0xFFFFFF; }
    void write_increment(std::uint32_t increment) override;
    std::uint64_t read() override;
    std::optional<std::uint64_t> take_rx_stamp() override;
    std::optional<std::uint64_t> take_tx_stamp() override;

private:
    const hal::RegisterFile& regs_;
    const bool wide_increment_;
};

}  // namespace ringside::ixgbe
