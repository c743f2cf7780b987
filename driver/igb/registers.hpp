// Registers that are the 82576 family's own; all others are in driver/gigabit/registers.hpp. Datasheet: Intel
// 82576 Gigabit Ethernet Controller Datasheet (320961), chapter 8, whose order this file keeps.
#pragma once

#include "driver/gigabit/registers.hpp"

namespace ringside::igb {

using namespace gigabit;

inline constexpr std::uint32_t max_queues = 16;

// Manageability EEPROM Control: bit 18 + port says that the port's configuration is done
struct EEMNGCTL : Register<EEMNGCTL, 0x01010, Access::rw> {
    static constexpr auto name = "EEMNGCTL";
    static constexpr auto CFG_DONE = field<21, 18>("CFG_DONE");
    static constexpr auto fields = layout(CFG_DONE);
};

// ---------------------------------------------------------------------------------------------- Interrupts

// General Purpose Interrupt Enable. To be written before all others here: they may not stick before.
struct GPIE : Register<GPIE, 0x01514, Access::rw> {
    static constexpr auto name = "GPIE";
    static constexpr auto NSICR = bit<0>("NSICR");                  // reading ICR clears it in any case
    static constexpr auto MULTIPLE_MSIX = bit<4>("MULTIPLE_MSIX");  // a message for each source
    static constexpr auto EIAME = bit<30>("EIAME");                 // a message masks causes
    static constexpr auto PBA_SUPPORT = bit<31>("PBA_SUPPORT");     // setting the mask clears pending bits
    static constexpr auto fields = layout(NSICR, MULTIPLE_MSIX, EIAME, PBA_SUPPORT);
};
// Extended Interrupt Mask Set, Mask Clear, Auto Clear, Cause. With MSI-X, bit n is vector n.
struct EIMS : Register<EIMS, 0x01524, Access::w1s> {
    static constexpr auto name = "EIMS";
};
struct EIMC : Register<EIMC, 0x01528, Access::w1c> {
    static constexpr auto name = "EIMC";
};
struct EIAC : Register<EIAC, 0x0152C, Access::rw> {
    static constexpr auto name = "EIAC";
};
struct EICR : Register<EICR, 0x01580, Access::w1c> {
    static constexpr auto name = "EICR";
};
// Extended Interrupt Throttle, by vector
struct EITR : RegisterArray<EITR, 0x01680, 4, 25, Access::rw> {
    static constexpr auto name = "EITR";
    static constexpr auto INTERVAL = field<14, 2>("INTERVAL");  // in microseconds
    static constexpr auto fields = layout(INTERVAL);
};
// Interrupt Vector Allocation. On the 82576 register n has queues n and n + 8, on later cards 2n and 2n + 1.
struct IVAR0 : RegisterArray<IVAR0, 0x01700, 4, 8, Access::rw> {
    static constexpr auto name = "IVAR0";
    static constexpr auto RX_FIRST = field<4, 0>("RX_FIRST");
    static constexpr auto RX_FIRST_VALID = bit<7>("RX_FIRST_VALID");
    static constexpr auto RX_SECOND = field<20, 16>("RX_SECOND");
    static constexpr auto RX_SECOND_VALID = bit<23>("RX_SECOND_VALID");
    static constexpr auto fields = layout(RX_FIRST, RX_FIRST_VALID, RX_SECOND, RX_SECOND_VALID);
};
struct IVAR_MISC : Register<IVAR_MISC, 0x01740, Access::rw> {
    static constexpr auto name = "IVAR_MISC";
    static constexpr auto OTHER = field<12, 8>("OTHER");
    static constexpr auto OTHER_VALID = bit<15>("OTHER_VALID");
    static constexpr auto fields = layout(OTHER, OTHER_VALID);
};

// ------------------------------------------------------------------------------------------------- Receive

// Receive Long Packet Maximum Length: heeded with RCTL.LPE
struct RLPML : Register<RLPML, 0x05004, Access::rw> {
    static constexpr auto name = "RLPML";
    static constexpr auto RLPML_BYTES = field<13, 0>("RLPML");  // CRC included
    static constexpr auto fields = layout(RLPML_BYTES);
};
// EtherType Queue Filter, Five Tuple Queue Filter, SYN Packet Queue Filter
struct ETQF : RegisterArray<ETQF, 0x05CB0, 4, 8, Access::rw> {
    static constexpr auto name = "ETQF";
    static constexpr auto ETYPE = field<15, 0>("ETYPE");
    static constexpr auto RX_QUEUE = field<18, 16>("RX_QUEUE");
    static constexpr auto FILTER_ENABLE = bit<26>("FILTER_ENABLE");
    static constexpr auto QUEUE_ENABLE = bit<31>("QUEUE_ENABLE");
    static constexpr auto fields = layout(ETYPE, RX_QUEUE, FILTER_ENABLE, QUEUE_ENABLE);
};
struct FTQF : RegisterArray<FTQF, 0x059E0, 4, 8, Access::rw> {
    static constexpr auto name = "FTQF";
};
struct SYNQF : Register<SYNQF, 0x055FC, Access::rw> {
    static constexpr auto name = "SYNQF";
};
// Unicast Table Array: for virtual functions
struct UTA : RegisterArray<UTA, 0x0A000, 4, 128, Access::rw> {
    static constexpr auto name = "UTA";
};
// VM Offload Register: what queue 0's pool accepts, also without virtual functions
struct VMOLR : RegisterArray<VMOLR, 0x05AD0, 4, 8, Access::rw> {
    static constexpr auto name = "VMOLR";
    static constexpr auto RLPML = field<13, 0>("RLPML");
    static constexpr auto LPE = bit<16>("LPE");
    static constexpr auto RSSE = bit<17>("RSSE");
    static constexpr auto AUPE = bit<24>("AUPE");  // frames without a tag
    static constexpr auto BAM = bit<27>("BAM");
    static constexpr auto STRVLAN = bit<30>("STRVLAN");
    static constexpr auto fields = layout(RLPML, LPE, RSSE, AUPE, BAM, STRVLAN);
};
// Receive Descriptor Base Address, Length, Head, Tail
struct RDBAL : RegisterArray<RDBAL, 0x0C000, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "RDBAL";
};
struct RDBAH : RegisterArray<RDBAH, 0x0C004, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "RDBAH";
};
struct RDLEN : RegisterArray<RDLEN, 0x0C008, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "RDLEN";
    static constexpr auto LEN = field<19, 0>("LEN");  // in bytes, a multiple of 128
    static constexpr auto fields = layout(LEN);
};
// Split and Replication Receive Control
enum class RxDescriptorType : std::uint32_t { legacy = 0, advanced_one_buffer = 1 };
struct SRRCTL : RegisterArray<SRRCTL, 0x0C00C, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "SRRCTL";
    static constexpr auto BSIZEPACKET = field<6, 0>("BSIZEPACKET");   // buffer size in KiB
    static constexpr auto BSIZEHEADER = field<13, 8>("BSIZEHEADER");  // in 64 bytes
    static constexpr auto DESCTYPE = field<27, 25, RxDescriptorType>("DESCTYPE");
    static constexpr auto DROP_EN = bit<31>("DROP_EN");
    static constexpr auto fields = layout(BSIZEPACKET, BSIZEHEADER, DESCTYPE, DROP_EN);
};
struct RDH : RegisterArray<RDH, 0x0C010, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "RDH";
    static constexpr auto HEAD = field<15, 0>("HEAD");
    static constexpr auto fields = layout(HEAD);
};
struct RDT : RegisterArray<RDT, 0x0C018, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "RDT";
    static constexpr auto TAIL = field<15, 0>("TAIL");
    static constexpr auto fields = layout(TAIL);
};
// Receive Descriptor Control
struct RXDCTL : RegisterArray<RXDCTL, 0x0C028, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "RXDCTL";
    static constexpr auto PTHRESH = field<4, 0>("PTHRESH");
    static constexpr auto HTHRESH = field<12, 8>("HTHRESH");
    static constexpr auto WTHRESH = field<20, 16>("WTHRESH");
    static constexpr auto ENABLE = bit<25>("ENABLE");
    static constexpr auto fields = layout(PTHRESH, HTHRESH, WTHRESH, ENABLE);
};
// Receive Queue Drop Packet Count
struct RQDPC : RegisterArray<RQDPC, 0x0C030, 0x40, max_queues, Access::rc> {
    static constexpr auto name = "RQDPC";
};

