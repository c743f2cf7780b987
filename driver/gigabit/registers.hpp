// Registers that Intel's 1-gigabit cards have in common, at the same offsets, as far as the drivers use them.
//
// Names in capitals are the datasheets': PCI/PCI-X Family of Gigabit Ethernet Controllers Software
// Developer's Manual (317453), whose order (chapter 13) this file keeps; 82574 (317694) and 82576 (320961)
// for what came later. They were checked against drivers that quote them, not against the documents
// themselves. What one family has alone is in its own folder.
#pragma once

#include "hal/register.hpp"

#include <cstdint>

namespace ringside::gigabit {

using hal::Access;
using hal::BankedRegisterArray;
using hal::Register;
using hal::RegisterArray;

// ------------------------------------------------------------------------------------------------- General

// Device Control. On the 82574 some reserved bits are ones: update it, do not compose it.
struct CTRL : Register<CTRL, 0x00000, Access::rw> {
    static constexpr auto name = "CTRL";
    static constexpr auto FD = bit<0>("FD");
    static constexpr auto GIO_MASTER_DISABLE = bit<2>("GIO_MASTER_DISABLE");  // PCI Express only
    static constexpr auto LRST = bit<3>("LRST");  // 8254x: link reset; elsewhere reserved, to be kept
    static constexpr auto ASDE = bit<5>("ASDE");  // 8254x: take the speed from the PHY
    static constexpr auto SLU = bit<6>("SLU");    // set link up
    static constexpr auto FRCSPD = bit<11>("FRCSPD");
    static constexpr auto FRCDPLX = bit<12>("FRCDPLX");
    static constexpr auto RST = bit<26>("RST");  // device reset, self-clearing
    static constexpr auto RFCE = bit<27>("RFCE");
    static constexpr auto TFCE = bit<28>("TFCE");
    static constexpr auto BIT_29 = bit<29>("BIT_29");  // 82574: to be cleared. 82580 and later: DEV_RST
    static constexpr auto VME = bit<30>("VME");        // VLAN mode
    static constexpr auto PHY_RST = bit<31>("PHY_RST");
    static constexpr auto fields = layout(FD, GIO_MASTER_DISABLE, LRST, ASDE, SLU, FRCSPD, FRCDPLX, RST, RFCE,
                                          TFCE, BIT_29, VME, PHY_RST);
};
// Device Status. Cannot read as all ones: there are reserved zeros.
enum class Speed : std::uint32_t { mbit_10 = 0, mbit_100 = 1, gbit_1 = 2, gbit_1_too = 3 };
struct STATUS : Register<STATUS, 0x00008, Access::ro> {
    static constexpr auto name = "STATUS";
    static constexpr auto FD = bit<0>("FD");
    static constexpr auto LU = bit<1>("LU");
    static constexpr auto FUNCTION_ID = field<3, 2>("FUNCTION_ID");  // which port of the chip
    static constexpr auto SPEED = field<7, 6, Speed>("SPEED");
    static constexpr auto PCIX_MODE = bit<13>("PCIX_MODE");
    static constexpr auto GIO_MASTER_ENABLE = bit<19>("GIO_MASTER_ENABLE");  // PCI Express only
    static constexpr auto fields = layout(FD, LU, FUNCTION_ID, SPEED, PCIX_MODE, GIO_MASTER_ENABLE);
};
// EEPROM/Flash Control
struct EECD : Register<EECD, 0x00010, Access::rw> {
    static constexpr auto name = "EECD";
    static constexpr auto PRES = bit<8>("PRES");         // there is an EEPROM or flash
    static constexpr auto AUTO_RD = bit<9>("AUTO_RD");   // PCI Express only: read after reset is done
    static constexpr auto SIZE = field<14, 11>("SIZE");  // PCI Express only: 2^(6 + SIZE) words
    static constexpr auto fields = layout(PRES, AUTO_RD, SIZE);
};
// EEPROM Read, as all PCI Express cards have it; the 8254x differ (driver/e1000/registers.hpp).
struct EERD : Register<EERD, 0x00014, Access::rw> {
    static constexpr auto name = "EERD";
    static constexpr auto START = bit<0>("START");
    static constexpr auto DONE = bit<1>("DONE");
    static constexpr auto ADDR = field<15, 2>("ADDR");
    static constexpr auto DATA = field<31, 16>("DATA");
    static constexpr auto fields = layout(START, DONE, ADDR, DATA);
};
// Extended Device Control
struct CTRL_EXT : Register<CTRL_EXT, 0x00018, Access::rw> {
    static constexpr auto name = "CTRL_EXT";
    static constexpr auto BIT_22 = bit<22>("BIT_22");      // 82574: to be set (igb: link mode)
    static constexpr auto BIT_23 = bit<23>("BIT_23");      // 82574: to be cleared (igb: link mode)
    static constexpr auto EIAME = bit<24>("EIAME");        // 82574: a message masks causes
    static constexpr auto IAME = bit<27>("IAME");          // reading ICR masks causes
    static constexpr auto DRV_LOAD = bit<28>("DRV_LOAD");  // PCI Express only: a driver is here
    static constexpr auto PBA_CLR = bit<31>("PBA_CLR");    // 82574: reading causes clears pending bits
    static constexpr auto fields = layout(BIT_22, BIT_23, EIAME, IAME, DRV_LOAD, PBA_CLR);
};
// MDI Control: the PHY's registers
enum class PhyOperation : std::uint32_t { write = 1, read = 2 };
struct MDIC : Register<MDIC, 0x00020, Access::rw> {
    static constexpr auto name = "MDIC";
    static constexpr auto DATA = field<15, 0>("DATA");
    static constexpr auto REGADD = field<20, 16>("REGADD");
    static constexpr auto PHYADD = field<25, 21>("PHYADD");
    static constexpr auto OP = field<27, 26, PhyOperation>("OP");
    static constexpr auto READY = bit<28>("READY");
    static constexpr auto ERROR = bit<30>("ERROR");
    static constexpr auto fields = layout(DATA, REGADD, PHYADD, OP, READY, ERROR);
};
// Flow Control Address, Type, Transmit Timer Value
struct FCAL : Register<FCAL, 0x00028, Access::rw> {
    static constexpr auto name = "FCAL";
};
struct FCAH : Register<FCAH, 0x0002C, Access::rw> {
    static constexpr auto name = "FCAH";
};
struct FCT : Register<FCT, 0x00030, Access::rw> {
    static constexpr auto name = "FCT";
};
struct FCTTV : Register<FCTTV, 0x00170, Access::rw> {
    static constexpr auto name = "FCTTV";
};
// VLAN EtherType: how the card knows a tag, and what it inserts. The upper half is the outer tag's, on the
// 82576 and later.
struct VET : Register<VET, 0x00038, Access::rw> {
    static constexpr auto name = "VET";
    static constexpr auto ETYPE = field<15, 0>("ETYPE");
    static constexpr auto fields = layout(ETYPE);
};
// LED Control. Modes: 0xE lit, 0xF dark, the others are what the board shows.
struct LEDCTL : Register<LEDCTL, 0x00E00, Access::rw> {
    static constexpr auto name = "LEDCTL";
    static constexpr auto LED0_MODE = field<3, 0>("LED0_MODE");
    static constexpr auto LED0_IVRT = bit<6>("LED0_IVRT");
    static constexpr auto LED0_BLINK = bit<7>("LED0_BLINK");
    static constexpr auto LED1_MODE = field<11, 8>("LED1_MODE");
    static constexpr auto LED1_IVRT = bit<14>("LED1_IVRT");
    static constexpr auto LED1_BLINK = bit<15>("LED1_BLINK");
    static constexpr auto LED2_MODE = field<19, 16>("LED2_MODE");
    static constexpr auto LED2_IVRT = bit<22>("LED2_IVRT");
    static constexpr auto LED2_BLINK = bit<23>("LED2_BLINK");
    static constexpr auto LED3_MODE = field<27, 24>("LED3_MODE");
    static constexpr auto LED3_IVRT = bit<30>("LED3_IVRT");
    static constexpr auto LED3_BLINK = bit<31>("LED3_BLINK");
    static constexpr auto fields = layout(LED0_MODE, LED0_IVRT, LED0_BLINK, LED1_MODE, LED1_IVRT, LED1_BLINK,
                                          LED2_MODE, LED2_IVRT, LED2_BLINK, LED3_MODE, LED3_IVRT, LED3_BLINK);
};
// Packet Buffer Allocation. What receive does not have, transmit has; takes effect with the next reset.
struct PBA : Register<PBA, 0x01000, Access::rw> {
    static constexpr auto name = "PBA";
    static constexpr auto RXA = field<15, 0>("RXA");  // in KiB
    static constexpr auto fields = layout(RXA);
};

// ---------------------------------------------------------------------------------------------- Interrupts

// Interrupt Cause Read. Reading clears.
struct ICR : Register<ICR, 0x000C0, Access::w1c> {
    static constexpr auto name = "ICR";
    static constexpr auto TXDW = bit<0>("TXDW");
    static constexpr auto TXQE = bit<1>("TXQE");
    static constexpr auto LSC = bit<2>("LSC");        // link status change
    static constexpr auto RXDMT0 = bit<4>("RXDMT0");  // few free descriptors
    static constexpr auto RXO = bit<6>("RXO");        // receive overrun
    static constexpr auto RXT0 = bit<7>("RXT0");      // a frame has been received; igb calls it RXDW
    static constexpr auto RXQ0 = bit<20>("RXQ0");     // 82574: by queue
    static constexpr auto RXQ1 = bit<21>("RXQ1");
    static constexpr auto OTHER = bit<24>("OTHER");                // 82574: neither receive nor transmit
    static constexpr auto INT_ASSERTED = bit<31>("INT_ASSERTED");  // PCI Express only
    static constexpr auto fields =
        layout(TXDW, TXQE, LSC, RXDMT0, RXO, RXT0, RXQ0, RXQ1, OTHER, INT_ASSERTED);
};
// Interrupt Throttling
struct ITR : Register<ITR, 0x000C4, Access::rw> {
    static constexpr auto name = "ITR";
    static constexpr auto INTERVAL = field<15, 0>("INTERVAL");  // in 256 ns
    static constexpr auto fields = layout(INTERVAL);
};
// Interrupt Mask Set, Interrupt Mask Clear
struct IMS : Register<IMS, 0x000D0, Access::w1s> {
    static constexpr auto name = "IMS";
    static constexpr auto LSC = bit<2>("LSC");
    static constexpr auto RXDMT0 = bit<4>("RXDMT0");
    static constexpr auto RXO = bit<6>("RXO");
    static constexpr auto RXT0 = bit<7>("RXT0");
    static constexpr auto RXQ0 = bit<20>("RXQ0");
    static constexpr auto RXQ1 = bit<21>("RXQ1");
    static constexpr auto OTHER = bit<24>("OTHER");
    static constexpr auto fields = layout(LSC, RXDMT0, RXO, RXT0, RXQ0, RXQ1, OTHER);
};
struct IMC : Register<IMC, 0x000D8, Access::w1c> {
    static constexpr auto name = "IMC";
};

// ------------------------------------------------------------------------------------------------- Receive

// Receive Control
enum class BufferSize : std::uint32_t { bytes_2048 = 0, bytes_1024 = 1, bytes_512 = 2, bytes_256 = 3 };
struct RCTL : Register<RCTL, 0x00100, Access::rw> {
    static constexpr auto name = "RCTL";
    static constexpr auto EN = bit<1>("EN");
    static constexpr auto SBP = bit<2>("SBP");       // store bad packets
    static constexpr auto UPE = bit<3>("UPE");       // all unicast: promiscuous
    static constexpr auto MPE = bit<4>("MPE");       // all multicast
    static constexpr auto LPE = bit<5>("LPE");       // frames of more than 1522 bytes
    static constexpr auto LBM = field<7, 6>("LBM");  // loopback
    static constexpr auto DTYP = field<11, 10>("DTYP");
    static constexpr auto MO = field<13, 12>("MO");  // which 12 bits of the address select the table's bit
    static constexpr auto BAM = bit<15>("BAM");      // accept broadcast
    static constexpr auto BSIZE = field<17, 16, BufferSize>("BSIZE");
    static constexpr auto VFE = bit<18>("VFE");      // VLAN filter
    static constexpr auto BSEX = bit<25>("BSEX");    // BSIZE times 16
    static constexpr auto SECRC = bit<26>("SECRC");  // strip the CRC
    static constexpr auto FLXBUF = field<30, 27>("FLXBUF");
    static constexpr auto fields =
        layout(EN, SBP, UPE, MPE, LPE, LBM, DTYP, MO, BAM, BSIZE, VFE, BSEX, SECRC, FLXBUF);
};
// Flow Control Receive Threshold Low, High
struct FCRTL : Register<FCRTL, 0x02160, Access::rw> {
    static constexpr auto name = "FCRTL";
    static constexpr auto RTL = field<17, 3>("RTL");  // in 8 bytes; igb: an even number
    static constexpr auto XONE = bit<31>("XONE");     // a pause of zero is sent below RTL
    static constexpr auto fields = layout(RTL, XONE);
};
struct FCRTH : Register<FCRTH, 0x02168, Access::rw> {
    static constexpr auto name = "FCRTH";
    static constexpr auto RTH = field<17, 3>("RTH");  // in 8 bytes; igb: an even number
    static constexpr auto fields = layout(RTH);
};
// Receive Delay Timer, Receive Interrupt Absolute Delay Timer
struct RDTR : Register<RDTR, 0x02820, Access::rw> {
    static constexpr auto name = "RDTR";
};
struct RADV : Register<RADV, 0x0282C, Access::rw> {
    static constexpr auto name = "RADV";
};
// Receive Checksum Control
struct RXCSUM : Register<RXCSUM, 0x05000, Access::rw> {
    static constexpr auto name = "RXCSUM";
    static constexpr auto PCSS = field<7, 0>("PCSS");
    static constexpr auto IPOFL = bit<8>("IPOFL");  // check IPv4 headers
    static constexpr auto TUOFL = bit<9>("TUOFL");  // check TCP and UDP
    static constexpr auto PCSD = bit<13>("PCSD");   // RSS hash in the descriptor, not a fragment's checksum
    static constexpr auto fields = layout(PCSS, IPOFL, TUOFL, PCSD);
};

// Receive Descriptor Base Address, Length, Head, Tail: one queue on the 8254x, two on the 82574 (igb:
// elsewhere)
struct RDBAL : RegisterArray<RDBAL, 0x02800, 0x100, 2, Access::rw> {
    static constexpr auto name = "RDBAL";
};
struct RDBAH : RegisterArray<RDBAH, 0x02804, 0x100, 2, Access::rw> {
    static constexpr auto name = "RDBAH";
};
struct RDLEN : RegisterArray<RDLEN, 0x02808, 0x100, 2, Access::rw> {
    static constexpr auto name = "RDLEN";
    static constexpr auto LEN = field<19, 0>("LEN");  // in bytes, a multiple of 128
    static constexpr auto fields = layout(LEN);
};
struct RDH : RegisterArray<RDH, 0x02810, 0x100, 2, Access::rw> {
    static constexpr auto name = "RDH";
    static constexpr auto HEAD = field<15, 0>("HEAD");
    static constexpr auto fields = layout(HEAD);
};
struct RDT : RegisterArray<RDT, 0x02818, 0x100, 2, Access::rw> {
    static constexpr auto name = "RDT";
    static constexpr auto TAIL = field<15, 0>("TAIL");
    static constexpr auto fields = layout(TAIL);
};
// Receive Descriptor Control
struct RXDCTL : RegisterArray<RXDCTL, 0x02828, 0x100, 2, Access::rw> {
    static constexpr auto name = "RXDCTL";
    static constexpr auto PTHRESH = field<5, 0>("PTHRESH");
    static constexpr auto HTHRESH = field<13, 8>("HTHRESH");
    static constexpr auto WTHRESH = field<21, 16>("WTHRESH");
    static constexpr auto GRAN = bit<24>("GRAN");  // thresholds are in descriptors, not cache lines
    static constexpr auto fields = layout(PTHRESH, HTHRESH, WTHRESH, GRAN);
};

// ------------------------------------------------------------------------------------------------ Transmit

// Transmit Control
struct TCTL : Register<TCTL, 0x00400, Access::rw> {
    static constexpr auto name = "TCTL";
    static constexpr auto EN = bit<1>("EN");
    static constexpr auto PSP = bit<3>("PSP");           // pad short packets
    static constexpr auto CT = field<11, 4>("CT");       // collision threshold, half duplex
    static constexpr auto COLD = field<21, 12>("COLD");  // collision distance: 0x40 in full duplex
    static constexpr auto SWXOFF = bit<22>("SWXOFF");
    static constexpr auto RTLC = bit<24>("RTLC");  // send again after a late collision
    static constexpr auto fields = layout(EN, PSP, CT, COLD, SWXOFF, RTLC);
};
// Transmit Inter Packet Gap
struct TIPG : Register<TIPG, 0x00410, Access::rw> {
    static constexpr auto name = "TIPG";
    static constexpr auto IPGT = field<9, 0>("IPGT");
    static constexpr auto IPGR1 = field<19, 10>("IPGR1");
    static constexpr auto IPGR2 = field<29, 20>("IPGR2");
    static constexpr auto fields = layout(IPGT, IPGR1, IPGR2);
};
// Transmit Interrupt Delay Value, Transmit Absolute Interrupt Delay Value
struct TIDV : Register<TIDV, 0x03820, Access::rw> {
    static constexpr auto name = "TIDV";
};
struct TADV : Register<TADV, 0x0382C, Access::rw> {
    static constexpr auto name = "TADV";
};

// Transmit Descriptor Base Address, Length, Head, Tail: as for receive
struct TDBAL : RegisterArray<TDBAL, 0x03800, 0x100, 2, Access::rw> {
    static constexpr auto name = "TDBAL";
};
struct TDBAH : RegisterArray<TDBAH, 0x03804, 0x100, 2, Access::rw> {
    static constexpr auto name = "TDBAH";
};
struct TDLEN : RegisterArray<TDLEN, 0x03808, 0x100, 2, Access::rw> {
    static constexpr auto name = "TDLEN";
    static constexpr auto LEN = field<19, 0>("LEN");  // in bytes, a multiple of 128
    static constexpr auto fields = layout(LEN);
};
struct TDH : RegisterArray<TDH, 0x03810, 0x100, 2, Access::rw> {
    static constexpr auto name = "TDH";
    static constexpr auto HEAD = field<15, 0>("HEAD");
    static constexpr auto fields = layout(HEAD);
};
struct TDT : RegisterArray<TDT, 0x03818, 0x100, 2, Access::rw> {
    static constexpr auto name = "TDT";
    static constexpr auto TAIL = field<15, 0>("TAIL");
    static constexpr auto fields = layout(TAIL);
};
// Transmit Descriptor Control
struct TXDCTL : RegisterArray<TXDCTL, 0x03828, 0x100, 2, Access::rw> {
    static constexpr auto name = "TXDCTL";
    static constexpr auto PTHRESH = field<5, 0>("PTHRESH");
    static constexpr auto HTHRESH = field<13, 8>("HTHRESH");
    static constexpr auto WTHRESH = field<21, 16>("WTHRESH");
    static constexpr auto BIT_22 = bit<22>("BIT_22");  // 82574: must be 1
    static constexpr auto GRAN = bit<24>("GRAN");      // thresholds are in descriptors, not cache lines
    static constexpr auto fields = layout(PTHRESH, HTHRESH, WTHRESH, BIT_22, GRAN);
};

// ------------------------------------------------------------------------------------------------- Filters

// Multicast Table Array: 4096 bits
struct MTA : RegisterArray<MTA, 0x05200, 4, 128, Access::rw> {
    static constexpr auto name = "MTA";
};
// Receive Address. 16 entries at first, up to 32 on igb cards.
struct RAL : BankedRegisterArray<RAL, 0x05400, 8, 16, 0x054E0, 32, Access::rw> {
    static constexpr auto name = "RAL";
};
struct RAH : BankedRegisterArray<RAH, 0x05404, 8, 16, 0x054E4, 32, Access::rw> {
    static constexpr auto name = "RAH";
    static constexpr auto ADDR = field<15, 0>("ADDR");
    static constexpr auto AV = bit<31>("AV");
    static constexpr auto fields = layout(ADDR, AV);
};
// VLAN Filter Table Array: bit per VLAN id
struct VFTA : RegisterArray<VFTA, 0x05600, 4, 128, Access::rw> {
    static constexpr auto name = "VFTA";
};
// Wake Up Control
struct WUC : Register<WUC, 0x05800, Access::rw> {
    static constexpr auto name = "WUC";
};
// Management Control
struct MANC : Register<MANC, 0x05820, Access::rw> {
    static constexpr auto name = "MANC";
    static constexpr auto ARP_EN = bit<13>("ARP_EN");  // the firmware answers ARP requests
    static constexpr auto fields = layout(ARP_EN);
};
// Multiple Receive Queues Command: PCI Express only
struct MRQC : Register<MRQC, 0x05818, Access::rw> {
    static constexpr auto name = "MRQC";
    static constexpr auto MODE = field<2, 0>("MODE");  // 0 one queue. RSS: 1 (82574), 2 (82576 and later)
    static constexpr auto TCP_IPV4 = bit<16>("TCP_IPV4");
    static constexpr auto IPV4 = bit<17>("IPV4");
    static constexpr auto BIT_18 = bit<18>("BIT_18");  // 82574: TCP over IPv6
    static constexpr auto IPV6 = bit<20>("IPV6");
    static constexpr auto TCP_IPV6 = bit<21>("TCP_IPV6");
    static constexpr auto UDP_IPV4 = bit<22>("UDP_IPV4");
    static constexpr auto UDP_IPV6 = bit<23>("UDP_IPV6");
    static constexpr auto fields = layout(MODE, TCP_IPV4, IPV4, BIT_18, IPV6, TCP_IPV6, UDP_IPV4, UDP_IPV6);
};
// RSS: Redirection Table and Random Key
struct RETA : RegisterArray<RETA, 0x05C00, 4, 32, Access::rw> {
    static constexpr auto name = "RETA";
};
struct RSSRK : RegisterArray<RSSRK, 0x05C80, 4, 10, Access::rw> {
    static constexpr auto name = "RSSRK";
};

// ---------------------------------------------------------------------------------------------- Statistics
// All clear on read and stick at all ones. Pairs: low first; reading the high part clears both.
// The upper half of a pair has no meaning of its own (hal::RegisterInfo).

template <class Self, std::uint32_t Offset> using Counter = Register<Self, Offset, Access::rc>;
struct CRCERRS : Counter<CRCERRS, 0x04000> {
    static constexpr auto name = "CRCERRS";
    static constexpr auto meaning = "frames whose CRC was wrong: damaged on the wire";
};
struct ALGNERRC : Counter<ALGNERRC, 0x04004> {
    static constexpr auto name = "ALGNERRC";
    static constexpr auto meaning =
        "frames that did not end at a whole byte: a bad cable, 10 and 100 Mb/s only";
};
struct SYMERRS : Counter<SYMERRS, 0x04008> {
    static constexpr auto name = "SYMERRS";
    static constexpr auto meaning = "symbols that are no code of the line";
};
struct RXERRC : Counter<RXERRC, 0x0400C> {
    static constexpr auto name = "RXERRC";
    static constexpr auto meaning = "errors that the PHY reported while a frame came in";
};
struct MPC : Counter<MPC, 0x04010> {
    static constexpr auto name = "MPC";
    static constexpr auto meaning = "frames lost because the packet buffer was full";
};
struct SCC : Counter<SCC, 0x04014> {
    static constexpr auto name = "SCC";
    static constexpr auto meaning = "frames sent after one collision (half duplex)";
};
struct ECOL : Counter<ECOL, 0x04018> {
    static constexpr auto name = "ECOL";
    static constexpr auto meaning = "frames not sent after too many collisions (half duplex)";
};
struct MCC : Counter<MCC, 0x0401C> {
    static constexpr auto name = "MCC";
    static constexpr auto meaning = "frames sent after several collisions (half duplex)";
};
struct LATECOL : Counter<LATECOL, 0x04020> {
    static constexpr auto name = "LATECOL";
    static constexpr auto meaning = "collisions that came too late: one end is set to full duplex";
};
struct COLC : Counter<COLC, 0x04028> {
    static constexpr auto name = "COLC";
    static constexpr auto meaning = "all collisions (half duplex)";
};
struct DC : Counter<DC, 0x04030> {
    static constexpr auto name = "DC";
    static constexpr auto meaning =
        "times that sending had to wait: the medium was busy, the link down, or a pause was on";
};
struct TNCRS : Counter<TNCRS, 0x04034> {
    static constexpr auto name = "TNCRS";
    static constexpr auto meaning = "frames sent without carrier: a bad cable, half duplex only";
};
struct SEC : Counter<SEC, 0x04038> {
    static constexpr auto name = "SEC";
    static constexpr auto meaning = "sequence errors of the line";
};
struct RLEC : Counter<RLEC, 0x04040> {
    static constexpr auto name = "RLEC";
    static constexpr auto meaning = "frames that are too short or too long";
};
struct XONRXC : Counter<XONRXC, 0x04048> {
    static constexpr auto name = "XONRXC";
    static constexpr auto meaning = "pause frames of zero received: we may go on";
};
struct XONTXC : Counter<XONTXC, 0x0404C> {
    static constexpr auto name = "XONTXC";
    static constexpr auto meaning = "pause frames of zero sent: the partner may go on";
};
struct XOFFRXC : Counter<XOFFRXC, 0x04050> {
    static constexpr auto name = "XOFFRXC";
    static constexpr auto meaning = "pause frames received: we are to be silent";
};
struct XOFFTXC : Counter<XOFFTXC, 0x04054> {
    static constexpr auto name = "XOFFTXC";
    static constexpr auto meaning = "pause frames sent: the partner is to be silent";
};
struct FCRUC : Counter<FCRUC, 0x04058> {
    static constexpr auto name = "FCRUC";
    static constexpr auto meaning = "MAC control frames that are no pauses";
};
struct PRC64 : Counter<PRC64, 0x0405C> {
    static constexpr auto name = "PRC64";
    static constexpr auto meaning = "good frames of 64 bytes received, with CRC";
};
struct PRC127 : Counter<PRC127, 0x04060> {
    static constexpr auto name = "PRC127";
    static constexpr auto meaning = "… of 65 to 127 bytes";
};
struct PRC255 : Counter<PRC255, 0x04064> {
    static constexpr auto name = "PRC255";
    static constexpr auto meaning = "… of 128 to 255 bytes";
};
struct PRC511 : Counter<PRC511, 0x04068> {
    static constexpr auto name = "PRC511";
    static constexpr auto meaning = "… of 256 to 511 bytes";
};
struct PRC1023 : Counter<PRC1023, 0x0406C> {
    static constexpr auto name = "PRC1023";
    static constexpr auto meaning = "… of 512 to 1023 bytes";
};
struct PRC1522 : Counter<PRC1522, 0x04070> {
    static constexpr auto name = "PRC1522";
    static constexpr auto meaning = "… of 1024 bytes and more";
};
struct GPRC : Counter<GPRC, 0x04074> {
    static constexpr auto name = "GPRC";
    static constexpr auto meaning =
        "good frames that passed the filters, also those that were dropped for want of a descriptor";
};
struct BPRC : Counter<BPRC, 0x04078> {
    static constexpr auto name = "BPRC";
    static constexpr auto meaning = "good frames to everybody (broadcast)";
};
struct MPRC : Counter<MPRC, 0x0407C> {
    static constexpr auto name = "MPRC";
    static constexpr auto meaning = "good frames to groups (multicast)";
};
struct GPTC : Counter<GPTC, 0x04080> {
    static constexpr auto name = "GPTC";
    static constexpr auto meaning = "good frames sent";
};
struct GORCL : Counter<GORCL, 0x04088> {
    static constexpr auto name = "GORCL";
    static constexpr auto meaning = "bytes of the good frames received, with CRC";
};
struct GORCH : Counter<GORCH, 0x0408C> {
    static constexpr auto name = "GORCH";
};
struct GOTCL : Counter<GOTCL, 0x04090> {
    static constexpr auto name = "GOTCL";
    static constexpr auto meaning = "bytes of the good frames sent, with CRC";
};
struct GOTCH : Counter<GOTCH, 0x04094> {
    static constexpr auto name = "GOTCH";
};
struct RNBC : Counter<RNBC, 0x040A0> {
    static constexpr auto name = "RNBC";
    static constexpr auto meaning =
        "frames that found no free descriptor when they came; some waited in the packet buffer and were "
        "saved";
};
struct RUC : Counter<RUC, 0x040A4> {
    static constexpr auto name = "RUC";
    static constexpr auto meaning = "frames shorter than 64 bytes, with a good CRC";
};
struct RFC : Counter<RFC, 0x040A8> {
    static constexpr auto name = "RFC";
    static constexpr auto meaning =
        "frames shorter than 64 bytes, with a wrong CRC: what collisions and noise leave";
};
struct ROC : Counter<ROC, 0x040AC> {
    static constexpr auto name = "ROC";
    static constexpr auto meaning =
        "frames longer than allowed, with a good CRC: a larger mtu would let them in";
};
struct RJC : Counter<RJC, 0x040B0> {
    static constexpr auto name = "RJC";
    static constexpr auto meaning = "frames longer than allowed, with a wrong CRC";
};
struct TORL : Counter<TORL, 0x040C0> {
    static constexpr auto name = "TORL";
    static constexpr auto meaning = "bytes of all frames on the wire, with CRC, good or not";
};
struct TORH : Counter<TORH, 0x040C4> {
    static constexpr auto name = "TORH";
};
struct TOTL : Counter<TOTL, 0x040C8> {
    static constexpr auto name = "TOTL";
    static constexpr auto meaning = "bytes of all frames sent, with CRC";
};
struct TOTH : Counter<TOTH, 0x040CC> {
    static constexpr auto name = "TOTH";
};
struct TPR : Counter<TPR, 0x040D0> {
    static constexpr auto name = "TPR";
    static constexpr auto meaning = "all frames on the wire, good or not, for us or not";
};
struct TPT : Counter<TPT, 0x040D4> {
    static constexpr auto name = "TPT";
    static constexpr auto meaning = "all frames sent";
};
struct PTC64 : Counter<PTC64, 0x040D8> {
    static constexpr auto name = "PTC64";
    static constexpr auto meaning = "frames of 64 bytes sent, with CRC";
};
struct PTC127 : Counter<PTC127, 0x040DC> {
    static constexpr auto name = "PTC127";
    static constexpr auto meaning = "… of 65 to 127 bytes";
};
struct PTC255 : Counter<PTC255, 0x040E0> {
    static constexpr auto name = "PTC255";
    static constexpr auto meaning = "… of 128 to 255 bytes";
};
struct PTC511 : Counter<PTC511, 0x040E4> {
    static constexpr auto name = "PTC511";
    static constexpr auto meaning = "… of 256 to 511 bytes";
};
struct PTC1023 : Counter<PTC1023, 0x040E8> {
    static constexpr auto name = "PTC1023";
    static constexpr auto meaning = "… of 512 to 1023 bytes";
};
struct PTC1522 : Counter<PTC1522, 0x040EC> {
    static constexpr auto name = "PTC1522";
    static constexpr auto meaning = "… of 1024 bytes and more";
};
struct MPTC : Counter<MPTC, 0x040F0> {
    static constexpr auto name = "MPTC";
    static constexpr auto meaning = "frames to groups (multicast) sent";
};
struct BPTC : Counter<BPTC, 0x040F4> {
    static constexpr auto name = "BPTC";
    static constexpr auto meaning = "frames to everybody (broadcast) sent";
};
struct TSCTC : Counter<TSCTC, 0x040F8> {
    static constexpr auto name = "TSCTC";
    static constexpr auto meaning = "TCP segments that the card has cut into frames";
};

}  // namespace ringside::gigabit
