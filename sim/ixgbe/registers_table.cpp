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
    plain("PFVTCTL", 0x051B0, 0, 0x60001F81),
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
    plain("RXCSUM", 0x05000, 0, 0x3000),
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
    read_only("SECTXSTAT", 0x08804, 0x1),
    plain("SECTXBUFFAF", 0x08808),
    plain("SECTXMINIFG", 0x08810),
    plains("FCTTV", 0x03200, 4, 4),
    plains("FCRTL", 0x03220, 4, 8, 0, 0x8007FFE0),
    plains("FCRTH", 0x03260, 4, 8, 0, 0x8007FFE0),
    plain("FCRTV", 0x032A0),
    plain("FCCFG", 0x03D00, 0, 0x18),
    plain("MFLCN", 0x04294, 0, 0xFFF),
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
    plain("MRQC", 0x0EC80, 0, 0xFFFF000F),
    plains("RETA", 0x0EB00, 4, 32, 0, 0x0F0F0F0F),
    plains("RSSRK", 0x0EB80, 4, 10),
    plain("RQTC", 0x0EC70, 0, 0x77777777),
    plains("ETQF", 0x05128, 4, 8, 0, 0xFFF0FFFF),
    plains("ETQS", 0x0EC00, 4, 8, 0, 0xA07F0000),
    plain("SYNQF", 0x0EC30, 0, 0x800000FF),
    plains("SAQF", 0x0E000, 4, 128),
    plains("DAQF", 0x0E200, 4, 128),
    plains("SDPQF", 0x0E400, 4, 128),
    plains("FTQF", 0x0E600, 4, 128, 0, 0xFE003F1F),
    plains("L34T_IMIR", 0x0E800, 4, 128, 0, 0x0FFFFFFF),

    // Flow director: INIT_DONE and command completion come at once
    {"FDIRCTRL", 0x0EE00, 4, 1, special, Unit::control, 0, 0xFFFFFFF7},
    plains("FDIRSIPV6", 0x0EE0C, 4, 3),
    plain("FDIRIPSA", 0x0EE18),
    plain("FDIRIPDA", 0x0EE1C),
    plain("FDIRPORT", 0x0EE20),
    plain("FDIRVLAN", 0x0EE24),
    plain("FDIRHASH", 0x0EE28),
    {"FDIRCMD", 0x0EE2C, 4, 1, rw, Unit::storage, 0, 0x3F7F8FFB, 0x3},
    plain("FDIRFREE", 0x0EE38),
    plain("FDIRDIP4M", 0x0EE3C),
    plain("FDIRSIP4M", 0x0EE40),
    plain("FDIRTCPM", 0x0EE44),
    plain("FDIRUDPM", 0x0EE48),
    plain("FDIRLEN", 0x0EE4C),
    plain("FDIRHKEY", 0x0EE68),
    plain("FDIRSKEY", 0x0EE6C),
    plain("FDIRM", 0x0EE70, 0, 0x3F),
    plain("FDIRIP6M", 0x0EE74),
    counter("FDIRUSTAT", 0x0EE50, Counter::FDIRUSTAT),
    counter("FDIRFSTAT", 0x0EE54, Counter::FDIRFSTAT),
    counter("FDIRMATCH", 0x0EE58, Counter::FDIRMATCH),
    counter("FDIRMISS", 0x0EE5C, Counter::FDIRMISS),

    // Transmit, for all queues
    {"DMATXCTL", 0x04A80, 4, 1, rw, Unit::settings, 0x81000004, 0xFFFF006B},
    plain("DTXTCPFLGL", 0x04A88, 0x0FF60FF6, 0x0FFF0FFF),
    plain("DTXTCPFLGH", 0x04A8C, 0x00000F7F, 0x00000FFF),
    plain("DTXMXSZRQ", 0x08100, 0x10, 0xFFF),
    {"MTQC", 0x08120, 4, 1, rw, Unit::settings, 0, 0xF},
    plain("RTTDCS", 0x04900, 0x00C00000, 0x00C00053),
    plain("RTTDQSEL", 0x04904, 0, 0x7F),
    plain("RTTDT1C", 0x04908),
    plains("RTTDT2C", 0x04910, 4, 8),
    plains("TXPBTHRESH", 0x04950, 4, 8, 0, 0x3FF),
    plain("RTTBCNRM", 0x04980),
    plain("RTTBCNRC", 0x04984),
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
    {"MSCA", 0x0425C, 4, 1, rw, Unit::storage, 0, 0x7FFFFFFF, 0x40000000},
    {"MSRWD", 0x04260, 4, 1, rw, Unit::storage, 0, 0x0000FFFF},

    // Time stamps: storage until there is a clock to stamp with
    plain("TSYNCRXCTL", 0x05188, 0, 0x1E),
    read_only("RXSTMPH", 0x051A4),
    read_only("RXSTMPL", 0x051E8),
    plain("RXMTRL", 0x05120),
    plain("TSYNCTXCTL", 0x08C00, 0, 0x10),
    read_only("TXSTMPL", 0x08C04),
    read_only("TXSTMPH", 0x08C08),
    plain("SYSTIML", 0x08C0C),
    plain("SYSTIMH", 0x08C10),
    plain("TIMINCA", 0x08C14),
    plain("TIMADJL", 0x08C18),
    plain("TIMADJH", 0x08C1C),
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
    counter("LXONTXC", 0x03F60, Counter::LXONTXC),
    counter("LXOFFTXC", 0x03F68, Counter::LXOFFTXC),
    counter("LXONRXCNT", 0x041A4, Counter::LXONRXCNT),
    counter("LXOFFRXCNT", 0x041A8, Counter::LXOFFRXCNT),
    counters("PXONTXC", 0x03F00, 4, 8, Counter::PXONTXC),
    counters("PXOFFTXC", 0x03F20, 4, 8, Counter::PXOFFTXC),
    counters("PXONRXCNT", 0x04140, 4, 8, Counter::PXONRXCNT),
    counters("PXOFFRXCNT", 0x04160, 4, 8, Counter::PXOFFRXCNT),
    counters("PXON2OFFCNT", 0x03240, 4, 8, Counter::PXON2OFFCNT),
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
