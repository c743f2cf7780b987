#include "net/fallback.hpp"

#include "net/bytes.hpp"
#include "net/checksum.hpp"
#include "net/frame.hpp"
#include "net/headers.hpp"

#include <bit>
#include <cstring>

namespace ringside::net {
namespace {

constexpr std::uint32_t ethernet_size = 14, ipv4_size = 20, ipv6_size = 40, addresses_size = 12, tag_size = 4;
constexpr std::uint8_t l4_checksums =
    TxRequest::tcp_checksum | TxRequest::udp_checksum | TxRequest::sctp_checksum;

// Of the header in which the checksum is, as far as that has to be there.
std::uint32_t least_l4_length(const TxRequest& request) noexcept {
    if (request.asks(TxRequest::tcp_checksum | TxRequest::segment)) return 20;
    if (request.asks(TxRequest::udp_checksum)) return 8;
    return request.asks(TxRequest::sctp_checksum) ? 12 : 0;
}

// Everything from byte `from` on, which is in the first part.
template <class Sum>
void add_from(std::uint32_t from, std::span<const mem::Packet> frame, Sum& sum) noexcept {
    sum.add(frame.front().bytes().subspan(from));
    for (const mem::Packet& part : frame.subspan(1)) sum.add(part.bytes());
}

}  // namespace

bool fits(std::span<const mem::Packet> frame, const TxRequest& request) noexcept {
    constexpr std::uint8_t into_ip = TxRequest::ip_checksum | l4_checksums | TxRequest::segment;
    const std::uint32_t first = frame.front().length;
    if (request.asks(TxRequest::vlan) && first < ethernet_size) return false;
    if (!request.asks(into_ip)) return true;
    if (std::popcount(static_cast<unsigned>(request.flags & l4_checksums)) > 1) return false;
    const bool v4 = !request.asks(TxRequest::ipv6);
    if (request.asks(TxRequest::ip_checksum) && !v4) return false;
    if (request.l2_length < ethernet_size || request.l3_length < (v4 ? ipv4_size : ipv6_size)) return false;
    const std::uint32_t l4 = std::uint32_t{request.l2_length} + request.l3_length;
    if (l4 + least_l4_length(request) > first) return false;
    if (!request.asks(TxRequest::segment)) return true;
    return !request.asks(TxRequest::udp_checksum | TxRequest::sctp_checksum) &&
           request.l4_length >= least_l4_length(request) && request.header_length() <= first &&
           request.segment_size > 0 && length_of_frame(frame) > request.header_length();
}

void insert_checksums(std::span<const mem::Packet> frame, const TxRequest& request) noexcept {
    std::byte* data = frame.front().data;
    const std::uint32_t start = std::uint32_t{request.l2_length} + request.l3_length;
    if (request.asks(TxRequest::ip_checksum)) {
        InternetSum sum;
        sum.add({data + request.l2_length, request.l3_length});
        put_big_endian16(data + request.l2_length + 10, sum.checksum());
    }
    if (request.asks(TxRequest::tcp_checksum | TxRequest::udp_checksum)) {
        InternetSum sum;
        add_from(start, frame, sum);
        if (request.asks(TxRequest::tcp_checksum))
            put_big_endian16(data + start + 16, sum.checksum());
        else
            put_big_endian16(data + start + 6, udp_field(sum.checksum()));
    }
    if (request.asks(TxRequest::sctp_checksum)) {
        Crc32c crc;
        add_from(start, frame, crc);
        const std::uint32_t value = crc.value();  // lowest byte first, as it lies in memory
        std::memcpy(data + start + 8, &value, sizeof value);
    }
}

bool insert_vlan(mem::Packet& first, const mem::PacketPool& pool, std::uint16_t tag) noexcept {
    const std::byte* begin = pool.data(first.index) - pool.headroom();
    const std::byte* end = pool.data(first.index) + pool.room();
    if (first.length < addresses_size) return false;
    if (first.data - begin >= tag_size) {
        std::memmove(first.data - tag_size, first.data, addresses_size);
        first.data -= tag_size;
    } else if (end - (first.data + first.length) >= tag_size) {
        std::byte* rest = first.data + addresses_size;
        std::memmove(rest + tag_size, rest, first.length - addresses_size);
    } else {
        return false;
    }
    first.length = static_cast<std::uint16_t>(first.length + tag_size);
    put_big_endian16(first.data + addresses_size, ether_type::vlan);
    put_big_endian16(first.data + addresses_size + 2, tag);
    return true;
}

}  // namespace ringside::net
