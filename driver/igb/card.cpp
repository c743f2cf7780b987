#include "driver/igb/card.hpp"

#include "driver/base/card_list.hpp"

namespace ringside::igb {

namespace {

constexpr Card i82576(std::uint16_t device, const char* model) { return {device, model, 16, 24, true, true}; }
constexpr Card i82580(std::uint16_t device, const char* model) {
    return {device, model, 8, 24, false, false, false, 8, true};
}
constexpr Card i350(std::uint16_t device, const char* model) {
    return {device, model, 8, 32, false, false, true, 8, true};
}
constexpr Card i210(std::uint16_t device, const char* model, std::uint32_t queues = 4) {
    return {device, model, queues, 16, false, false, false, 4};
}

// Copper only: fiber, SerDes and SGMII ports need a set-up of their own. Not here either: the 82575.
constexpr Card cards[] = {
    i82576(0x10C9, "Intel 82576 (igb)"),
    i82576(0x10E8, "Intel 82576 quad (igb)"),
    i82576(0x1526, "Intel 82576 quad ET2 (igb)"),
    i82576(0x150A, "Intel 82576NS (igb)"),
    i82580(0x150E, "Intel 82580 (igb)"),
    i82580(0x1516, "Intel 82580 dual (igb)"),
    i350(0x1521, "Intel I350 (igb)"),
    i210(0x1533, "Intel I210 (igb)"),
    i210(0x157B, "Intel I210 flashless (igb)"),
    i210(0x1539, "Intel I211 (igb)", 2),
};

}  // namespace

const Card* find_card(std::uint16_t vendor, std::uint16_t device) noexcept {
    return find_in(cards, vendor, device);
}

std::span<const Card> all_cards() noexcept { return cards; }

Features features_of(const Card& card) noexcept {
    const Features all{Feature::rss,          Feature::rss_udp,          Feature::rx_checksum,
                       Feature::vlan_strip,   Feature::vlan_filter,      Feature::tx_checksum,
                       Feature::segmentation, Feature::tx_sctp_checksum, Feature::vlan_insert,
                       Feature::syn_rules,    Feature::ether_type_rules, Feature::port_rules,
                       Feature::flow_control};
    // The filters for tuples came with the 82576 and went with it, and so did its clock.
    return card.five_tuples
               ? all | Features{Feature::five_tuple_rules, Feature::hardware_clock, Feature::time_stamps}
               : all;
}

}  // namespace ringside::igb
