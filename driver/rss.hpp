// Receive side scaling: which of several queues a frame goes to. The card hashes the frame's addresses and
// ports (Toeplitz) and looks the low seven bits up in a table of queues, so that the frames of one connection
// stay in order in one queue (82599 datasheet §7.1.2.8; the hash itself in software: net/toeplitz.hpp).
#pragma once

#include <array>
#include <cstdint>

namespace ringside {

// The secret of the hash.
struct RssKey {
    std::array<std::uint8_t, 40> bytes{};

    // The key that Microsoft's specification computes its examples with: the same spread on every machine.
    static constexpr RssKey microsoft() {
        return {{0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
                 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
                 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa}};
    }
    // Both directions of a connection get the same hash: a key whose every 16 bits are the same does not see
    // source and destination exchanged.
    static constexpr RssKey symmetric() {
        RssKey key;
        for (std::size_t i = 0; i < key.bytes.size(); ++i) key.bytes[i] = i % 2 == 0 ? 0x6d : 0x5a;
        return key;
    }
    friend constexpr bool operator==(const RssKey&, const RssKey&) = default;
};

struct Rss {
    // What the hash covers. A frame gets the most specific kind that is enabled and fits; fragments have no
    // ports. Frames that no kind fits go to queue 0.
    static constexpr unsigned ipv4 = 1u << 0;      // addresses
    static constexpr unsigned ipv4_tcp = 1u << 1;  // addresses and ports
    static constexpr unsigned ipv4_udp = 1u << 2;
    static constexpr unsigned ipv6 = 1u << 3;
    static constexpr unsigned ipv6_tcp = 1u << 4;
    static constexpr unsigned ipv6_udp = 1u << 5;
    // Without UDP's ports: fragments have none, and would leave the queue of the rest of their flow.
    static constexpr unsigned usual = ipv4 | ipv4_tcp | ipv6 | ipv6_tcp;
    static constexpr unsigned with_udp = usual | ipv4_udp | ipv6_udp;

    RssKey key = RssKey::microsoft();
    unsigned types = usual;
    // The queue for each value of the hash's low seven bits.
    std::array<std::uint8_t, 128> table{};

    // All queues below `queues` in turn.
    static constexpr Rss over(std::uint32_t queues, RssKey key = RssKey::microsoft(),
                              unsigned types = usual) {
        Rss rss{key, types, {}};
        for (std::size_t i = 0; i < rss.table.size(); ++i)
            rss.table[i] = static_cast<std::uint8_t>(i % queues);
        return rss;
    }
    // No hash: everything to queue 0, but for what rules say.
    static constexpr Rss off() { return {RssKey::microsoft(), 0, {}}; }

    constexpr bool on() const { return types != 0; }
    friend constexpr bool operator==(const Rss&, const Rss&) = default;
};

}  // namespace ringside
