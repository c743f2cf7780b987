// Registers of the Intel 82599, X540 and X550, as far as the driver uses them.
//
// Names in capitals are the datasheet's (Intel 82599 10 GbE Controller Datasheet, 331520), and so are the
// section numbers; they were checked against drivers that quote it, not against the document itself
// (README.md here). Order: the datasheet's, chapter 8.2.3.
#pragma once

#include "hal/register.hpp"

#include <cstdint>

namespace ringside::ixgbe {

using hal::Access;
using hal::BankedRegisterArray;
using hal::Register;
using hal::RegisterArray;

// What the queue register banks have room for (§8.2.3.8, §8.2.3.9).
inline constexpr std::uint32_t max_queues = 128;
// Queues with statistics counters of their own (§8.2.3.23.71).
inline constexpr std::uint32_t queue_counters = 16;

// ---------------------------------------------------------------------------------------------- 8.2.3.1
// General

// §8.2.3.1.1 Device Control
struct CTRL : Register<CTRL, 0x00000, Access::rw> {
    static constexpr auto name = "CTRL";
    static constexpr auto MASTER_DISABLE = bit<2>("MASTER_DISABLE");  // §5.2.5.3.2
    static constexpr auto LRST = bit<3>("LRST");                      // link reset, self-clearing
    static constexpr auto RST = bit<26>("RST");                       // device reset, self-clearing
    static constexpr auto fields = layout(MASTER_DISABLE, LRST, RST);
};

// §8.2.3.1.2 Device Status. Cannot read as all ones: most bits are reserved zeros.
struct STATUS : Register<STATUS, 0x00008, Access::ro> {
    static constexpr auto name = "STATUS";
    static constexpr auto LAN_ID = field<3, 2>("LAN_ID");
    static constexpr auto LINK_UP = bit<7>("LINK_UP");
    static constexpr auto NUM_VFS = field<17, 10>("NUM_VFS");
    static constexpr auto IOV = bit<18>("IOV");
    static constexpr auto MASTER_ENABLE = bit<19>("MASTER_ENABLE");
    static constexpr auto fields = layout(LAN_ID, LINK_UP, NUM_VFS, IOV, MASTER_ENABLE);
};

// §8.2.3.1.3 Extended Device Control
struct CTRL_EXT : Register<CTRL_EXT, 0x00018, Access::rw> {
    static constexpr auto name = "CTRL_EXT";
    static constexpr auto PFRSTD = bit<14>("PFRSTD");
    static constexpr auto NS_DIS = bit<16>("NS_DIS");
    static constexpr auto RO_DIS = bit<17>("RO_DIS");
    static constexpr auto DRV_LOAD = bit<28>("DRV_LOAD");
    static constexpr auto fields = layout(PFRSTD, NS_DIS, RO_DIS, DRV_LOAD);
};

// §8.2.3.1.4 Extended SDP Control. The use of the pins is the board's; SFP+ boards follow Intel's.
struct ESDP : Register<ESDP, 0x00020, Access::rw> {
    static constexpr auto name = "ESDP";
    static constexpr auto SDP2_DATA = bit<2>("SDP2_DATA");  // in: 1 while a module sits in the cage
    static constexpr auto SDP3_DATA = bit<3>("SDP3_DATA");  // out: 1 turns the laser off
    static constexpr auto SDP5_DATA = bit<5>("SDP5_DATA");  // out: rate select
    static constexpr auto SDP3_OUT = bit<11>("SDP3_OUT");   // 1: the pin is an output
    static constexpr auto SDP5_OUT = bit<13>("SDP5_OUT");
    static constexpr auto fields = layout(SDP2_DATA, SDP3_DATA, SDP5_DATA, SDP3_OUT, SDP5_OUT);
};

// §8.2.3.1.5 I2C Control: two open-drain lines to the SFP+ module, driven by hand
struct I2CCTL : Register<I2CCTL, 0x00028, Access::rw> {
    static constexpr auto name = "I2CCTL";
    static constexpr auto CLK_IN = bit<0>("CLK_IN");
    static constexpr auto CLK_OUT = bit<1>("CLK_OUT");
    static constexpr auto DATA_IN = bit<2>("DATA_IN");
    static constexpr auto DATA_OUT = bit<3>("DATA_OUT");
    static constexpr auto fields = layout(CLK_IN, CLK_OUT, DATA_IN, DATA_OUT);
};

// LED Control. Modes: 0xE lit, 0xF dark, the others are what the board shows.
struct LEDCTL : Register<LEDCTL, 0x00200, Access::rw> {
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

// ----------------------------------------------------------------------------------------- 8.2.3.2 EEPROM,
// flash

// §8.2.3.2.1 EEPROM/Flash Control
struct EEC : Register<EEC, 0x10010, Access::rw> {
    static constexpr auto name = "EEC";
    static constexpr auto PRES = bit<8>("PRES");  // an EEPROM with a valid signature is there
    static constexpr auto ARD = bit<9>("ARD");    // auto-read after reset is done, with or without an EEPROM
    static constexpr auto SIZE = field<14, 11>("SIZE");  // 2^(6 + SIZE) words
    static constexpr auto fields = layout(PRES, ARD, SIZE);
};

// §8.2.3.2.2 EEPROM Read
struct EERD : Register<EERD, 0x10014, Access::rw> {
    static constexpr auto name = "EERD";
    static constexpr auto START = bit<0>("START");
    static constexpr auto DONE = bit<1>("DONE");
    static constexpr auto ADDR = field<15, 2>("ADDR");
    static constexpr auto DATA = field<31, 16>("DATA");
    static constexpr auto fields = layout(START, DONE, ADDR, DATA);
};

// ------------------------------------------------------------------------------------------ 8.2.3.3 Flow
// control

// §8.2.3.3.2 Flow Control Transmit Timer Value
struct FCTTV : RegisterArray<FCTTV, 0x03200, 4, 4, Access::rw> {
    static constexpr auto name = "FCTTV";
    static constexpr auto TTV = field<15, 0>("TTV");  // of the buffer 2n, in 512 bit times
    static constexpr auto TTV_ODD = field<31, 16>("TTV_ODD");
    static constexpr auto fields = layout(TTV, TTV_ODD);
};
// §8.2.3.3.3 Flow Control Receive Threshold Low
struct FCRTL : RegisterArray<FCRTL, 0x03220, 4, 8, Access::rw> {
    static constexpr auto name = "FCRTL";
    static constexpr auto RTL = field<18, 5>("RTL");  // in 32-byte units
    static constexpr auto XONE = bit<31>("XONE");     // say so when the buffer has emptied to this
    static constexpr auto fields = layout(RTL, XONE);
};
// §8.2.3.3.4 Flow Control Receive Threshold High
struct FCRTH : RegisterArray<FCRTH, 0x03260, 4, 8, Access::rw> {
    static constexpr auto name = "FCRTH";
    static constexpr auto RTH = field<18, 5>("RTH");  // in 32-byte units
    static constexpr auto FCEN = bit<31>("FCEN");
    static constexpr auto fields = layout(RTH, FCEN);
};
// §8.2.3.3.5 Flow Control Refresh Threshold
struct FCRTV : Register<FCRTV, 0x032A0, Access::rw> {
    static constexpr auto name = "FCRTV";
    static constexpr auto FC_REFRESH_TH = field<15, 0>("FC_REFRESH_TH");  // in 512 bit times
    static constexpr auto fields = layout(FC_REFRESH_TH);
};
// §8.2.3.3.7 Flow Control Configuration
struct FCCFG : Register<FCCFG, 0x03D00, Access::rw> {
    static constexpr auto name = "FCCFG";
    static constexpr auto TFCE = field<4, 3>("TFCE");  // 0 none, 1 for the link, 2 by priority
    static constexpr auto fields = layout(TFCE);
};

// ------------------------------------------------------------------------------- 8.2.3.4 Shared with the
// firmware

// §8.2.3.4.1 Software Semaphore. SMBI: a read returns the bit and sets it; 0 means the semaphore is now
// yours.
struct SWSM : Register<SWSM, 0x10140, Access::rw> {
    static constexpr auto name = "SWSM";
    static constexpr auto SMBI = bit<0>("SMBI");
    static constexpr auto SWESMBI = bit<1>("SWESMBI");
    static constexpr auto fields = layout(SMBI, SWESMBI);
};
// §8.2.3.4.3 Software-Firmware Synchronization: which parts of the chip software has borrowed
struct SW_FW_SYNC : Register<SW_FW_SYNC, 0x10160, Access::rw> {
    static constexpr auto name = "SW_FW_SYNC";
    static constexpr auto SW_EEPROM = bit<0>("SW_EEPROM");
    static constexpr auto SW_PHY0 = bit<1>("SW_PHY0");
    static constexpr auto SW_PHY1 = bit<2>("SW_PHY1");
    static constexpr auto SW_MAC_CSR = bit<3>("SW_MAC_CSR");
    static constexpr auto FW_EEPROM = bit<5>("FW_EEPROM");
    static constexpr auto FW_PHY0 = bit<6>("FW_PHY0");
    static constexpr auto FW_PHY1 = bit<7>("FW_PHY1");
    static constexpr auto FW_MAC_CSR = bit<8>("FW_MAC_CSR");
    static constexpr auto REGSMP = bit<31>("REGSMP");  // X540: reading takes it; guards this register
    static constexpr auto fields =
        layout(SW_EEPROM, SW_PHY0, SW_PHY1, SW_MAC_CSR, FW_EEPROM, FW_PHY0, FW_PHY1, FW_MAC_CSR, REGSMP);
};
// PCIe Control Extended: used by the way out when master disable gets stuck, §5.2.5.3.2
struct GCR_EXT : Register<GCR_EXT, 0x11050, Access::rw> {
    static constexpr auto name = "GCR_EXT";
    static constexpr auto VT_MODE = field<1, 0>("VT_MODE");
    static constexpr auto BUFFERS_CLEAR = bit<30>("BUFFERS_CLEAR");
    static constexpr auto fields = layout(VT_MODE, BUFFERS_CLEAR);
};

// -------------------------------------------------------------------------------------------- 8.2.3.5
// Interrupts

// §8.2.3.5.1 Extended Interrupt Cause. Reading clears as well (GPIE.OCD = 0).
struct EICR : Register<EICR, 0x00800, Access::w1c> {
    static constexpr auto name = "EICR";
    static constexpr auto RTXQ = field<15, 0>("RTXQ");
    static constexpr auto RX_MISS = bit<17>("RX_MISS");
    static constexpr auto LSC = bit<20>("LSC");
    static constexpr auto OTHER = bit<31>("OTHER");
    static constexpr auto fields = layout(RTXQ, RX_MISS, LSC, OTHER);
};
// §8.2.3.5.5 Extended Interrupt Auto Clear: causes that are cleared when their message is sent
struct EIAC : Register<EIAC, 0x00810, Access::rw> {
    static constexpr auto name = "EIAC";
    static constexpr auto RTXQ = field<15, 0>("RTXQ");
    static constexpr auto fields = layout(RTXQ);
};
// §8.2.3.5.3 Extended Interrupt Mask Set
struct EIMS : Register<EIMS, 0x00880, Access::w1s> {
    static constexpr auto name = "EIMS";
    static constexpr auto RTXQ = field<15, 0>("RTXQ");
    static constexpr auto LSC = bit<20>("LSC");
    static constexpr auto fields = layout(RTXQ, LSC);
};
// §8.2.3.5.4 Extended Interrupt Mask Clear
struct EIMC : Register<EIMC, 0x00888, Access::w1c> {
    static constexpr auto name = "EIMC";
    static constexpr auto CAUSES = field<30, 0>("CAUSES");
    static constexpr auto fields = layout(CAUSES);
};
// §8.2.3.5.8 General Purpose Interrupt Enable
struct GPIE : Register<GPIE, 0x00898, Access::rw> {
    static constexpr auto name = "GPIE";
    static constexpr auto MULTIPLE_MSIX = bit<4>("MULTIPLE_MSIX");  // causes are vectors, not queues
    static constexpr auto OCD = bit<5>("OCD");                      // reading EICR leaves the queues' causes
    static constexpr auto EIAME = bit<30>("EIAME");                 // messages mask what EIAM names
    static constexpr auto PBA_SUPPORT = bit<31>("PBA_SUPPORT");
    static constexpr auto fields = layout(MULTIPLE_MSIX, OCD, EIAME, PBA_SUPPORT);
};
// §8.2.3.5.9 Interrupt Vector Allocation: four bytes a register, receive and transmit of two queues
struct IVAR : RegisterArray<IVAR, 0x00900, 4, 64, Access::rw> {
    static constexpr auto name = "IVAR";
    static constexpr auto RX_EVEN = field<5, 0>("RX_EVEN");
    static constexpr auto RX_EVEN_VALID = bit<7>("RX_EVEN_VALID");
    static constexpr auto TX_EVEN = field<13, 8>("TX_EVEN");
    static constexpr auto TX_EVEN_VALID = bit<15>("TX_EVEN_VALID");
    static constexpr auto RX_ODD = field<21, 16>("RX_ODD");
    static constexpr auto RX_ODD_VALID = bit<23>("RX_ODD_VALID");
    static constexpr auto TX_ODD = field<29, 24>("TX_ODD");
    static constexpr auto TX_ODD_VALID = bit<31>("TX_ODD_VALID");
    static constexpr auto fields =
        layout(RX_EVEN, RX_EVEN_VALID, TX_EVEN, TX_EVEN_VALID, RX_ODD, RX_ODD_VALID, TX_ODD, TX_ODD_VALID);
};
// §8.2.3.5.12 Extended Interrupt Throttle. The interval is in 2.048 us (at 1 and 10 Gb/s).
struct EITR : BankedRegisterArray<EITR, 0x00820, 4, 24, 0x12300, 128, Access::rw> {
    static constexpr auto name = "EITR";
    static constexpr auto ITR_INTERVAL = field<11, 3>("ITR_INTERVAL");
    static constexpr auto CNT_WDIS = bit<31>("CNT_WDIS");  // written as 1: the running count stays
    static constexpr auto fields = layout(ITR_INTERVAL, CNT_WDIS);
};
// §8.2.3.5.10: the vector of everything that is not a queue
struct IVAR_MISC : Register<IVAR_MISC, 0x00A00, Access::rw> {
    static constexpr auto name = "IVAR_MISC";
    static constexpr auto TCP_TIMER = field<5, 0>("TCP_TIMER");
    static constexpr auto TCP_TIMER_VALID = bit<7>("TCP_TIMER_VALID");
    static constexpr auto OTHER = field<13, 8>("OTHER");
    static constexpr auto OTHER_VALID = bit<15>("OTHER_VALID");
    static constexpr auto fields = layout(TCP_TIMER, TCP_TIMER_VALID, OTHER, OTHER_VALID);
};
// §8.2.3.5.13, .14: masks of all 64 vectors; the low 16 are those of EIMS and EIMC as well
struct EIMS_EX : RegisterArray<EIMS_EX, 0x00AA0, 4, 2, Access::w1s> {
    static constexpr auto name = "EIMS_EX";
};
struct EIMC_EX : RegisterArray<EIMC_EX, 0x00AB0, 4, 2, Access::w1c> {
    static constexpr auto name = "EIMC_EX";
};

// ----------------------------------------------------------------------------------------------- 8.2.3.7
// Receive

// §8.2.3.7.1 Filter Control
struct FCTRL : Register<FCTRL, 0x05080, Access::rw> {
    static constexpr auto name = "FCTRL";
    static constexpr auto SBP = bit<1>("SBP");   // store bad packets
    static constexpr auto MPE = bit<8>("MPE");   // all multicast
    static constexpr auto UPE = bit<9>("UPE");   // all unicast: promiscuous
    static constexpr auto BAM = bit<10>("BAM");  // accept broadcast
    static constexpr auto fields = layout(SBP, MPE, UPE, BAM);
};
// §8.2.3.7.2 VLAN Control
struct VLNCTRL : Register<VLNCTRL, 0x05088, Access::rw> {
    static constexpr auto name = "VLNCTRL";
    static constexpr auto VET = field<15, 0>("VET");  // EtherType of the tag
    static constexpr auto VFE = bit<30>("VFE");       // VLAN filter
    static constexpr auto fields = layout(VET, VFE);
};
// §8.2.3.7.3 Multicast Control
struct MCSTCTRL : Register<MCSTCTRL, 0x05090, Access::rw> {
    static constexpr auto name = "MCSTCTRL";
    static constexpr auto MO = field<1, 0>("MO");  // which 12 bits of the address select the table's bit
    static constexpr auto MFE = bit<2>("MFE");
    static constexpr auto fields = layout(MO, MFE);
};
// §8.2.3.7.5 Receive Checksum Control
struct RXCSUM : Register<RXCSUM, 0x05000, Access::rw> {
    static constexpr auto name = "RXCSUM";
    static constexpr auto IPPCSE = bit<12>("IPPCSE");
    static constexpr auto PCSD =
        bit<13>("PCSD");  // 1: RSS hash in the descriptor instead of a fragment's checksum
    static constexpr auto fields = layout(IPPCSE, PCSD);
};
// §8.2.3.7.6 Receive Filter Control
struct RFCTL : Register<RFCTL, 0x05008, Access::rw> {
    static constexpr auto name = "RFCTL";
    static constexpr auto RSC_DIS = bit<5>("RSC_DIS");
    static constexpr auto NFSW_DIS = bit<6>("NFSW_DIS");
    static constexpr auto NFSR_DIS = bit<7>("NFSR_DIS");
    static constexpr auto fields = layout(RSC_DIS, NFSW_DIS, NFSR_DIS);
};
// §8.2.3.7.7 Multicast Table Array: 4096 bits
struct MTA : RegisterArray<MTA, 0x05200, 4, 128, Access::rw> {
    static constexpr auto name = "MTA";
};
// §8.2.3.7.8, §8.2.3.7.9 Receive Address
struct RAL : RegisterArray<RAL, 0x0A200, 8, 128, Access::rw> {
    static constexpr auto name = "RAL";
};
struct RAH : RegisterArray<RAH, 0x0A204, 8, 128, Access::rw> {
    static constexpr auto name = "RAH";
    static constexpr auto ADDR = field<15, 0>("ADDR");
    static constexpr auto AV = bit<31>("AV");
    static constexpr auto fields = layout(ADDR, AV);
};
// §8.2.3.7.10 MAC Pool Select Array
struct MPSAR_LO : RegisterArray<MPSAR_LO, 0x0A600, 8, 128, Access::rw> {
    static constexpr auto name = "MPSAR_LO";
};
struct MPSAR_HI : RegisterArray<MPSAR_HI, 0x0A604, 8, 128, Access::rw> {
    static constexpr auto name = "MPSAR_HI";
};
// §8.2.3.7.11 VLAN Filter Table Array: bit per VLAN id
struct VFTA : RegisterArray<VFTA, 0x0A000, 4, 128, Access::rw> {
    static constexpr auto name = "VFTA";
};
// §8.2.3.7.15, §8.2.3.7.16 EtherType Queue Filter, EtherType Queue Select
struct ETQF : RegisterArray<ETQF, 0x05128, 4, 8, Access::rw> {
    static constexpr auto name = "ETQF";
    static constexpr auto ETYPE = field<15, 0>("ETYPE");
    static constexpr auto IEEE_1588 = bit<30>("IEEE_1588");  // these frames get a time stamp
    static constexpr auto FILTER_EN = bit<31>("FILTER_EN");
    static constexpr auto fields = layout(ETYPE, IEEE_1588, FILTER_EN);
};
struct ETQS : RegisterArray<ETQS, 0x0EC00, 4, 8, Access::rw> {
    static constexpr auto name = "ETQS";
    static constexpr auto RX_QUEUE = field<22, 16>("RX_QUEUE");
    static constexpr auto QUEUE_EN = bit<31>("QUEUE_EN");
    static constexpr auto fields = layout(RX_QUEUE, QUEUE_EN);
};
// Source and Destination Address Queue Filter (§7.1.2.5): the first byte of the address in bits 7:0
struct SAQF : RegisterArray<SAQF, 0x0E000, 4, 128, Access::rw> {
    static constexpr auto name = "SAQF";
};
struct DAQF : RegisterArray<DAQF, 0x0E200, 4, 128, Access::rw> {
    static constexpr auto name = "DAQF";
};
// Source and Destination Port Queue Filter: each with its first byte in the lower half
struct SDPQF : RegisterArray<SDPQF, 0x0E400, 4, 128, Access::rw> {
    static constexpr auto name = "SDPQF";
    static constexpr auto SOURCE = field<15, 0>("SOURCE");
    static constexpr auto DESTINATION = field<31, 16>("DESTINATION");
    static constexpr auto fields = layout(SOURCE, DESTINATION);
};
// §8.2.3.7.19 Five Tuple Queue Filter
enum class FilterProtocol : std::uint32_t { tcp = 0, udp = 1, sctp = 2, other = 3 };
struct FTQF : RegisterArray<FTQF, 0x0E600, 4, 128, Access::rw> {
    static constexpr auto name = "FTQF";
    static constexpr auto PROTOCOL = field<1, 0, FilterProtocol>("PROTOCOL");
    static constexpr auto PRIORITY = field<4, 2>("PRIORITY");  // 1 to 7, 7 is asked first
    // 29:25, 1: the card does not compare it.
    static constexpr auto ANY_SOURCE = bit<25>("ANY_SOURCE");
    static constexpr auto ANY_DESTINATION = bit<26>("ANY_DESTINATION");
    static constexpr auto ANY_SOURCE_PORT = bit<27>("ANY_SOURCE_PORT");
    static constexpr auto ANY_DESTINATION_PORT = bit<28>("ANY_DESTINATION_PORT");
    static constexpr auto ANY_PROTOCOL = bit<29>("ANY_PROTOCOL");
    static constexpr auto ANY_POOL = bit<30>("ANY_POOL");
    static constexpr auto QUEUE_ENABLE = bit<31>("QUEUE_ENABLE");
    static constexpr auto fields = layout(PROTOCOL, PRIORITY, ANY_SOURCE, ANY_DESTINATION, ANY_SOURCE_PORT,
                                          ANY_DESTINATION_PORT, ANY_PROTOCOL, ANY_POOL, QUEUE_ENABLE);
};
// L3 L4 Tuples Immediate Interrupt Rx: the queue of a 5-tuple filter, and conditions that it need
// not have
struct L34T_IMIR : RegisterArray<L34T_IMIR, 0x0E800, 4, 128, Access::rw> {
    static constexpr auto name = "L34T_IMIR";
    static constexpr auto SIZE_BP = bit<12>("SIZE_BP");    // whatever the frame's size
    static constexpr auto FLAGS_BP = bit<19>("FLAGS_BP");  // whatever TCP's flags
    static constexpr auto RX_QUEUE = field<27, 21>("RX_QUEUE");
    static constexpr auto fields = layout(SIZE_BP, FLAGS_BP, RX_QUEUE);
};
// §8.2.3.7.20 SYN Packet Queue Filter
struct SYNQF : Register<SYNQF, 0x0EC30, Access::rw> {
    static constexpr auto name = "SYNQF";
    static constexpr auto QUEUE_ENABLE = bit<0>("QUEUE_ENABLE");
    static constexpr auto RX_QUEUE = field<7, 1>("RX_QUEUE");
    static constexpr auto SYNQFP = bit<31>("SYNQFP");  // asked before the 5-tuple filters, not behind them
    static constexpr auto fields = layout(QUEUE_ENABLE, RX_QUEUE, SYNQFP);
};
// §8.2.3.27.12, .15, .16 Unicast Table, VLAN pool filters: for virtual functions
struct PFUTA : RegisterArray<PFUTA, 0x0F400, 4, 128, Access::rw> {
    static constexpr auto name = "PFUTA";
};
struct PFVLVF : RegisterArray<PFVLVF, 0x0F100, 4, 64, Access::rw> {
    static constexpr auto name = "PFVLVF";
};
struct PFVLVFB : RegisterArray<PFVLVFB, 0x0F200, 4, 128, Access::rw> {
    static constexpr auto name = "PFVLVFB";
};
// §8.2.3.7.12 Multiple Receive Queues Command
struct MRQC : Register<MRQC, 0x0EC80, Access::rw> {
    static constexpr auto name = "MRQC";
    static constexpr auto MODE = field<3, 0>("MODE");  // 0 one queue, 1 RSS
    static constexpr auto TCP_IPV4 = bit<16>("TCP_IPV4");
    static constexpr auto IPV4 = bit<17>("IPV4");
    static constexpr auto IPV6 = bit<20>("IPV6");
    static constexpr auto TCP_IPV6 = bit<21>("TCP_IPV6");
    static constexpr auto UDP_IPV4 = bit<22>("UDP_IPV4");
    static constexpr auto UDP_IPV6 = bit<23>("UDP_IPV6");
    static constexpr auto fields = layout(MODE, TCP_IPV4, IPV4, IPV6, TCP_IPV6, UDP_IPV4, UDP_IPV6);
};
// §8.2.3.7.13 Redirection Table and §8.2.3.7.14 RSS Random Key
struct RETA : RegisterArray<RETA, 0x0EB00, 4, 32, Access::rw> {
    static constexpr auto name = "RETA";
};
struct RSSRK : RegisterArray<RSSRK, 0x0EB80, 4, 10, Access::rw> {
    static constexpr auto name = "RSSRK";
};
// §8.2.3.7.4 Packet Split Receive Type
struct PSRTYPE : RegisterArray<PSRTYPE, 0x0EA00, 4, 64, Access::rw> {
    static constexpr auto name = "PSRTYPE";
};

// ------------------------------------------------------------------------------------------- 8.2.3.8 Receive
// DMA

// §8.2.3.8.1 to §8.2.3.8.5 Receive Descriptor Base Address, Length, Head, Tail
struct RDBAL : BankedRegisterArray<RDBAL, 0x01000, 0x40, 64, 0x0D000, max_queues, Access::rw> {
    static constexpr auto name = "RDBAL";
};
struct RDBAH : BankedRegisterArray<RDBAH, 0x01004, 0x40, 64, 0x0D004, max_queues, Access::rw> {
    static constexpr auto name = "RDBAH";
};
struct RDLEN : BankedRegisterArray<RDLEN, 0x01008, 0x40, 64, 0x0D008, max_queues, Access::rw> {
    static constexpr auto name = "RDLEN";
    static constexpr auto LEN = field<19, 0>("LEN");  // in bytes, a multiple of 128
    static constexpr auto fields = layout(LEN);
};
struct RDH : BankedRegisterArray<RDH, 0x01010, 0x40, 64, 0x0D010, max_queues, Access::rw> {
    static constexpr auto name = "RDH";
    static constexpr auto HEAD = field<15, 0>("HEAD");
    static constexpr auto fields = layout(HEAD);
};
struct RDT : BankedRegisterArray<RDT, 0x01018, 0x40, 64, 0x0D018, max_queues, Access::rw> {
    static constexpr auto name = "RDT";
    static constexpr auto TAIL = field<15, 0>("TAIL");
    static constexpr auto fields = layout(TAIL);
};
// §8.2.3.8.6 Receive Descriptor Control
struct RXDCTL : BankedRegisterArray<RXDCTL, 0x01028, 0x40, 64, 0x0D028, max_queues, Access::rw> {
    static constexpr auto name = "RXDCTL";
    static constexpr auto ENABLE = bit<25>("ENABLE");
    static constexpr auto VME = bit<30>("VME");  // VLAN strip
    static constexpr auto fields = layout(ENABLE, VME);
};
// §8.2.3.8.7 Split Receive Control
enum class RxDescriptorType : std::uint32_t { legacy = 0, advanced_one_buffer = 1 };
struct SRRCTL : BankedRegisterArray<SRRCTL, 0x01014, 0x40, 64, 0x0D014, max_queues, Access::rw> {
    static constexpr auto name = "SRRCTL";
    static constexpr auto BSIZEPACKET = field<4, 0>("BSIZEPACKET");   // buffer size in KiB, 1 to 16
    static constexpr auto BSIZEHEADER = field<13, 8>("BSIZEHEADER");  // in 64 bytes, at least 1
    static constexpr auto RDMTS = field<24, 22>("RDMTS");
    static constexpr auto DESCTYPE = field<27, 25, RxDescriptorType>("DESCTYPE");
    static constexpr auto DROP_EN = bit<28>("DROP_EN");
    static constexpr auto fields = layout(BSIZEPACKET, BSIZEHEADER, RDMTS, DESCTYPE, DROP_EN);
};
// §8.2.3.8.8 Receive DMA Control
struct RDRXCTL : Register<RDRXCTL, 0x02F00, Access::rw> {
    static constexpr auto name = "RDRXCTL";
    static constexpr auto CRCSTRIP = bit<1>("CRCSTRIP");  // must equal HLREG0.RXCRCSTRP
    static constexpr auto DMAIDONE = bit<3>("DMAIDONE");  // read only
    static constexpr auto RSCFRSTSIZE = field<21, 17>("RSCFRSTSIZE");
    static constexpr auto RSCACKC = bit<25>("RSCACKC");
    static constexpr auto FCOE_WRFIX = bit<26>("FCOE_WRFIX");
    static constexpr auto fields = layout(CRCSTRIP, DMAIDONE, RSCFRSTSIZE, RSCACKC, FCOE_WRFIX);
};
// §8.2.3.8.9 Receive Packet Buffer Size
struct RXPBSIZE : RegisterArray<RXPBSIZE, 0x03C00, 4, 8, Access::rw> {
    static constexpr auto name = "RXPBSIZE";
    static constexpr auto SIZE = field<19, 10>("SIZE");  // in KiB
    static constexpr auto fields = layout(SIZE);
};
// §8.2.3.8.10 Receive Control
struct RXCTRL : Register<RXCTRL, 0x03000, Access::rw> {
    static constexpr auto name = "RXCTRL";
    static constexpr auto RXEN = bit<0>("RXEN");
    static constexpr auto fields = layout(RXEN);
};
// §8.2.3.8.13 RSC Control
struct RSCCTL : BankedRegisterArray<RSCCTL, 0x0102C, 0x40, 64, 0x0D02C, max_queues, Access::rw> {
    static constexpr auto name = "RSCCTL";
    static constexpr auto RSCEN = bit<0>("RSCEN");
    static constexpr auto fields = layout(RSCEN);
};

// ------------------------------------------------------------------------------------------ 8.2.3.9 Transmit
// DMA

// §8.2.3.9.1 DMA Tx TCP Max Allow Size Requests
struct DTXMXSZRQ : Register<DTXMXSZRQ, 0x08100, Access::rw> {
    static constexpr auto name = "DTXMXSZRQ";
    static constexpr auto MAX_BYTES_NUM_REQ = field<11, 0>("MAX_BYTES_NUM_REQ");  // in 256 bytes
    static constexpr auto fields = layout(MAX_BYTES_NUM_REQ);
};
// §8.2.3.9.3 DMA Tx TCP Flags Control Low: which of TCP's flags stay in the segments of a large frame
struct DTXTCPFLGL : Register<DTXTCPFLGL, 0x04A88, Access::rw> {
    static constexpr auto name = "DTXTCPFLGL";
    static constexpr auto TCP_FLG_MID_SEG = field<27, 16>("TCP_FLG_MID_SEG");
    static constexpr auto TCP_FLG_FIRST_SEG = field<11, 0>("TCP_FLG_FIRST_SEG");
    static constexpr auto fields = layout(TCP_FLG_MID_SEG, TCP_FLG_FIRST_SEG);
};
// §8.2.3.9.2 DMA Tx Control
struct DMATXCTL : Register<DMATXCTL, 0x04A80, Access::rw> {
    static constexpr auto name = "DMATXCTL";
    static constexpr auto TE = bit<0>("TE");
    static constexpr auto GDV = bit<3>("GDV");
    static constexpr auto VT = field<31, 16>("VT");  // EtherType of an inserted tag
    static constexpr auto fields = layout(TE, GDV, VT);
};
// §8.2.3.9.5 to §8.2.3.9.9 Transmit Descriptor Base Address, Length, Head, Tail
struct TDBAL : RegisterArray<TDBAL, 0x06000, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "TDBAL";
};
struct TDBAH : RegisterArray<TDBAH, 0x06004, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "TDBAH";
};
struct TDLEN : RegisterArray<TDLEN, 0x06008, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "TDLEN";
    static constexpr auto LEN = field<19, 0>("LEN");  // in bytes, a multiple of 128
    static constexpr auto fields = layout(LEN);
};
struct TDH : RegisterArray<TDH, 0x06010, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "TDH";
    static constexpr auto HEAD = field<15, 0>("HEAD");
    static constexpr auto fields = layout(HEAD);
};
struct TDT : RegisterArray<TDT, 0x06018, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "TDT";
    static constexpr auto TAIL = field<15, 0>("TAIL");
    static constexpr auto fields = layout(TAIL);
};
// §8.2.3.9.10 Transmit Descriptor Control
struct TXDCTL : RegisterArray<TXDCTL, 0x06028, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "TXDCTL";
    static constexpr auto PTHRESH = field<6, 0>("PTHRESH");
    static constexpr auto HTHRESH = field<14, 8>("HTHRESH");
    static constexpr auto WTHRESH = field<22, 16>("WTHRESH");
    static constexpr auto ENABLE = bit<25>("ENABLE");
    static constexpr auto SWFLSH = bit<26>("SWFLSH");  // self-clearing
    static constexpr auto fields = layout(PTHRESH, HTHRESH, WTHRESH, ENABLE, SWFLSH);
};
// §8.2.3.9.13 Transmit Packet Buffer Size
struct TXPBSIZE : RegisterArray<TXPBSIZE, 0x0CC00, 4, 8, Access::rw> {
    static constexpr auto name = "TXPBSIZE";
    static constexpr auto SIZE = field<19, 10>("SIZE");  // in KiB
    static constexpr auto fields = layout(SIZE);
};
// §8.2.3.9.15 Multiple Transmit Queues Command. Written only while RTTDCS.ARBDIS is set.
struct MTQC : Register<MTQC, 0x08120, Access::rw> {
    static constexpr auto name = "MTQC";
    static constexpr auto RT_ENA = bit<0>("RT_ENA");
    static constexpr auto VT_ENA = bit<1>("VT_ENA");
    static constexpr auto NUM_TC_OR_Q = field<3, 2>("NUM_TC_OR_Q");
    static constexpr auto fields = layout(RT_ENA, VT_ENA, NUM_TC_OR_Q);
};
// §8.2.3.9.16 Transmit Packet Buffer Threshold
struct TXPBTHRESH : RegisterArray<TXPBTHRESH, 0x04950, 4, 8, Access::rw> {
    static constexpr auto name = "TXPBTHRESH";
    static constexpr auto THRESH = field<9, 0>("THRESH");  // in KiB
    static constexpr auto fields = layout(THRESH);
};
// §8.2.3.10.2 DCB Transmit Descriptor Plane Control
struct RTTDCS : Register<RTTDCS, 0x04900, Access::rw> {
    static constexpr auto name = "RTTDCS";
    static constexpr auto ARBDIS = bit<6>("ARBDIS");
    static constexpr auto fields = layout(ARBDIS);
};
// §8.2.3.10: the rate of single queues. RTTDQSEL says which queue RTTBCNRC is about.
struct RTTDQSEL : Register<RTTDQSEL, 0x04904, Access::rw> {
    static constexpr auto name = "RTTDQSEL";
    static constexpr auto TXDQ_IDX = field<6, 0>("TXDQ_IDX");
    static constexpr auto fields = layout(TXDQ_IDX);
};
// Transmit Rate-Scheduler MMW: what a queue may catch up with
struct RTTBCNRM : Register<RTTBCNRM, 0x04980, Access::rw> {
    static constexpr auto name = "RTTBCNRM";
    static constexpr auto MMW_SIZE = field<9, 0>("MMW_SIZE");  // in KiB
    static constexpr auto fields = layout(MMW_SIZE);
};
// Transmit Rate-Scheduler Configuration
struct RTTBCNRC : Register<RTTBCNRC, 0x04984, Access::rw> {
    static constexpr auto name = "RTTBCNRC";
    static constexpr auto FACTOR = field<23, 0>("FACTOR");  // the link's speed over the queue's, times 2^14
    static constexpr auto RS_ENA = bit<31>("RS_ENA");
    static constexpr auto fields = layout(FACTOR, RS_ENA);
};
// §8.2.3.11.1 Receive DCA Control
struct DCA_RXCTRL : BankedRegisterArray<DCA_RXCTRL, 0x0100C, 0x40, 64, 0x0D00C, max_queues, Access::rw> {
    static constexpr auto name = "DCA_RXCTRL";
    static constexpr auto RESERVED_12 = bit<12>("RESERVED_12");  // must be 0, whatever its reset value
    static constexpr auto fields = layout(RESERVED_12);
};
// §8.2.3.11.2 Transmit DCA Control
struct DCA_TXCTRL : RegisterArray<DCA_TXCTRL, 0x0600C, 0x40, max_queues, Access::rw> {
    static constexpr auto name = "DCA_TXCTRL";
    static constexpr auto DESC_WB_RO_EN = bit<11>("DESC_WB_RO_EN");  // a relaxed write-back may pass its data
    static constexpr auto fields = layout(DESC_WB_RO_EN);
};

