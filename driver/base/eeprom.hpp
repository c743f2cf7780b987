// The checksum that all Intel's EEPROMs have: the words that it covers and itself add up to 0xBABA.
#pragma once

#include "driver/inspection.hpp"

#include <cstdint>
#include <span>

namespace ringside {

inline constexpr std::uint16_t eeprom_checksum_word = 0x3F, eeprom_sum = 0xBABA;

inline std::uint16_t sum_of(std::span<const std::uint16_t> words) {
    unsigned sum = 0;
    for (const std::uint16_t word : words) sum += word;
    return static_cast<std::uint16_t>(sum);
}
// `head` is what the checksum covers in any case, with the checksum at its end.
inline std::uint16_t sum_without_last(std::span<const std::uint16_t> head) {
    return sum_of(head.first(head.size() - 1));
}
inline void set_checksum(EepromInfo& eeprom, std::uint16_t stored, std::uint16_t sum) {
    eeprom.checksum_word = eeprom_checksum_word;
    eeprom.checksum = stored;
    eeprom.right_checksum = static_cast<std::uint16_t>(eeprom_sum - sum);
}

}  // namespace ringside
