// The hash by which cards spread frames over queues, in software (82599 datasheet §7.1.2.8).
#pragma once

#include "driver/rss.hpp"
#include "net/headers.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside::net {

// Toeplitz: for each bit that is set in the input, 32 bits of the key from that place on, all added without
// carry.
class Toeplitz {
public:
    static constexpr std::size_t longest_input = 36;  // two IPv6 addresses and two ports

    explicit Toeplitz(const RssKey& key) noexcept;
    // `input` is at most longest_input bytes.
    std::uint32_t operator()(std::span<const std::byte> input) const noexcept;

private:
    // By place and value of each half of a byte.
    std::array<std::array<std::uint32_t, 16>, 2 * longest_input> table_;
};

// Decides like a card that was given `rss`. Frames it hashes as the card does, with these differences in what
// it sees: it looks behind two VLAN tags, where cards look behind one; and a TCP header that contradicts
// itself has no ports.
class SoftwareRss {
public:
    struct Result {
        std::uint32_t hash = 0;
        unsigned type = 0;  // one of Rss::Type, or 0: no kind fits, and the queue is 0
        std::uint32_t queue = 0;
    };

    explicit SoftwareRss(const Rss& rss) noexcept
        : toeplitz_(rss.key), types_(rss.types), queues_(rss.table) {}

    // `bytes` hold the headers, which are what find_headers() has found in them.
    Result operator()(std::span<const std::byte> bytes, const Headers& headers) const noexcept;
    // For a hash that the card has computed.
    std::uint32_t queue_of(std::uint32_t hash) const noexcept { return queues_[hash % queues_.size()]; }

private:
    unsigned type_of(const Headers& headers) const noexcept;

    Toeplitz toeplitz_;
    unsigned types_;
    std::array<std::uint8_t, 128> queues_;
};

}  // namespace ringside::net
