// Bits of registers and descriptors that the model looks at, by their datasheet names.
#pragma once

#include <cstdint>

namespace ringside::sim::ixgbe {

constexpr std::uint32_t bit(unsigned n) noexcept { return 1u << n; }
constexpr std::uint32_t field(std::uint32_t value, unsigned hi, unsigned lo) noexcept {
    return (value >> lo) & ((hi - lo == 31) ? ~0u : (1u << (hi - lo + 1)) - 1);
}

// Offsets of the registers that the model itself reads or writes.
namespace reg {
inline constexpr std::uint32_t CTRL = 0x00000, STATUS = 0x00008, ESDP = 0x00020, I2CCTL = 0x00028,
                               FRTIMER = 0x00048, EEC = 0x10010, EERD = 0x10014, EEWR = 0x10018,
                               EEMNGCTL = 0x10110, SWSM = 0x10140, SW_FW_SYNC = 0x10160, GCR_EXT = 0x11050,
                               WUS = 0x05810, EITR = 0x00820, EITR_HIGH = 0x12300, IVAR = 0x00900,
                               RXCTRL = 0x03000, FCTRL = 0x05080, VLNCTRL = 0x05088, MCSTCTRL = 0x05090,
                               HLREG0 = 0x04240, MAXFRS = 0x04268, RDRXCTL = 0x02F00, RXPBSIZE = 0x03C00,
                               SECRXCTRL = 0x08D00, FCRTH = 0x03260, RAL = 0x0A200, RAH = 0x0A204,
                               MTA = 0x05200, VFTA = 0x0A000, RQSMR = 0x02300, TQSM = 0x08600,
                               FDIRCTRL = 0x0EE00, DMATXCTL = 0x04A80, MTQC = 0x08120, RTTDCS = 0x04900,
                               RTTDQSEL = 0x04904, RTTBCNRM = 0x04980, RTTBCNRC = 0x04984,
                               TXPBTHRESH = 0x04950, AUTOC = 0x042A0, LINKS = 0x042A4, AUTOC2 = 0x042A8,
                               ANLP1 = 0x042B0;
inline constexpr std::uint32_t TSYNCRXCTL = 0x05188, RXSTMPH = 0x051A4, RXSTMPL = 0x051E8, RXMTRL = 0x05120,
                               TSYNCTXCTL = 0x08C00, TXSTMPL = 0x08C04, TXSTMPH = 0x08C08, SYSTIML = 0x08C0C,
                               SYSTIMH = 0x08C10, TIMINCA = 0x08C14, TIMADJL = 0x08C18, TIMADJH = 0x08C1C;
inline constexpr std::uint32_t MSCA = 0x0425C, MSRWD = 0x04260, MACC = 0x04330;
inline constexpr std::uint32_t FCTTV = 0x03200, FCRTL = 0x03220, FCCFG = 0x03D00, MFLCN = 0x04294;
inline constexpr std::uint32_t DTXTCPFLGL = 0x04A88, DTXTCPFLGH = 0x04A8C;
inline constexpr std::uint32_t RXCSUM = 0x05000, MRQC = 0x0EC80, RETA = 0x0EB00, RSSRK = 0x0EB80,
                               PFVTCTL = 0x051B0, ETQF = 0x05128, ETQS = 0x0EC00, SYNQF = 0x0EC30,
                               SAQF = 0x0E000, DAQF = 0x0E200, SDPQF = 0x0E400, FTQF = 0x0E600,
                               L34T_IMIR = 0x0E800;
inline constexpr std::uint32_t FDIRIPSA = 0x0EE18, FDIRIPDA = 0x0EE1C, FDIRPORT = 0x0EE20, FDIRVLAN = 0x0EE24,
                               FDIRHASH = 0x0EE28, FDIRCMD = 0x0EE2C, FDIRFREE = 0x0EE38, FDIRDIP4M = 0x0EE3C,
                               FDIRSIP4M = 0x0EE40, FDIRTCPM = 0x0EE44, FDIRUDPM = 0x0EE48,
                               FDIRHKEY = 0x0EE68, FDIRSKEY = 0x0EE6C, FDIRM = 0x0EE70, FDIRIP6M = 0x0EE74;

// Per queue, to be added to rx_base() or tx_base().
inline constexpr std::uint32_t RDBAL = 0x00, RDBAH = 0x04, RDLEN = 0x08, DCA_RXCTRL = 0x0C, RDH = 0x10,
                               SRRCTL = 0x14, RDT = 0x18, RXDCTL = 0x28;
inline constexpr std::uint32_t TDBAL = 0x00, TDBAH = 0x04, TDLEN = 0x08, TDH = 0x10, TDT = 0x18,
                               TXDCTL = 0x28, TDWBAL = 0x38, TDWBAH = 0x3C;
constexpr std::uint32_t rx_base(std::uint32_t queue) noexcept {
    return queue < 64 ? 0x01000 + queue * 0x40 : 0x0D000 + (queue - 64) * 0x40;
}
constexpr std::uint32_t tx_base(std::uint32_t queue) noexcept { return 0x06000 + queue * 0x40; }
}  // namespace reg

namespace CTRL {
inline constexpr std::uint32_t MASTER_DISABLE = bit(2), LRST = bit(3), RST = bit(26);
}
namespace FCTRL {
inline constexpr std::uint32_t SBP = bit(1), MPE = bit(8), UPE = bit(9), BAM = bit(10);
}
namespace HLREG0 {
inline constexpr std::uint32_t TXCRCEN = bit(0), RXCRCSTRP = bit(1), JUMBOEN = bit(2), TXPADEN = bit(10),
                               LPBK = bit(15), RXLNGTHERREN = bit(27);
}
namespace DCTL {  // RXDCTL and TXDCTL
inline constexpr std::uint32_t ENABLE = bit(25), SWFLSH = bit(26), VME = bit(30);
}
namespace EICR {
inline constexpr std::uint32_t FLOW_DIRECTOR = bit(16), RX_MISS = bit(17), LSC = bit(20);
}

}  // namespace ringside::sim::ixgbe
