#include "driver/e1000e/card.hpp"

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
    if (vendor != 0x8086) return nullptr;
    for (const Card& card : cards)
        if (card.device == device) return &card;
    return nullptr;
}

}  // namespace ringside::e1000e
