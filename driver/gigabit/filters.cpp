// Which frames are ours.
#include "driver/base/receive_address.hpp"
#include "driver/gigabit/nic.hpp"

#include <tuple>

namespace ringside::gigabit {

MacAddress GigabitNic::loaded_mac() { return read_receive_address<RAL, RAH>(regs_, 0); }

void GigabitNic::write_receive_address(std::uint32_t entry, const MacAddress& mac) {
    ringside::write_receive_address<RAL, RAH>(regs_, entry, mac);
}

void GigabitNic::clear_receive_address(std::uint32_t entry) {
    ringside::clear_receive_address<RAH>(regs_, entry);
}

void GigabitNic::clear_filters() {
    for (std::uint32_t i = 1; i <= info().max_unicast_filters; ++i) {
        regs_.write(i, RAH::ADDR(0) | RAH::AV(false));
        regs_.write(i, RAL::raw(0));
    }
    for (std::uint32_t i = 0; i < MTA::count; ++i) regs_.write(i, MTA::raw(0));
    for (std::uint32_t i = 0; i < VFTA::count; ++i) regs_.write(i, VFTA::raw(0));
    // What a VLAN's tag is: not all cards come out of a reset knowing it.
    regs_.update(VET::ETYPE(0x8100));
}

// With RCTL.MO = 0 bits 47:36 of the address select the bit.
void GigabitNic::write_multicast_table(const MulticastTable& table) {
    static_assert(MTA::count == std::tuple_size_v<MulticastTable>);
    for (std::uint32_t i = 0; i < MTA::count; ++i) regs_.write(i, MTA::raw(table[i]));
}

void GigabitNic::write_vlan_table(const VlanTable& table, bool filter) {
    static_assert(VFTA::count == std::tuple_size_v<VlanTable>);
    for (std::uint32_t turn = 0; turn < vlan_table_writes_; ++turn)
        for (std::uint32_t i = 0; i < VFTA::count; ++i) regs_.write(i, VFTA::raw(table[i]));
    regs_.update(RCTL::VFE(filter));
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
