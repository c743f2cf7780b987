#include "sim/ixgbe/insertion.hpp"

#include "sim/ixgbe/bytes.hpp"
#include "sim/ixgbe/checksum.hpp"

#include <cstring>

namespace ringside::sim::ixgbe {
namespace {

constexpr std::size_t ip_field = 10, tcp_field = 16, udp_field = 6, sctp_field = 8;

std::size_t field_of(TxL4 l4) noexcept {
    switch (l4) {
        case TxL4::tcp: return tcp_field;
        case TxL4::udp: return udp_field;
        default: return sctp_field;
    }
}

std::uint16_t inverted(std::uint16_t sum) noexcept { return static_cast<std::uint16_t>(~sum); }

}  // namespace

bool insert_ip_sum(std::span<std::byte> frame, const TxContext& c) noexcept {
    if (c.ip_length < ip_field + 2 || c.l4_start() > frame.size()) return false;
    const std::span<std::byte> header = frame.subspan(c.mac_length, c.ip_length);
    put_big_endian16(&header[ip_field], inverted(ones_sum(header)));
    return true;
}

bool insert_l4_sum(std::span<std::byte> frame, const TxContext& c, std::uint32_t extra) noexcept {
    const std::size_t field = field_of(c.l4);
    const std::size_t size = c.l4 == TxL4::sctp ? 4 : 2;
    if (c.l4 == TxL4::reserved || c.l4_start() + field + size > frame.size()) return false;
    const std::span<std::byte> packet = frame.subspan(c.l4_start());
    if (c.l4 == TxL4::sctp) {
        std::memset(&packet[field], 0, size);
        const std::uint32_t crc = crc32c(packet);
        put_big_endian32(&packet[field], __builtin_bswap32(crc));  // lowest byte first
        return true;
    }
    std::uint16_t sum = inverted(ones_sum(packet, extra));
    if (c.l4 == TxL4::udp && sum == 0) sum = 0xFFFF;  // 0 would say that there is none
    put_big_endian16(&packet[field], sum);
    return true;
}

void insert_legacy_sum(std::span<std::byte> frame, std::size_t start, std::size_t place) noexcept {
    if (start > frame.size() || place + 2 > frame.size()) return;
    put_big_endian16(&frame[place], inverted(ones_sum(frame.subspan(start))));
}

}  // namespace ringside::sim::ixgbe
