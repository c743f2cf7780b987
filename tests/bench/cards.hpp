// The descriptor formats of the cards, as the NIC's half of a ring sees them. A format says
//
//   name                     of its driver
//   Rx, Tx                   the driver's descriptors
//   received(length, hash)   what the card writes back for a good frame of TCP over IPv4 with a VLAN tag
//   info(hash)               what the driver has to make of that
//   is_context(command)      a transmit descriptor without a frame
//   sent_length(command)     bytes of the frame that a data descriptor sends
#pragma once

#include "driver/e1000/queues.hpp"
#include "driver/e1000e/queues.hpp"
#include "driver/igb/queues.hpp"
#include "driver/ixgbe/queues.hpp"
#include "driver/rx_info.hpp"

#include <cstdint>
#include <string_view>

namespace ringside::bench {

struct WrittenBack {
    std::uint64_t low, high;
};

constexpr std::uint16_t vlan_tag = 42;
constexpr std::uint16_t checksums_good = RxInfo::ip_checked | RxInfo::l4_checked;

// 82599 and 82576: the advanced formats differ in their error bits only.
template <class RxDescriptor, class TxDescriptor> struct AdvancedFormat {
    using Rx = RxDescriptor;
    using Tx = TxDescriptor;

    static WrittenBack received(std::uint32_t length, std::uint32_t hash) {
        constexpr std::uint64_t rss_tcp_ipv4 = 1, type = 1u << 0 | 1u << 4;  // IPv4, TCP
        return {std::uint64_t{hash} << 32 | type << 4 | rss_tcp_ipv4,
                std::uint64_t{vlan_tag} << 48 | std::uint64_t{length} << 32 | status};
    }
    static RxInfo info(std::uint32_t hash) {
        constexpr std::uint16_t found =
            RxInfo::vlan_stripped | RxInfo::hash_valid | RxInfo::ipv4 | RxInfo::tcp;
        return {hash, vlan_tag, found | checksums_good};
    }
    static bool is_context(std::uint64_t command) { return (command & Tx::DTYP_DATA) == Tx::DTYP_CONTEXT; }
    static std::uint32_t sent_length(std::uint64_t command) {
        return static_cast<std::uint32_t>(command & Tx::dtalen_mask);
    }

private:
    static constexpr std::uint64_t DD = 1u << 0, EOP = 1u << 1, VP = 1u << 3, L4I = 1u << 5, IPCS = 1u << 6;
    static constexpr std::uint64_t status = DD | EOP | VP | L4I | IPCS;
};

struct Ixgbe : AdvancedFormat<ixgbe::RxDescriptor, ixgbe::TxDescriptor> {
    static constexpr std::string_view name = "ixgbe";
};
struct Igb : AdvancedFormat<igb::RxDescriptor, igb::TxDescriptor> {
    static constexpr std::string_view name = "igb";
};

// 8254x and 82574: they send alike.
template <class TxDescriptor> struct GigabitTxFormat {
    using Tx = TxDescriptor;
    static bool is_context(std::uint64_t command) {
        return (command & (Tx::DEXT | Tx::DTYP_DATA)) == Tx::DEXT;
    }
    static std::uint32_t sent_length(std::uint64_t command) {
        return static_cast<std::uint32_t>(command & Tx::length_mask);
    }
};

// 82574: extended receive descriptors.
struct E1000e : GigabitTxFormat<e1000e::TxDescriptor> {
    static constexpr std::string_view name = "e1000e";
    using Rx = e1000e::RxDescriptor;
    static WrittenBack received(std::uint32_t length, std::uint32_t hash) {
        constexpr std::uint64_t DD = 1u << 0, EOP = 1u << 1, VP = 1u << 3, TCPCS = 1u << 5, IPCS = 1u << 6;
        return {std::uint64_t{hash} << 32 | 1,
                std::uint64_t{vlan_tag} << 48 | std::uint64_t{length} << 32 | DD | EOP | VP | TCPCS | IPCS};
    }
    static RxInfo info(std::uint32_t hash) {
        return {hash, vlan_tag, RxInfo::vlan_stripped | RxInfo::hash_valid | checksums_good};
    }
};

// 8254x: legacy receive descriptors, which have no hash.
struct E1000 : GigabitTxFormat<e1000::TxDescriptor> {
    static constexpr std::string_view name = "e1000";
    using Rx = e1000::RxDescriptor;
    static WrittenBack received(std::uint32_t length, std::uint32_t) {
        constexpr std::uint64_t DD = 1ull << 32, EOP = 1ull << 33, VP = 1ull << 35, TCPCS = 1ull << 37,
                                IPCS = 1ull << 38;
        return {0, std::uint64_t{vlan_tag} << 48 | DD | EOP | VP | TCPCS | IPCS | length};
    }
    static RxInfo info(std::uint32_t) { return {0, vlan_tag, RxInfo::vlan_stripped | checksums_good}; }
};

}  // namespace ringside::bench
