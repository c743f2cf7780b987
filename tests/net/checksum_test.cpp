#include "net/checksum.hpp"

#include "tests/net/frames.hpp"
#include "tests/net/slow_checksum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

namespace ringside::net {
namespace {

using test::Bytes;
using test::Random;

// The bytes in up to four pieces.
template <class Sum> Sum in_pieces(const Bytes& bytes, Random& random) {
    Sum sum;
    std::span<const std::byte> rest(bytes);
    for (std::uint32_t cuts = random.below(4); cuts > 0; --cuts) {
        const std::size_t size = random.below(static_cast<std::uint32_t>(rest.size()) + 1);
        sum.add(rest.first(size));
        rest = rest.subspan(size);
    }
    sum.add(rest);
    return sum;
}

TEST(InternetSum, GivesTheExampleOfRfc1071) {
    const Bytes bytes{std::byte{0x00}, std::byte{0x01}, std::byte{0xf2}, std::byte{0x03},
                      std::byte{0xf4}, std::byte{0xf5}, std::byte{0xf6}, std::byte{0xf7}};
    InternetSum sum;
    sum.add(bytes);
    EXPECT_EQ(sum.sum(), 0xddf2);
    EXPECT_EQ(sum.checksum(), 0x220d);
}

TEST(InternetSum, EqualsTheSlowOneForAnySizeInAnyPieces) {
    Random random(1);
    for (int i = 0; i < 10'000; ++i) {
        const Bytes bytes = random.noise(random.below(i % 10 == 0 ? 4000 : 100));
        ASSERT_EQ(in_pieces<InternetSum>(bytes, random).sum() % 0xFFFF,
                  test::slow_sum(bytes, 0, bytes.size()) % 0xFFFF)
            << bytes.size();
    }
}

TEST(InternetSum, IsZeroOnlyForZeroes) {
    InternetSum sum;
    EXPECT_EQ(sum.sum(), 0);
    sum.add(Bytes(100, std::byte{0xFF}));
    EXPECT_EQ(sum.sum(), 0xFFFF);
    sum.add(Bytes(101, std::byte{0xFF}));
    sum.add(std::uint16_t{0x00FF});
    EXPECT_EQ(sum.sum(), 0xFFFF);
}

TEST(InternetSum, HoldsTheLongestFrameOfOnes) {
    const Bytes bytes(262'144, std::byte{0xFF});
    InternetSum sum;
    for (int i = 0; i < 100; ++i) sum.add(bytes);
    EXPECT_EQ(sum.sum(), 0xFFFF);
}

TEST(PseudoSum, AddsAddressesProtocolAndLength) {
    Random random(2);
    for (int i = 0; i < 1000; ++i) {
        Bytes bytes = random.noise(32);
        const std::uint32_t length = random.below(65536);
        const std::uint32_t v4 = ipv4_pseudo_sum(std::span(bytes).first<8>(), 6, length);
        ASSERT_EQ(v4 % 0xFFFF, (test::slow_sum(bytes, 0, 8) + 6 + length) % 0xFFFF);
        const std::uint32_t v6 = ipv6_pseudo_sum(std::span(bytes).first<32>(), 17, length);
        ASSERT_EQ(v6 % 0xFFFF, (test::slow_sum(bytes, 0, 32) + 17 + length) % 0xFFFF);
    }
}

TEST(IncrementalUpdate, EqualsSummingAgain) {
    Random random(3);
    for (int i = 0; i < 10'000; ++i) {
        Bytes bytes = random.noise(20 + 2 * random.below(20));
        InternetSum before;
        before.add(bytes);
        const std::size_t at = 2 * random.below(static_cast<std::uint32_t>(bytes.size() / 2 - 1));
        const auto word = [&](std::size_t offset) {
            return static_cast<std::uint16_t>(test::slow_sum(bytes, offset, offset + 2));
        };
        const std::uint16_t old_high = word(at), old_low = word(at + 2);
        const Bytes fresh = random.noise(4);
        const bool two = random.coin();
        std::copy_n(fresh.begin(), two ? 4 : 2, bytes.begin() + static_cast<std::ptrdiff_t>(at));
        InternetSum after;
        after.add(bytes);
        const std::uint32_t old = std::uint32_t{old_high} << 16 | old_low;
        const std::uint32_t now = std::uint32_t{word(at)} << 16 | word(at + 2);
        const std::uint16_t result =
            two ? updated32(before.checksum(), old, now) : updated(before.checksum(), old_high, word(at));
        ASSERT_EQ(result, after.checksum()) << i;
    }
}

TEST(IncrementalUpdate, GivesTheExampleOfRfc1624) { EXPECT_EQ(updated(0xDD2F, 0x5555, 0x3285), 0x0000); }

TEST(UdpField, NeverSaysThatThereIsNoChecksum) {
    EXPECT_EQ(udp_field(0), 0xFFFF);
    EXPECT_EQ(udp_field(1), 1);
}

TEST(Crc32c, GivesTheKnownCheckValue) {
    constexpr std::string_view text = "123456789";
    Crc32c crc;
    crc.add(std::as_bytes(std::span(text)));
    EXPECT_EQ(crc.value(), 0xE3069283u);
}

TEST(Crc32c, EqualsTheSlowOneForAnySizeInAnyPieces) {
    Random random(4);
    for (int i = 0; i < 10'000; ++i) {
        const Bytes bytes = random.noise(random.below(i % 10 == 0 ? 2000 : 100));
        ASSERT_EQ(in_pieces<Crc32c>(bytes, random).value(), test::slow_crc32c(bytes, 0, bytes.size()));
    }
}

}  // namespace
}  // namespace ringside::net
