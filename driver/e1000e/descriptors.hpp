// Descriptors of the 82574, as they lie in memory: extended receive (RFCTL.EXTEN), legacy transmit.
#pragma once

#include "driver/gigabit/bits.hpp"
#include "driver/gigabit/descriptors.hpp"
#include "driver/rx_info.hpp"

#include <cstddef>
#include <cstdint>

namespace ringside::e1000e {

// Extended receive descriptor. We write one format, the device writes back another.
struct RxDescriptor {
    std::uint64_t low;   // ours: Iova of the buffer.   Device's: RSS type 3:0, queue 12:8, RSS hash 63:32
    std::uint64_t high;  // ours: 0.   Device's: status and errors 31:0, length 47:32, VLAN tag 63:48

    using Bits = gigabit::Bits<RxDescriptor>;
    using Word = gigabit::Word<RxDescriptor>;
    static constexpr Bits DD{1u << 0};      // descriptor done
    static constexpr Bits EOP{1u << 1};     // end of packet
    static constexpr Bits IXSM{1u << 2};    // no checksum was checked
    static constexpr Bits VP{1u << 3};      // VLAN tag in 63:48
    static constexpr Bits UDPCS{1u << 4};   // UDP checksum was checked
    static constexpr Bits TCPCS{1u << 5};   // TCP checksum was checked
    static constexpr Bits IPCS{1u << 6};    // IPv4 checksum was checked
    static constexpr Bits TST{1u << 8};     // time stamped
    static constexpr Bits CE{1u << 24};     // CRC or alignment error
    static constexpr Bits SE{1u << 25};     // symbol error
    static constexpr Bits SEQ{1u << 26};    // sequence error
    static constexpr Bits CXE{1u << 28};    // carrier extension error
    static constexpr Bits TCPE{1u << 29};   // TCP or UDP checksum wrong
    static constexpr Bits IPE{1u << 30};    // IPv4 checksum wrong
    static constexpr Bits RXE{1ull << 31};  // data error
    // Frames the MAC found damaged. They arrive only with RCTL.SBP.
    static constexpr Bits frame_errors = CE | SE | SEQ | CXE | RXE;

    static constexpr std::uint16_t vlan(std::uint64_t high) { return static_cast<std::uint16_t>(high >> 48); }
    static constexpr unsigned rss_type(std::uint64_t low) { return low & 0xF; }
    static constexpr std::uint32_t rss_hash(std::uint64_t low) {
        return static_cast<std::uint32_t>(low >> 32);
    }

    // What driver/base/rx_ring.hpp asks.
    static constexpr bool done(std::uint64_t high) { return Word(high).any(DD); }
    static constexpr bool end_of_frame(std::uint64_t high) { return Word(high).any(EOP); }
    static constexpr bool damaged(std::uint64_t high) { return Word(high).any(frame_errors); }
    static constexpr std::uint64_t compared = (DD | EOP | frame_errors).mask, expected = (DD | EOP).mask;
    static constexpr unsigned length_at = 32;
    static RxInfo describe(std::uint64_t low, std::uint64_t high) noexcept {
        const Word word(high);
        RxInfo info;
        unsigned flags = 0;
        if (rss_type(low) != 0) {
            flags |= RxInfo::hash_valid;
            info.rss_hash = rss_hash(low);
        }
        if (word.any(VP)) {
            flags |= RxInfo::vlan_stripped;
            info.vlan = vlan(high);
        }
        if (word.any(TST)) flags |= RxInfo::time_stamped;
        if (!word.any(IXSM)) {
            if (word.any(IPCS))
                flags |= word.any(IPE) ? RxInfo::ip_checked | RxInfo::ip_bad : RxInfo::ip_checked;
            if (word.any(TCPCS | UDPCS))
                flags |= word.any(TCPE) ? RxInfo::l4_checked | RxInfo::l4_bad : RxInfo::l4_checked;
        }
        info.flags = static_cast<std::uint16_t>(flags);
        return info;
    }
};
static_assert(sizeof(RxDescriptor) == 16 && offsetof(RxDescriptor, high) == 8);

// The MAC pads frames of 17 bytes and more. It takes frames of up to 9234 bytes with CRC and tag.
struct TxLimits {
    static constexpr std::uint32_t min_frame = 17, padded_from = 17, max_frame = 9230;
    static constexpr bool segments = true;
};
using TxDescriptor = gigabit::TxDescriptor<TxLimits>;
static_assert(sizeof(TxDescriptor) == 16 && offsetof(TxDescriptor, command) == 8);

}  // namespace ringside::e1000e
