// Which frames are ours: what a program has asked for, told to the physical function.
#include "driver/vf/nic.hpp"

#include "hal/error.hpp"

#include <algorithm>

namespace ringside::vf {

namespace {

constexpr std::size_t most_groups = 30;  // in a message

}  // namespace

void VfNic::refuse_because(const std::string& what, const std::string& why) const {
    throw hal::Error(regs_.who() + ": the physical function refuses " + what + "; " + why);
}

// NicBase names the further addresses from 1 on, in order; the physical function is told of a list by
// clearing the old one first.
void VfNic::write_receive_address(std::uint32_t entry, const MacAddress& mac) {
    if (!known_) return;
    if (entry == 0) return tell_mac(mac);
    if (entry == 1) clear_receive_address(1);
    if (!add_unicast_filter(entry, mac))
        refuse_because("to receive for " + to_string(mac),
                       "its table is full, or its administrator has chosen this function's address and does "
                       "not trust it (ip link set PF vf N trust on)");
}

// The first one is cleared when all are.
void VfNic::clear_receive_address(std::uint32_t entry) {
    if (known_ && entry == 1 && !forget_unicast_filters())
        refuse_because("to change the list of addresses",
                       "its administrator has chosen this function's address, and does not trust it (ip link "
                       "set PF vf N trust on)");
}

// Not said twice: a physical function that has chosen the address takes even that one for a change.
void VfNic::tell_mac(const MacAddress& mac) {
    if (mac == told_mac_) return;
    if (!granted_by_pf(about(request::mac, mac), 3))
        refuse_because("the address " + to_string(mac),
                       "its administrator has chosen this function's address (ip link set PF vf N mac)");
    told_mac_ = mac;
}

std::uint16_t VfNic::multicast_hash(const MacAddress& group) const {
    return static_cast<std::uint16_t>(
        (std::uint32_t{group.bytes[5]} << (8 - multicast_shift_) | group.bytes[4] >> multicast_shift_) &
        0xFFF);
}

// One message holds thirty groups; of more, all have to be asked for.
void VfNic::write_multicast_table(const MulticastTable&) {
    if (!known_) return;
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(multicast().size(), most_groups));
    if (count != 0 || told_groups_ != 0) {
        Message m{request::multicast | count << info_shift};
        for (std::uint32_t i = 0; i < count; ++i)
            m[1 + i / 2] |= std::uint32_t{multicast_hash(multicast()[i])} << (16 * (i % 2));
        if (!granted_by_pf(m, static_cast<std::uint32_t>(m.size())))
            refuse_because("the multicast groups", "see what its driver writes to the kernel's log");
        told_groups_ = count;
    }
    write_receive_modes();
}

// The physical function lets frames without a tag through in any case. What it does with VLANs that nobody
// has asked for is its own matter: `filter` can only be about those that we ask for.
void VfNic::write_vlan_table(const VlanTable& table, bool filter) {
    if (!known_) return;
    for (std::uint32_t id = 1; id < 4095; ++id) {
        const std::uint32_t word = id / 32, bit = 1u << id % 32;
        const bool wanted = filter && (table[word] & bit), told = (told_vlans_[word] & bit) != 0;
        if (wanted == told) continue;
        if (!granted_by_pf({request::vlan | (wanted ? 1u : 0u) << info_shift, id}, 2))
            refuse_because("VLAN " + std::to_string(id),
                           "its table is full, or its administrator has chosen this function's VLAN (ip link "
                           "set PF vf N vlan)");
        told_vlans_[word] ^= bit;
    }
}

void VfNic::write_receive_modes() {
    if (!known_) return;
    const bool all_groups = all_multicast() || multicast().size() > most_groups;
    const ReceiveMode mode = promiscuous() ? ReceiveMode::everything
                             : all_groups  ? ReceiveMode::all_multicast
                                           : ReceiveMode::multicast_filters;
    if (mode == told_mode_) return;
    if (ask_for_mode(mode)) {
        told_mode_ = mode;
        return;
    }
    // Nor half of it.
    static_cast<void>(ask_for_mode(told_mode_));
    if (mode == ReceiveMode::everything)
        refuse_because(
            "promiscuous mode",
            "Linux grants it to functions of an X540 that it trusts (ip link set PF vf N trust on) "
            "while the physical function is promiscuous itself, to those of other cards never: go "
            "without, and ask for addresses");
    refuse_because("all multicast groups",
                   "it grants that to functions that it trusts (ip link set PF vf N trust on)");
}

}  // namespace ringside::vf
