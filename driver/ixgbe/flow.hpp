// What the flow director compares (datasheet §7.1.2.7): its filters' fields, the masks that all of them
// share, and the hash by which the card finds a filter.
#pragma once

#include "driver/base/rule_book.hpp"
#include "driver/ixgbe/registers.hpp"
#include "driver/rule.hpp"

#include <cstdint>
#include <string>

namespace ringside::ixgbe {

// The fields of a filter; those that are not compared are zero. Addresses and ports as numbers: 10.0.0.1 is
// 0x0A000001.
struct Flow {
    FlowType type = FlowType::other;
    std::uint16_t vlan = 0;
    std::uint32_t source = 0, destination = 0;
    std::uint16_t source_port = 0, destination_port = 0;

    friend constexpr bool operator==(const Flow&, const Flow&) = default;
};
Flow flow_of(const Rule& rule);

// Which fields the filters compare, and how many bits of the addresses: the same for all filters there are.
struct FlowMasks {
    bool vlan = false, protocol = false, source_port = false, destination_port = false;
    std::uint8_t source_bits = 0, destination_bits = 0;

    friend constexpr bool operator==(const FlowMasks&, const FlowMasks&) = default;
};
FlowMasks masks_of(const Rule& rule);
// "the protocol, the first 16 bits of the source address and the destination port"
std::string to_string(const FlowMasks& masks);

// Keys of the hashes: the bucket's, and that of signature filters, which we do not use.
inline constexpr std::uint32_t flow_bucket_key = 0x3DAD14E2, flow_signature_key = 0x174D3614;

// The bucket of a filter or a frame. The words that are compared are joined by exclusive or;
// each bit of the key that is set adds them once more, shifted by its number.
constexpr std::uint32_t bucket_of(const Flow& flow) {
    const std::uint32_t head = static_cast<std::uint32_t>(flow.type) << 16 | flow.vlan;
    const std::uint32_t mixed =
        flow.source ^ flow.destination ^ (std::uint32_t{flow.source_port} << 16 | flow.destination_port);
    const std::uint32_t swapped = mixed << 16 | mixed >> 16;
    const std::uint32_t high = mixed ^ head ^ head >> 16;
    const std::uint32_t low = swapped ^ head ^ head << 16;
    std::uint32_t hash = 0;
    for (unsigned i = 0; i < 16; ++i) {
        // Bit 0 goes without the head.
        if (flow_bucket_key >> i & 1) hash ^= (i == 0 ? swapped : low) >> i;
        if (flow_bucket_key >> (16 + i) & 1) hash ^= high >> i;
    }
    return hash & 0x1FFF;
}

// The room in the packet buffer for at least `rules` filters: PBALLOC, and what it comes to. Two entries of
// the table are not for filters.
struct FlowRoom {
    std::uint32_t pballoc, kib, filters;
};
constexpr FlowRoom flow_room(std::uint32_t rules) {
    if (rules == 0) return {0, 0, 0};
    std::uint32_t pballoc = 1;
    while (pballoc < 3 && rules > (1024u << pballoc) - 2) ++pballoc;
    return {pballoc, 32u << pballoc, (1024u << pballoc) - 2};
}

}  // namespace ringside::ixgbe
