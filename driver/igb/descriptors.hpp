// Descriptors of the 82576, I350 and I210, as they lie in memory: the advanced formats.
#pragma once

#include "driver/base/advanced_rx.hpp"
#include "driver/base/advanced_tx.hpp"
#include "driver/gigabit/bits.hpp"

#include <cstddef>
#include <cstdint>

namespace ringside::igb {

// Advanced receive descriptor. We write one format, the device writes back another.
struct RxDescriptor {
    std::uint64_t low;   // ours: Iova of the buffer.       Device's: RSS type, packet type, RSS hash
    std::uint64_t high;  // ours: header buffer, 0 for us.  Device's: status, errors, length, VLAN tag

    using Bits = gigabit::Bits<RxDescriptor>;
    using Word = gigabit::Word<RxDescriptor>;
    static constexpr Bits DD{1u << 0};      // descriptor done
    static constexpr Bits EOP{1u << 1};     // end of packet
    static constexpr Bits VP{1u << 3};      // VLAN tag in 63:48
    static constexpr Bits UDPCS{1u << 4};   // UDP checksum was checked
    static constexpr Bits L4I{1u << 5};     // L4 checksum was checked
    static constexpr Bits IPCS{1u << 6};    // IPv4 checksum was checked
    static constexpr Bits TS{1u << 16};     // time stamped
    static constexpr Bits CE{1u << 24};     // CRC or alignment error
    static constexpr Bits SE{1u << 25};     // symbol error
    static constexpr Bits SEQ{1u << 26};    // sequence error
    static constexpr Bits CXE{1u << 28};    // carrier extension error
    static constexpr Bits L4E{1u << 29};    // L4 checksum wrong
    static constexpr Bits IPE{1u << 30};    // IPv4 checksum wrong
    static constexpr Bits RXE{1ull << 31};  // data error
    // Frames the MAC found damaged. They arrive only with RCTL.SBP.
    static constexpr Bits frame_errors = CE | SE | SEQ | CXE | RXE;

    // What driver/base/rx_ring.hpp asks.
    static constexpr bool done(std::uint64_t high) { return Word(high).any(DD); }
    static constexpr bool end_of_frame(std::uint64_t high) { return Word(high).any(EOP); }
    static constexpr bool damaged(std::uint64_t high) { return Word(high).any(frame_errors); }
    static constexpr std::uint64_t compared = (DD | EOP | frame_errors).mask, expected = (DD | EOP).mask;
    static constexpr unsigned length_at = 32;
    // Erratum: short SCTP frames are flagged as wrong.
    static constexpr advanced_rx::Family family{
        .l4_error = L4E.mask, .time_stamp = TS.mask, .also_checked = UDPCS.mask, .unreliable = RxInfo::sctp};
    static RxInfo describe(std::uint64_t low, std::uint64_t high) noexcept {
        return advanced_rx::describe<family>(low, high);
    }
#if defined(__x86_64__)
    [[gnu::target("avx2"), gnu::always_inline]] static void describe_four(__m256i low, __m256i high,
                                                                          RxInfo* info) noexcept {
        advanced_rx::describe_four<family>(low, high, info);
    }
#endif

    // Bits of the packet type.
    static constexpr unsigned type_ipv4 = advanced_rx::type_ipv4, type_ipv6 = advanced_rx::type_ipv6,
                              type_tcp = advanced_rx::type_tcp, type_udp = advanced_rx::type_udp,
                              type_sctp = advanced_rx::type_sctp, type_l2 = advanced_rx::type_l2;
};
static_assert(sizeof(RxDescriptor) == 16 && offsetof(RxDescriptor, high) == 8);

// Advanced transmit descriptors. The MAC pads frames of 17 bytes and more; it takes frames of up to 9238
// bytes with CRC and tag.
struct TxLimits {
    static constexpr std::uint32_t min_frame = 17, max_frame = 9234;
};
using TxDescriptor = AdvancedTxDescriptor<TxLimits>;
static_assert(sizeof(TxDescriptor) == 16 && offsetof(TxDescriptor, command) == 8);

}  // namespace ringside::igb
