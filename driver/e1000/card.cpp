#include "driver/e1000/card.hpp"

#include "driver/base/card_list.hpp"

namespace ringside::e1000 {

namespace {

using enum gigabit::Media;

// Not here: 82542 to 82544 (no MDIC or other EEPROMs), 82541 and 82547 (another PHY, which wants a set-up
// script), and the ports with SerDes.
constexpr Card cards[] = {
    {0x100E, "Intel 82540EM (e1000)"},
    {0x1015, "Intel 82540EM LOM (e1000)"},
    {0x1016, "Intel 82540EP LOM (e1000)"},
    {0x1017, "Intel 82540EP (e1000)"},
    {0x101E, "Intel 82540EP LP (e1000)"},
    {0x100F, "Intel 82545EM (e1000)"},
    {0x1011, "Intel 82545EM fiber (e1000)", fiber},
    {0x1026, "Intel 82545GM (e1000)"},
    {0x1027, "Intel 82545GM fiber (e1000)", fiber},
    {0x1010, "Intel 82546EB (e1000)", copper, true},
    {0x1012, "Intel 82546EB fiber (e1000)", fiber, true},
    {0x101D, "Intel 82546EB quad (e1000)", copper, true},
    {0x1079, "Intel 82546GB (e1000)", copper, true},
    {0x107A, "Intel 82546GB fiber (e1000)", fiber, true},
    {0x1099, "Intel 82546GB quad (e1000)", copper, true},
};

}  // namespace

const Card* find_card(std::uint16_t vendor, std::uint16_t device) noexcept {
    return find_in(cards, vendor, device);
}

std::span<const Card> all_cards() noexcept { return cards; }

Features features_of(const Card&) noexcept {
    return {Feature::rx_checksum, Feature::vlan_strip,  Feature::vlan_filter,
            Feature::tx_checksum, Feature::vlan_insert, Feature::flow_control};
}

}  // namespace ringside::e1000
