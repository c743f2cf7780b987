// The EEPROM, or what stands for one in the X540's flash: datasheet chapter 6, EERD §8.2.3.2.2.
#include "driver/base/eeprom.hpp"
#include "driver/ixgbe/device.hpp"
#include "driver/ixgbe/firmware_lock.hpp"

#include "hal/error.hpp"

#include <array>
#include <string>

namespace ringside::ixgbe {

using namespace std::chrono_literals;

namespace {

constexpr EepromWord known[] = {
    {0x00, "EEPROM control 1"},
    {0x01, "EEPROM control 2"},
    {0x03, "PCIe analog section"},
    {0x04, "PHY section"},
    {0x05, "option ROM section"},
    {0x06, "PCIe general section"},
    {0x07, "PCIe section of port 0"},
    {0x08, "PCIe section of port 1"},
    {0x09, "core section of port 0"},
    {0x0A, "core section of port 1"},
    {0x0B, "MAC section of port 0"},
    {0x0C, "MAC section of port 1"},
    {0x0D, "CSR section of port 0"},
    {0x0E, "CSR section of port 1"},
    {0x0F, "firmware section"},
    {0x15, "board number"},
    {0x16, "board number, or pointer"},
    {0x28, "SAN address pointer"},
    {0x2B, "SFP+ settings pointer"},
    {0x2C, "device capabilities"},
    {0x2D, "version of the image, low"},
    {0x2E, "version of the image, high"},
    {0x37, "alternative address pointer"},
    {0x3F, "checksum"},
};
constexpr std::uint32_t first_section = 0x03, last_section = 0x0E, core_section = 0x09;
constexpr std::uint32_t phy_section = 0x04, option_rom_section = 0x05;

FirmwareLock::Guard guard_of(const Card& card) {
    return card.media == Media::base_t ? FirmwareLock::Guard::regsmp : FirmwareLock::Guard::swesmbi;
}

bool leads_somewhere(std::uint16_t word) { return word != 0 && word != 0xFFFF; }

}  // namespace

void Device::read_eeprom_words(std::uint32_t first, std::span<std::uint16_t> out) {
    const FirmwareLock lock(regs_, SW_FW_SYNC::SW_EEPROM(true), guard_of(card_), "the EEPROM");
    for (std::uint16_t& word : out) {
        regs_.write(EERD::START(true) | EERD::ADDR(first++));
        regs_.wait_for(EERD::DONE(true), 100ms,
                       "the EEPROM cannot be read; look at the card with another driver", 10us);
        word = static_cast<std::uint16_t>(regs_.read<EERD>()[EERD::DATA]);
    }
}

EepromInfo Device::describe_eeprom() {
    if (card_.nbase_t)
        throw hal::Error(regs_.who() + ": the flash of " + card_.model +
                         " is read through the card's firmware, which this driver does not speak to; Linux's "
                         "ethtool --eeprom-dump does");
    EepromInfo eeprom{.words = 1u << (regs_.read<EEC>()[EEC::SIZE] + 6), .known = known};
    std::array<std::uint16_t, eeprom_checksum_word + 1> head{};
    read_eeprom_words(0, head);
    std::uint16_t sum = sum_without_last(head);
    for (std::uint32_t i = first_section; i <= last_section; ++i) {
        const bool left_out = card_.media == Media::base_t && (i == phy_section || i == option_rom_section);
        if (!left_out) sum = static_cast<std::uint16_t>(sum + section_sum(head[i], eeprom.words));
    }
    // A core section is its length, and then the port's address.
    const std::uint16_t core = head[core_section + (regs_.read<STATUS>()[STATUS::LAN_ID] & 1)];
    if (leads_somewhere(core) && core + 3u < eeprom.words) eeprom.address_word = core + 1u;
    set_checksum(eeprom, head.back(), sum);
    return eeprom;
}

// A section is its length and so many words. One that does not fit counts for nothing.
std::uint16_t Device::section_sum(std::uint16_t section, std::uint32_t words) {
    if (!leads_somewhere(section) || section >= words) return 0;
    std::array<std::uint16_t, 1> length{};
    read_eeprom_words(section, length);
    if (!leads_somewhere(length[0]) || length[0] >= words - section) return 0;
    std::vector<std::uint16_t> content(length[0]);
    read_eeprom_words(section + 1u, content);
    return sum_of(content);
}

}  // namespace ringside::ixgbe
