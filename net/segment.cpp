#include "net/segment.hpp"

#include "net/bytes.hpp"
#include "net/checksum.hpp"
#include "net/fallback.hpp"
#include "net/frame.hpp"
#include "net/tcp.hpp"

#include <algorithm>
#include <cstring>

namespace ringside::net {
namespace {

constexpr std::uint32_t ipv6_size = 40;

}  // namespace

Segmenter::Segmenter(std::span<const mem::Packet> frame, const TxRequest& request) noexcept
    : frame_(frame),
      request_(request),
      offset_(request.header_length()),
      left_(length_of_frame(frame) - request.header_length()) {}

std::uint32_t Segmenter::next(mem::PacketCache& cache, std::span<mem::Packet> out) noexcept {
    const std::uint32_t payload = std::min<std::uint32_t>(left_, request_.segment_size);
    const std::uint32_t room = cache.pool().room();
    const std::uint32_t header = request_.header_length();
    const std::uint32_t parts = (header + payload + room - 1) / room;
    if (payload == 0 || parts > out.size() || cache.prepare(parts) < parts) return 0;

    std::uint32_t copied = 0;
    for (std::uint32_t i = 0; i < parts; ++i) {
        mem::Packet packet = *cache.allocate();            // prepare() has seen to it
        const std::uint32_t before = i == 0 ? header : 0;  // header_length() is below the smallest room
        const std::uint32_t size = std::min(payload - copied, room - before);
        if (i == 0) std::memcpy(packet.data, frame_.front().data, header);
        copy_payload(packet.data + before, size);
        packet.length = static_cast<std::uint16_t>(before + size);
        packet.flags = i + 1 < parts ? mem::Packet::more : std::uint16_t{0};
        out[i] = packet;
        copied += size;
    }
    dress(out.first(parts), payload);
    left_ -= payload;
    done_ += payload;
    ++frames_;
    return parts;
}

void Segmenter::copy_payload(std::byte* to, std::uint32_t size) noexcept {
    while (size > 0) {
        const mem::Packet& part = frame_[part_];
        const std::uint32_t piece = std::min<std::uint32_t>(size, part.length - offset_);
        std::memcpy(to, part.data + offset_, piece);
        to += piece;
        size -= piece;
        offset_ += piece;
        if (offset_ == part.length) {
            ++part_;
            offset_ = 0;
        }
    }
}

// The new frame begins with the large one's headers: makes them its own.
void Segmenter::dress(std::span<const mem::Packet> frame, std::uint32_t payload) const noexcept {
    std::byte* ip = frame.front().data + request_.l2_length;
    std::byte* tcp_header = ip + request_.l3_length;
    const std::uint32_t l4_length = request_.l4_length + payload;
    TxRequest checksums = request_;
    checksums.flags = TxRequest::tcp_checksum;
    if (request_.asks(TxRequest::ipv6)) {
        put_big_endian16(ip + 4, request_.l3_length - ipv6_size + l4_length);
    } else {
        put_big_endian16(ip + 2, request_.l3_length + l4_length);
        put_big_endian16(ip + 4, big_endian16(ip + 4) + frames_);
        put_big_endian16(ip + 10, 0);
        checksums.flags |= TxRequest::ip_checksum;
    }
    tcp::set_sequence(tcp_header, tcp::sequence(tcp_header) + done_);
    std::uint32_t flags = tcp::flags(tcp_header);
    if (frames_ != 0) flags &= ~std::uint32_t{tcp::CWR};
    if (payload != left_) flags &= ~std::uint32_t{tcp::at_the_end};
    tcp::set_flags(tcp_header, flags);
    // The field has the sum of the pseudo-header without its length.
    put_big_endian16(tcp_header + 16, fold(std::uint64_t{big_endian16(tcp_header + 16)} + l4_length));
    insert_checksums(frame, checksums);
}

}  // namespace ringside::net
