#include "sim/ixgbe/registers_table.hpp"

#include <array>
#include <vector>

namespace ringside::sim::ixgbe {
namespace {

constexpr std::uint32_t all = 0xFFFFFFFF;

constexpr auto ro = Access::ro;
constexpr auto rw = Access::rw;
constexpr auto special = Access::special;

constexpr RegisterRow counter(const char* name, std::uint32_t offset, Counter c, Access access = Access::rc,
                              std::uint32_t stride = 4, std::uint32_t count = 1, std::uint32_t writable = 0) {
    return {name, offset, stride, count, access, Unit::statistics, 0, writable, 0, 0, c};
}
constexpr RegisterRow counters(const char* name, std::uint32_t offset, std::uint32_t stride,
                               std::uint32_t count, Counter c, Access access = Access::rc) {
    return counter(name, offset, c, access, stride, count);
}
constexpr RegisterRow plain(const char* name, std::uint32_t offset, std::uint32_t reset = 0,
                            std::uint32_t writable = all) {
    return {name, offset, 4, 1, rw, Unit::storage, reset, writable};
}
constexpr RegisterRow plains(const char* name, std::uint32_t offset, std::uint32_t stride,
                             std::uint32_t count, std::uint32_t reset = 0, std::uint32_t writable = all) {
    return {name, offset, stride, count, rw, Unit::storage, reset, writable};
}
constexpr RegisterRow read_only(const char* name, std::uint32_t offset, std::uint32_t reset = 0) {
    return {name, offset, 4, 1, ro, Unit::storage, reset};
}
constexpr RegisterRow setting(const char* name, std::uint32_t offset, std::uint32_t reset,
                              std::uint32_t writable, std::uint32_t stride = 4, std::uint32_t count = 1) {
    return {name, offset, stride, count, rw, Unit::settings, reset, writable};
}
constexpr RegisterRow steering(const char* name, std::uint32_t offset, std::uint32_t reset,
                               std::uint32_t writable, std::uint32_t stride = 4, std::uint32_t count = 1) {
    return {name, offset, stride, count, rw, Unit::steering, reset, writable};
}
constexpr RegisterRow director(const char* name, std::uint32_t offset, std::uint32_t reset,
                               std::uint32_t writable, std::uint32_t stride = 4, std::uint32_t count = 1) {
    return {name, offset, stride, count, rw, Unit::flow_director, reset, writable};
}
constexpr RegisterRow interrupt(const char* name, std::uint32_t offset, std::uint32_t stride = 4,
                                std::uint32_t count = 1, std::uint32_t writable = all,
                                std::uint32_t first = 0) {
    return {name, offset, stride, count, special, Unit::interrupts, 0, writable, 0, first};
}
constexpr RegisterRow rx(const char* name, std::uint32_t offset, std::uint32_t bank, std::uint32_t reset,
                         std::uint32_t writable, std::uint32_t self_clearing = 0) {
    return {name,
            offset + (bank == 0 ? 0u : 0xC000u),
            0x40,
            64,
            rw,
            Unit::rx_queue,
            reset,
            writable,
            self_clearing,
            bank * 64};
}
constexpr RegisterRow tx(const char* name, std::uint32_t offset, std::uint32_t reset, std::uint32_t writable,
                         std::uint32_t self_clearing = 0) {
    return {name, offset, 0x40, 128, rw, Unit::tx_queue, reset, writable, self_clearing};
}

constexpr RegisterRow rows[] = {
    // General control
    {"CTRL", 0x00000, 4, 1, special, Unit::control, 0, 0x0400000C, 0x04000008},
    {"STATUS", 0x00008, 4, 1, ro, Unit::control, 0x00080000},
    {"CTRL_EXT", 0x00018, 4, 1, rw, Unit::storage, 0, 0x14034000, 0x00004000},
    {"ESDP", 0x00020, 4, 1, special, Unit::link, 0x4, 0x0003FFFF},
    {"I2CCTL", 0x00028, 4, 1, special, Unit::module, 0xF, 0xA},
    {"FRTIMER", 0x00048, 4, 1, special, Unit::control},
    plain("TCPTIMER", 0x0004C),
    plain("LEDCTL", 0x00200, 0x05040100, 0xCFCFCFCF),

    // EEPROM, flash, management, PCIe
    {"EEC", 0x10010, 4, 1, special, Unit::eeprom, 0x1730, 0x00800077},
    {"EERD", 0x10014, 4, 1, special, Unit::eeprom, 0, 0xFFFD},
    {"EEWR", 0x10018, 4, 1, special, Unit::eeprom, 0, 0xFFFFFFFD},
    plain("FLA", 0x1001C),
    {"EEMNGCTL", 0x10110, 4, 1, special, Unit::control},
    {"SWSM", 0x10140, 4, 1, special, Unit::semaphores, 0, 0x3},
    {"FWSM", 0x10148, 4, 1, ro, Unit::storage, 0x8040},
    read_only("FACTPS", 0x10150, 0x4),
    {"SW_FW_SYNC", 0x10160, 4, 1, special, Unit::semaphores, 0, 0x7FF},
    plain("GRC", 0x10200, 0, 0x3),
    plain("GCR", 0x11000),
    {"GCR_EXT", 0x11050, 4, 1, special, Unit::control, 0, 0xC0000003},
    plain("DCA_ID", 0x11070, 0, 0),
    plain("DCA_CTRL", 0x11074, 0, 0x1F),
    plains("CORECTL", 0x14F00, 4, 1),
    plains("HOST_INTERFACE", 0x15800, 4, 0x1C0),
    read_only("HICR", 0x15F00),
    read_only("FWSTS", 0x15F0C),
    plain("WUC", 0x05800),
    plain("WUFC", 0x05808),
    {"WUS", 0x05810, 4, 1, ro, Unit::control},
    plain("MANC", 0x05820),

    // Interrupts
    interrupt("EICR", 0x00800, 4, 1, 0x7FFFFFFF),
    interrupt("EICS", 0x00808, 4, 1, 0x7FFFFFFF),
    interrupt("EIAC", 0x00810),
    interrupt("EITR", 0x00820, 4, 24, 0x0FFF8FF8),
    interrupt("EITR", 0x12300, 4, 104, 0x0FFF8FF8, 24),
    interrupt("EIMS", 0x00880, 4, 1, 0x7FFFFFFF),
    interrupt("EIMC", 0x00888, 4, 1, 0x7FFFFFFF),
    interrupt("EIAM", 0x00890),
    interrupt("EITRSEL", 0x00894),
    interrupt("GPIE", 0x00898),
    interrupt("IVAR", 0x00900, 4, 64, 0xBFBFBFBF),
    interrupt("IVAR_MISC", 0x00A00, 4, 1, 0x0000BFBF),
    interrupt("EICS_EX", 0x00A90, 4, 2),
    interrupt("EIMS_EX", 0x00AA0, 4, 2),
    interrupt("EIMC_EX", 0x00AB0, 4, 2),
    interrupt("EIAM_EX", 0x00AD0, 4, 2),
    interrupt("PBACL", 0x11068),
    interrupt("PBACL", 0x110C4, 4, 7, all, 1),
    plains("RSCINT", 0x12000, 4, 128, 0, 0x1),

    // Virtual functions and mailboxes: storage until there is SR-IOV
    plains("PFVFLREC", 0x00700, 4, 2, 0, 0),
    plains("PFMBICR", 0x00710, 4, 4, 0, 0),
    plains("PFMBIMR", 0x00720, 4, 2),
    plains("PFMAILBOX", 0x04B00, 4, 64, 0, 0),
    plains("PFMBMEM", 0x13000, 4, 1024),
    steering("PFVTCTL", 0x051B0, 0, 0x60001F81),
    plains("VFRE", 0x051E0, 4, 2),
    plains("VFTE", 0x08110, 4, 2),
    plains("PFVML2FLT", 0x0F000, 4, 64, 0, 0x1FC00000),
    plains("VMVIR", 0x08000, 4, 64, 0, 0xC000FFFF),
    plains("PFVFSPOOF", 0x08200, 4, 8, 0, 0xFFFF),
    plains("VMTXSW", 0x05180, 4, 2),
    plains("VMECM", 0x08790, 4, 2),
    plain("PFDTXGSWC", 0x08220, 0, 0x1),
    plain("PFQDE", 0x02F04, 0, 0x7F01),

    // Receive, for all queues
    setting("RXCTRL", 0x03000, 0, 0x1),
    setting("FCTRL", 0x05080, 0, 0x702),
    setting("VLNCTRL", 0x05088, 0x8100, 0x7000FFFF),
    setting("MCSTCTRL", 0x05090, 0, 0x7),
    steering("RXCSUM", 0x05000, 0, 0x3000),
    plain("RFCTL", 0x05008, 0, 0xE0),
    setting("HLREG0", 0x04240, 0x08012C0B, 0x1803FFFF),
    read_only("HLREG1", 0x04244),
    setting("MAXFRS", 0x04268, 0x05EE0000, 0xFFFF0000),
    {"RDRXCTL", 0x02F00, 4, 1, special, Unit::settings, 0x00108800, 0x06BFFFF7},
    plain("RSCDBU", 0x03028, 0, 0xFF),
    setting("RXPBSIZE", 0x03C00, 0x80000, 0x000FFC00, 4, 8),
    read_only("RXMEMWRAP", 0x03190),
    plain("DROPEN", 0x03D04),
    plain("RTRPCS", 0x02430),
    plain("RTRUP2TC", 0x03020, 0, 0xFFFFFF),
    setting("SECRXCTRL", 0x08D00, 0x1, 0x3),
    read_only("SECRXSTAT", 0x08D04, 0x1),
    plain("SECTXCTRL", 0x08800, 0x1, 0x7),
    read_only("SECTXSTAT", 0x08804, 0x3),  // ready; there is no IPsec and no LinkSec
    plain("SECTXBUFFAF", 0x08808),
    plain("SECTXMINIFG", 0x08810),
    setting("FCTTV", 0x03200, 0, all, 4, 4),
    setting("FCRTL", 0x03220, 0, 0x8007FFF0, 4, 8),
    setting("FCRTH", 0x03260, 0, 0x8007FFF0, 4, 8),
    plain("PFCTOP", 0x03008),
    plain("FCRTV", 0x032A0),
    setting("FCCFG", 0x03D00, 0, 0x18),
    setting("MFLCN", 0x04294, 0, 0xFFF),
    read_only("TFCS", 0x0CE00),

    // Receive, each queue, in two banks
    rx("RDBAL", 0x01000, 0, 0, 0xFFFFFF80),
    rx("RDBAL", 0x01000, 1, 0, 0xFFFFFF80),
    rx("RDBAH", 0x01004, 0, 0, all),
    rx("RDBAH", 0x01004, 1, 0, all),
    rx("RDLEN", 0x01008, 0, 0, 0xFFF80),
    rx("RDLEN", 0x01008, 1, 0, 0xFFF80),
    rx("DCA_RXCTRL", 0x0100C, 0, 0xA200, 0xFF00B2E0),
    rx("DCA_RXCTRL", 0x0100C, 1, 0xA200, 0xFF00B2E0),
    rx("RDH", 0x01010, 0, 0, 0xFFFF),
    rx("RDH", 0x01010, 1, 0, 0xFFFF),
    rx("SRRCTL", 0x01014, 0, 0x402, 0x1FC03F1F),
    rx("SRRCTL", 0x01014, 1, 0x402, 0x1FC03F1F),
    rx("RDT", 0x01018, 0, 0, 0xFFFF),
    rx("RDT", 0x01018, 1, 0, 0xFFFF),
    rx("RXDCTL", 0x01028, 0, 0, 0x467F4000, 0x04000000),
    rx("RXDCTL", 0x01028, 1, 0, 0x467F4000, 0x04000000),
    rx("RSCCTL", 0x0102C, 0, 0, 0xD),
    rx("RSCCTL", 0x0102C, 1, 0, 0xD),
    counters("QPRC", 0x01030, 0x40, 16, Counter::QPRC),
    counters("QBRC_L", 0x01034, 0x40, 16, Counter::QBRC, Access::rc_low),
    counters("QBRC_H", 0x01038, 0x40, 16, Counter::QBRC, Access::rc_high),
    counters("QPRDC", 0x01430, 0x40, 16, Counter::QPRDC),
    {"VFGPRC", 0x0101C, 0x40, 64, ro, Unit::storage},
    {"VFGORC_L", 0x01020, 0x40, 64, ro, Unit::storage},
    {"VFMPRC", 0x0D01C, 0x40, 64, ro, Unit::storage},
    {"VFGORC_H", 0x0D020, 0x40, 64, ro, Unit::storage},
    {"VFGPTC", 0x08300, 4, 64, ro, Unit::storage},
    {"VFGOTC", 0x08400, 4, 128, ro, Unit::storage},
    plains("RQSMR", 0x02300, 4, 32, 0, 0x0F0F0F0F),

    // Receive filters
    {"RAL", 0x0A200, 8, 128, rw, Unit::settings, 0, all},
    {"RAH", 0x0A204, 8, 128, rw, Unit::settings, 0, 0x8000FFFF},
    plains("MPSAR_LO", 0x0A600, 8, 128),
    plains("MPSAR_HI", 0x0A604, 8, 128),
    plains("MTA", 0x05200, 4, 128),
    plains("PFUTA", 0x0F400, 4, 128),
    plains("VFTA", 0x0A000, 4, 128),
    plains("PFVLVF", 0x0F100, 4, 64, 0, 0x80000FFF),
    plains("PFVLVFB", 0x0F200, 4, 128),
    plains("PSRTYPE", 0x0EA00, 4, 64, 0, 0xE0001330),
    steering("MRQC", 0x0EC80, 0, 0xFFFF000F),
    steering("RETA", 0x0EB00, 0, 0x0F0F0F0F, 4, 32),
    steering("RSSRK", 0x0EB80, 0, all, 4, 10),
    plain("RQTC", 0x0EC70, 0, 0x77777777),
    steering("ETQF", 0x05128, 0, 0xFFF0FFFF, 4, 8),
    steering("ETQS", 0x0EC00, 0, 0xA07F0000, 4, 8),
    steering("SYNQF", 0x0EC30, 0, 0x800000FF),
    steering("SAQF", 0x0E000, 0, all, 4, 128),
    steering("DAQF", 0x0E200, 0, all, 4, 128),
    steering("SDPQF", 0x0E400, 0, all, 4, 128),
    steering("FTQF", 0x0E600, 0, 0xFE003F1F, 4, 128),
    steering("L34T_IMIR", 0x0E800, 0, 0x0FFFFFFF, 4, 128),

    // Flow director: INIT_DONE and command completion come at once
    {"FDIRCTRL", 0x0EE00, 4, 1, special, Unit::flow_director, 0, 0xFFFFFFF7},
    director("FDIRSIPV6", 0x0EE0C, 0, all, 4, 3),
    director("FDIRIPSA", 0x0EE18, 0, all),
    director("FDIRIPDA", 0x0EE1C, 0, all),
    director("FDIRPORT", 0x0EE20, 0, all),
    director("FDIRVLAN", 0x0EE24, 0, all),
    director("FDIRHASH", 0x0EE28, 0, all),
    {"FDIRCMD", 0x0EE2C, 4, 1, special, Unit::flow_director, 0, 0x3F7F8FFB, 0x3},
    director("FDIRFREE", 0x0EE38, 0, all),
    director("FDIRDIP4M", 0x0EE3C, 0, all),
    director("FDIRSIP4M", 0x0EE40, 0, all),
    director("FDIRTCPM", 0x0EE44, 0, all),
    director("FDIRUDPM", 0x0EE48, 0, all),
    director("FDIRLEN", 0x0EE4C, 0, all),
    director("FDIRHKEY", 0x0EE68, 0, all),
    director("FDIRSKEY", 0x0EE6C, 0, all),
    director("FDIRM", 0x0EE70, 0, 0x3F),
    director("FDIRIP6M", 0x0EE74, 0, all),
    counter("FDIRUSTAT", 0x0EE50, Counter::FDIRUSTAT),
    counter("FDIRFSTAT", 0x0EE54, Counter::FDIRFSTAT),
    counter("FDIRMATCH", 0x0EE58, Counter::FDIRMATCH),
    counter("FDIRMISS", 0x0EE5C, Counter::FDIRMISS),

    // Transmit, for all queues
    {"DMATXCTL", 0x04A80, 4, 1, rw, Unit::settings, 0x81000004, 0xFFFF006B},
    setting("DTXTCPFLGL", 0x04A88, 0x0FF60FF6, 0x0FFF0FFF),
    setting("DTXTCPFLGH", 0x04A8C, 0x00000F7F, 0x00000FFF),
    plain("DTXMXSZRQ", 0x08100, 0x10, 0xFFF),
    {"MTQC", 0x08120, 4, 1, rw, Unit::settings, 0, 0xF},
    plain("RTTDCS", 0x04900, 0x00C00000, 0x00C00053),
    {"RTTDQSEL", 0x04904, 4, 1, rw, Unit::tx_rates, 0, 0x7F},
    plain("RTTDT1C", 0x04908),
    plains("RTTDT2C", 0x04910, 4, 8),
    plains("TXPBTHRESH", 0x04950, 4, 8, 0, 0x3FF),
    {"RTTBCNRM", 0x04980, 4, 1, rw, Unit::tx_rates, 0, 0x3FF},
    {"RTTBCNRC", 0x04984, 4, 1, special, Unit::tx_rates, 0, 0x80FFFFFF},
    plain("RTTPCS", 0x0CD00),
    plains("RTTPT2C", 0x0CD20, 4, 8),
    plain("RTTUP2TC", 0x0C800, 0, 0xFFFFFF),
    plains("TXPBSIZE", 0x0CC00, 4, 8, 0x28000, 0x000FFC00),
    plain("TIPG", 0x0CB00),
    plain("MNGTXMAP", 0x0CD10),

    // Transmit, each queue
    tx("TDBAL", 0x06000, 0, 0xFFFFFF80),
    tx("TDBAH", 0x06004, 0, all),
    tx("TDLEN", 0x06008, 0, 0xFFF80),
    tx("DCA_TXCTRL", 0x0600C, 0x2A00, 0xFF002A20),
    tx("TDH", 0x06010, 0, 0xFFFF),
    tx("TDT", 0x06018, 0, 0xFFFF),
    tx("TXDCTL", 0x06028, 0, 0x067F7F7F, 0x04000000),
    tx("TDWBAL", 0x06038, 0, 0xFFFFFFFD),
    tx("TDWBAH", 0x0603C, 0, all),
    counters("QPTC", 0x08680, 4, 16, Counter::QPTC),
    counters("QBTC_L", 0x08700, 8, 16, Counter::QBTC, Access::rc_low),
    counters("QBTC_H", 0x08704, 8, 16, Counter::QBTC, Access::rc_high),
    plains("TQSM", 0x08600, 4, 32, 0, 0x0F0F0F0F),

    // Link and MAC
    {"AUTOC", 0x042A0, 4, 1, special, Unit::link, 0xC19D8284, 0xFFFFFFFF, 0x00001000},
    {"LINKS", 0x042A4, 4, 1, special, Unit::link},
    {"AUTOC2", 0x042A8, 4, 1, special, Unit::link, 0, all},
    {"ANLP1", 0x042B0, 4, 1, special, Unit::link},
    read_only("ANLP2", 0x042B4),
    read_only("MMNGC", 0x042D0),
    read_only("LINKS2", 0x04324),
    plain("MACC", 0x04330),
    plain("PCS1GCFIG", 0x04200),
    plain("PCS1GLCTL", 0x04208, 0x02040000),
    read_only("PCS1GLSTA", 0x0420C),
    plain("PCS1GANA", 0x04218, 0x1A0),
    read_only("PCS1GANLP", 0x0421C),
    {"MSCA", 0x0425C, 4, 1, rw, Unit::mdio, 0, 0x7FFFFFFF, 0x40000000},
    {"MSRWD", 0x04260, 4, 1, special, Unit::mdio, 0, 0x0000FFFF},

    // Time stamps
    {"TSYNCRXCTL", 0x05188, 4, 1, special, Unit::time_sync, 0, 0x1E},
    {"RXSTMPH", 0x051A4, 4, 1, ro, Unit::time_sync},
    {"RXSTMPL", 0x051E8, 4, 1, ro, Unit::time_sync},
    {"RXMTRL", 0x05120, 4, 1, rw, Unit::time_sync, 0, all},
    {"TSYNCTXCTL", 0x08C00, 4, 1, special, Unit::time_sync, 0, 0x10},
    {"TXSTMPL", 0x08C04, 4, 1, ro, Unit::time_sync},
    {"TXSTMPH", 0x08C08, 4, 1, ro, Unit::time_sync},
    {"SYSTIML", 0x08C0C, 4, 1, special, Unit::time_sync, 0, all},
    {"SYSTIMH", 0x08C10, 4, 1, special, Unit::time_sync, 0, all},
    {"TIMINCA", 0x08C14, 4, 1, rw, Unit::time_sync, 0, all},
    {"TIMADJL", 0x08C18, 4, 1, rw, Unit::time_sync, 0, all},
    {"TIMADJH", 0x08C1C, 4, 1, rw, Unit::time_sync, 0, all},
    plain("TSAUXC", 0x08C20),

    // Statistics
    counter("CRCERRS", 0x04000, Counter::CRCERRS),
    counter("ILLERRC", 0x04004, Counter::ILLERRC),
    counter("ERRBC", 0x04008, Counter::ERRBC),
    counter("MSPDC", 0x04010, Counter::MSPDC),
    counters("MPC", 0x03FA0, 4, 8, Counter::MPC),
    counter("MLFC", 0x04034, Counter::MLFC),
    counter("MRFC", 0x04038, Counter::MRFC),
    counter("RLEC", 0x04040, Counter::RLEC),
    counter("LXONTXC", 0x03F60, Counter::LXONTXC, Access::rc16),
    counter("LXOFFTXC", 0x03F68, Counter::LXOFFTXC, Access::rc16),
    counter("LXONRXCNT", 0x041A4, Counter::LXONRXCNT, Access::rc16),
    counter("LXOFFRXCNT", 0x041A8, Counter::LXOFFRXCNT, Access::rc16),
    counters("PXONTXC", 0x03F00, 4, 8, Counter::PXONTXC, Access::rc16),
    counters("PXOFFTXC", 0x03F20, 4, 8, Counter::PXOFFTXC, Access::rc16),
    counters("PXONRXCNT", 0x04140, 4, 8, Counter::PXONRXCNT, Access::rc16),
    counters("PXOFFRXCNT", 0x04160, 4, 8, Counter::PXOFFRXCNT, Access::rc16),
    counters("PXON2OFFCNT", 0x03240, 4, 8, Counter::PXON2OFFCNT, Access::rc16),
    counter("PRC64", 0x0405C, Counter::PRC64, Access::rc, 4, 1, all),
    counter("PRC127", 0x04060, Counter::PRC127, Access::rc, 4, 1, all),
    counter("PRC255", 0x04064, Counter::PRC255, Access::rc, 4, 1, all),
    counter("PRC511", 0x04068, Counter::PRC511, Access::rc, 4, 1, all),
    counter("PRC1023", 0x0406C, Counter::PRC1023, Access::rc, 4, 1, all),
    counter("PRC1522", 0x04070, Counter::PRC1522, Access::rc, 4, 1, all),
    counter("GPRC", 0x04074, Counter::GPRC),
    counter("BPRC", 0x04078, Counter::BPRC),
    counter("MPRC", 0x0407C, Counter::MPRC),
    counter("GPTC", 0x04080, Counter::GPTC),
    counter("GORCL", 0x04088, Counter::GORC, Access::rc_low),
    counter("GORCH", 0x0408C, Counter::GORC, Access::rc_high),
    counter("GOTCL", 0x04090, Counter::GOTC, Access::rc_low),
    counter("GOTCH", 0x04094, Counter::GOTC, Access::rc_high),
    counter("RUC", 0x040A4, Counter::RUC),
    counter("RFC", 0x040A8, Counter::RFC),
    counter("ROC", 0x040AC, Counter::ROC),
    counter("RJC", 0x040B0, Counter::RJC),
    counter("MNGPRC", 0x040B4, Counter::MNGPRC),
    counter("MNGPDC", 0x040B8, Counter::MNGPDC),
    counter("MNGPTC", 0x0CF90, Counter::MNGPTC),
    counter("TORL", 0x040C0, Counter::TOR, Access::rc_low),
    counter("TORH", 0x040C4, Counter::TOR, Access::rc_high),
    counter("TPR", 0x040D0, Counter::TPR),
    counter("TPT", 0x040D4, Counter::TPT),
    counter("PTC64", 0x040D8, Counter::PTC64),
    counter("PTC127", 0x040DC, Counter::PTC127),
    counter("PTC255", 0x040E0, Counter::PTC255),
    counter("PTC511", 0x040E4, Counter::PTC511),
    counter("PTC1023", 0x040E8, Counter::PTC1023),
    counter("PTC1522", 0x040EC, Counter::PTC1522),
    counter("MPTC", 0x040F0, Counter::MPTC),
    counter("BPTC", 0x040F4, Counter::BPTC),
    counter("XEC", 0x04120, Counter::XEC),
    counter("SSVPC", 0x08780, Counter::SSVPC),
    counter("RXNFGPC", 0x041B0, Counter::RXNFGPC),
    counter("RXNFGBCL", 0x041B4, Counter::RXNFGBC, Access::rc_low),
    counter("RXNFGBCH", 0x041B8, Counter::RXNFGBC, Access::rc_high),
    counter("RXDGPC", 0x02F50, Counter::RXDGPC),
    counter("RXDGBCL", 0x02F54, Counter::RXDGBC, Access::rc_low),
    counter("RXDGBCH", 0x02F58, Counter::RXDGBC, Access::rc_high),
    counter("TXDGPC", 0x087A0, Counter::TXDGPC),
    counter("TXDGBCL", 0x087A4, Counter::TXDGBC, Access::rc_low),
    counter("TXDGBCH", 0x087A8, Counter::TXDGBC, Access::rc_high),
    counter("FCCRC", 0x05118, Counter::FCCRC),
    counter("FCOERPDC", 0x0241C, Counter::FCOERPDC),

    // Registers that drivers read or write, and that do nothing here: FCoE, LinkSec, IPsec, wake-up, data
    // center
    // bridging, management, diagnosis
    plain("EXVET", 0x05078, 0x8100),
    plains("FCADBU", 0x03210, 4, 2),
    plains("FCAMAC", 0x04328, 4, 2),
    plains("RTRPT4C", 0x02140, 4, 8),
    plains("RTRPT4S", 0x02160, 4, 8, 0, 0),
    plain("RTTDT1S", 0x0490C, 0, 0),
    plains("RTTDT2S", 0x04930, 4, 8, 0, 0),
    plains("RTTPT2S", 0x0CD40, 4, 8, 0, 0),
    plain("RTTBCNRD", 0x0498C),
    plain("RTTDTECC", 0x04990),
    plain("RTTQCNTG", 0x04A90),
    plain("RTTQCNCR", 0x08B00),
    plains("TXLLQ", 0x082E0, 4, 4),
    plain("LBDRPEN", 0x0CA00),
    plains("PFFLP", 0x050B0, 4, 2),
    plains("MRCTL", 0x0F600, 4, 4),
    plains("VMRVLAN", 0x0F610, 4, 8),
    plains("VMRVM", 0x0F630, 4, 8),
    plains("WQBR_RX", 0x02FB0, 4, 4, 0, 0),
    plains("WQBR_TX", 0x08130, 4, 4, 0, 0),
    plain("RXFECCERR0", 0x051B8),
    plain("LLITHRESH", 0x0EC90),
    plain("STARCTRL", 0x03024),
    plains("FCPTR", 0x02410, 4, 3),
    plain("FCDMARW", 0x02420),
    plains("FCOE_RX_COUNTERS", 0x02424, 4, 3, 0, 0),
    plains("FCOE_TX_COUNTERS", 0x08784, 4, 2, 0, 0),
    plains("FCINVST", 0x03FC0, 4, 8, 0, 0),
    plain("TEOFF", 0x04A94),
    plain("TSOFF", 0x04A98),
    plain("FCRXCTRL", 0x05100),
    plain("FCFLT", 0x05108),
    plain("FCFLTRW", 0x05110),
    plain("REOFF", 0x05158),
    plain("RSOFF", 0x051F8),
    plain("FCPARAM", 0x051D8),
    plain("FCRECTL", 0x0ED00),
    plains("FCRETA", 0x0ED10, 4, 8),
    plains("OS2BMC", 0x041C0, 4, 2, 0, 0),
    plain("O2BSPC", 0x087B0, 0, 0),
    plain("B2OGPRC", 0x02F90, 0, 0),
    plains("LXRXC", 0x0CF60, 8, 2, 0, 0),
    plains("PXRXC", 0x0CF00, 4, 16, 0, 0),
    plains("LSECTX", 0x08A00, 4, 20, 0, 0),
    plains("LSECRX", 0x08F00, 4, 33, 0, 0),
    plains("IPSTX", 0x08900, 4, 6, 0, 0),
    plains("IPSRX", 0x08E00, 4, 13, 0, 0),
    plain("IPAV", 0x05838),
    plains("IP4AT", 0x05840, 4, 8),
    plains("IP6AT", 0x05880, 4, 4),
    plain("WUPL", 0x05900, 0, 0),
    plains("WUPM", 0x05A00, 4, 32, 0, 0),
    plains("FHFT", 0x09000, 4, 0x280),
    plains("MAVTV", 0x05010, 4, 8),
    plains("MFUTP", 0x05030, 4, 8),
    plain("MFVAL", 0x05824),
    plain("MANC2H", 0x05860),
    plains("MDEF", 0x05890, 4, 8),
    plain("MIPAF", 0x058B0),
    plains("MMA", 0x05910, 4, 8),
    plains("METF", 0x05190, 4, 4),
    plains("MDEF_EXT", 0x05160, 4, 8),
    plain("LSWFW", 0x15014, 0, 0),
    plains("HSMCR", 0x15F04, 4, 2, 0, 0),
    plain("SWSR", 0x15F10, 0, 0),
    plain("HFDR", 0x15FE8, 0, 0),
    plains("PCIE_COUNTERS", 0x11004, 4, 19, 0, 0),
    plain("MREVID", 0x11064, 0, 0),
    plain("PCIEECCCTL", 0x1106C),
    plains("CIA", 0x11088, 4, 2),
    plains("PCIE_DIAG", 0x11090, 4, 8, 0, 0),
    plain("PICAUSE", 0x110B0, 0, 0),
    plain("PIENA", 0x110B8),
    plain("PCIESPARE", 0x110BC),
    plain("ECC_STATUS", 0x110E0, 0, 0),
    plain("BAR_CTRL", 0x110F4, 0, 0),
    plains("ECC_CTRL", 0x11100, 4, 2),
    plain("SMADARCTL", 0x14F10),
    plains("RDSTAT", 0x02C00, 4, 9, 0, 0),
    plains("RDHMPN", 0x02F08, 4, 13, 0, 0),
    plain("RXDSTATCTRL", 0x02F40),
    plains("RXD_COUNTERS", 0x02F5C, 4, 9, 0, 0),
    plains("RXWRPTR", 0x03100, 4, 32, 0, 0),
    plain("PBRXECC", 0x03300),
    plains("RXBUF", 0x03600, 4, 8, 0, 0),
    plains("RXPTR", 0x03700, 4, 16, 0, 0),
    plains("RXDBU", 0x03F70, 4, 2, 0, 0),
    plain("TDHMPN2", 0x082FC, 0, 0),
    plains("TIC_DW2", 0x082B0, 4, 4, 0, 0),
    plain("TXDESCIC", 0x082CC, 0, 0),
    plains("TXWRPTR", 0x0C100, 4, 32, 0, 0),
    plain("PBTXECC", 0x0C300),
    plains("TXBUF", 0x0C600, 4, 8, 0, 0),
    plains("TXPTR", 0x0C700, 4, 16, 0, 0),
    plains("TXDBU", 0x0CF70, 4, 2, 0, 0),
    plain("RFVAL", 0x050A4, 0, 0),
    plain("RUPPBMR", 0x050A0),
    plains("PCS1GDBG", 0x04210, 4, 2, 0, 0),
    plains("PCS1GANNP", 0x04220, 4, 2),
    plains("PAP", 0x04248, 4, 5),
    plain("MLADD", 0x04264),
    plain("TREG", 0x0426C),
    plains("PCSS", 0x04288, 4, 3, 0, 0),
    plain("SERDESC", 0x04298),
    plain("MACS", 0x0429C),
    plain("AUTOC3", 0x042AC),
    plains("MDFTC", 0x042B8, 4, 6),
    plains("ANLPNP", 0x042D4, 4, 2, 0, 0),
    plains("KRPCS", 0x042E0, 4, 4, 0, 0),
    plain("SGMIIC", 0x04314),
    plain("MPVC", 0x04318),
    plain("ATLASCTL", 0x04800),
    plains("TIME_SYNC_PINS", 0x08C24, 4, 18),
};

constexpr AliasRow aliases[] = {
    {0x00004, 4, 1, 0x00000, 4},      // CTRL
    {0x02100, 4, 16, 0x01014, 0x40},  // SRRCTL
    {0x02200, 4, 16, 0x0100C, 0x40},  // DCA_RXCTRL
    {0x05400, 8, 16, 0x0A200, 8},     // RAL
    {0x05404, 8, 16, 0x0A204, 8},     // RAH
    {0x05480, 4, 16, 0x0EA00, 4},     // PSRTYPE
    {0x05818, 4, 1, 0x0EC80, 4},      // MRQC
    {0x05C00, 4, 32, 0x0EB00, 4},     // RETA
    {0x05C80, 4, 10, 0x0EB80, 4},     // RSSRK
    {0x06030, 0x40, 16, 0x08680, 4},  // QPTC
};

// Every word of the register space: which row and which of its registers.
class Directory {
public:
    Directory() : cells_(register_space / 4) {
        for (std::size_t r = 0; r < std::size(rows); ++r)
            for (std::uint32_t i = 0; i < rows[r].count; ++i)
                cells_[(rows[r].offset + i * rows[r].stride) / 4] = {static_cast<std::uint16_t>(r + 1),
                                                                     static_cast<std::uint16_t>(i)};
        for (const AliasRow& a : aliases)
            for (std::uint32_t i = 0; i < a.count; ++i)
                cells_[(a.offset + i * a.stride) / 4] = cells_[(a.target + i * a.target_stride) / 4];
    }
    RegisterRef find(std::uint32_t offset) const noexcept {
        const Cell cell = cells_[offset / 4];
        return cell.row == 0 ? RegisterRef{} : RegisterRef{&rows[cell.row - 1], cell.element};
    }

private:
    struct Cell {
        std::uint16_t row = 0;  // 0: nothing there
        std::uint16_t element = 0;
    };
    std::vector<Cell> cells_;
};

}  // namespace

std::span<const RegisterRow> register_rows() { return rows; }
std::span<const AliasRow> alias_rows() { return aliases; }

RegisterRef find_register(std::uint32_t offset) noexcept {
    static const Directory directory;
    return directory.find(offset);
}

}  // namespace ringside::sim::ixgbe
