// Filters that choose a queue before the flow director and RSS do: by EtherType, for TCP's SYN, and by up to
// five fields of IPv4 packets (datasheet 7.1.2.3 to 7.1.2.6).
#pragma once

#include "sim/ixgbe/headers.hpp"
#include "sim/ixgbe/register_store.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ringside::sim::ixgbe {

class QueueFilters {
public:
    struct EtherTypeMatch {
        std::uint8_t index = 0;
        bool has_queue = false;
        std::uint8_t queue = 0;
        bool time_stamp = false;  // IEEE 1588
    };

    // After a write to ETQF, ETQS, SYNQF, SAQF, DAQF, SDPQF, FTQF or L34T_IMIR.
    void reload(const RegisterStore& registers);

    bool any_ether_type() const noexcept { return ether_type_count_ != 0; }
    bool any_packet() const noexcept { return syn_ || !tuples_.empty(); }

    std::optional<EtherTypeMatch> match_ether_type(std::uint16_t ether_type) const noexcept;
    // The queue of the SYN filter and the 5-tuple filters, in the order that SYNQF asks for.
    std::optional<std::uint8_t> match_packet(std::span<const std::byte> frame,
                                             const Headers& headers) const noexcept;

private:
    struct EtherTypeFilter {
        std::uint16_t type = 0;
        EtherTypeMatch match;
    };
    struct TupleFilter {
        std::uint32_t source = 0, destination = 0, ports = 0;  // in network order
        std::uint8_t protocol = 0, priority = 0, ignored = 0, queue = 0;
    };

    std::optional<std::uint8_t> match_syn(std::span<const std::byte> frame, const Headers& h) const noexcept;
    std::optional<std::uint8_t> match_tuple(std::span<const std::byte> frame,
                                            const Headers& h) const noexcept;

    std::array<EtherTypeFilter, 8> ether_types_{};
    std::size_t ether_type_count_ = 0;
    bool syn_ = false, syn_first_ = false;
    std::uint8_t syn_queue_ = 0;
    std::vector<TupleFilter> tuples_;  // highest priority first
};

}  // namespace ringside::sim::ixgbe
