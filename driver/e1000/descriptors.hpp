// Descriptors of the 8254x, as they lie in memory: the legacy formats.
#pragma once

#include "driver/gigabit/bits.hpp"
#include "driver/gigabit/descriptors.hpp"
#include "driver/rx_info.hpp"

#include <cstddef>
#include <cstdint>

namespace ringside::e1000 {

// We write `low` and a zero, the device writes back the other word.
struct RxDescriptor {
    std::uint64_t low;   // Iova of the buffer
    std::uint64_t high;  // device's: length 15:0, checksum 31:16, status 39:32, errors 47:40, VLAN tag 63:48

    using Bits = gigabit::Bits<RxDescriptor>;
    using Word = gigabit::Word<RxDescriptor>;
    static constexpr Bits DD{1ull << 32};     // descriptor done
    static constexpr Bits EOP{1ull << 33};    // end of packet
    static constexpr Bits IXSM{1ull << 34};   // no checksum was checked
    static constexpr Bits VP{1ull << 35};     // VLAN tag in 63:48
    static constexpr Bits TCPCS{1ull << 37};  // TCP or UDP checksum was checked
    static constexpr Bits IPCS{1ull << 38};   // IPv4 checksum was checked
    static constexpr Bits CE{1ull << 40};     // CRC or alignment error
    static constexpr Bits SE{1ull << 41};     // symbol error
    static constexpr Bits SEQ{1ull << 42};    // sequence error
    static constexpr Bits CXE{1ull << 44};    // carrier extension error
    static constexpr Bits TCPE{1ull << 45};   // TCP or UDP checksum wrong
    static constexpr Bits IPE{1ull << 46};    // IPv4 checksum wrong
    static constexpr Bits RXE{1ull << 47};    // data error
    // Frames the MAC found damaged. They arrive only with RCTL.SBP.
    static constexpr Bits frame_errors = CE | SE | SEQ | CXE | RXE;

    static constexpr std::uint16_t vlan(std::uint64_t high) { return static_cast<std::uint16_t>(high >> 48); }

    // What driver/base/rx_ring.hpp asks.
    static constexpr bool done(std::uint64_t high) { return Word(high).any(DD); }
    static constexpr bool end_of_frame(std::uint64_t high) { return Word(high).any(EOP); }
    static constexpr bool damaged(std::uint64_t high) { return Word(high).any(frame_errors); }
    static constexpr std::uint64_t compared = (DD | EOP | frame_errors).mask, expected = (DD | EOP).mask;
    static constexpr unsigned length_at = 0;
    static RxInfo describe(std::uint64_t, std::uint64_t high) noexcept {
        const Word word(high);
        RxInfo info;
        unsigned flags = 0;
        if (word.any(VP)) {
            flags |= RxInfo::vlan_stripped;
            info.vlan = vlan(high);
        }
        if (!word.any(IXSM)) {
            if (word.any(IPCS))
                flags |= word.any(IPE) ? RxInfo::ip_checked | RxInfo::ip_bad : RxInfo::ip_checked;
            if (word.any(TCPCS))
                flags |= word.any(TCPE) ? RxInfo::l4_checked | RxInfo::l4_bad : RxInfo::l4_checked;
        }
        info.flags = static_cast<std::uint16_t>(flags);
        return info;
    }
};
static_assert(sizeof(RxDescriptor) == 16 && offsetof(RxDescriptor, high) == 8);

// The MAC pads short frames by itself (TCTL.PSP), but on PCI and PCI-X parts it may corrupt them while it
// does: the driver pads them. It takes frames of up to 16128 bytes with CRC and tag.
struct TxLimits {
    static constexpr std::uint32_t min_frame = 60, padded_from = 17, max_frame = 16124;
    // Not used: an erratum has these parts report a segmented frame as sent while they still read it.
    static constexpr bool segments = false;
};
using TxDescriptor = gigabit::TxDescriptor<TxLimits>;
static_assert(sizeof(TxDescriptor) == 16 && offsetof(TxDescriptor, command) == 8);

}  // namespace ringside::e1000
