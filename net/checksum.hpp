// The checksums of IP, TCP, UDP and SCTP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::net {

// A sum in one's complement, as 16 bits: what overflows is added again at the other end.
constexpr std::uint16_t fold(std::uint64_t sum) noexcept {
    sum = (sum & 0xFFFF'FFFF) + (sum >> 32);
    sum = (sum & 0xFFFF) + (sum >> 16);
    sum = (sum & 0xFFFF) + (sum >> 16);
    sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
}

constexpr std::uint16_t inverted(std::uint16_t sum) noexcept { return static_cast<std::uint16_t>(~sum); }

// The sum that IP, TCP and UDP protect themselves with (RFC 1071), over bytes that may come in several
// pieces, of odd lengths too.
class InternetSum {
public:
    void add(std::span<const std::byte> bytes) noexcept;
    // A number beside the bytes: part of a pseudo-header, or a sum.
    void add(std::uint16_t number) noexcept { sum_ += __builtin_bswap16(number); }

    // The sum itself. Zero only if all that was added is zero.
    std::uint16_t sum() const noexcept { return __builtin_bswap16(fold(sum_)); }
    // What goes into IP's and TCP's field; over a packet with the right checksum in it, it is zero.
    std::uint16_t checksum() const noexcept { return inverted(sum()); }

private:
    std::uint64_t sum_ = 0;  // of words as they lie in memory
    bool odd_ = false;       // an odd number of bytes so far
};

// The sum of the pseudo-header that TCP and UDP add to their own bytes, not inverted. `addresses` are source
// and destination as they lie in the IP header; `length` counts the bytes of TCP or UDP, header and payload.
std::uint16_t ipv4_pseudo_sum(std::span<const std::byte, 8> addresses, std::uint8_t protocol,
                              std::uint32_t length) noexcept;
std::uint16_t ipv6_pseudo_sum(std::span<const std::byte, 32> addresses, std::uint8_t protocol,
                              std::uint32_t length) noexcept;

// UDP's field says "no checksum" with zero, so a checksum of zero is written as its other form.
constexpr std::uint16_t udp_field(std::uint16_t checksum) noexcept {
    return checksum == 0 ? std::uint16_t{0xFFFF} : checksum;
}

// The checksum after one word under it has changed (RFC 1624, equation 3).
constexpr std::uint16_t updated(std::uint16_t checksum, std::uint16_t before, std::uint16_t after) noexcept {
    return inverted(fold(std::uint64_t{inverted(checksum)} + inverted(before) + after));
}
// The same for two words in a row, such as an IPv4 address.
constexpr std::uint16_t updated32(std::uint16_t checksum, std::uint32_t before,
                                  std::uint32_t after) noexcept {
    return inverted(fold(std::uint64_t{inverted(checksum)} + std::uint32_t{~before} + after));
}

// CRC32c (Castagnoli), SCTP's checksum, over bytes that may come in several pieces. SCTP's field holds the
// value with its lowest byte first, and counts as zero itself (RFC 9260 appendix A).
class Crc32c {
public:
    void add(std::span<const std::byte> bytes) noexcept;
    std::uint32_t value() const noexcept { return ~state_; }

private:
    std::uint32_t state_ = ~0u;
};

}  // namespace ringside::net
