// The flow director (datasheet 7.1.2.7): thousands of filters, found by a hash, that send flows to queues.
// Perfect filters compare every field that is not masked; signature filters compare a second hash.
//
// Not modelled: perfect filters of IPv6 flows never match (drivers of the 82599 make none), pools, and the
// immediate interrupt of a filter.
#pragma once

#include "sim/ixgbe/headers.hpp"
#include "sim/ixgbe/register_store.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ringside::sim::ixgbe {

// The bucket hash and the signature are the same function with different keys. `flow`: pool in 31:24, flow
// type in 23:16, VLAN tag in 15:0. `mixed`: the exclusive or of all other words.
std::uint32_t flow_hash(std::uint32_t key, std::uint32_t flow, std::uint32_t mixed) noexcept;

class FlowDirector {
public:
    struct Match {
        bool found = false;
        bool drop = false;
        bool has_queue = false;
        bool too_deep = false;  // further back in its bucket than FDIRCTRL allows
        std::uint8_t queue = 0;
        std::uint16_t bucket = 0;
        std::uint16_t index = 0;  // software's index of the filter, or the signature
    };
    // What a command did, for the statistics.
    enum class Outcome { nothing, added, not_added, removed, not_removed };

    // A write to one of its registers. The store holds plain ones.
    Outcome write(RegisterStore& registers, std::uint32_t offset, std::uint32_t value,
                  std::uint32_t writable);
    // After a reset of the registers.
    void reset();

    bool enabled() const noexcept { return capacity_ != 0; }
    bool perfect() const noexcept { return perfect_; }
    // FDIRCTRL: what descriptors say, in place of the RSS hash.
    bool reports_matches() const noexcept { return report_; }
    bool reports_always() const noexcept { return report_always_; }
    std::uint8_t drop_queue() const noexcept { return drop_queue_; }
    // Fewer filters are free than FDIRCTRL's threshold says.
    bool nearly_full() const noexcept { return enabled() && free_filters() <= threshold_; }

    // `tci`: the VLAN tag, 0 if there is none. For IP packets only.
    Match find(std::span<const std::byte> frame, const Headers& headers, std::uint16_t tci) const noexcept;

private:
    static constexpr std::uint32_t buckets = 0x8000;
    static constexpr std::uint16_t nothing = 0xFFFF;

    // The fields of a flow, less what is masked. Words are big endian, as the card hashes them.
    struct Flow {
        std::uint32_t head = 0;  // flow type 23:16, VLAN 15:0
        std::uint32_t source = 0, destination = 0;
        std::uint32_t ports = 0;  // source in 31:16
        std::uint32_t flexible = 0;
        bool operator==(const Flow&) const = default;
    };
    struct Filter {
        std::uint16_t bucket = 0, index = 0;  // FDIRHASH
        std::uint16_t next = nothing;
        std::uint32_t command = 0;
        Flow flow;
    };

    Outcome command(RegisterStore& registers, std::uint32_t value);
    Outcome add(const RegisterStore& registers, std::uint32_t value);
    Outcome remove(std::uint32_t hash);
    Flow programmed(const RegisterStore& registers, std::uint32_t command) const noexcept;
    void take_control(std::uint32_t value);
    void take_masks(const RegisterStore& registers) noexcept;
    void clear();
    void show(RegisterStore& registers) const;
    std::uint16_t* link_to(std::uint32_t hash) noexcept;
    std::uint32_t free_filters() const noexcept { return capacity_ - used_; }
    bool masked(unsigned bit) const noexcept { return (masks_ & (1u << bit)) != 0; }
    Flow flow_of(std::span<const std::byte> frame, const Headers& headers, std::uint16_t tci,
                 std::uint32_t& mixed) const noexcept;

    bool perfect_ = false, report_ = false, report_always_ = false;
    std::uint8_t drop_queue_ = 0;
    std::uint32_t flexible_offset_ = 0;  // in bytes from the start of the frame
    std::uint32_t longest_bucket_ = 0;
    std::uint32_t threshold_ = 0;
    std::uint32_t capacity_ = 0, used_ = 0;
    std::uint32_t bucket_key_ = 0, signature_key_ = 0;
    std::uint32_t masks_ = 0;  // FDIRM; 1 = ignore
    std::uint32_t vlan_mask_ = 0xEFFF;
    std::uint32_t source_mask_ = ~0u, destination_mask_ = ~0u;  // 1 = compare, big endian
    std::uint32_t tcp_mask_ = ~0u, udp_mask_ = ~0u;             // source port in 31:16
    std::array<std::uint32_t, 8> ipv6_masks_{};                 // source, then destination
    std::vector<std::uint16_t> heads_;                          // of the buckets
    std::vector<Filter> filters_;
    std::vector<std::uint16_t> free_;  // places in filters_ that removed filters left
};

}  // namespace ringside::sim::ixgbe