// ---------------------------------------------------------------------------------------------- 8.2.3.12
// Security

// §8.2.3.12.7 Security Rx Control, §8.2.3.12.8 Security Rx Status
struct SECRXCTRL : Register<SECRXCTRL, 0x08D00, Access::rw> {
    static constexpr auto name = "SECRXCTRL";
    static constexpr auto SECRX_DIS = bit<0>("SECRX_DIS");
    static constexpr auto RX_DIS = bit<1>("RX_DIS");
    static constexpr auto fields = layout(SECRX_DIS, RX_DIS);
};
struct SECRXSTAT : Register<SECRXSTAT, 0x08D04, Access::ro> {
    static constexpr auto name = "SECRXSTAT";
    static constexpr auto SECRX_RDY = bit<0>("SECRX_RDY");  // the receive path has drained
    static constexpr auto fields = layout(SECRX_RDY);
};

// ------------------------------------------------------------------------------------ Flow director,
// §7.1.2.7

// Flow Director Filters Control. Writing it sets the table up, which INIT_DONE ends.
struct FDIRCTRL : Register<FDIRCTRL, 0x0EE00, Access::rw> {
    static constexpr auto name = "FDIRCTRL";
    static constexpr auto PBALLOC = field<1, 0>("PBALLOC");  // 1: 64 KiB of the packet buffer, 2: 128, 3: 256
    static constexpr auto INIT_DONE = bit<3>("INIT_DONE");   // read only
    static constexpr auto PERFECT_MATCH = bit<4>("PERFECT_MATCH");   // filters compare fields, not a hash
    static constexpr auto REPORT_STATUS = bit<5>("REPORT_STATUS");   // in the place of the RSS hash
    static constexpr auto DROP_Q = field<14, 8>("DROP_Q");           // where frames to be dropped go
    static constexpr auto FLEX = field<20, 16>("FLEX");              // where the flexible bytes are, in words
    static constexpr auto MAX_LENGTH = field<27, 24>("MAX_LENGTH");  // longer buckets are reported
    static constexpr auto FULL_THRESH = field<31, 28>("FULL_THRESH");  // so few times 16 free ones are few
    static constexpr auto fields =
        layout(PBALLOC, INIT_DONE, PERFECT_MATCH, REPORT_STATUS, DROP_Q, FLEX, MAX_LENGTH, FULL_THRESH);
};
// Flow Director Filters Lookup Table and Signature Hash Key
struct FDIRHKEY : Register<FDIRHKEY, 0x0EE68, Access::rw> {
    static constexpr auto name = "FDIRHKEY";
};
struct FDIRSKEY : Register<FDIRSKEY, 0x0EE6C, Access::rw> {
    static constexpr auto name = "FDIRSKEY";
};
// Masks: what no filter compares. Addresses: the first byte in bits 7:0. Ports: bits in reverse order.
struct FDIRDIP4M : Register<FDIRDIP4M, 0x0EE3C, Access::rw> {
    static constexpr auto name = "FDIRDIP4M";
};
struct FDIRSIP4M : Register<FDIRSIP4M, 0x0EE40, Access::rw> {
    static constexpr auto name = "FDIRSIP4M";
};
struct FDIRTCPM : Register<FDIRTCPM, 0x0EE44, Access::rw> {
    static constexpr auto name = "FDIRTCPM";
    static constexpr auto SOURCE = field<15, 0>("SOURCE");
    static constexpr auto DESTINATION = field<31, 16>("DESTINATION");
    static constexpr auto fields = layout(SOURCE, DESTINATION);
};
struct FDIRUDPM : Register<FDIRUDPM, 0x0EE48, Access::rw> {
    static constexpr auto name = "FDIRUDPM";
    static constexpr auto SOURCE = field<15, 0>("SOURCE");
    static constexpr auto DESTINATION = field<31, 16>("DESTINATION");
    static constexpr auto fields = layout(SOURCE, DESTINATION);
};
struct FDIRM : Register<FDIRM, 0x0EE70, Access::rw> {
    static constexpr auto name = "FDIRM";
    static constexpr auto VLANID = bit<0>("VLANID");
    static constexpr auto VLANP = bit<1>("VLANP");  // the tag's priority
    static constexpr auto POOL = bit<2>("POOL");
    static constexpr auto L4P = bit<3>("L4P");  // the protocol
    static constexpr auto FLEX = bit<4>("FLEX");
    static constexpr auto DIPV6 = bit<5>("DIPV6");
    static constexpr auto fields = layout(VLANID, VLANP, POOL, L4P, FLEX, DIPV6);
};
// A filter's fields. Addresses: the first byte in bits 7:0.
struct FDIRIPSA : Register<FDIRIPSA, 0x0EE18, Access::rw> {
    static constexpr auto name = "FDIRIPSA";
};
struct FDIRIPDA : Register<FDIRIPDA, 0x0EE1C, Access::rw> {
    static constexpr auto name = "FDIRIPDA";
};
struct FDIRPORT : Register<FDIRPORT, 0x0EE20, Access::rw> {
    static constexpr auto name = "FDIRPORT";
    static constexpr auto SOURCE = field<15, 0>("SOURCE");
    static constexpr auto DESTINATION = field<31, 16>("DESTINATION");
    static constexpr auto fields = layout(SOURCE, DESTINATION);
};
struct FDIRVLAN : Register<FDIRVLAN, 0x0EE24, Access::rw> {
    static constexpr auto name = "FDIRVLAN";
    static constexpr auto VLAN = field<15, 0>("VLAN");
    static constexpr auto FLEX = field<31, 16>("FLEX");
    static constexpr auto fields = layout(VLAN, FLEX);
};
// Which filter a command is about
struct FDIRHASH : Register<FDIRHASH, 0x0EE28, Access::rw> {
    static constexpr auto name = "FDIRHASH";
    static constexpr auto HASH = field<14, 0>("HASH");  // the bucket
    static constexpr auto BUCKET_VALID = bit<15>("BUCKET_VALID");
    static constexpr auto SW_INDEX = field<31, 16>("SW_INDEX");  // software's number of the filter
    static constexpr auto fields = layout(HASH, BUCKET_VALID, SW_INDEX);
};
// Flow Director Command: writing it starts one
enum class FlowCommand : std::uint32_t { none = 0, add = 1, remove = 2, query = 3 };
enum class FlowType : std::uint32_t { other = 0, udp = 1, tcp = 2, sctp = 3 };
struct FDIRCMD : Register<FDIRCMD, 0x0EE2C, Access::rw> {
    static constexpr auto name = "FDIRCMD";
    static constexpr auto CMD = field<1, 0, FlowCommand>("CMD");  // reads as none when done
    static constexpr auto FILTER_VALID = bit<2>("FILTER_VALID");  // what a query found
    static constexpr auto FILTER_UPDATE = bit<3>("FILTER_UPDATE");
    static constexpr auto L4TYPE = field<6, 5, FlowType>("L4TYPE");
    static constexpr auto CLEARHT = bit<8>("CLEARHT");
    static constexpr auto DROP = bit<9>("DROP");
    static constexpr auto LAST = bit<11>("LAST");
    static constexpr auto QUEUE_EN = bit<15>("QUEUE_EN");
    static constexpr auto RX_QUEUE = field<22, 16>("RX_QUEUE");
    static constexpr auto fields =
        layout(CMD, FILTER_VALID, FILTER_UPDATE, L4TYPE, CLEARHT, DROP, LAST, QUEUE_EN, RX_QUEUE);
};
// Flow Director Filters Free
struct FDIRFREE : Register<FDIRFREE, 0x0EE38, Access::rw> {
    static constexpr auto name = "FDIRFREE";
    static constexpr auto FREE = field<15, 0>("FREE");
    static constexpr auto fields = layout(FREE);
};