// ------------------------------------------------------------------------------------------------ Transmit

// Transmit Descriptor Base Address, Length, Head, Tail
struct TDBAL : RegisterArray<TDBAL, 0x0E000, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "TDBAL";
};
struct TDBAH : RegisterArray<TDBAH, 0x0E004, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "TDBAH";
};
struct TDLEN : RegisterArray<TDLEN, 0x0E008, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "TDLEN";
    static constexpr auto LEN = field<19, 0>("LEN");  // in bytes, a multiple of 128
    static constexpr auto fields = layout(LEN);
};
struct TDH : RegisterArray<TDH, 0x0E010, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "TDH";
    static constexpr auto HEAD = field<15, 0>("HEAD");
    static constexpr auto fields = layout(HEAD);
};
// Transmit DCA Control
struct TXCTL : RegisterArray<TXCTL, 0x0E014, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "TXCTL";
    static constexpr auto DESC_WB_RO_EN = bit<11>("DESC_WB_RO_EN");  // a relaxed write-back may pass its data
    static constexpr auto fields = layout(DESC_WB_RO_EN);
};
struct TDT : RegisterArray<TDT, 0x0E018, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "TDT";
    static constexpr auto TAIL = field<15, 0>("TAIL");
    static constexpr auto fields = layout(TAIL);
};
// Transmit Descriptor Control
struct TXDCTL : RegisterArray<TXDCTL, 0x0E028, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "TXDCTL";
    static constexpr auto PTHRESH = field<4, 0>("PTHRESH");
    static constexpr auto HTHRESH = field<12, 8>("HTHRESH");
    static constexpr auto WTHRESH = field<20, 16>("WTHRESH");
    static constexpr auto ENABLE = bit<25>("ENABLE");
    static constexpr auto fields = layout(PTHRESH, HTHRESH, WTHRESH, ENABLE);
};
// Transmit Descriptor Completion Write-Back Address Low
struct TDWBAL : RegisterArray<TDWBAL, 0x0E038, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "TDWBAL";
    static constexpr auto ENABLE = bit<0>("ENABLE");
    static constexpr auto fields = layout(ENABLE);
};

}  // namespace ringside::igb
