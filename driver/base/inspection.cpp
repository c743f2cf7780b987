// What programs may look at.
#include "driver/base/nic_base.hpp"

#include "hal/pci.hpp"

namespace ringside {

std::vector<RegisterValue> NicBase::read_registers() {
    check_condition();
    std::vector<RegisterValue> values;
    for (const hal::RegisterInfo& info : registers()) {
        if (info.left_out != nullptr) continue;
        for (std::uint32_t i = 0; i < info.count; ++i) values.push_back({info, i, regs_.read(info, i)});
    }
    return values;
}

std::vector<CounterValue> NicBase::counters() {
    need_running("counters()");
    check_condition();
    return read_all_counters();
}

EepromInfo NicBase::eeprom() {
    check_condition();
    return describe_eeprom();
}

std::vector<std::uint16_t> NicBase::read_eeprom(std::uint32_t first, std::uint32_t count) {
    check_condition();
    const std::uint32_t there = describe_eeprom().words;
    if (first > there || count > there - first)
        throw hal::Error(info_.address + ": the EEPROM has " + std::to_string(there) +
                         " words; those asked for reach beyond");
    std::vector<std::uint16_t> words(count);
    read_eeprom_words(first, words);
    return words;
}

std::vector<std::uint8_t> NicBase::read_module(ModulePage page, std::uint32_t first, std::uint32_t count) {
    check_condition();
    if (first > 256 || count > 256 - first)
        throw hal::Error(info_.address + ": a module's page has 256 bytes; those asked for reach beyond");
    std::vector<std::uint8_t> bytes(count);
    read_module_bytes(page, first, bytes);
    return bytes;
}

EepromInfo NicBase::describe_eeprom() {
    throw hal::Error(info_.address + ": " + info_.model + " has no EEPROM of its own");
}

void NicBase::read_eeprom_words(std::uint32_t, std::span<std::uint16_t>) {}

void NicBase::read_module_bytes(ModulePage, std::uint32_t, std::span<std::uint8_t>) {
    no_module("its port is copper, or the driver cannot reach the module");
}

void NicBase::no_module(const std::string& instead) const {
    throw hal::Error(info_.address + ": " + info_.model + " has no cage for a module: " + instead);
}

bool NicBase::bus_master() { return (hal::PciConfig(*device_).command() & hal::pci_command_bus_master) != 0; }

void NicBase::blink(bool on) {
    if (on) {
        const std::uint32_t before = blink_leds();  // also if it blinks: a start has ended that
        if (!leds_before_) leds_before_ = before;
    } else if (leds_before_) {
        restore_leds(*leds_before_);
        leds_before_.reset();
    }
}

}  // namespace ringside
