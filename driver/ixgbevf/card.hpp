// Which virtual functions this driver knows, and where they differ.
#pragma once

#include "driver/features.hpp"

#include <cstdint>
#include <span>

namespace ringside::ixgbevf {

struct Card {
    std::uint16_t device;  // PCI device id; the vendor is 8086
    const char* model;
};

// nullptr if the id is none of ours.
const Card* find_card(std::uint16_t vendor, std::uint16_t device) noexcept;

std::span<const Card> all_cards() noexcept;
Features features_of(const Card& card) noexcept;

}  // namespace ringside::ixgbevf
