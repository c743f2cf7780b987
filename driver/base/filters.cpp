// Which frames are ours: what a program has asked for, kept from one start to the next.
#include "driver/base/nic_base.hpp"

#include <algorithm>
#include <utility>

namespace ringside {

namespace {

// Keeps what was asked for only if the card takes it: a virtual function has to ask, and may be refused.
template <class T, class Write> void change(T& kept, T wanted, Write&& write) {
    T before = std::exchange(kept, std::move(wanted));
    try {
        write();
    } catch (...) {
        kept = std::move(before);
        throw;
    }
}

}  // namespace

void NicBase::apply_filters() {
    write_receive_address(0, mac_);
    for (std::uint32_t i = 0; i < unicast_.size(); ++i) write_receive_address(i + 1, unicast_[i]);
    write_multicast_filters();
    if (filters_vlans()) write_vlan_filters();
    write_receive_modes();
}

// 12 bits of the address select one of 4096 bits: 47:36, the last ones sent, as all these cards do with MO 0.
void NicBase::write_multicast_filters() {
    MulticastTable table{};
    for (const MacAddress& group : multicast_) {
        const std::uint32_t index = (std::uint32_t{group.bytes[5]} << 4 | group.bytes[4] >> 4) & 0xFFF;
        table[index >> 5] |= 1u << (index & 31);
    }
    write_multicast_table(table);
}

void NicBase::set_mac(const MacAddress& mac) {
    if (mac.is_zero() || mac.is_multicast())
        throw hal::Error(to_string(mac) + " cannot be a card's own address: it must be unicast and not zero");
    change(mac_, mac, [this] { write_receive_address(0, mac_); });
}

void NicBase::set_promiscuous(bool on) {
    config_.promiscuous = false;  // this is the later word
    change(promiscuous_, on, [this] { write_receive_modes(); });
}

void NicBase::set_all_multicast(bool on) {
    change(all_multicast_, on, [this] { write_receive_modes(); });
}

void NicBase::set_unicast_filters(std::span<const MacAddress> addresses) {
    if (addresses.size() > info_.max_unicast_filters)
        throw hal::Error(regs_.who() + ": " + std::to_string(addresses.size()) +
                         " unicast filters are too many: the card has room for " +
                         std::to_string(info_.max_unicast_filters) + "; use promiscuous mode");
    if (const auto bad = std::ranges::find_if(addresses, &MacAddress::is_multicast); bad != addresses.end())
        throw hal::Error(to_string(*bad) + " is a multicast address: it belongs to the multicast filters");
    const std::size_t before = unicast_.size();
    change(unicast_, {addresses.begin(), addresses.end()}, [&] {
        for (std::uint32_t i = 0; i < unicast_.size(); ++i) write_receive_address(i + 1, unicast_[i]);
        for (auto i = static_cast<std::uint32_t>(unicast_.size()); i < before; ++i)
            clear_receive_address(i + 1);
    });
}

void NicBase::set_multicast_filters(std::span<const MacAddress> groups) {
    const auto bad = std::ranges::find_if(groups, [](const MacAddress& g) { return !g.is_multicast(); });
    if (bad != groups.end())
        throw hal::Error(to_string(*bad) + " is not a multicast address: it belongs to the unicast filters");
    change(multicast_, {groups.begin(), groups.end()}, [this] { write_multicast_filters(); });
}

void NicBase::write_vlan_filters() {
    VlanTable table{};
    for (const std::uint16_t id : vlans_) table[id >> 5] |= 1u << (id & 31);
    // Frames without a tag, or with priority only, are not a VLAN's.
    if (filters_vlans()) table[0] |= 1;
    write_vlan_table(table, filters_vlans());
}

void NicBase::set_vlan_filters(std::span<const std::uint16_t> ids) {
    if (!ids.empty()) need(Feature::vlan_filter);
    for (const std::uint16_t id : ids)
        if (id == 0 || id > 4094) throw hal::Error(std::to_string(id) + " is not a VLAN: choose 1 to 4094");
    change(vlans_, {ids.begin(), ids.end()}, [this] { write_vlan_filters(); });
}

}  // namespace ringside
