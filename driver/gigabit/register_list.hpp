// The parts of the families' register lists that are the same on all of them.
#pragma once

#include "driver/gigabit/registers.hpp"
#include "hal/register_info.hpp"

#include <array>

namespace ringside::gigabit {

inline constexpr const char* eeprom_window = "it is a window to the EEPROM, of whoever reads that";

// The families' EERD comes between the two.
inline constexpr auto general_registers = hal::infos_of<CTRL, STATUS, EECD>();
inline constexpr auto further_general_registers =
    hal::join(hal::infos_of<CTRL_EXT>(),
              std::array{hal::info_of<MDIC>("it is a window to the PHY, of whoever reads that")},
              hal::infos_of<FCAL, FCAH, FCT, FCTTV, VET, LEDCTL>());
inline constexpr auto cause_registers = hal::infos_of<ICR, IMS, IMC>();
inline constexpr auto receive_registers = hal::infos_of<RCTL, FCRTL, FCRTH, RXCSUM>();
inline constexpr auto delay_registers = hal::infos_of<RDTR, RADV, TIDV, TADV>();  // not igb
inline constexpr auto transmit_registers = hal::infos_of<TCTL, TIPG>();
inline constexpr auto filter_registers = hal::infos_of<MTA, VFTA>();
inline constexpr auto management_registers = hal::infos_of<WUC, MANC>();
inline constexpr auto spread_registers = hal::infos_of<MRQC, RETA, RSSRK>();  // PCI Express only
inline constexpr auto statistics_registers =
    hal::infos_of<CRCERRS, ALGNERRC, SYMERRS, RXERRC, MPC, SCC, ECOL, MCC, LATECOL, COLC, DC, TNCRS, SEC,
                  RLEC, XONRXC, XONTXC, XOFFRXC, XOFFTXC, FCRUC, PRC64, PRC127, PRC255, PRC511, PRC1023,
                  PRC1522, GPRC, BPRC, MPRC, GPTC, GORCL, GORCH, GOTCL, GOTCH, RNBC, RUC, RFC, ROC, RJC, TORL,
                  TORH, TOTL, TOTH, TPR, TPT, PTC64, PTC127, PTC255, PTC511, PTC1023, PTC1522, MPTC, BPTC,
                  TSCTC>();

// Of 8254x and 82574 with `queues` queues, and `addresses` receive addresses.
template <std::uint32_t queues> constexpr auto ring_registers() {
    using hal::info_of_first;
    return std::array{
        info_of_first<RDBAL>(queues), info_of_first<RDBAH>(queues), info_of_first<RDLEN>(queues),
        info_of_first<RDH>(queues),   info_of_first<RDT>(queues),   info_of_first<RXDCTL>(queues),
        info_of_first<TDBAL>(queues), info_of_first<TDBAH>(queues), info_of_first<TDLEN>(queues),
        info_of_first<TDH>(queues),   info_of_first<TDT>(queues),   info_of_first<TXDCTL>(queues)};
}
template <std::uint32_t addresses> constexpr auto address_registers() {
    return std::array{hal::info_of_first<RAL>(addresses), hal::info_of_first<RAH>(addresses)};
}

}  // namespace ringside::gigabit