// --------------------------------------------------------------------------------------------------- 8.2.3.22
// MAC

// §8.2.3.22.8 Highlander Control 0
struct HLREG0 : Register<HLREG0, 0x04240, Access::rw> {
    static constexpr auto name = "HLREG0";
    static constexpr auto TXCRCEN = bit<0>("TXCRCEN");
    static constexpr auto RXCRCSTRP = bit<1>("RXCRCSTRP");
    static constexpr auto JUMBOEN = bit<2>("JUMBOEN");
    static constexpr auto TXPADEN = bit<10>("TXPADEN");
    static constexpr auto LPBK = bit<15>("LPBK");
    static constexpr auto RXLNGTHERREN = bit<27>("RXLNGTHERREN");
    static constexpr auto fields = layout(TXCRCEN, RXCRCSTRP, JUMBOEN, TXPADEN, LPBK, RXLNGTHERREN);
};
// §8.2.3.22.13 Max Frame Size
struct MAXFRS : Register<MAXFRS, 0x04268, Access::rw> {
    static constexpr auto name = "MAXFRS";
    static constexpr auto MFS =
        field<31, 16>("MFS");  // in bytes, CRC included; heeded only with HLREG0.JUMBOEN
    static constexpr auto fields = layout(MFS);
};
// §8.2.3.22.19 Auto-Negotiation Control
enum class LinkMode : std::uint32_t {
    gigabit_no_an = 0,
    parallel_10g_no_an = 1,
    gigabit_an = 2,
    serial_10g = 3
};
struct AUTOC : Register<AUTOC, 0x042A0, Access::rw> {
    static constexpr auto name = "AUTOC";
    static constexpr auto FLU = bit<0>("FLU");
    static constexpr auto AN_RESTART = bit<12>("AN_RESTART");  // self-clearing
    static constexpr auto LMS = field<15, 13, LinkMode>("LMS");
    static constexpr auto fields = layout(FLU, AN_RESTART, LMS);
};
// §8.2.3.22.20 Link Status
enum class LinkSpeed : std::uint32_t { none = 0, mbit_100 = 1, gbit_1 = 2, gbit_10 = 3 };
struct LINKS : Register<LINKS, 0x042A4, Access::ro> {
    static constexpr auto name = "LINKS";
    static constexpr auto NON_STD_SPEED = bit<27>("NON_STD_SPEED");  // X550 only: 2.5 and 5 Gb/s
    static constexpr auto SPEED = field<29, 28, LinkSpeed>("SPEED");
    static constexpr auto UP = bit<30>("UP");
    static constexpr auto fields = layout(NON_STD_SPEED, SPEED, UP);
};
// §8.2.3.22.22 Auto-Negotiation Control 2
struct AUTOC2 : Register<AUTOC2, 0x042A8, Access::rw> {
    static constexpr auto name = "AUTOC2";
    static constexpr auto PMA_10G_SERIAL = field<17, 16>("PMA_10G_SERIAL");  // 2: SFI, the SFP+ cage
    static constexpr auto fields = layout(PMA_10G_SERIAL);
};
// §8.2.3.22.34 MAC Flow Control
struct MFLCN : Register<MFLCN, 0x04294, Access::rw> {
    static constexpr auto name = "MFLCN";
    static constexpr auto PMCF = bit<0>("PMCF");    // MAC control frames go to memory
    static constexpr auto DPF = bit<1>("DPF");      // pause frames do not
    static constexpr auto RPFCE = bit<2>("RPFCE");  // honour them by priority
    static constexpr auto RFCE = bit<3>("RFCE");    // honour them
    static constexpr auto fields = layout(PMCF, DPF, RPFCE, RFCE);
};
// Core control of the analogue front end: values for each kind of module come from the EEPROM
struct CORECTL : Register<CORECTL, 0x14F00, Access::rw> {
    static constexpr auto name = "CORECTL";
};

