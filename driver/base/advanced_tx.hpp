// The advanced transmit descriptors of the 82599 family and of the 82576 family, which are the same (82599
// datasheet §7.2.3.2.3 and .4, 82576 §7.2.2). Plain little-endian words and named bits; no bit-fields (their
// layout is the compiler's choice and each assignment is a hidden read), no unions of formats.
#pragma once

#include "driver/tx_request.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace ringside {

// A data descriptor, or a context descriptor: what is to be done to the frames whose data descriptors name
// it. The device writes data descriptors back, if RS asked for that, with DD set and the rest undefined.
// Card says which frames it takes: min_frame and max_frame, in bytes without CRC.
template <class Card> struct AdvancedTxDescriptor {
    std::uint64_t buffer;   // Iova of the data.                  Context: header lengths, VLAN tag
    std::uint64_t command;  // length, type, command; then status. Context: type, protocols, segment size

    static constexpr std::uint64_t DTYP_CONTEXT = 2u << 20;
    static constexpr std::uint64_t DTYP_DATA = 3u << 20;
    static constexpr std::uint64_t TSTAMP = 1u << 19;  // note when it goes out (IEEE 1588)
    static constexpr std::uint64_t EOP = 1u << 24;     // end of packet
    static constexpr std::uint64_t IFCS = 1u << 25;    // insert the frame check sequence
    static constexpr std::uint64_t RS = 1u << 27;      // report status: write back when done
    static constexpr std::uint64_t DEXT = 1u << 29;    // advanced format
    static constexpr std::uint64_t VLE = 1u << 30;     // insert a VLAN tag
    static constexpr std::uint64_t TSE = 1ull << 31;   // TCP segmentation
    static constexpr std::uint64_t DD = 1ull << 32;    // descriptor done
    static constexpr std::uint64_t IXSM = 1ull << 40;  // insert the IPv4 checksum
    static constexpr std::uint64_t TXSM = 1ull << 41;  // insert the TCP, UDP or SCTP checksum
    static constexpr unsigned dtyp_shift = 20;         // 23:20
    static constexpr unsigned idx_shift = 36;          // 38:36, which context
    static constexpr unsigned paylen_shift = 46;       // 63:46, whole frame without CRC; or what is segmented
    static constexpr std::uint64_t dtalen_mask = 0xFFFF;
    // Of a context: first word …
    static constexpr unsigned maclen_shift = 9, vlan_shift = 16;
    // … and second.
    static constexpr std::uint64_t IPV4 = 1u << 10;
    static constexpr std::uint64_t L4T_TCP = 1u << 11, L4T_SCTP = 2u << 11;  // 12:11, 0 is UDP
    static constexpr unsigned l4len_shift = 40, mss_shift = 48;

    // What every descriptor of a frame that asks for no offload has in common.
    static constexpr std::uint64_t plain = DTYP_DATA | DEXT | IFCS;

    // What driver/base/tx_ring.hpp asks.
    static constexpr std::uint64_t data(std::uint32_t length, std::uint32_t frame) {
        return std::uint64_t{frame} << paylen_shift | plain | length;
    }
    static constexpr unsigned frame_at = paylen_shift;
    static constexpr std::uint32_t min_frame = Card::min_frame, max_frame = Card::max_frame, max_parts = 40;

    // PAYLEN has 18 bits. The header may be 240 bytes long when segmenting.
    static constexpr std::uint32_t contexts = 2, max_segmented = (1u << 18) - 1, max_header = 240;
    static constexpr std::uint8_t layer4 =
        TxRequest::tcp_checksum | TxRequest::udp_checksum | TxRequest::sctp_checksum;

    static constexpr bool needs_context(TxRequest r) {
        return (r.flags & ~(TxRequest::ipv6 | TxRequest::time_stamp)) != 0;
    }
    // Bytes of the transport header up to the end of its checksum.
    static constexpr std::uint32_t checksum_end(TxRequest r) {
        return r.asks(TxRequest::tcp_checksum | TxRequest::segment) ? 18
               : r.asks(TxRequest::udp_checksum)                    ? 8
               : r.asks(TxRequest::sctp_checksum)                   ? 12
                                                                    : 0;
    }
    static constexpr std::uint32_t least_frame(TxRequest r) {
        if (!r.asks(TxRequest::segment | TxRequest::ip_checksum | layer4)) return min_frame;
        return std::max({min_frame, r.header_length() + 1, r.l2_length + r.l3_length + checksum_end(r)});
    }
    static constexpr bool possible(TxRequest r, std::uint32_t frame) {
        const std::uint8_t sums = r.flags & layer4;
        if ((sums & (sums - 1)) != 0 || r.l2_length > 127) return false;
        if (!r.asks(TxRequest::segment | TxRequest::ip_checksum | layer4)) return true;
        if (r.l2_length < 14 || r.l3_length < (r.asks(TxRequest::ipv6) ? 40 : 20) || frame < least_frame(r))
            return false;
        return !r.asks(TxRequest::segment) ||
               (r.l4_length >= 20 && r.segment_size > 0 && !r.asks(TxRequest::time_stamp) &&
                r.header_length() <= max_header &&
                r.header_length() + std::min<std::uint32_t>(r.segment_size, payload(r, frame)) <= max_frame &&
                (sums & ~TxRequest::tcp_checksum) == 0);
    }
    static constexpr AdvancedTxDescriptor context(TxRequest r, std::uint32_t, std::uint32_t index) {
        const bool segment = r.asks(TxRequest::segment);
        const std::uint64_t l4t = segment || r.asks(TxRequest::tcp_checksum) ? L4T_TCP
                                  : r.asks(TxRequest::sctp_checksum)         ? L4T_SCTP
                                                                             : 0;
        // A frame that only gets a tag need not say where its header ends.
        const std::uint64_t maclen = r.l2_length != 0 ? r.l2_length : 14u;
        return {std::uint64_t{r.vlan_tag} << vlan_shift | maclen << maclen_shift | r.l3_length,
                DTYP_CONTEXT | DEXT | std::uint64_t{index} << idx_shift | l4t |
                    (r.asks(TxRequest::ipv6) ? 0 : IPV4) |
                    (segment ? std::uint64_t{r.l4_length} << l4len_shift | std::uint64_t{r.segment_size}
                                                                               << mss_shift
                             : 0)};
    }
    static constexpr std::uint64_t asking(TxRequest r, std::uint32_t index) {
        const std::uint64_t stamp = r.asks(TxRequest::time_stamp) ? TSTAMP : 0;
        if (!needs_context(r)) return stamp;
        const bool segment = r.asks(TxRequest::segment);
        const bool ip = r.asks(TxRequest::ip_checksum) || (segment && !r.asks(TxRequest::ipv6));
        return stamp | std::uint64_t{index} << idx_shift | (ip ? IXSM : 0) |
               (segment || r.asks(layer4) ? TXSM : 0) | (segment ? TSE : 0) |
               (r.asks(TxRequest::vlan) ? VLE : 0);
    }
    static constexpr std::uint32_t payload(TxRequest r, std::uint32_t frame) {
        return r.asks(TxRequest::segment) ? frame - r.header_length() : frame;
    }

    friend constexpr bool operator==(const AdvancedTxDescriptor&, const AdvancedTxDescriptor&) = default;
};

}  // namespace ringside
