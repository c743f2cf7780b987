// Registers of a virtual function of the 82599 and the X540, as it sees them in its own BAR 0. Datasheet:
// Intel 82599 10 GbE Controller Datasheet (331520), section 8.3 (Device Registers: VF), whose names and order
// this file uses.
#pragma once

#include "driver/ixgbe/registers.hpp"
#include "driver/vf/mailbox.hpp"
#include "hal/register.hpp"

#include <cstdint>

namespace ringside::ixgbevf {

using hal::Access;
using hal::Register;
using hal::RegisterArray;

inline constexpr std::uint32_t max_queues = 8;   // each way; the physical function says how many are ours
inline constexpr std::uint32_t max_vectors = 3;  // of MSI-X, the only kind of interrupt there is

// ------------------------------------------------------------------------------------------------- General

// VF Control
struct VFCTRL : Register<VFCTRL, 0x00000, Access::wo> {
    static constexpr auto name = "VFCTRL";
    static constexpr auto RST = bit<26>("RST");  // resets queues and interrupts, self-clearing
    static constexpr auto fields = layout(RST);
};
// VF Status. Cannot read as all ones: there are reserved zeros.
struct VFSTATUS : Register<VFSTATUS, 0x00008, Access::ro> {
    static constexpr auto name = "VFSTATUS";
};
// VF Link Status: the physical function's LINKS
struct VFLINKS : Register<VFLINKS, 0x00010, Access::ro> {
    static constexpr auto name = "VFLINKS";
    static constexpr auto SPEED = field<29, 28, ixgbe::LinkSpeed>("SPEED");
    static constexpr auto UP = bit<30>("UP");
    static constexpr auto fields = layout(SPEED, UP);
};

// ------------------------------------------------------------------------------------------------- Mailbox

// VF Mailbox, and its memory
struct VFMBMEM : RegisterArray<VFMBMEM, 0x00200, 4, 16, Access::rw> {
    static constexpr auto name = "VFMBMEM";
};
struct VFMAILBOX : vf::MailboxControl<VFMAILBOX, 0x002FC> {
    static constexpr auto name = "VFMAILBOX";
};

// ---------------------------------------------------------------------------------------------- Interrupts

// VF Extended Interrupt Cause, Mask Set, Mask Clear, Auto Clear: bit n is vector n
struct VTEICR : Register<VTEICR, 0x00100, Access::w1c> {
    static constexpr auto name = "VTEICR";
};
struct VTEIMS : Register<VTEIMS, 0x00108, Access::w1s> {
    static constexpr auto name = "VTEIMS";
};
struct VTEIMC : Register<VTEIMC, 0x0010C, Access::w1c> {
    static constexpr auto name = "VTEIMC";
};
struct VTEIAC : Register<VTEIAC, 0x00110, Access::rw> {
    static constexpr auto name = "VTEIAC";
};
// VF Interrupt Vector Allocation: of queues 2n and 2n + 1, and of the mailbox
struct VTIVAR : RegisterArray<VTIVAR, 0x00120, 4, 4, Access::rw> {
    static constexpr auto name = "VTIVAR";
    static constexpr auto RX_EVEN = field<1, 0>("RX_EVEN");
    static constexpr auto RX_EVEN_VALID = bit<7>("RX_EVEN_VALID");
    static constexpr auto TX_EVEN_VALID = bit<15>("TX_EVEN_VALID");
    static constexpr auto RX_ODD = field<17, 16>("RX_ODD");
    static constexpr auto RX_ODD_VALID = bit<23>("RX_ODD_VALID");
    static constexpr auto TX_ODD_VALID = bit<31>("TX_ODD_VALID");
    static constexpr auto fields =
        layout(RX_EVEN, RX_EVEN_VALID, TX_EVEN_VALID, RX_ODD, RX_ODD_VALID, TX_ODD_VALID);
};
struct VTIVAR_MISC : Register<VTIVAR_MISC, 0x00140, Access::rw> {
    static constexpr auto name = "VTIVAR_MISC";
    static constexpr auto MAILBOX = field<1, 0>("MAILBOX");
    static constexpr auto MAILBOX_VALID = bit<7>("MAILBOX_VALID");
    static constexpr auto fields = layout(MAILBOX, MAILBOX_VALID);
};
// VF Extended Interrupt Throttle, by vector
struct VTEITR : RegisterArray<VTEITR, 0x00820, 4, max_vectors, Access::rw> {
    static constexpr auto name = "VTEITR";
    static constexpr auto ITR_INTERVAL = field<11, 3>("ITR_INTERVAL");
    static constexpr auto CNT_WDIS = bit<31>("CNT_WDIS");  // written as 1: the running count stays
    static constexpr auto fields = layout(ITR_INTERVAL, CNT_WDIS);
};

// ------------------------------------------------------------------------------------------------- Receive

// VF Packet Split Receive Type: how many of our queues RSS spreads over
struct VFPSRTYPE : Register<VFPSRTYPE, 0x00300, Access::rw> {
    static constexpr auto name = "VFPSRTYPE";
    static constexpr auto RQPL = field<31, 29>("RQPL");  // 0 one queue, 1 two, 2 four
    static constexpr auto fields = layout(RQPL);
};
// VF Receive Descriptor Base Address, Length, Head, Tail
struct VFRDBAL : RegisterArray<VFRDBAL, 0x01000, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "VFRDBAL";
};
struct VFRDBAH : RegisterArray<VFRDBAH, 0x01004, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "VFRDBAH";
};
struct VFRDLEN : RegisterArray<VFRDLEN, 0x01008, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "VFRDLEN";
    static constexpr auto LEN = field<19, 0>("LEN");  // in bytes, a multiple of 128
    static constexpr auto fields = layout(LEN);
};
// VF Receive DCA Control
struct VFDCA_RXCTRL : RegisterArray<VFDCA_RXCTRL, 0x0100C, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "VFDCA_RXCTRL";
    static constexpr auto RESERVED_12 = bit<12>("RESERVED_12");  // must be 0, whatever its reset value
    static constexpr auto fields = layout(RESERVED_12);
};
struct VFRDH : RegisterArray<VFRDH, 0x01010, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "VFRDH";
    static constexpr auto HEAD = field<15, 0>("HEAD");
    static constexpr auto fields = layout(HEAD);
};
// VF Split Receive Control
struct VFSRRCTL : RegisterArray<VFSRRCTL, 0x01014, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "VFSRRCTL";
    static constexpr auto BSIZEPACKET = field<4, 0>("BSIZEPACKET");   // buffer size in KiB, 1 to 16
    static constexpr auto BSIZEHEADER = field<13, 8>("BSIZEHEADER");  // in 64 bytes, at least 1
    static constexpr auto DESCTYPE = field<27, 25, ixgbe::RxDescriptorType>("DESCTYPE");
    static constexpr auto DROP_EN = bit<28>("DROP_EN");
    static constexpr auto fields = layout(BSIZEPACKET, BSIZEHEADER, DESCTYPE, DROP_EN);
};
struct VFRDT : RegisterArray<VFRDT, 0x01018, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "VFRDT";
    static constexpr auto TAIL = field<15, 0>("TAIL");
    static constexpr auto fields = layout(TAIL);
};
// VF Receive Descriptor Control
struct VFRXDCTL : RegisterArray<VFRXDCTL, 0x01028, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "VFRXDCTL";
    static constexpr auto ENABLE = bit<25>("ENABLE");
    static constexpr auto VME = bit<30>("VME");  // VLAN strip
    static constexpr auto fields = layout(ENABLE, VME);
};
// VF RSC Control
struct VFRSCCTL : RegisterArray<VFRSCCTL, 0x0102C, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "VFRSCCTL";
    static constexpr auto RSCEN = bit<0>("RSCEN");
    static constexpr auto fields = layout(RSCEN);
};

