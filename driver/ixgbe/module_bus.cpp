#include "driver/ixgbe/module_bus.hpp"

#include "hal/error.hpp"

namespace ringside::ixgbe {

using namespace std::chrono_literals;

namespace {

constexpr auto half_clock = 5us;
constexpr auto longest_stretch = 500us;

}  // namespace

// A module that was left in the midst of a byte sends the rest of it: nine clocks at most, and it is silent.
ModuleBus::ModuleBus(const hal::RegisterFile& regs) : regs_(regs) {
    for (int i = 0; i < 9; ++i) send_bit(true);
    start();
    stop();
    if (!regs_.read<I2CCTL>()[I2CCTL::DATA_IN])
        throw hal::Error(
            regs_.who() +
            ": the data line to the module stays low; unplug the module and plug it in again, or try "
            "another one");
}

bool ModuleBus::read(std::uint8_t address, std::uint8_t first, std::span<std::uint8_t> out) {
    start();
    bool there = send(address) && send(first);
    if (there) {
        start();  // again: now we read
        there = send(static_cast<std::uint8_t>(address | 1));
    }
    if (there)
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = receive(i + 1 < out.size());
    stop();
    return there;
}

// Lines are pulled up: 1 lets go, 0 pulls low.
void ModuleBus::drive(bool clock, bool data) const {
    regs_.write(I2CCTL::CLK_OUT(clock) | I2CCTL::DATA_OUT(data));
    regs_.sleep(half_clock);
}

void ModuleBus::clock_high(bool data) const {
    drive(true, data);
    regs_.wait_for(I2CCTL::CLK_IN(true), longest_stretch,
                   "the module holds the clock; unplug it and plug it in again, or try another one",
                   half_clock);
}

// Data falls while the clock is high; at the end it rises.
void ModuleBus::start() const {
    drive(false, true);
    clock_high(true);
    drive(true, false);
    drive(false, false);
}

void ModuleBus::stop() const {
    drive(false, false);
    clock_high(false);
    drive(true, true);
}

void ModuleBus::send_bit(bool bit) const {
    drive(false, bit);
    clock_high(bit);
    drive(false, bit);
}

bool ModuleBus::receive_bit() const {
    drive(false, true);
    clock_high(true);
    const bool bit = regs_.read<I2CCTL>()[I2CCTL::DATA_IN];
    drive(false, true);
    return bit;
}

// Whether it was acknowledged.
bool ModuleBus::send(std::uint8_t byte) const {
    for (int i = 7; i >= 0; --i) send_bit((byte >> i & 1) != 0);
    return !receive_bit();
}

std::uint8_t ModuleBus::receive(bool more) const {
    unsigned byte = 0;
    for (int i = 0; i < 8; ++i) byte = byte << 1 | (receive_bit() ? 1u : 0u);
    send_bit(!more);
    return static_cast<std::uint8_t>(byte);
}

}  // namespace ringside::ixgbe
