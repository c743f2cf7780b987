// Registers that are the 82574's own; all others are in driver/gigabit/registers.hpp. Datasheet: 82574 GbE
// Controller Family Datasheet (317694), chapter 10.
#pragma once

#include "driver/gigabit/registers.hpp"

namespace ringside::e1000e {

using namespace gigabit;

// Interrupt Auto Clear: a message clears these causes
struct EIAC : Register<EIAC, 0x000DC, Access::rw> {
    static constexpr auto name = "EIAC";
    static constexpr auto RXQ0 = bit<20>("RXQ0");
    static constexpr auto RXQ1 = bit<21>("RXQ1");
    static constexpr auto fields = layout(RXQ0, RXQ1);
};
// Interrupt Acknowledge Auto Mask
struct IAM : Register<IAM, 0x000E0, Access::rw> {
    static constexpr auto name = "IAM";
};
// Interrupt Vector Allocation
struct IVAR : Register<IVAR, 0x000E4, Access::rw> {
    static constexpr auto name = "IVAR";
    static constexpr auto RXQ0 = field<2, 0>("RXQ0");
    static constexpr auto RXQ0_VALID = bit<3>("RXQ0_VALID");
    static constexpr auto RXQ1 = field<6, 4>("RXQ1");
    static constexpr auto RXQ1_VALID = bit<7>("RXQ1_VALID");
    static constexpr auto OTHER = field<18, 16>("OTHER");
    static constexpr auto OTHER_VALID = bit<19>("OTHER_VALID");
    static constexpr auto fields = layout(RXQ0, RXQ0_VALID, RXQ1, RXQ1_VALID, OTHER, OTHER_VALID);
};
// Extended Interrupt Throttle, by vector
struct EITR : RegisterArray<EITR, 0x000E8, 4, 5, Access::rw> {
    static constexpr auto name = "EITR";
    static constexpr auto INTERVAL = field<15, 0>("INTERVAL");  // in 256 ns
    static constexpr auto fields = layout(INTERVAL);
};
// Extended Configuration Control
struct EXTCNF_CTRL : Register<EXTCNF_CTRL, 0x00F00, Access::rw> {
    static constexpr auto name = "EXTCNF_CTRL";
    static constexpr auto MDIO_SW_OWNERSHIP = bit<5>("MDIO_SW_OWNERSHIP");  // reads 1 when it is ours
    static constexpr auto fields = layout(MDIO_SW_OWNERSHIP);
};
// Transmit Arbitration Counter
struct TARC : RegisterArray<TARC, 0x03840, 0x100, 2, Access::rw> {
    static constexpr auto name = "TARC";
    static constexpr auto ENABLE = bit<10>("ENABLE");
    static constexpr auto BIT_26 = bit<26>("BIT_26");  // erratum: to be set
    static constexpr auto BITS_30_27 = field<30, 27>("BITS_30_27");
    static constexpr auto fields = layout(ENABLE, BIT_26, BITS_30_27);
};
// Receive Filter Control
struct RFCTL : Register<RFCTL, 0x05008, Access::rw> {
    static constexpr auto name = "RFCTL";
    static constexpr auto NFSW_DIS = bit<6>("NFSW_DIS");
    static constexpr auto NFSR_DIS = bit<7>("NFSR_DIS");
    static constexpr auto ACK_DIS = bit<12>("ACK_DIS");  // no interrupts for TCP acknowledgements
    static constexpr auto EXTEN = bit<15>("EXTEN");      // extended receive descriptors
    static constexpr auto fields = layout(NFSW_DIS, NFSR_DIS, ACK_DIS, EXTEN);
};
// Received messages of PTP that get a time stamp: their EtherType and kind; their UDP port
struct RXMTRL : Register<RXMTRL, 0x0B634, Access::rw> {
    static constexpr auto name = "RXMTRL";
    static constexpr auto ETYPE = field<15, 0>("ETYPE");
    static constexpr auto CONTROL_V1 = field<23, 16>("CONTROL_V1");
    static constexpr auto MESSAGE_V2 = field<31, 24>("MESSAGE_V2");
    static constexpr auto fields = layout(ETYPE, CONTROL_V1, MESSAGE_V2);
};
struct RXUDP : Register<RXUDP, 0x0B638, Access::rw> {
    static constexpr auto name = "RXUDP";
    static constexpr auto PORT = field<15, 0>("PORT");  // first byte in bits 7:0
    static constexpr auto fields = layout(PORT);
};
// PCI Express Control, and a second one
struct GCR : Register<GCR, 0x05B00, Access::rw> {
    static constexpr auto name = "GCR";
    static constexpr auto BIT_22 = bit<22>("BIT_22");  // erratum: to be set
    static constexpr auto fields = layout(BIT_22);
};
struct GCR2 : Register<GCR2, 0x05B64, Access::rw> {
    static constexpr auto name = "GCR2";
    static constexpr auto BIT_0 = bit<0>("BIT_0");  // erratum: to be set
    static constexpr auto fields = layout(BIT_0);
};

}  // namespace ringside::e1000e
