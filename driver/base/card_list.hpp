// Which card a device is, among those that a driver knows.
#pragma once

#include "hal/device.hpp"
#include "hal/error.hpp"
#include "hal/pci.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace ringside {

inline constexpr std::uint16_t intel = 0x8086;

// nullptr if the id is none of these. Card has a member `device`, the PCI device id.
template <class Card, std::size_t N>
const Card* find_in(const Card (&cards)[N], std::uint16_t vendor, std::uint16_t device) noexcept {
    if (vendor != intel) return nullptr;
    for (const Card& card : cards)
        if (card.device == device) return &card;
    return nullptr;
}

// `find` is a family's find_card(). Throws Error if the device is not of the family.
template <class Card>
const Card& identify(hal::Device& device, const Card* (*find)(std::uint16_t, std::uint16_t) noexcept,
                     const char* family) {
    const hal::PciId id = hal::PciConfig(device).id();
    if (const Card* card = find(id.vendor, id.device)) return *card;
    throw hal::Error(device.address() + " is not a card of the " + family + " family");
}

}  // namespace ringside
