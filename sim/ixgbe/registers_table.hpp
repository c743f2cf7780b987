// The registers of the 82599 as a table: where they are, what they hold after a reset, what a write can
// change. It was typed in by another hand than driver/ixgbe/registers.hpp; a test compares the two.
#pragma once

#include "sim/ixgbe/counters.hpp"

#include <cstdint>
#include <span>

namespace ringside::sim::ixgbe {

// Registers fill the first 128 KiB of BAR 0.
inline constexpr std::uint32_t register_space = 0x20000;
inline constexpr std::uint32_t queue_count = 128;

enum class Access : std::uint8_t {
    ro,       // writes are ignored
    rw,       // holds the writable bits of what was written
    rc,       // 32-bit counter, cleared by reading
    rc16,     // the same, but it sticks at 16 ones
    rc_low,   // low half of a 36-bit counter: reading it latches the high half and clears the counter
    rc_high,  // what reading the low half latched
    special,  // behaviour of its own, see the unit
};

// The part of the model that a register belongs to.
enum class Unit : std::uint8_t {
    storage,     // nothing but memory
    control,     // CTRL, STATUS and their kind
    eeprom,      //
    semaphores,  // SWSM, SW_FW_SYNC
    module,      // the two wires to the SFP+ module
    interrupts,  //
    settings,    // looked at for every frame: decoded when written
    steering,    // filters that choose a queue: read again when one was written
    flow_director,
    time_sync,
    mdio,
    rx_queue,  //
    tx_queue,  //
    tx_rates,  //
    link,      //
    statistics,
};

struct RegisterRow {
    const char* name;
    std::uint32_t offset;
    std::uint32_t stride;
    std::uint32_t count;
    Access access;
    Unit unit;
    std::uint32_t reset = 0;
    std::uint32_t writable = 0;
    std::uint32_t self_clearing = 0;  // of the writable bits, those that act and read 0 again
    std::uint32_t first = 0;          // index of the first one: 64 in the second banks of queue registers
    Counter counter = Counter::none;  // of the first one
};

// The same registers at other addresses, kept from older parts.
struct AliasRow {
    std::uint32_t offset;
    std::uint32_t stride;
    std::uint32_t count;
    std::uint32_t target;
    std::uint32_t target_stride;
};

std::span<const RegisterRow> register_rows();
std::span<const AliasRow> alias_rows();

// One register found by its offset.
struct RegisterRef {
    const RegisterRow* row = nullptr;
    std::uint32_t element = 0;  // position in the row

    explicit operator bool() const noexcept { return row != nullptr; }
    std::uint32_t offset() const noexcept { return row->offset + element * row->stride; }  // not an alias's
    std::uint32_t index() const noexcept { return row->first + element; }
};

// Constant time. `offset` is below register_space and a multiple of 4; empty if there is no such register.
RegisterRef find_register(std::uint32_t offset) noexcept;

}  // namespace ringside::sim::ixgbe
