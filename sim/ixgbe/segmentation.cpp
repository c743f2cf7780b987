#include "sim/ixgbe/segmentation.hpp"

#include "sim/ixgbe/bytes.hpp"
#include "sim/ixgbe/insertion.hpp"

#include <algorithm>
#include <cstring>

namespace ringside::sim::ixgbe {
namespace {

constexpr std::size_t ethernet_size = 14, ipv4_size = 20, ipv6_size = 40, tcp_size = 20, udp_size = 8;

}  // namespace

Segmenter::Fault Segmenter::check(const TxContext& c, std::size_t payload, std::size_t longest) noexcept {
    const std::size_t l4_size = c.l4 == TxL4::tcp ? tcp_size : udp_size;
    if (c.l4 != TxL4::tcp && c.l4 != TxL4::udp) return Fault::bad_header;
    if (c.mac_length < ethernet_size || c.ip_length < (c.ipv4 ? ipv4_size : ipv6_size) ||
        c.l4_length < l4_size || c.header_length() > longest_header)
        return Fault::bad_header;
    if (c.segment_size == 0 || payload == 0) return Fault::bad_size;
    if ((payload + c.segment_size - 1) / c.segment_size > most_segments) return Fault::bad_size;
    if (c.header_length() + std::min<std::size_t>(payload, c.segment_size) > longest) return Fault::bad_size;
    return Fault::none;
}

Segmenter::Segmenter(std::span<const std::byte> header, const TxContext& context, std::size_t payload,
                     const Work& work) noexcept
    : context_(context), work_(work), left_(payload) {
    std::memcpy(header_.data(), header.data(), std::min(header.size(), header_.size()));
}

std::size_t Segmenter::next_payload() const noexcept {
    return std::min<std::size_t>(left_, context_.segment_size);
}

void Segmenter::dress(std::span<std::byte> frame) noexcept {
    const std::size_t payload = next_payload();
    std::memcpy(frame.data(), header_.data(), context_.header_length());
    number_ip(frame);
    const auto l4_length = static_cast<std::uint32_t>(frame.size() - context_.l4_start());
    std::byte* l4 = &frame[context_.l4_start()];
    if (context_.l4 == TxL4::tcp)
        number_tcp(l4, payload == left_);
    else
        put_big_endian16(l4 + 4, l4_length);
    if (work_.ip_sum && context_.ipv4) insert_ip_sum(frame, context_);
    if (work_.l4_sum) insert_l4_sum(frame, context_, l4_length);
    left_ -= payload;
    done_ += static_cast<std::uint32_t>(payload);
    ++segments_;
}

void Segmenter::number_ip(std::span<std::byte> frame) const noexcept {
    std::byte* ip = &frame[context_.mac_length];
    const auto length = static_cast<std::uint32_t>(frame.size() - context_.mac_length);
    if (context_.ipv4) {
        put_big_endian16(ip + 2, length);
        put_big_endian16(ip + 4, big_endian16(ip + 4) + segments_);
    } else {
        put_big_endian16(ip + 4, length - std::uint32_t{ipv6_size});
    }
}

// Only the last segment ends the stream or pushes, only the first one says that the window was reduced. Where
// there is but one, it keeps all.
void Segmenter::number_tcp(std::byte* tcp, bool last) const noexcept {
    put_big_endian32(tcp + 4, big_endian32(tcp + 4) + done_);
    const bool first = segments_ == 0;
    if (first && last) return;
    const std::uint32_t mask = first ? work_.masks.first : last ? work_.masks.last : work_.masks.middle;
    put_big_endian16(tcp + 12, big_endian16(tcp + 12) & (mask | 0xF000u));
}

}  // namespace ringside::sim::ixgbe
