#include "driver/ixgbevf/card.hpp"

#include "driver/base/card_list.hpp"

namespace ringside::ixgbevf {

namespace {

constexpr Card cards[] = {
    {0x10ED, "Intel 82599 virtual function (ixgbevf)"},
    {0x1515, "Intel X540 virtual function (ixgbevf)"},
};

}  // namespace

const Card* find_card(std::uint16_t vendor, std::uint16_t device) noexcept {
    return find_in(cards, vendor, device);
}

std::span<const Card> all_cards() noexcept { return cards; }

// RSS and rules are the physical function's.
Features features_of(const Card&) noexcept {
    return {Feature::rx_checksum,  Feature::vlan_strip,       Feature::vlan_filter, Feature::tx_checksum,
            Feature::segmentation, Feature::tx_sctp_checksum, Feature::vlan_insert};
}

}  // namespace ringside::ixgbevf
