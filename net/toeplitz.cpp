#include "net/toeplitz.hpp"

#include <cassert>
#include <cstring>

namespace ringside::net {
namespace {

constexpr std::size_t ports_size = 4;

}  // namespace

Toeplitz::Toeplitz(const RssKey& key) noexcept {
    std::uint64_t window = 0;  // its upper half: the key from the present bit on
    for (std::size_t i = 0; i < 8; ++i) window = window << 8 | key.bytes[i];
    std::size_t next = 8;
    for (std::size_t half = 0; half < table_.size(); ++half) {
        table_[half].fill(0);
        for (std::uint32_t bit = 8; bit != 0; bit >>= 1, window <<= 1)
            for (std::uint32_t value = 0; value < 16; ++value)
                if ((value & bit) != 0) table_[half][value] ^= static_cast<std::uint32_t>(window >> 32);
        // A byte has gone through: the next one of the key comes in behind. After the last, nothing that
        // counts is missing.
        if (half % 2 == 1 && next < key.bytes.size()) window |= key.bytes[next++];
    }
}

std::uint32_t Toeplitz::operator()(std::span<const std::byte> input) const noexcept {
    assert(input.size() <= longest_input);
    std::uint32_t hash = 0;
    for (std::size_t i = 0; i < input.size(); ++i) {
        const auto byte = std::to_integer<std::size_t>(input[i]);
        hash ^= table_[2 * i][byte >> 4] ^ table_[2 * i + 1][byte & 0xF];
    }
    return hash;
}

// The most specific kind that is enabled.
unsigned SoftwareRss::type_of(const Headers& h) const noexcept {
    const bool v4 = h.network == Headers::Network::ipv4;
    if (!v4 && h.network != Headers::Network::ipv6) return 0;
    const unsigned with_tcp = v4 ? Rss::ipv4_tcp : Rss::ipv6_tcp;
    const unsigned with_udp = v4 ? Rss::ipv4_udp : Rss::ipv6_udp;
    if (h.transport == Headers::Transport::tcp && (types_ & with_tcp) != 0) return with_tcp;
    if (h.transport == Headers::Transport::udp && (types_ & with_udp) != 0) return with_udp;
    return types_ & (v4 ? Rss::ipv4 : Rss::ipv6);
}

SoftwareRss::Result SoftwareRss::operator()(std::span<const std::byte> bytes,
                                            const Headers& h) const noexcept {
    const unsigned type = type_of(h);
    if (type == 0) return {};
    const bool v4 = h.network == Headers::Network::ipv4;
    const std::size_t addresses = v4 ? 8 : 32;
    std::array<std::byte, Toeplitz::longest_input> input;
    std::memcpy(input.data(), &bytes[h.l3() + (v4 ? 12u : 8u)], addresses);
    std::size_t size = addresses;
    if (type != Rss::ipv4 && type != Rss::ipv6) {
        std::memcpy(input.data() + addresses, &bytes[h.l4()], ports_size);
        size += ports_size;
    }
    const std::uint32_t hash = toeplitz_({input.data(), size});
    return {hash, type, queue_of(hash)};
}

}  // namespace ringside::net
