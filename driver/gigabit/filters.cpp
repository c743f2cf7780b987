// Which frames are ours.
#include "driver/gigabit/nic.hpp"

#include <tuple>

namespace ringside::gigabit {

MacAddress GigabitNic::loaded_mac() {
    const std::uint32_t low = regs_.read<RAL>(0).raw();
    const auto high = regs_.read<RAH>(0);
    MacAddress mac;
    for (unsigned i = 0; i < 4; ++i) mac.bytes[i] = static_cast<std::uint8_t>(low >> (8 * i));
    for (unsigned i = 0; i < 2; ++i) mac.bytes[4 + i] = static_cast<std::uint8_t>(high[RAH::ADDR] >> (8 * i));
    return high[RAH::AV] ? mac : MacAddress{};
}

void GigabitNic::write_receive_address(std::uint32_t entry, const MacAddress& mac) {
    std::uint32_t low = 0, high = 0;
    for (unsigned i = 0; i < 4; ++i) low |= std::uint32_t{mac.bytes[i]} << (8 * i);
    for (unsigned i = 0; i < 2; ++i) high |= std::uint32_t{mac.bytes[4 + i]} << (8 * i);
    // Off while half of it is new.
    regs_.write(entry, RAH::ADDR(0) | RAH::AV(false));
    regs_.write(entry, RAL::raw(low));
    // AV belongs to every write of the address: without it the entry is dead.
    regs_.write(entry, RAH::ADDR(high) | RAH::AV(true));
}

void GigabitNic::clear_receive_address(std::uint32_t entry) {
    regs_.write(entry, RAH::ADDR(0) | RAH::AV(false));
}

void GigabitNic::clear_filters() {
    for (std::uint32_t i = 1; i <= info().max_unicast_filters; ++i) {
        regs_.write(i, RAH::ADDR(0) | RAH::AV(false));
        regs_.write(i, RAL::raw(0));
    }
    for (std::uint32_t i = 0; i < MTA::count; ++i) regs_.write(i, MTA::raw(0));
    for (std::uint32_t i = 0; i < VFTA::count; ++i) regs_.write(i, VFTA::raw(0));
}

// With RCTL.MO = 0 bits 47:36 of the address select the bit.
void GigabitNic::write_multicast_table(const MulticastTable& table) {
    static_assert(MTA::count == std::tuple_size_v<MulticastTable>);
    for (std::uint32_t i = 0; i < MTA::count; ++i) regs_.write(i, MTA::raw(table[i]));
}

// Broadcast always comes through. Nothing is written if nothing changes: QEMU's e1000 receives nothing for a
// second after each write.
void GigabitNic::write_receive_modes() {
    const std::uint32_t old = regs_.read<RCTL>().raw();
    const auto modes = RCTL::BAM(true) | RCTL::MO(0) | RCTL::UPE(promiscuous()) |
                       RCTL::MPE(promiscuous() || all_multicast());
    const std::uint32_t wanted = (old & ~modes.mask) | modes.bits;
    if (wanted != old) regs_.write(RCTL::raw(wanted));
}

}  // namespace ringside::gigabit