// --------------------------------------------------------------------------------------------------- 8.2.3.26
// Time (IEEE 1588)

// Received: which messages get a stamp, and the stamp. Reading the upper half makes room for the next.
enum class StampedMessages : std::uint32_t { l2_v2 = 0, l4_v1 = 1, l2_l4_v2 = 2, all = 4, event_v2 = 5 };
struct TSYNCRXCTL : Register<TSYNCRXCTL, 0x05188, Access::rw> {
    static constexpr auto name = "TSYNCRXCTL";
    static constexpr auto VALID = bit<0>("VALID");
    static constexpr auto TYPE = field<3, 1, StampedMessages>("TYPE");
    static constexpr auto EN = bit<4>("EN");
    static constexpr auto fields = layout(VALID, TYPE, EN);
};
struct RXSTMPL : Register<RXSTMPL, 0x051E8, Access::ro> {
    static constexpr auto name = "RXSTMPL";
};
struct RXSTMPH : Register<RXSTMPH, 0x051A4, Access::ro> {
    static constexpr auto name = "RXSTMPH";
};
struct RXMTRL : Register<RXMTRL, 0x05120, Access::rw> {
    static constexpr auto name = "RXMTRL";
    static constexpr auto CONTROL_V1 = field<7, 0>("CONTROL_V1");
    static constexpr auto MESSAGE_V2 = field<15, 8>("MESSAGE_V2");
    static constexpr auto UDP_PORT = field<31, 16>("UDP_PORT");
    static constexpr auto fields = layout(CONTROL_V1, MESSAGE_V2, UDP_PORT);
};
// Sent
struct TSYNCTXCTL : Register<TSYNCTXCTL, 0x08C00, Access::rw> {
    static constexpr auto name = "TSYNCTXCTL";
    static constexpr auto VALID = bit<0>("VALID");
    static constexpr auto EN = bit<4>("EN");
    static constexpr auto fields = layout(VALID, EN);
};
struct TXSTMPL : Register<TXSTMPL, 0x08C04, Access::ro> {
    static constexpr auto name = "TXSTMPL";
};
struct TXSTMPH : Register<TXSTMPH, 0x08C08, Access::ro> {
    static constexpr auto name = "TXSTMPH";
};
// System Time: reading the lower half keeps the upper one
struct SYSTIML : Register<SYSTIML, 0x08C0C, Access::rw> {
    static constexpr auto name = "SYSTIML";
};
struct SYSTIMH : Register<SYSTIMH, 0x08C10, Access::rw> {
    static constexpr auto name = "SYSTIMH";
};
// Increment Attributes: what is added, every so many ticks. The X540 has one field of 31 bits instead.
struct TIMINCA : Register<TIMINCA, 0x08C14, Access::rw> {
    static constexpr auto name = "TIMINCA";
    static constexpr auto INCREMENT = field<23, 0>("INCREMENT");
    static constexpr auto PERIOD = field<31, 24>("PERIOD");
    static constexpr auto fields = layout(INCREMENT, PERIOD);
};

