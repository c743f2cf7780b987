#include "driver/ixgbe/register_list.hpp"

#include "driver/ixgbe/registers.hpp"

namespace ringside::ixgbe {

namespace {

using hal::info_of;
using hal::infos_of;

constexpr auto list = hal::join(
    // 8.2.3.1 General
    infos_of<CTRL, STATUS, CTRL_EXT, ESDP, I2CCTL, LEDCTL>(),
    // 8.2.3.2 EEPROM, flash; 8.2.3.3 Flow control; 8.2.3.4 Shared with the firmware
    infos_of<EEC>(), std::array{info_of<EERD>("it is a window to the EEPROM, of whoever reads that")},
    infos_of<FCTTV, FCRTL, FCRTH, FCRTV, FCCFG>(),
    std::array{info_of<SWSM>("reading takes the semaphore"),
               info_of<SW_FW_SYNC>("reading takes the semaphore")},
    infos_of<GCR_EXT>(),
    // 8.2.3.5 Interrupts
    infos_of<EICR, EIAC, EIMS, EIMC, GPIE, IVAR, EITR, IVAR_MISC, EIMS_EX, EIMC_EX>(),
    // 8.2.3.7 Receive
    infos_of<FCTRL, VLNCTRL, MCSTCTRL, RXCSUM, RFCTL, MTA, RAL, RAH, MPSAR_LO, MPSAR_HI, VFTA, ETQF, ETQS,
             SAQF, DAQF, SDPQF, FTQF, L34T_IMIR, SYNQF, PFUTA, PFVLVF, PFVLVFB, MRQC, RETA, RSSRK, PSRTYPE>(),
    // 8.2.3.8 Receive DMA
    infos_of<RDBAL, RDBAH, RDLEN, RDH, RDT, RXDCTL, SRRCTL, RDRXCTL, RXPBSIZE, RXCTRL, RSCCTL>(),
    // 8.2.3.9 to 8.2.3.12 Transmit, DCB, DCA, security
    infos_of<DTXMXSZRQ, DTXTCPFLGL, DMATXCTL, TDBAL, TDBAH, TDLEN, TDH, TDT, TXDCTL, TXPBSIZE, MTQC,
             TXPBTHRESH, RTTDCS, RTTDQSEL, RTTBCNRM, RTTBCNRC, DCA_RXCTRL, DCA_TXCTRL, SECRXCTRL,
             SECRXSTAT>(),
    // Flow director
    infos_of<FDIRCTRL, FDIRHKEY, FDIRSKEY, FDIRDIP4M, FDIRSIP4M, FDIRTCPM, FDIRUDPM, FDIRM, FDIRIPSA,
             FDIRIPDA, FDIRPORT, FDIRVLAN, FDIRHASH, FDIRCMD, FDIRFREE>(),
    // 8.2.3.22 MAC
    infos_of<HLREG0, MAXFRS, AUTOC, LINKS, AUTOC2, MFLCN, CORECTL>(),
    // 8.2.3.26 Time
    infos_of<TSYNCRXCTL, RXSTMPL>(), std::array{info_of<RXSTMPH>("reading makes room for the next stamp")},
    infos_of<RXMTRL, TSYNCTXCTL, TXSTMPL>(),
    std::array{info_of<TXSTMPH>("reading makes room for the next stamp")},
    infos_of<SYSTIML, SYSTIMH, TIMINCA>(),
    // 8.2.3.23 Statistics
    infos_of<CRCERRS, ILLERRC, ERRBC, MSPDC, MLFC, MRFC, RLEC, MPC, LXONTXC, LXOFFTXC, LXONRXCNT, LXOFFRXCNT,
             PRC64, PRC127, PRC255, PRC511, PRC1023, PRC1522, GPRC, BPRC, MPRC, GPTC, GORCL, GORCH, GOTCL,
             GOTCH, RUC, RFC, ROC, RJC, MNGPRC, MNGPDC, TORL, TORH, TPR, TPT, PTC64, PTC127, PTC255, PTC511,
             PTC1023, PTC1522, MPTC, BPTC, XEC, QPRC, QBRC_L, QBRC_H, QPRDC, QPTC, QBTC_L, QBTC_H, RQSMR,
             TQSM>());

}  // namespace

std::span<const hal::RegisterInfo> register_list() noexcept { return list; }

}  // namespace ringside::ixgbe