// ------------------------------------------------------------------------------------------------ Transmit

// VF Transmit Descriptor Base Address, Length, Head, Tail
struct VFTDBAL : RegisterArray<VFTDBAL, 0x02000, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "VFTDBAL";
};
struct VFTDBAH : RegisterArray<VFTDBAH, 0x02004, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "VFTDBAH";
};
struct VFTDLEN : RegisterArray<VFTDLEN, 0x02008, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "VFTDLEN";
    static constexpr auto LEN = field<19, 0>("LEN");  // in bytes, a multiple of 128
    static constexpr auto fields = layout(LEN);
};
// VF Transmit DCA Control
struct VFDCA_TXCTRL : RegisterArray<VFDCA_TXCTRL, 0x0200C, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "VFDCA_TXCTRL";
    static constexpr auto DESC_WB_RO_EN = bit<11>("DESC_WB_RO_EN");  // a relaxed write-back may pass its data
    static constexpr auto fields = layout(DESC_WB_RO_EN);
};
struct VFTDH : RegisterArray<VFTDH, 0x02010, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "VFTDH";
    static constexpr auto HEAD = field<15, 0>("HEAD");
    static constexpr auto fields = layout(HEAD);
};
struct VFTDT : RegisterArray<VFTDT, 0x02018, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "VFTDT";
    static constexpr auto TAIL = field<15, 0>("TAIL");
    static constexpr auto fields = layout(TAIL);
};
// VF Transmit Descriptor Control
struct VFTXDCTL : RegisterArray<VFTXDCTL, 0x02028, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "VFTXDCTL";
    static constexpr auto PTHRESH = field<6, 0>("PTHRESH");
    static constexpr auto HTHRESH = field<14, 8>("HTHRESH");
    static constexpr auto WTHRESH = field<22, 16>("WTHRESH");
    static constexpr auto ENABLE = bit<25>("ENABLE");
    static constexpr auto fields = layout(PTHRESH, HTHRESH, WTHRESH, ENABLE);
};
// VF Transmit Descriptor Completion Write-Back Address Low
struct VFTDWBAL : RegisterArray<VFTDWBAL, 0x02038, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "VFTDWBAL";
    static constexpr auto ENABLE = bit<0>("ENABLE");
    static constexpr auto fields = layout(ENABLE);
};

// ---------------------------------------------------------------------------------------------- Statistics

// VF Good Packets Received and Transmitted, Good Octets (36 bits), Multicast Packets Received. Reading does
// not clear them, and they wrap around.
struct VFGPRC : Register<VFGPRC, 0x0101C, Access::ro> {
    static constexpr auto name = "VFGPRC";
};
struct VFGORC_LSB : Register<VFGORC_LSB, 0x01020, Access::ro> {
    static constexpr auto name = "VFGORC_LSB";
};
struct VFGORC_MSB : Register<VFGORC_MSB, 0x01024, Access::ro> {
    static constexpr auto name = "VFGORC_MSB";
};
struct VFMPRC : Register<VFMPRC, 0x01034, Access::ro> {
    static constexpr auto name = "VFMPRC";
};
struct VFGPTC : Register<VFGPTC, 0x0201C, Access::ro> {
    static constexpr auto name = "VFGPTC";
};
struct VFGOTC_LSB : Register<VFGOTC_LSB, 0x02020, Access::ro> {
    static constexpr auto name = "VFGOTC_LSB";
};
struct VFGOTC_MSB : Register<VFGOTC_MSB, 0x02024, Access::ro> {
    static constexpr auto name = "VFGOTC_MSB";
};

}  // namespace ringside::ixgbevf
