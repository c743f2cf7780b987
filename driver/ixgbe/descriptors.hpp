// Descriptors of the 82599 family, as they lie in memory: plain little-endian words and named bits. No
// bit-fields (their layout is the compiler's choice and each assignment is a hidden read), no unions of
// formats.
#pragma once

#include "driver/base/advanced_rx.hpp"
#include "driver/base/advanced_tx.hpp"

#include <cstddef>
#include <cstdint>

namespace ringside::ixgbe {

// §7.1.6 Advanced Receive Descriptor. We write one format, the device writes back another.
struct RxDescriptor {
    std::uint64_t low;   // ours: Iova of the buffer.        Device's: packet type, RSS hash
    std::uint64_t high;  // ours: header buffer, 0 for us.   Device's: status, errors, length, VLAN tag

    // Bits of `high` as the device writes it. Errors differ on 1G parts: these are for ixgbe only.
    static constexpr std::uint64_t DD = 1u << 0;    // descriptor done
    static constexpr std::uint64_t EOP = 1u << 1;   // end of packet
    static constexpr std::uint64_t VP = 1u << 3;    // VLAN tag in 63:48
    static constexpr std::uint64_t L4I = 1u << 5;   // L4 checksum was checked
    static constexpr std::uint64_t IPCS = 1u << 6;  // IPv4 checksum was checked
    static constexpr std::uint64_t TS = 1u << 16;   // time stamped
    static constexpr std::uint64_t HBO = 1u << 23;  // header buffer overflow
    static constexpr std::uint64_t CE = 1u << 24;   // CRC error
    static constexpr std::uint64_t LE = 1u << 25;   // length error
    static constexpr std::uint64_t PE = 1u << 27;   // packet error
    static constexpr std::uint64_t OSE = 1u << 28;  // oversize
    static constexpr std::uint64_t USE = 1u << 29;  // undersize, or any MAC error
    static constexpr std::uint64_t L4E = 1u << 30;  // L4 checksum wrong
    static constexpr std::uint64_t IPE = 1u << 31;  // IPv4 checksum wrong
    // Frames the MAC found damaged. They arrive only with FCTRL.SBP.
    static constexpr std::uint64_t frame_errors = HBO | CE | LE | PE | OSE | USE;

    static constexpr std::uint16_t length(std::uint64_t high) {
        return static_cast<std::uint16_t>(high >> 32);
    }

    // What driver/base/rx_ring.hpp asks.
    static constexpr bool done(std::uint64_t high) { return (high & DD) != 0; }
    static constexpr bool end_of_frame(std::uint64_t high) { return (high & EOP) != 0; }
    static constexpr bool damaged(std::uint64_t high) { return (high & frame_errors) != 0; }
    static constexpr std::uint64_t compared = DD | EOP | frame_errors, expected = DD | EOP;
    static constexpr unsigned length_at = 32;
    // Erratum: UDP frames without a checksum may be flagged as wrong.
    static constexpr advanced_rx::Family family{.l4_error = L4E, .time_stamp = TS, .unreliable = RxInfo::udp};
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

// §7.1.5 Legacy Receive Descriptor (SRRCTL.DESCTYPE = 0), second word as written back. For the model; our
// driver uses the advanced format.
struct LegacyRxDescriptor {
    static constexpr std::uint64_t DD = 1ull << 32, EOP = 1ull << 33, VP = 1ull << 35, L4CS = 1ull << 37,
                                   IPCS = 1ull << 38;
    static constexpr std::uint64_t RXE = 1ull << 40, L4E = 1ull << 46, IPE = 1ull << 47;
};

// §7.2.3.2.3 and .4 Advanced Transmit Context and Data Descriptor. The device may hang on less than 17 bytes;
// it takes frames of up to 15.5 KiB with CRC and tag, and holds 40 descriptors.
struct TxLimits {
    static constexpr std::uint32_t min_frame = 17, max_frame = 15864;
};
using TxDescriptor = AdvancedTxDescriptor<TxLimits>;
static_assert(sizeof(TxDescriptor) == 16 && offsetof(TxDescriptor, command) == 8);

// §7.2.3.2.2 Legacy Transmit Descriptor, bits of the second word. For the model.
struct LegacyTxDescriptor {
    static constexpr std::uint64_t EOP = 1u << 24, IFCS = 1u << 25, IC = 1u << 26, RS = 1u << 27,
                                   DEXT = 1u << 29, VLE = 1u << 30;
    static constexpr std::uint64_t DD = 1ull << 32;
    static constexpr unsigned cso_shift = 16, css_shift = 40, vlan_shift = 48;
};

}  // namespace ringside::ixgbe
