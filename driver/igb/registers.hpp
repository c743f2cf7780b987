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

// Receive Packet Buffer Size
struct RXPBS : Register<RXPBS, 0x02404, Access::rw> {
    static constexpr auto name = "RXPBS";
    static constexpr auto SIZE = field<6, 0>("SIZE");  // 82576, I210 (5:0): in KiB
    static constexpr auto fields = layout(SIZE);       // 82580, I350: 3:0 is a row of a table
};
// Flow Control Refresh Threshold Value
struct FCRTV : Register<FCRTV, 0x02460, Access::rw> {
    static constexpr auto name = "FCRTV";
    static constexpr auto FC_REFRESH_TH = field<15, 0>("FC_REFRESH_TH");  // in 512 bit times
    static constexpr auto fields = layout(FC_REFRESH_TH);
};
// Receive Long Packet Maximum Length: heeded with RCTL.LPE
struct RLPML : Register<RLPML, 0x05004, Access::rw> {
    static constexpr auto name = "RLPML";
    static constexpr auto RLPML_BYTES = field<13, 0>("RLPML");  // CRC included
    static constexpr auto fields = layout(RLPML_BYTES);
};
// Receive Filter Control
struct RFCTL : Register<RFCTL, 0x05008, Access::rw> {
    static constexpr auto name = "RFCTL";
    static constexpr auto SYNQFP = bit<19>("SYNQFP");  // SYNQF is asked before the filters for tuples
    static constexpr auto fields = layout(SYNQFP);
};
// EtherType Queue Filter
struct ETQF : RegisterArray<ETQF, 0x05CB0, 4, 8, Access::rw> {
    static constexpr auto name = "ETQF";
    static constexpr auto ETYPE = field<15, 0>("ETYPE");
    static constexpr auto RX_QUEUE = field<18, 16>("RX_QUEUE");
    static constexpr auto FILTER_ENABLE = bit<26>("FILTER_ENABLE");
    static constexpr auto IEEE_1588 = bit<30>("IEEE_1588");  // these frames get a time stamp
    static constexpr auto QUEUE_ENABLE = bit<31>("QUEUE_ENABLE");
    static constexpr auto fields = layout(ETYPE, RX_QUEUE, FILTER_ENABLE, IEEE_1588, QUEUE_ENABLE);
};
// Time Sync Receive Configuration: of one kind of message, which
struct TSYNCRXCFG : Register<TSYNCRXCFG, 0x05F50, Access::rw> {
    static constexpr auto name = "TSYNCRXCFG";
    static constexpr auto CONTROL_V1 = field<7, 0>("CONTROL_V1");
    static constexpr auto MESSAGE_V2 = field<11, 8>("MESSAGE_V2");
    static constexpr auto fields = layout(CONTROL_V1, MESSAGE_V2);
};
// Filters for tuples: each of the eight is a register of every kind here.
//
// Five Tuple Queue Filter of the 82576. On later cards it is the Two Tuple Queue Filter, TTQF, which has no
// ANY_SOURCE, ANY_DESTINATION and ANY_SOURCE_PORT: reserved bits that drivers keep at 1.
enum class IpProtocol : std::uint32_t { none = 0, tcp = 6, udp = 17, sctp = 132 };
struct FTQF : RegisterArray<FTQF, 0x059E0, 4, 8, Access::rw> {
    static constexpr auto name = "FTQF";
    static constexpr auto PROTOCOL = field<7, 0, IpProtocol>("PROTOCOL");
    static constexpr auto QUEUE_ENABLE = bit<8>("QUEUE_ENABLE");
    static constexpr auto ANY_POOL = bit<15>("ANY_POOL");  // whichever virtual function it is for
    static constexpr auto RX_QUEUE = field<19, 16>("RX_QUEUE");
    static constexpr auto ANY_PROTOCOL = bit<28>("ANY_PROTOCOL");
    static constexpr auto ANY_SOURCE = bit<29>("ANY_SOURCE");
    static constexpr auto ANY_DESTINATION = bit<30>("ANY_DESTINATION");
    static constexpr auto ANY_SOURCE_PORT = bit<31>("ANY_SOURCE_PORT");
    static constexpr auto fields = layout(PROTOCOL, QUEUE_ENABLE, ANY_POOL, RX_QUEUE, ANY_PROTOCOL,
                                          ANY_SOURCE, ANY_DESTINATION, ANY_SOURCE_PORT);
};
// Source Address, Destination Address, Source Port Queue Filter: 82576 only. Addresses and ports have their
// first byte in bits 7:0.
struct SAQF : RegisterArray<SAQF, 0x05980, 4, 8, Access::rw> {
    static constexpr auto name = "SAQF";
};
struct DAQF : RegisterArray<DAQF, 0x059A0, 4, 8, Access::rw> {
    static constexpr auto name = "DAQF";
};
struct SPQF : RegisterArray<SPQF, 0x059C0, 4, 8, Access::rw> {
    static constexpr auto name = "SPQF";
    static constexpr auto SOURCE_PORT = field<15, 0>("SOURCE_PORT");
    static constexpr auto fields = layout(SOURCE_PORT);
};
// Immediate Interrupt Rx, and its extension: what else the filter compares
struct IMIR : RegisterArray<IMIR, 0x05A80, 4, 8, Access::rw> {
    static constexpr auto name = "IMIR";
    static constexpr auto PORT = field<15, 0>("PORT");  // destination; first byte in bits 7:0
    static constexpr auto IMMEDIATE = bit<16>("IMMEDIATE");
    static constexpr auto PORT_BP = bit<17>("PORT_BP");          // any port
    static constexpr auto PRIORITY = field<31, 29>("PRIORITY");  // 7 is the highest
    static constexpr auto fields = layout(PORT, IMMEDIATE, PORT_BP, PRIORITY);
};
struct IMIREXT : RegisterArray<IMIREXT, 0x05AA0, 4, 8, Access::rw> {
    static constexpr auto name = "IMIREXT";
    static constexpr auto SIZE_THRESHOLD = field<11, 0>("SIZE_THRESHOLD");
    static constexpr auto SIZE_BP = bit<12>("SIZE_BP");  // any size
    static constexpr auto FLAGS = field<18, 13>("FLAGS");
    static constexpr auto FLAGS_BP = bit<19>("FLAGS_BP");  // any TCP flags
    static constexpr auto fields = layout(SIZE_THRESHOLD, SIZE_BP, FLAGS, FLAGS_BP);
};
// SYN Packet Queue Filter
struct SYNQF : Register<SYNQF, 0x055FC, Access::rw> {
    static constexpr auto name = "SYNQF";
    static constexpr auto QUEUE_ENABLE = bit<0>("QUEUE_ENABLE");
    static constexpr auto RX_QUEUE = field<3, 1>("RX_QUEUE");
    static constexpr auto fields = layout(QUEUE_ENABLE, RX_QUEUE);
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
    static constexpr auto meaning = "frames for the queue that were dropped: no descriptor was free";
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
