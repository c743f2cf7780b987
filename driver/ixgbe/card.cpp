#include "driver/ixgbe/card.hpp"

#include "driver/base/card_list.hpp"

namespace ringside::ixgbe {

namespace {

using namespace std::chrono_literals;

constexpr Card sfp(std::uint16_t device, const char* model) {
    return {device, model, Media::sfp_plus, 512, 10ms};
}
constexpr Card parallel(std::uint16_t device, const char* model) {
    return {device, model, Media::parallel, 512, 10ms};
}
constexpr Card base_t(std::uint16_t device, const char* model) {
    return {device, model, Media::base_t, 384, 100ms, false, true, true};
}
// The X550's datasheet lists registers for 5-tuple filters, and does not say that they work.
constexpr Card nbase_t(std::uint16_t device, const char* model) {
    return {device, model, Media::base_t, 384, 100ms, true, false};
}

// Not here: 151C (82599 with an external 10GBASE-T PHY), which needs MDIO before its link comes up.
constexpr Card cards[] = {
    sfp(0x10FB, "Intel 82599 (SFP+)"),
    sfp(0x1507, "Intel 82599 (SFP+ EM)"),
    sfp(0x1529, "Intel 82599 (SFP+ FCoE)"),
    sfp(0x154A, "Intel 82599 (SFP+ quad)"),
    sfp(0x154D, "Intel 82599 (SFP+ SF2)"),
    sfp(0x1557, "Intel 82599EN (SFP+)"),
    sfp(0x1558, "Intel 82599 (QSFP+)"),
    sfp(0x154F, "Intel 82599 (LS)"),
    parallel(0x10F7, "Intel 82599 (KX4)"),
    parallel(0x10F8, "Intel 82599 (backplane)"),
    parallel(0x10F9, "Intel 82599 (CX4)"),
    parallel(0x10FC, "Intel 82599 (XAUI)"),
    parallel(0x1514, "Intel 82599 (KX4 mezzanine)"),
    parallel(0x1517, "Intel 82599 (KR)"),
    parallel(0x152A, "Intel 82599 (backplane FCoE)"),
    base_t(0x1528, "Intel X540-T2"),
    base_t(0x1560, "Intel X540-T1"),
    nbase_t(0x1563, "Intel X550-T2"),
    nbase_t(0x15D1, "Intel X550-T1"),
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
                       Feature::syn_rules,    Feature::ether_type_rules, Feature::flow_rules,
                       Feature::flow_control};
    Features more;
    if (card.five_tuple_filters) more = more | Features{Feature::port_rules, Feature::five_tuple_rules};
    // The X550's clock counts seconds and nanoseconds, by other registers; of its rate limits nothing is
    // known.
    if (!card.nbase_t)
        more = more | Features{Feature::hardware_clock, Feature::time_stamps, Feature::tx_rate_limit};
    return all | more;
}

}  // namespace ringside::ixgbe
