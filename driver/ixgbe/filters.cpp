// Which frames are ours: datasheet §7.1.1 (Packet Filtering), registers §8.2.3.7.
#include "driver/base/receive_address.hpp"
#include "driver/ixgbe/device.hpp"

#include <tuple>

namespace ringside::ixgbe {

// §8.2.3.7.8. The device has loaded its own address into the first entry.
MacAddress Device::read_mac() { return read_receive_address<RAL, RAH>(regs_, 0); }

void Device::write_receive_address(std::uint32_t entry, const MacAddress& mac) {
    ringside::write_receive_address<RAL, RAH>(regs_, entry, mac);
}

void Device::clear_receive_address(std::uint32_t entry) {
    ringside::clear_receive_address<RAH>(regs_, entry);
}

// Tables are memory: a reset need not clear them (the multicast table comes up with anything in it).
void Device::clear_filters() {
    for (std::uint32_t i = 1; i < RAH::count; ++i) {
        regs_.write(i, RAH::ADDR(0) | RAH::AV(false));
        regs_.write(i, RAL::raw(0));
    }
    for (std::uint32_t i = 0; i < MTA::count; ++i) regs_.write(i, MTA::raw(0));
    for (std::uint32_t i = 0; i < VFTA::count; ++i) regs_.write(i, VFTA::raw(0));
    for (std::uint32_t i = 0; i < PFUTA::count; ++i) regs_.write(i, PFUTA::raw(0));
    for (std::uint32_t i = 0; i < PFVLVF::count; ++i) regs_.write(i, PFVLVF::raw(0));
    for (std::uint32_t i = 0; i < PFVLVFB::count; ++i) regs_.write(i, PFVLVFB::raw(0));
}

// §8.2.3.7.1: bad frames are never stored; broadcast always is.
void Device::write_receive_modes() {
    regs_.update(FCTRL::SBP(false) | FCTRL::BAM(true) | FCTRL::UPE(promiscuous()) |
                 FCTRL::MPE(promiscuous() || all_multicast()));
}

// §7.1.1.3: with MO = 0 bits 47:36 of the address select the entry.
void Device::write_multicast_table(const MulticastTable& table) {
    static_assert(MTA::count == std::tuple_size_v<MulticastTable>);
    for (std::uint32_t i = 0; i < MTA::count; ++i) regs_.write(i, MTA::raw(table[i]));
    regs_.write(MCSTCTRL::MO(0) | MCSTCTRL::MFE(!multicast().empty()));
}

// §7.1.1.2, §8.2.3.7.2.
void Device::write_vlan_table(const VlanTable& table, bool filter) {
    static_assert(VFTA::count == std::tuple_size_v<VlanTable>);
    for (std::uint32_t i = 0; i < VFTA::count; ++i) regs_.write(i, VFTA::raw(table[i]));
    regs_.update(VLNCTRL::VFE(filter));
}

}  // namespace ringside::ixgbe
