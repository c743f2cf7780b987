// What a card's registers and rings are like at the moment, for people who look for a mistake.
#pragma once

#include "hal/register_info.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace ringside {

struct RegisterValue {
    hal::RegisterInfo info;
    std::uint32_t index = 0;
    std::uint32_t value = 0;

    std::string name() const { return hal::register_name(info.name, info.count, index); }
    std::uint32_t offset() const { return info.offset(index); }
};

// A word of an EEPROM that has a name.
struct EepromWord {
    std::uint16_t address;
    const char* name;
};

// A card's EEPROM, or the part of its flash that stands for one: words of 16 bits.
struct EepromInfo {
    std::uint32_t words = 0;
    std::span<const EepromWord> known = {};
    // Where the card's address is: three words, the low byte of each first.
    std::optional<std::uint32_t> address_word = std::nullopt;
    // The word that is to make the sum right, what it is, and what it should be.
    std::uint16_t checksum_word = 0, checksum = 0, right_checksum = 0;
};

// The two pages of a module, 256 bytes each (SFF-8472): what it is, and what it measures.
enum class ModulePage { identity, diagnostics };

// A counter of the card, and what it counts.
struct CounterValue {
    std::string name;  // as the datasheet has it; "GORC" for GORCL and GORCH
    const char* meaning = "";
    std::uint64_t value = 0;
};

// A ring as the device's registers and the driver's queue tell of it. Slots are numbered from 0.
struct RingState {
    bool transmit = false;
    std::uint32_t queue = 0;
    std::uint32_t size = 0;  // descriptors
    // As the registers read. A device may lie: they count only if `possible`.
    std::uint32_t head = 0, tail = 0;
    bool possible = false;          // both lie in the ring
    std::uint32_t device_owns = 0;  // descriptors from head to tail; 0 if not `possible`
    // Of cards that can turn single queues on.
    std::optional<bool> enabled = std::nullopt;
    // The driver's: the slot it will look at next (receive) or fill next (transmit).
    std::uint32_t next = 0;
    // Transmit: descriptors whose buffers the driver has not taken back.
    std::uint32_t unreclaimed = 0;
    // Descriptors that the device has completed (DD) and the driver has not taken yet, and the oldest of
    // them. Of sent ones, only those count that were to be reported.
    std::uint32_t done = 0;
    std::optional<std::uint32_t> oldest_done = std::nullopt;
};

}  // namespace ringside
