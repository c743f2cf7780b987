#include "net/coalesce.hpp"

#include "net/bytes.hpp"
#include "net/checksum.hpp"
#include "net/frame.hpp"
#include "net/tcp.hpp"

#include <algorithm>
#include <cstring>

namespace ringside::net {
namespace {

using Network = Headers::Network;
using Transport = Headers::Transport;

constexpr std::uint32_t ipv4_size = 20, ipv6_size = 40, longest_ip = 65535;
constexpr std::uint16_t dont_fragment = 0x4000;

bool same_bytes(const std::byte* a, const std::byte* b, std::size_t size) noexcept {
    return std::memcmp(a, b, size) == 0;
}

bool is_ipv4(const Headers& h) noexcept { return h.network == Network::ipv4; }

std::uint16_t pseudo_sum(const std::byte* frame, const Headers& h, std::uint32_t length) noexcept {
    const std::byte* ip = frame + h.l3();
    if (is_ipv4(h)) return ipv4_pseudo_sum(std::span<const std::byte, 8>(ip + 12, 8), protocol::tcp, length);
    return ipv6_pseudo_sum(std::span<const std::byte, 32>(ip + 8, 32), protocol::tcp, length);
}

bool checksums_right(const std::byte* frame, const Headers& h, const RxInfo& info) noexcept {
    if ((info.flags & (RxInfo::ip_bad | RxInfo::l4_bad)) != 0) return false;
    if (is_ipv4(h) && (info.flags & RxInfo::ip_checked) == 0) {
        InternetSum sum;
        sum.add({frame + h.l3(), h.l3_length});
        if (sum.checksum() != 0) return false;
    }
    if ((info.flags & RxInfo::l4_checked) != 0) return true;
    InternetSum sum;
    sum.add(pseudo_sum(frame, h, h.packet_end - h.l4()));
    sum.add({frame + h.l4(), h.packet_end - h.l4()});
    return sum.checksum() == 0;
}

// Whether others may be joined to it, or it to others, if its checksums are right.
bool is_joinable(std::span<const mem::Packet> frame, const Headers& h) noexcept {
    if (frame.size() != 1 || h.transport != Transport::tcp || h.payload_length() == 0) return false;
    if (h.l3_length != (is_ipv4(h) ? ipv4_size : ipv6_size)) return false;
    const std::byte* data = frame.front().data;
    return (tcp::flags(data + h.l4()) & (tcp::alone | tcp::ACK)) == tcp::ACK;
}

// Of a segment whose checksum is right: pseudo-header, header and payload add up to "minus zero", so nothing
// has to be read but the headers.
std::uint16_t sum_of_payload(const std::byte* frame, const Headers& h) noexcept {
    InternetSum others;
    others.add(pseudo_sum(frame, h, h.packet_end - h.l4()));
    others.add({frame + h.l4(), h.l4_length});
    return inverted(others.sum());
}

}  // namespace

Coalescer::~Coalescer() {
    for (const Flow& flow : flows_)
        for (std::uint32_t i = 0; i < flow.count; ++i) cache_->give(flow.parts[i]);
}

void Coalescer::add(std::span<const mem::Packet> in, std::span<const RxInfo> info) noexcept {
    ++burst_;
    for (std::size_t i = 0, parts = 0; i < in.size(); i += parts) {
        parts = std::max<std::size_t>(parts_of_frame(in.subspan(i)), 1);
        add_frame(in.subspan(i, parts), info[i]);
    }
    for (Flow& flow : flows_)
        if (flow.count != 0 && burst_ - flow.burst >= bursts_) finish(flow);
}

void Coalescer::flush() noexcept {
    for (Flow& flow : flows_)
        if (flow.count != 0) finish(flow);
}

void Coalescer::add_frame(std::span<const mem::Packet> frame, const RxInfo& info) noexcept {
    const Headers h = find_headers(frame);
    if (h.transport != Transport::tcp) return sink_->deliver(frame, info, 0);
    const std::byte* data = frame.front().data;
    const bool joinable = is_joinable(frame, h);
    Flow* flow = find(data, h);
    if (flow != nullptr && joinable && follows(*flow, data, h, info) && checksums_right(data, h, info))
        return join(*flow, frame.front(), h);
    if (flow != nullptr) finish(*flow);
    const bool at_the_end = (tcp::flags(data + h.l4()) & tcp::at_the_end) != 0;
    if (joinable && !at_the_end && checksums_right(data, h, info))
        start(frame.front(), h, info);
    else
        sink_->deliver(frame, info, 0);
}

// The connection, whatever else is in the headers: its frames must stay in order.
Coalescer::Flow* Coalescer::find(const std::byte* frame, const Headers& h) noexcept {
    const std::size_t at = is_ipv4(h) ? 12 : 8, size = is_ipv4(h) ? 8 : 32;
    for (Flow& flow : flows_) {
        if (flow.count == 0 || flow.headers.network != h.network) continue;
        const std::byte* first = flow.parts[0].data;
        if (same_bytes(first + flow.headers.l4(), frame + h.l4(), 4) &&
            same_bytes(first + flow.headers.l3() + at, frame + h.l3() + at, size))
            return &flow;
    }
    return nullptr;
}

void Coalescer::start(const mem::Packet& packet, const Headers& h, const RxInfo& info) noexcept {
    const auto older = [](const Flow& a, const Flow& b) {
        return a.count == 0 ? b.count != 0 : b.count != 0 && a.number < b.number;
    };
    Flow& flow = *std::min_element(flows_.begin(), flows_.end(), older);
    if (flow.count != 0) finish(flow);
    flow.count = 1;
    flow.parts[0] = packet;
    flow.headers = h;
    flow.info = info;
    flow.burst = burst_;
    flow.number = next_number_++;
    flow.payload = h.payload_length();
    flow.segment_size = static_cast<std::uint16_t>(h.payload_length());
    flow.flags_at_end = 0;
    flow.payload_sum = sum_of_payload(packet.data, h);
}

bool Coalescer::follows(const Flow& flow, const std::byte* frame, const Headers& h,
                        const RxInfo& info) noexcept {
    const Headers& f = flow.headers;
    const std::byte* first = flow.parts[0].data;
    const std::uint32_t payload = h.payload_length();
    if (payload > flow.segment_size || f.l4_length + flow.payload + payload + f.l3_length > longest_ip)
        return false;
    if (f.l2_length != h.l2_length || !same_bytes(first, frame, h.l2_length)) return false;
    if (((flow.info.flags ^ info.flags) & RxInfo::vlan_stripped) != 0 || flow.info.vlan != info.vlan)
        return false;

    const std::byte* first_ip = first + f.l3();
    const std::byte* ip = frame + h.l3();
    const bool same_ip =
        is_ipv4(h) ? follows_ipv4(flow, first_ip, ip) : same_bytes(first_ip, ip, 4) && first_ip[7] == ip[7];
    if (!same_ip) return false;

    const std::byte* first_tcp = first + f.l4();
    const std::byte* tcp_header = frame + h.l4();
    if (tcp::sequence(tcp_header) != tcp::sequence(first_tcp) + flow.payload) return false;
    const std::uint32_t flags = tcp::flags(tcp_header);
    constexpr std::uint32_t may_differ = tcp::at_the_end | tcp::CWR;
    if (((tcp::flags(first_tcp) ^ flags) & ~may_differ) != 0 || (flags & tcp::CWR) != 0) return false;
    return f.l4_length == h.l4_length && same_bytes(first_tcp + 8, tcp_header + 8, 4) &&  // acknowledgement
           same_bytes(first_tcp + 14, tcp_header + 14, 2) &&                              // window
           same_bytes(first_tcp + 18, tcp_header + 18, h.l4_length - 18u);  // urgent pointer, options
}

bool Coalescer::follows_ipv4(const Flow& flow, const std::byte* first_ip, const std::byte* ip) noexcept {
    if (first_ip[1] != ip[1] || first_ip[8] != ip[8] || !same_bytes(first_ip + 6, ip + 6, 2)) return false;
    const std::uint16_t first = big_endian16(first_ip + 4), now = big_endian16(ip + 4);
    const bool may_be_same = (big_endian16(ip + 6) & dont_fragment) != 0;
    const bool all_same = flow.count == 1 || flow.same_identification;
    const bool all_counted = flow.count == 1 || !flow.same_identification;
    return (may_be_same && all_same && now == first) ||
           (all_counted && now == static_cast<std::uint16_t>(first + flow.count));
}

void Coalescer::join(Flow& flow, const mem::Packet& packet, const Headers& h) noexcept {
    mem::Packet& last = flow.parts[flow.count - 1];
    if (flow.count == 1) {
        last.length = static_cast<std::uint16_t>(flow.headers.packet_end);  // without padding
        flow.same_identification =
            is_ipv4(h) && same_bytes(last.data + h.l3() + 4, packet.data + h.l3() + 4, 2);
    }
    last.flags |= mem::Packet::more;
    const std::uint16_t sum = sum_of_payload(packet.data, h);
    flow.payload_sum += flow.payload % 2 == 0 ? sum : __builtin_bswap16(sum);
    flow.payload += h.payload_length();
    flow.flags_at_end = tcp::flags(packet.data + h.l4()) & tcp::at_the_end;

    mem::Packet& part = flow.parts[flow.count++];
    part = packet;
    part.data += h.payload();
    part.length = static_cast<std::uint16_t>(h.payload_length());
    if (flow.flags_at_end != 0 || h.payload_length() < flow.segment_size || flow.count == most_parts)
        finish(flow);
}

void Coalescer::finish(Flow& flow) noexcept {
    const std::uint32_t count = flow.count;
    flow.count = 0;
    if (count > 1) {
        complete_headers(flow);
        flow.info.flags |= RxInfo::l4_checked;
        if (is_ipv4(flow.headers)) flow.info.flags |= RxInfo::ip_checked;
    }
    sink_->deliver({flow.parts.data(), count}, flow.info, count > 1 ? flow.segment_size : std::uint16_t{0});
}

void Coalescer::complete_headers(Flow& flow) noexcept {
    const Headers& h = flow.headers;
    std::byte* data = flow.parts[0].data;
    std::byte* ip = data + h.l3();
    std::byte* tcp_header = data + h.l4();
    const std::uint32_t length = h.l4_length + flow.payload;
    if (is_ipv4(h)) {
        put_big_endian16(ip + 2, h.l3_length + length);
        put_big_endian16(ip + 10, 0);
        InternetSum sum;
        sum.add({ip, h.l3_length});
        put_big_endian16(ip + 10, sum.checksum());
    } else {
        put_big_endian16(ip + 4, length);
    }
    tcp::set_flags(tcp_header, std::uint32_t{tcp::flags(tcp_header)} | flow.flags_at_end);
    put_big_endian16(tcp_header + 16, 0);
    InternetSum sum;
    sum.add(pseudo_sum(data, h, length));
    sum.add({tcp_header, h.l4_length});
    sum.add(fold(flow.payload_sum));
    put_big_endian16(tcp_header + 16, sum.checksum());
}

}  // namespace ringside::net
