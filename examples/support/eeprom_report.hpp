// What is in a card's EEPROM: its words, which of them have names, the address, and whether the sum is right.
#pragma once

#include "driver/nic.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringside::examples {

struct EepromDump {
    std::string port, model;
    EepromInfo info;
    std::vector<std::uint16_t> words;

    std::optional<MacAddress> address() const;
    bool sum_is_right() const { return info.checksum == info.right_checksum; }
};

// Throws hal::Error if the card has none, or it does not answer.
EepromDump dump_eeprom(Nic& nic);

// Eight words a line, each in hexadecimal and as two letters; lines that repeat the one before are left out.
std::string text_of(const EepromDump& dump);
std::string json_of(const EepromDump& dump);

}  // namespace ringside::examples
