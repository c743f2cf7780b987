#include "sim/ixgbe/checksum.hpp"

#include "sim/ixgbe/bytes.hpp"
#include "sim/ixgbe/crc32.hpp"

#include <array>
#include <cstring>

namespace ringside::sim::ixgbe {
namespace {

std::uint64_t halves(std::uint64_t word) noexcept { return (word & 0xFFFFFFFF) + (word >> 32); }

template <class Word> std::uint64_t load(const std::byte* at) noexcept {
    Word value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}

// In memory order: one's complement sums do not mind, they come out with their bytes swapped.
std::uint64_t native_sum(const std::byte* at, std::size_t size) noexcept {
    std::uint64_t a = 0, b = 0, c = 0, d = 0;
    for (; size >= 32; at += 32, size -= 32) {
        a += halves(load<std::uint64_t>(at));
        b += halves(load<std::uint64_t>(at + 8));
        c += halves(load<std::uint64_t>(at + 16));
        d += halves(load<std::uint64_t>(at + 24));
    }
    for (; size >= 8; at += 8, size -= 8) a += halves(load<std::uint64_t>(at));
    if ((size & 4) != 0) b += load<std::uint32_t>(at), at += 4;
    if ((size & 2) != 0) c += load<std::uint16_t>(at), at += 2;
    if ((size & 1) != 0) d += load<std::uint8_t>(at);
    return a + b + c + d;
}

std::uint16_t fold(std::uint64_t sum) noexcept {
    sum = halves(sum);
    sum = (sum & 0xFFFF) + (sum >> 16 & 0xFFFF) + (sum >> 32);
    sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<std::uint16_t>((sum & 0xFFFF) + (sum >> 16));
}

// The pseudo header's share of a TCP or UDP checksum, in memory order.
std::uint64_t pseudo_sum(std::span<const std::byte> frame, const Headers& h) noexcept {
    const std::uint32_t length = std::uint32_t{h.end} - h.l4;
    const std::uint64_t rest =
        __builtin_bswap16(static_cast<std::uint16_t>(length)) + std::uint64_t{__builtin_bswap16(h.protocol)};
    return rest + (h.ipv6() ? native_sum(&frame[h.l3 + 8u], 32) : native_sum(&frame[h.l3 + 12u], 8));
}

constexpr std::size_t sctp_field = 8;

bool sctp_is_right(std::span<const std::byte> packet) noexcept {
    constexpr std::array<std::byte, 4> zeroes{};
    std::uint32_t value = SctpCrc::update(~0u, packet.first(sctp_field));
    value = SctpCrc::update(value, zeroes);
    value = ~SctpCrc::update(value, packet.subspan(sctp_field + zeroes.size()));
    return value == network_order32(&packet[sctp_field]);
}

}  // namespace

std::uint16_t ones_sum(std::span<const std::byte> bytes, std::uint32_t start) noexcept {
    const std::uint16_t native = fold(native_sum(bytes.data(), bytes.size()));
    return fold(std::uint64_t{__builtin_bswap16(native)} + start);
}

std::uint32_t crc32c(std::span<const std::byte> bytes) noexcept { return ~SctpCrc::update(~0u, bytes); }

std::uint32_t check_sums(std::span<const std::byte> frame, const Headers& h, bool zero_is_wrong) noexcept {
    using namespace checksum_status;
    std::uint32_t status = 0;
    if (h.ipv4()) {
        const bool right = fold(native_sum(&frame[h.l3], std::size_t{h.l3_end} - h.l3)) == 0xFFFF;
        status = right ? IPCS : IPCS | IPE;
    }
    if (h.l4 == 0) return status;  // a fragment, or nothing that has a checksum
    const std::span<const std::byte> packet = frame.subspan(h.l4, std::size_t{h.end} - h.l4);
    if (h.sctp()) return status | (sctp_is_right(packet) ? L4I : L4I | L4E);
    if (h.udp() && h.ipv4() && big_endian16(&packet[6]) == 0) return status | (zero_is_wrong ? L4I | L4E : 0);
    const bool right = fold(native_sum(packet.data(), packet.size()) + pseudo_sum(frame, h)) == 0xFFFF;
    return status | (right ? L4I : L4I | L4E);
}

}  // namespace ringside::sim::ixgbe
