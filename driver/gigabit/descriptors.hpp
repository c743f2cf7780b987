// The transmit descriptors of the 8254x and the 82574 (8254x manual §3.3). Plain little-endian words and
// named bits; no bit-fields (their layout is the compiler's choice and each assignment is a hidden read), no
// unions of formats.
#pragma once

#include "driver/tx_request.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace ringside::gigabit {

// Frames that ask for nothing take legacy descriptors, and so do those that ask for a tag; the others take a
// context descriptor, which holds until the next one, and extended data descriptors. Those differ from legacy
// ones only in bits that are zero there. The device writes data descriptors back, if RS asked for that, with
// DD set.
// Family: whose it is, and with it what the card takes.
template <class Family> struct TxDescriptor {
    std::uint64_t buffer;   // Iova of the data.                 Context: where checksums begin and go
    std::uint64_t command;  // length, command; then status.     Context: lengths, protocols, segment size

    static constexpr std::uint64_t DTYP_DATA = 1u << 20;  // of the extended format
    static constexpr std::uint64_t EOP = 1u << 24;        // end of packet
    static constexpr std::uint64_t IFCS = 1u << 25;       // insert the frame check sequence
    static constexpr std::uint64_t TSE = 1u << 26;        // TCP segmentation; extended format
    static constexpr std::uint64_t RS = 1u << 27;         // report status: write back when done
    static constexpr std::uint64_t DEXT = 1u << 29;       // the extended format
    static constexpr std::uint64_t VLE = 1u << 30;        // insert the VLAN tag in 63:48
    static constexpr std::uint64_t DD = 1ull << 32;       // descriptor done
    static constexpr std::uint64_t IXSM = 1ull << 40;     // insert the IPv4 checksum; extended format
    static constexpr std::uint64_t TXSM = 1ull << 41;     // insert the TCP or UDP checksum; extended format
    static constexpr std::uint64_t TSTAMP = 1ull << 36;   // 82574: note when it goes out; extended format
    static constexpr unsigned vlan_shift = 48;
    static constexpr std::uint64_t length_mask = 0xFFFF;
    // Of a context, second word.
    static constexpr std::uint64_t TCP = 1u << 24, IP = 1u << 25;  // as opposed to UDP and IPv6
    static constexpr unsigned hdrlen_shift = 40, mss_shift = 48;

    // What driver/base/tx_ring.hpp asks.
    static constexpr std::uint64_t data(std::uint32_t length, std::uint32_t) { return IFCS | length; }
    static constexpr unsigned frame_at = 0;
    static constexpr std::uint32_t min_frame = Family::min_frame, max_frame = Family::max_frame,
                                   padded_from = Family::padded_from, max_parts = 40;

    // PAYLEN has 20 bits.
    static constexpr std::uint32_t contexts = 1, max_segmented = (1u << 18) - 1, max_header = 240;

    // Tags are inserted only in VLAN mode (CTRL.VME), which takes those of received frames off.
    static constexpr std::uint8_t accepts(bool vlan_mode) {
        return static_cast<std::uint8_t>(TxRequest::everything & ~TxRequest::sctp_checksum &
                                         (Family::segments ? ~0 : ~TxRequest::segment) &
                                         (vlan_mode ? ~0 : ~TxRequest::vlan));
    }
    static constexpr bool needs_context(TxRequest r) {
        return r.asks(TxRequest::ip_checksum | TxRequest::tcp_checksum | TxRequest::udp_checksum |
                      TxRequest::segment);
    }
    // A checksum lies inside the frame.
    static constexpr std::uint32_t least_frame(TxRequest r) {
        if (!needs_context(r)) return min_frame;
        const std::uint32_t checksum_end = r.asks(TxRequest::tcp_checksum)   ? 18
                                           : r.asks(TxRequest::udp_checksum) ? 8
                                                                             : 0;
        return std::max({min_frame, r.header_length() + 1, r.l2_length + r.l3_length + checksum_end});
    }
    static constexpr bool possible(TxRequest r, std::uint32_t frame) {
        if (r.asks(TxRequest::tcp_checksum) && r.asks(TxRequest::udp_checksum)) return false;
        if (!needs_context(r)) return true;
        if (r.l2_length < 14 || r.l3_length < 20 || frame < least_frame(r)) return false;
        const std::uint32_t l4 = std::uint32_t{r.l2_length} + r.l3_length;
        if (l4 + 16 > 255) return false;  // TUCSO has 8 bits
        return !r.asks(TxRequest::segment) ||
               (r.l4_length >= 20 && r.segment_size > 0 && r.header_length() <= max_header &&
                !r.asks(TxRequest::udp_checksum | TxRequest::time_stamp));
    }
    static constexpr TxDescriptor context(TxRequest r, std::uint32_t frame, std::uint32_t) {
        const bool segment = r.asks(TxRequest::segment), udp = r.asks(TxRequest::udp_checksum);
        const std::uint64_t ip = r.l2_length, l4 = ip + r.l3_length;
        const std::uint64_t checksum = l4 + (udp ? 6 : 16);
        const std::uint64_t lengths = segment ? (frame - r.header_length()) | TSE |
                                                    std::uint64_t{r.header_length()} << hdrlen_shift |
                                                    std::uint64_t{r.segment_size} << mss_shift
                                              : 0;
        return {ip | (ip + 10) << 8 | (l4 - 1) << 16 | l4 << 32 | checksum << 40,
                DEXT | lengths | (udp ? 0 : TCP) | (r.asks(TxRequest::ipv6) ? 0 : IP)};
    }
    static constexpr std::uint64_t asking(TxRequest r, std::uint32_t) {
        const std::uint64_t tag = r.asks(TxRequest::vlan) ? VLE | std::uint64_t{r.vlan_tag} << vlan_shift : 0;
        const std::uint64_t stamp = r.asks(TxRequest::time_stamp) ? DEXT | DTYP_DATA | TSTAMP : 0;
        if (!needs_context(r)) return tag | stamp;
        const bool segment = r.asks(TxRequest::segment);
        const bool ip = r.asks(TxRequest::ip_checksum) || (segment && !r.asks(TxRequest::ipv6));
        const bool l4 = r.asks(TxRequest::tcp_checksum | TxRequest::udp_checksum | TxRequest::segment);
        return tag | stamp | DEXT | DTYP_DATA | (ip ? IXSM : 0) | (l4 ? TXSM : 0) | (segment ? TSE : 0);
    }
    static constexpr std::uint32_t payload(TxRequest, std::uint32_t frame) { return frame; }

    friend constexpr bool operator==(const TxDescriptor&, const TxDescriptor&) = default;
};

}  // namespace ringside::gigabit
