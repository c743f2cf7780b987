// The two wires to the module in the cage (I2C), driven by hand: I2CCTL, datasheet §8.2.3.1.5; the module,
// SFF-8472. At most 100 kHz; a module may hold the clock for half a millisecond.
#pragma once

#include "driver/ixgbe/registers.hpp"
#include "hal/register_file.hpp"

#include <cstdint>
#include <span>

namespace ringside::ixgbe {

class ModuleBus {
public:
    // Frees the bus from what somebody has left half done. Throws hal::Error if a line stays low. `regs` must
    // outlive it.
    explicit ModuleBus(const hal::RegisterFile& regs);

    // Bytes from `first` on; false if nobody answers at the address (0xA0: bit 0 is left to us).
    bool read(std::uint8_t address, std::uint8_t first, std::span<std::uint8_t> out);

private:
    void drive(bool clock, bool data) const;
    void clock_high(bool data) const;
    void start() const;
    void stop() const;
    void send_bit(bool bit) const;
    bool receive_bit() const;
    bool send(std::uint8_t byte) const;
    std::uint8_t receive(bool more) const;

    const hal::RegisterFile& regs_;
};

}  // namespace ringside::ixgbe