// ------------------------------------------------------------------------------------------ 8.2.3.23
// Statistics. All clear on read and stick at all ones. Those with two halves (36 bits): low first; the upper
// half has no meaning of its own (hal::RegisterInfo).

#define RINGSIDE_IXGBE_COUNTER(NAME, OFFSET, MEANING)  \
    struct NAME : Register<NAME, OFFSET, Access::rc> { \
        static constexpr auto name = #NAME;            \
        static constexpr auto meaning = MEANING;       \
    }
#define RINGSIDE_IXGBE_COUNTERS(NAME, OFFSET, STRIDE, COUNT, MEANING)      \
    struct NAME : RegisterArray<NAME, OFFSET, STRIDE, COUNT, Access::rc> { \
        static constexpr auto name = #NAME;                                \
        static constexpr auto meaning = MEANING;                           \
    }
#define RINGSIDE_IXGBE_UPPER(NAME, OFFSET)                  \
    struct NAME : Register<NAME, OFFSET, Access::rc> {      \
        static constexpr auto name = #NAME;                 \
        static constexpr auto UPPER = field<3, 0>("UPPER"); \
        static constexpr auto fields = layout(UPPER);       \
    }
#define RINGSIDE_IXGBE_UPPERS(NAME, OFFSET, STRIDE, COUNT)                 \
    struct NAME : RegisterArray<NAME, OFFSET, STRIDE, COUNT, Access::rc> { \
        static constexpr auto name = #NAME;                                \
        static constexpr auto UPPER = field<3, 0>("UPPER");                \
        static constexpr auto fields = layout(UPPER);                      \
    }
