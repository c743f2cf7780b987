// Which cards this driver knows, and where they differ.
#pragma once

#include "driver/features.hpp"

#include <chrono>
#include <cstdint>
#include <span>

namespace ringside::ixgbe {

enum class Media {
    sfp_plus,  // a cage for a module: light or a direct-attach cable, 10 Gb/s serial
    parallel,  // CX4, KX4, XAUI, backplane: the EEPROM has already set AUTOC up
    base_t,    // X540, X550: a built-in PHY negotiates by itself
};

struct Card {
    std::uint16_t device;  // PCI device id; the vendor is 8086
    const char* model;
    Media media;
    std::uint32_t rx_packet_buffer_kib;
    // How long the card needs after a reset before its registers may be used for anything else.
    std::chrono::milliseconds after_reset;
    bool nbase_t = false;  // also speaks 2.5 and 5 Gb/s
    bool five_tuple_filters = true;
    bool wide_time_increment = false;  // TIMINCA is one field of 31 bits
};

// nullptr if the id is none of ours.
const Card* find_card(std::uint16_t vendor, std::uint16_t device) noexcept;

std::span<const Card> all_cards() noexcept;
Features features_of(const Card& card) noexcept;

}  // namespace ringside::ixgbe
