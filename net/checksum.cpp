#include "net/checksum.hpp"

#include <array>
#include <cstring>

namespace ringside::net {
namespace {

std::uint64_t load64(const std::byte* from) noexcept {
    std::uint64_t value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

// Adding the carry again makes 64-bit words as good as 16-bit ones: 2^16, 2^32 and 2^64 all leave the
// remainder 1 when divided by 2^16 - 1.
void add_with_carry(std::uint64_t& sum, std::uint64_t word) noexcept {
    sum += word;
    sum += sum < word;
}

// Of words as they lie in memory; an odd byte at the end counts as if a zero followed.
std::uint16_t memory_order_sum(std::span<const std::byte> bytes) noexcept {
    const std::byte* at = bytes.data();
    std::size_t left = bytes.size();
    std::array<std::uint64_t, 4> sums{};  // chains of additions that do not wait for each other
    for (; left >= 32; left -= 32, at += 32)
        for (std::size_t i = 0; i < 4; ++i) add_with_carry(sums[i], load64(at + 8 * i));
    for (; left >= 8; left -= 8, at += 8) add_with_carry(sums[0], load64(at));
    std::uint64_t rest = 0;
    if (left > 0) std::memcpy(&rest, at, left);
    add_with_carry(sums[1], rest);
    std::uint64_t folded = 0;
    for (const std::uint64_t sum : sums) folded += fold(sum);
    return fold(folded);
}

// Eight tables: the CRC of a byte with 0 to 7 zero bytes behind it.
using CrcTables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr CrcTables make_crc_tables() {
    constexpr std::uint32_t polynomial = 0x82F63B78;  // 0x1EDC6F41 with its bits in the other order
    CrcTables tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? polynomial : 0);
        tables[0][byte] = crc;
    }
    for (std::size_t t = 1; t < tables.size(); ++t)
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = tables[t - 1][byte];
            tables[t][byte] = before >> 8 ^ tables[0][before & 0xFF];
        }
    return tables;
}
constexpr CrcTables crc_tables = make_crc_tables();

}  // namespace

void InternetSum::add(std::span<const std::byte> bytes) noexcept {
    const std::uint16_t sum = memory_order_sum(bytes);
    sum_ += odd_ ? __builtin_bswap16(sum) : sum;  // at an odd place, high and low bytes change sides
    odd_ ^= bytes.size() % 2 != 0;
}

std::uint16_t ipv4_pseudo_sum(std::span<const std::byte, 8> addresses, std::uint8_t protocol,
                              std::uint32_t length) noexcept {
    InternetSum sum;
    sum.add(addresses);
    sum.add(fold(std::uint64_t{protocol} + length));
    return sum.sum();
}

std::uint16_t ipv6_pseudo_sum(std::span<const std::byte, 32> addresses, std::uint8_t protocol,
                              std::uint32_t length) noexcept {
    InternetSum sum;
    sum.add(addresses);
    sum.add(fold(std::uint64_t{protocol} + length));
    return sum.sum();
}

void Crc32c::add(std::span<const std::byte> bytes) noexcept {
    const std::byte* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; left -= 8, at += 8) {
        const std::uint64_t word = load64(at) ^ state_;
        state_ = 0;
        for (std::size_t i = 0; i < 8; ++i) state_ ^= crc_tables[7 - i][word >> (8 * i) & 0xFF];
    }
    for (; left > 0; --left, ++at)
        state_ = state_ >> 8 ^ crc_tables[0][(state_ ^ std::to_integer<std::uint32_t>(*at)) & 0xFF];
}

}  // namespace ringside::net