RINGSIDE_IXGBE_COUNTER(CRCERRS, 0x04000, "frames whose CRC was wrong: damaged on the wire");
RINGSIDE_IXGBE_COUNTER(ILLERRC, 0x04004,
                       "bytes that are no code of the line: noise, or a bad cable or module");
RINGSIDE_IXGBE_COUNTER(ERRBC, 0x04008, "bytes that the PHY marked as wrong");
RINGSIDE_IXGBE_COUNTER(MSPDC, 0x04010,
                       "frames that were dropped in front of the MAC because they were too short");
RINGSIDE_IXGBE_COUNTER(MLFC, 0x04034, "times that the MAC saw a fault of its own side of the link");
RINGSIDE_IXGBE_COUNTER(MRFC, 0x04038, "times that the partner reported a fault of its side of the link");
RINGSIDE_IXGBE_COUNTER(RLEC, 0x04040, "frames whose length is not what their header says");
RINGSIDE_IXGBE_COUNTERS(MPC, 0x03FA0, 4, 8, "frames lost because the packet buffer was full");
RINGSIDE_IXGBE_COUNTER(LXONTXC, 0x03F60, "pause frames of zero sent: the partner may go on");
RINGSIDE_IXGBE_COUNTER(LXOFFTXC, 0x03F68, "pause frames sent: the partner is to be silent");
RINGSIDE_IXGBE_COUNTER(LXONRXCNT, 0x041A4, "pause frames of zero received: we may go on");
RINGSIDE_IXGBE_COUNTER(LXOFFRXCNT, 0x041A8, "pause frames received: we are to be silent");
RINGSIDE_IXGBE_COUNTER(PRC64, 0x0405C, "frames of 64 bytes received, with CRC, whoever they are for");
RINGSIDE_IXGBE_COUNTER(PRC127, 0x04060, "… of 65 to 127 bytes");
RINGSIDE_IXGBE_COUNTER(PRC255, 0x04064, "… of 128 to 255 bytes");
RINGSIDE_IXGBE_COUNTER(PRC511, 0x04068, "… of 256 to 511 bytes");
RINGSIDE_IXGBE_COUNTER(PRC1023, 0x0406C, "… of 512 to 1023 bytes");
RINGSIDE_IXGBE_COUNTER(PRC1522, 0x04070, "… of 1024 bytes and more");
RINGSIDE_IXGBE_COUNTER(GPRC, 0x04074,
                       "good frames that passed the filters, also those that were missed or dropped later");
