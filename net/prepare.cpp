#include "net/prepare.hpp"

#include "net/bytes.hpp"
#include "net/checksum.hpp"
#include "net/frame.hpp"
#include "net/tcp.hpp"

namespace ringside::net {
namespace {

using Network = Headers::Network;
using Transport = Headers::Transport;

constexpr std::uint32_t longest_length = 255, longest_header_to_cut = 240;

bool is_ip(const Headers& h) noexcept {
    return h.ether_type == ether_type::ipv4 || h.ether_type == ether_type::ipv6;
}

Unfit check_transport(const std::byte* frame, const Headers& h) noexcept {
    const bool should_be_known =
        h.protocol == protocol::tcp || h.protocol == protocol::udp || h.protocol == protocol::sctp;
    if (h.transport == Transport::other) return should_be_known && !h.fragment ? Unfit::malformed : Unfit::no;
    if (h.transport == Transport::udp && big_endian16(frame + h.l4() + 4) != h.packet_end - h.l4())
        return Unfit::malformed;
    return h.routed ? Unfit::routed : Unfit::no;
}

bool to_be_cut(const Headers& h, const Wanted& wanted) noexcept {
    return wanted.segment_size != 0 && h.transport == Transport::tcp &&
           h.payload_length() > wanted.segment_size;
}

Unfit check(std::span<const mem::Packet> frame, const Headers& h, const Wanted& wanted) noexcept {
    if (frame.empty() || frame.front().length < h.payload() || h.l2_length == 0) return Unfit::malformed;
    const std::byte* data = frame.front().data;
    if (to_be_cut(h, wanted)) {
        if ((tcp::flags(data + h.l4()) & tcp::alone) != 0) return Unfit::not_segmentable;
        if (h.payload() > longest_header_to_cut) return Unfit::headers_too_big;
    }
    if (h.network == Network::other) return is_ip(h) ? Unfit::malformed : Unfit::no;
    if (h.l3_length > longest_length) return Unfit::headers_too_big;
    const std::uint32_t length = length_of_frame(frame);
    if (length < h.packet_end) return Unfit::malformed;
    if (length - h.packet_end >= frame.back().length) return Unfit::padded;
    return check_transport(data, h);
}

std::uint16_t pseudo_sum(const std::byte* frame, const Headers& h, std::uint32_t length) noexcept {
    const std::byte* ip = frame + h.l3();
    if (h.network == Network::ipv4)
        return ipv4_pseudo_sum(std::span<const std::byte, 8>(ip + 12, 8), h.protocol, length);
    return ipv6_pseudo_sum(std::span<const std::byte, 32>(ip + 8, 32), h.protocol, length);
}

// Fills the field in, and returns the request's flag.
std::uint8_t prepare_transport(std::byte* frame, const Headers& h, bool cut) noexcept {
    std::byte* l4 = frame + h.l4();
    const std::uint32_t length = cut ? 0 : h.packet_end - h.l4();
    switch (h.transport) {
        case Transport::tcp:
            put_big_endian16(l4 + 16, pseudo_sum(frame, h, length));
            return TxRequest::tcp_checksum;
        case Transport::udp:
            put_big_endian16(l4 + 6, pseudo_sum(frame, h, length));
            return TxRequest::udp_checksum;
        case Transport::sctp: put_big_endian32(l4 + 8, 0); return TxRequest::sctp_checksum;
        case Transport::other: break;
    }
    return 0;
}

void prepare_ip(std::byte* frame, const Headers& h, bool cut, TxRequest& request) noexcept {
    const bool v4 = h.network == Network::ipv4;
    std::byte* ip = frame + h.l3();
    request.l2_length = static_cast<std::uint8_t>(h.l2_length);
    request.l3_length = static_cast<std::uint8_t>(h.l3_length);
    request.flags |= v4 ? TxRequest::ip_checksum : TxRequest::ipv6;
    if (v4) put_big_endian16(ip + 10, 0);
    if (cut) put_big_endian16(ip + (v4 ? 2 : 4), 0);
}

}  // namespace

std::string_view describe(Unfit unfit) noexcept {
    switch (unfit) {
        case Unfit::no: return "it is fit";
        case Unfit::malformed: return "its headers are malformed, or not all in its first buffer";
        case Unfit::headers_too_big: return "its headers are too big";
        case Unfit::routed: return "it has an IPv6 routing header";
        case Unfit::padded: return "whole buffers of padding follow the IP packet";
        case Unfit::not_segmentable: return "a TCP segment with SYN, RST or URG cannot be cut";
    }
    return "";
}

Prepared prepare(std::span<mem::Packet> frame, const Headers& h, const Wanted& wanted) noexcept {
    Prepared p;
    const bool into_ip = wanted.checksums || wanted.segment_size != 0;
    if (into_ip) p.unfit = check(frame, h, wanted);
    if (!p) return p;
    if (wanted.vlan) {
        p.request.flags |= TxRequest::vlan;
        p.request.vlan_tag = *wanted.vlan;
    }
    if (!into_ip || h.network == Network::other) return p;

    const bool cut = to_be_cut(h, wanted);
    std::byte* data = frame.front().data;
    frame.back().length =
        static_cast<std::uint16_t>(frame.back().length - (length_of_frame(frame) - h.packet_end));
    prepare_ip(data, h, cut, p.request);
    p.request.flags |= prepare_transport(data, h, cut);
    if (cut) {
        p.request.flags |= TxRequest::segment;
        p.request.l4_length = static_cast<std::uint8_t>(h.l4_length);
        p.request.segment_size = wanted.segment_size;
    }
    return p;
}

}  // namespace ringside::net
