// Makes a frame ready for what a card shall do to it while sending, and writes the request.
#pragma once

#include "driver/tx_request.hpp"
#include "mem/packet.hpp"
#include "net/headers.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ringside::net {

struct Wanted {
    bool checksums = true;  // of IPv4, TCP, UDP and SCTP, whichever the frame has
    std::uint16_t segment_size =
        0;  // cut what has more bytes of TCP payload into frames of so many; 0: don't
    std::optional<std::uint16_t> vlan = std::nullopt;  // put this tag in
};

// Why a frame cannot have what is wanted.
enum class Unfit : std::uint8_t {
    no,               // it can
    malformed,        // its headers contradict themselves, or are not all in the first part
    headers_too_big,  // longer than requests can say (255 bytes each) or cards take when cutting (240 in all)
    routed,           // the checksum's destination is in an IPv6 routing header
    padded,           // what follows the IP packet has parts of its own: cards would add it to the checksum
    not_segmentable,  // to be cut, but with SYN, RST or URG
};
std::string_view describe(Unfit unfit) noexcept;

struct Prepared {
    TxRequest request;  // asks for nothing if the frame is unfit
    Unfit unfit = Unfit::no;

    explicit operator bool() const noexcept { return unfit == Unfit::no; }
};

// `frame` is one frame in one or more parts, `headers` what find_headers() has found in it. Fills its
// checksum fields as driver/tx_request.hpp demands; their old values do not matter. Padding behind the IP
// packet is cut off (cards pad again). IP's length is zeroed in a frame to be cut: cards write their own,
// and the older ones add the one that is there. An unfit frame is left as it was.
//
// Fragments get IPv4's checksum only: TCP's and UDP's cover more than one of them. UDP gets its checksum
// even if it had none.
Prepared prepare(std::span<mem::Packet> frame, const Headers& headers, const Wanted& wanted = {}) noexcept;

}  // namespace ringside::net
