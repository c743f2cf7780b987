// Registers of a virtual function of the 82576 and the I350, as it sees them in its own BAR 0. Datasheet:
// Intel 82576 Gigabit Ethernet Controller Datasheet (320961), chapter 8.26 (Virtual Function Device
// Registers), whose names this file uses. Queues have the places that the first queues have in older cards.
#pragma once

#include "driver/igb/registers.hpp"
#include "driver/vf/mailbox.hpp"
#include "hal/register.hpp"

#include <cstdint>

namespace ringside::igbvf {

using hal::Access;
using hal::Register;
using hal::RegisterArray;

inline constexpr std::uint32_t max_queues = 2;   // each way
inline constexpr std::uint32_t max_vectors = 3;  // of MSI-X, the only kind of interrupt there is

// ------------------------------------------------------------------------------------------------- General

// Device Control: of the function, not of the card
struct VTCTRL : Register<VTCTRL, 0x00000, Access::rw> {
    static constexpr auto name = "VTCTRL";
    static constexpr auto RST = bit<26>("RST");  // resets queues and interrupts, self-clearing
    static constexpr auto fields = layout(RST);
};
// Device Status: the physical function's. Cannot read as all ones: there are reserved zeros.
struct VTSTATUS : Register<VTSTATUS, 0x00008, Access::ro> {
    static constexpr auto name = "VTSTATUS";
    static constexpr auto FD = bit<0>("FD");
    static constexpr auto LU = bit<1>("LU");
    static constexpr auto SPEED = field<7, 6, gigabit::Speed>("SPEED");
    static constexpr auto fields = layout(FD, LU, SPEED);
};

// ------------------------------------------------------------------------------------------------- Mailbox

// Virtual Function Mailbox, and its memory
struct V2PMAILBOX : vf::MailboxControl<V2PMAILBOX, 0x00C40> {
    static constexpr auto name = "V2PMAILBOX";
};
struct VMBMEM : RegisterArray<VMBMEM, 0x00800, 4, 16, Access::rw> {
    static constexpr auto name = "VMBMEM";
};

// ---------------------------------------------------------------------------------------------- Interrupts

// Extended Interrupt Mask Set, Mask Clear, Auto Clear, Cause: bit n is vector n
struct VTEIMS : Register<VTEIMS, 0x01524, Access::w1s> {
    static constexpr auto name = "VTEIMS";
};
struct VTEIMC : Register<VTEIMC, 0x01528, Access::w1c> {
    static constexpr auto name = "VTEIMC";
};
struct VTEIAC : Register<VTEIAC, 0x0152C, Access::rw> {
    static constexpr auto name = "VTEIAC";
};
struct VTEICR : Register<VTEICR, 0x01580, Access::w1c> {
    static constexpr auto name = "VTEICR";
};
// Extended Interrupt Throttle, by vector
struct VTEITR : RegisterArray<VTEITR, 0x01680, 4, max_vectors, Access::rw> {
    static constexpr auto name = "VTEITR";
    static constexpr auto INTERVAL = field<14, 2>("INTERVAL");  // in microseconds
    static constexpr auto fields = layout(INTERVAL);
};
// Interrupt Vector Allocation: of the queues, and of the mailbox
struct VTIVAR : Register<VTIVAR, 0x01700, Access::rw> {
    static constexpr auto name = "VTIVAR";
    static constexpr auto RX_0 = field<1, 0>("RX_0");
    static constexpr auto RX_0_VALID = bit<7>("RX_0_VALID");
    static constexpr auto TX_0_VALID = bit<15>("TX_0_VALID");
    static constexpr auto RX_1_VALID = bit<23>("RX_1_VALID");
    static constexpr auto TX_1_VALID = bit<31>("TX_1_VALID");
    static constexpr auto fields = layout(RX_0, RX_0_VALID, TX_0_VALID, RX_1_VALID, TX_1_VALID);
};
struct VTIVAR_MISC : Register<VTIVAR_MISC, 0x01740, Access::rw> {
    static constexpr auto name = "VTIVAR_MISC";
    static constexpr auto MAILBOX = field<1, 0>("MAILBOX");
    static constexpr auto MAILBOX_VALID = bit<7>("MAILBOX_VALID");
    static constexpr auto fields = layout(MAILBOX, MAILBOX_VALID);
};

// ------------------------------------------------------------------------------------------------- Receive

// Receive Descriptor Base Address, Length, Head, Tail
struct RDBAL : RegisterArray<RDBAL, 0x02800, 0x100, max_queues, Access::rw> {
    static constexpr auto name = "RDBAL";
};
struct RDBAH : RegisterArray<RDBAH, 0x02804, 0x100, max_queues, Access::rw> {
    static constexpr auto name = "RDBAH";
};
struct RDLEN : RegisterArray<RDLEN, 0x02808, 0x100, max_queues, Access::rw> {
    static constexpr auto name = "RDLEN";
    static constexpr auto LEN = field<19, 0>("LEN");  // in bytes, a multiple of 128
    static constexpr auto fields = layout(LEN);
};
// Split and Replication Receive Control
struct SRRCTL : RegisterArray<SRRCTL, 0x0280C, 0x100, max_queues, Access::rw> {
    static constexpr auto name = "SRRCTL";
    static constexpr auto BSIZEPACKET = field<6, 0>("BSIZEPACKET");   // buffer size in KiB
    static constexpr auto BSIZEHEADER = field<13, 8>("BSIZEHEADER");  // in 64 bytes
    static constexpr auto DESCTYPE = field<27, 25, igb::RxDescriptorType>("DESCTYPE");
    static constexpr auto DROP_EN = bit<31>("DROP_EN");
    static constexpr auto fields = layout(BSIZEPACKET, BSIZEHEADER, DESCTYPE, DROP_EN);
};
struct RDH : RegisterArray<RDH, 0x02810, 0x100, max_queues, Access::rw> {
    static constexpr auto name = "RDH";
    static constexpr auto HEAD = field<15, 0>("HEAD");
    static constexpr auto fields = layout(HEAD);
};
struct RDT : RegisterArray<RDT, 0x02818, 0x100, max_queues, Access::rw> {
    static constexpr auto name = "RDT";
    static constexpr auto TAIL = field<15, 0>("TAIL");
    static constexpr auto fields = layout(TAIL);
};
// Receive Descriptor Control
struct RXDCTL : RegisterArray<RXDCTL, 0x02828, 0x100, max_queues, Access::rw> {
    static constexpr auto name = "RXDCTL";
    static constexpr auto PTHRESH = field<4, 0>("PTHRESH");
    static constexpr auto HTHRESH = field<12, 8>("HTHRESH");
    static constexpr auto WTHRESH = field<20, 16>("WTHRESH");
    static constexpr auto ENABLE = bit<25>("ENABLE");
    static constexpr auto fields = layout(PTHRESH, HTHRESH, WTHRESH, ENABLE);
};
// Receive Queue Drop Packet Count
struct RQDPC : RegisterArray<RQDPC, 0x02830, 0x100, max_queues, Access::rc> {
    static constexpr auto name = "RQDPC";
};

// ------------------------------------------------------------------------------------------------ Transmit

// Transmit Descriptor Base Address, Length, Head, Tail
struct TDBAL : RegisterArray<TDBAL, 0x03800, 0x100, max_queues, Access::rw> {
    static constexpr auto name = "TDBAL";
};
struct TDBAH : RegisterArray<TDBAH, 0x03804, 0x100, max_queues, Access::rw> {
    static constexpr auto name = "TDBAH";
};
struct TDLEN : RegisterArray<TDLEN, 0x03808, 0x100, max_queues, Access::rw> {
    static constexpr auto name = "TDLEN";
    static constexpr auto LEN = field<19, 0>("LEN");  // in bytes, a multiple of 128
    static constexpr auto fields = layout(LEN);
};
struct TDH : RegisterArray<TDH, 0x03810, 0x100, max_queues, Access::rw> {
    static constexpr auto name = "TDH";
    static constexpr auto HEAD = field<15, 0>("HEAD");
    static constexpr auto fields = layout(HEAD);
};
// Transmit DCA Control
struct TXCTL : RegisterArray<TXCTL, 0x03814, 0x100, max_queues, Access::rw> {
    static constexpr auto name = "TXCTL";
    static constexpr auto DESC_WB_RO_EN = bit<11>("DESC_WB_RO_EN");  // a relaxed write-back may pass its data
    static constexpr auto fields = layout(DESC_WB_RO_EN);
};
struct TDT : RegisterArray<TDT, 0x03818, 0x100, max_queues, Access::rw> {
    static constexpr auto name = "TDT";
    static constexpr auto TAIL = field<15, 0>("TAIL");
    static constexpr auto fields = layout(TAIL);
};
// Transmit Descriptor Control
struct TXDCTL : RegisterArray<TXDCTL, 0x03828, 0x100, max_queues, Access::rw> {
    static constexpr auto name = "TXDCTL";
    static constexpr auto PTHRESH = field<4, 0>("PTHRESH");
    static constexpr auto HTHRESH = field<12, 8>("HTHRESH");
    static constexpr auto WTHRESH = field<20, 16>("WTHRESH");
    static constexpr auto ENABLE = bit<25>("ENABLE");
    static constexpr auto fields = layout(PTHRESH, HTHRESH, WTHRESH, ENABLE);
};
// Transmit Descriptor Completion Write-Back Address Low
struct TDWBAL : RegisterArray<TDWBAL, 0x03838, 0x100, max_queues, Access::rw> {
    static constexpr auto name = "TDWBAL";
    static constexpr auto ENABLE = bit<0>("ENABLE");
    static constexpr auto fields = layout(ENABLE);
};

// ---------------------------------------------------------------------------------------------- Statistics

// Good Packets Received and Transmitted, Good Octets. Reading does not clear them, and they wrap around.
struct VFGPRC : Register<VFGPRC, 0x00F10, Access::ro> {
    static constexpr auto name = "VFGPRC";
};
struct VFGPTC : Register<VFGPTC, 0x00F14, Access::ro> {
    static constexpr auto name = "VFGPTC";
};
struct VFGORC : Register<VFGORC, 0x00F18, Access::ro> {
    static constexpr auto name = "VFGORC";
};
struct VFGOTC : Register<VFGOTC, 0x00F34, Access::ro> {
    static constexpr auto name = "VFGOTC";
};
// Multicast Packets Received; those from and to other functions of the same card
struct VFMPRC : Register<VFMPRC, 0x00F3C, Access::ro> {
    static constexpr auto name = "VFMPRC";
};
struct VFGPRLBC : Register<VFGPRLBC, 0x00F40, Access::ro> {
    static constexpr auto name = "VFGPRLBC";
};
struct VFGPTLBC : Register<VFGPTLBC, 0x00F44, Access::ro> {
    static constexpr auto name = "VFGPTLBC";
};
struct VFGORLBC : Register<VFGORLBC, 0x00F48, Access::ro> {
    static constexpr auto name = "VFGORLBC";
};
struct VFGOTLBC : Register<VFGOTLBC, 0x00F50, Access::ro> {
    static constexpr auto name = "VFGOTLBC";
};

}  // namespace ringside::igbvf
