// All cards that there is a driver for.
#pragma once

#include "driver/features.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace ringside {

struct SupportedCard {
    std::uint16_t vendor, device;  // PCI ids
    std::string_view model, driver;
    std::uint32_t max_rx_queues, max_tx_queues;
    Features features;  // without those that depend on how it is reached (Feature::multiple_interrupts)
};
std::vector<SupportedCard> supported_cards();

}  // namespace ringside
