// The EEPROM, or what stands for one in the card's flash.
#include "driver/base/eeprom.hpp"
#include "driver/gigabit/nic.hpp"

#include <array>

namespace ringside::gigabit {

namespace {

constexpr EepromWord known[] = {
    {0x00, "address, bytes 0 and 1"},
    {0x01, "address, bytes 2 and 3"},
    {0x02, "address, bytes 4 and 5"},
    {0x03, "compatibility"},
    {0x08, "board number"},
    {0x09, "board number, or pointer"},
    {0x0A, "initialization control 1"},
    {0x0B, "subsystem id"},
    {0x0C, "subsystem vendor id"},
    {0x0D, "device id"},
    {0x0F, "initialization control 2"},
    {0x30, "boot agent's options"},
    {0x31, "boot agent's configuration"},
    {0x32, "boot agent's version"},
    {0x3F, "checksum"},
};

}  // namespace

// PCI Express: the field's smallest value is 64 words.
std::uint32_t GigabitNic::eeprom_size() { return 1u << (regs_.read<EECD>()[EECD::SIZE] + 6); }

void GigabitNic::read_eeprom_words(std::uint32_t first, std::span<std::uint16_t> out) {
    for (std::uint16_t& word : out) word = read_eeprom_word(first++);
}

EepromInfo GigabitNic::describe_eeprom() {
    EepromInfo eeprom{.words = eeprom_size(), .known = known, .address_word = 0};
    std::array<std::uint16_t, eeprom_checksum_word + 1> head{};
    read_eeprom_words(0, head);
    set_checksum(eeprom, head.back(), sum_without_last(head));
    return eeprom;
}

}  // namespace ringside::gigabit
