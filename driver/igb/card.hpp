// Which cards this driver knows, and where they differ.
#pragma once

#include "driver/features.hpp"

#include <cstdint>
#include <span>

namespace ringside::igb {

struct Card {
    std::uint16_t device;  // PCI device id; the vendor is 8086
    const char* model;
    std::uint32_t queues;             // each way
    std::uint32_t receive_addresses;  // the first is the card's own
    // Interrupt vectors of queues: in one register those of q and q + 8 (82576), or of 2n and 2n + 1.
    bool vectors_by_eight = false;
    bool five_tuples = false;       // its filters for tuples compare addresses and source ports, too
    bool loses_vlans = false;       // erratum: a write of VFTA may be lost while the firmware is at it
    std::uint32_t ether_types = 8;  // filters
    // RXPBS holds the row of a table, not a number of KiB.
    bool coded_packet_buffer = false;
};

// nullptr if the id is none of ours.
const Card* find_card(std::uint16_t vendor, std::uint16_t device) noexcept;

std::span<const Card> all_cards() noexcept;
Features features_of(const Card& card) noexcept;

}  // namespace ringside::igb
