#include "driver/e1000e/card.hpp"

#include "driver/base/card_list.hpp"

namespace ringside::e1000e {

namespace {

// Not here: 82571 to 82573, 80003ES2LAN and the ports of chipsets (ICH, PCH): other PHYs, other errata.
constexpr Card cards[] = {
    {0x10D3, "Intel 82574L (e1000e)"},
    {0x10F6, "Intel 82574LA (e1000e)"},
    {0x150C, "Intel 82583V (e1000e)"},
};

}  // namespace

const Card* find_card(std::uint16_t vendor, std::uint16_t device) noexcept {
    return find_in(cards, vendor, device);
}

std::span<const Card> all_cards() noexcept { return cards; }

Features features_of(const Card&) noexcept {
    return {Feature::rss,         Feature::rx_checksum,  Feature::vlan_strip,
            Feature::vlan_filter, Feature::tx_checksum,  Feature::segmentation,
            Feature::vlan_insert, Feature::flow_control, Feature::hardware_clock,
            Feature::time_stamps};
}

}  // namespace ringside::e1000e