RINGSIDE_IXGBE_COUNTER(BPRC, 0x04078, "good frames to everybody (broadcast)");
RINGSIDE_IXGBE_COUNTER(MPRC, 0x0407C, "good frames to groups (multicast)");
RINGSIDE_IXGBE_COUNTER(GPTC, 0x04080, "good frames sent");
RINGSIDE_IXGBE_COUNTER(GORCL, 0x04088, "bytes of the good frames received, with CRC");
RINGSIDE_IXGBE_UPPER(GORCH, 0x0408C);
RINGSIDE_IXGBE_COUNTER(GOTCL, 0x04090, "bytes of the good frames sent, with CRC");
RINGSIDE_IXGBE_UPPER(GOTCH, 0x04094);
RINGSIDE_IXGBE_COUNTER(RUC, 0x040A4, "frames shorter than 64 bytes, with a good CRC");
RINGSIDE_IXGBE_COUNTER(RFC, 0x040A8,
                       "frames shorter than 64 bytes, with a wrong CRC: what collisions and noise leave");
RINGSIDE_IXGBE_COUNTER(ROC, 0x040AC,
                       "frames longer than allowed, with a good CRC: a larger mtu would let them in");
RINGSIDE_IXGBE_COUNTER(RJC, 0x040B0, "frames longer than allowed, with a wrong CRC");
RINGSIDE_IXGBE_COUNTER(MNGPRC, 0x040B4, "frames for the firmware");
RINGSIDE_IXGBE_COUNTER(MNGPDC, 0x040B8, "frames for the firmware that were dropped");
RINGSIDE_IXGBE_COUNTER(TORL, 0x040C0, "bytes of all frames on the wire, with CRC, good or not");
RINGSIDE_IXGBE_UPPER(TORH, 0x040C4);
RINGSIDE_IXGBE_COUNTER(TPR, 0x040D0, "all frames on the wire, good or not, for us or not");
RINGSIDE_IXGBE_COUNTER(TPT, 0x040D4, "all frames sent");
RINGSIDE_IXGBE_COUNTER(PTC64, 0x040D8, "frames of 64 bytes sent, with CRC");
RINGSIDE_IXGBE_COUNTER(PTC127, 0x040DC, "… of 65 to 127 bytes");
RINGSIDE_IXGBE_COUNTER(PTC255, 0x040E0, "… of 128 to 255 bytes");
RINGSIDE_IXGBE_COUNTER(PTC511, 0x040E4, "… of 256 to 511 bytes");
RINGSIDE_IXGBE_COUNTER(PTC1023, 0x040E8, "… of 512 to 1023 bytes");
RINGSIDE_IXGBE_COUNTER(PTC1522, 0x040EC, "… of 1024 bytes and more");
RINGSIDE_IXGBE_COUNTER(MPTC, 0x040F0, "frames to groups (multicast) sent");
RINGSIDE_IXGBE_COUNTER(BPTC, 0x040F4, "frames to everybody (broadcast) sent");
RINGSIDE_IXGBE_COUNTER(XEC, 0x04120, "good frames with a wrong IPv4, TCP or UDP checksum");
RINGSIDE_IXGBE_COUNTERS(QPRC, 0x01030, 0x40, 16, "frames of the queue that were written to memory");
RINGSIDE_IXGBE_COUNTERS(QBRC_L, 0x01034, 0x40, 16, "their bytes");
RINGSIDE_IXGBE_UPPERS(QBRC_H, 0x01038, 0x40, 16);
RINGSIDE_IXGBE_COUNTERS(QPRDC, 0x01430, 0x40, 16, "dropped: no descriptor was free, or the queue is off");
RINGSIDE_IXGBE_COUNTERS(QPTC, 0x08680, 4, 16, "frames that the queue has sent");
RINGSIDE_IXGBE_COUNTERS(QBTC_L, 0x08700, 8, 16, "their bytes, with CRC");
RINGSIDE_IXGBE_UPPERS(QBTC_H, 0x08704, 8, 16);
#undef RINGSIDE_IXGBE_COUNTER
#undef RINGSIDE_IXGBE_COUNTERS
#undef RINGSIDE_IXGBE_UPPER
#undef RINGSIDE_IXGBE_UPPERS

// §8.2.3.23.71, §8.2.3.23.73: which counter a queue counts in; four queues a register
struct RQSMR : RegisterArray<RQSMR, 0x02300, 4, 32, Access::rw> {
    static constexpr auto name = "RQSMR";
};
struct TQSM : RegisterArray<TQSM, 0x08600, 4, 32, Access::rw> {
    static constexpr auto name = "TQSM";
};

}  // namespace ringside::ixgbe
