// What a program wants the card to do to a frame while sending it.
#pragma once

#include <bit>
#include <cstdint>

namespace ringside {

// One for each frame, beside its packet (that of its first part, if it has several); all zeros ask for
// nothing and cost nothing. Repeating the request of the frame before costs next to nothing: the card keeps
// it as a "context".
//
// The driver does not look into the frame. It must be what the request says, with all header lengths inside
// its first buffer, and prepared for the card: net::prepare() does both.
//   IPv4 header checksum    the field is zero
//   TCP or UDP checksum     the field holds the sum of the pseudo-header, not inverted; its length field
//                           counts as zero when the frame is to be segmented
//   SCTP checksum           the field is zero
//   segment                 IPv4's total length or IPv6's payload length is zero as well
struct alignas(8) TxRequest {
    enum Flag : std::uint8_t {
        ip_checksum = 1u << 0,   // fill in the IPv4 header's checksum
        tcp_checksum = 1u << 1,  // at most one of these three
        udp_checksum = 1u << 2,
        sctp_checksum = 1u << 3,
        segment = 1u << 4,  // cut a TCP segment into frames of `segment_size`; implies its checksums
        vlan = 1u << 5,     // put `vlan_tag` in behind the addresses
        ipv6 = 1u << 6,     // layer 3 is IPv6, not IPv4; matters when segmenting
        // The card notes when the frame goes out: HardwareClock::take_tx_stamp(). For NICs started with
        // NicConfig::time_stamps; not with `segment`.
        time_stamp = 1u << 7,
    };
    std::uint8_t flags = 0;
    std::uint8_t l2_length = 0;  // bytes of MAC header, tags inside the frame included
    std::uint8_t l3_length = 0;  // bytes of IP header, options or extensions included
    std::uint8_t l4_length = 0;  // bytes of TCP header; only for `segment`
    std::uint16_t vlan_tag = 0;
    std::uint16_t segment_size = 0;  // bytes of TCP payload in each frame; only for `segment`

    // What can be done to a frame; `ipv6` only goes with it.
    static constexpr std::uint8_t everything = 0x7F;

    constexpr bool asks(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
    constexpr std::uint32_t header_length() const noexcept {
        return std::uint32_t{l2_length} + l3_length + l4_length;
    }
    // All of it, to compare requests at once.
    constexpr std::uint64_t bits() const noexcept { return std::bit_cast<std::uint64_t>(*this); }
    friend constexpr bool operator==(const TxRequest& a, const TxRequest& b) noexcept {
        return a.bits() == b.bits();
    }
};
static_assert(sizeof(TxRequest) == 8);

}  // namespace ringside
