#include "driver/igbvf/card.hpp"

#include "driver/base/card_list.hpp"

namespace ringside::igbvf {

namespace {

constexpr Card cards[] = {
    {0x10CA, "Intel 82576 virtual function (igbvf)", 2},
    {0x1520, "Intel I350 virtual function (igbvf)", 1},
};

}  // namespace

const Card* find_card(std::uint16_t vendor, std::uint16_t device) noexcept {
    return find_in(cards, vendor, device);
}

std::span<const Card> all_cards() noexcept { return cards; }

// Tags of received frames, RSS and rules are the physical function's.
Features features_of(const Card&) noexcept {
    return {Feature::rx_checksum,  Feature::vlan_filter,      Feature::tx_checksum,
            Feature::segmentation, Feature::tx_sctp_checksum, Feature::vlan_insert};
}

}  // namespace ringside::igbvf
