#include "driver/igb/register_list.hpp"

#include "driver/gigabit/register_list.hpp"
#include "driver/gigabit/time_sync.hpp"
#include "driver/igb/registers.hpp"

namespace ringside::igb {

namespace {

constexpr auto list = hal::join(
    general_registers, std::array{hal::info_of<EERD>(eeprom_window)}, further_general_registers,
    hal::infos_of<EEMNGCTL>(), cause_registers,
    hal::infos_of<GPIE, EIMS, EIMC, EIAC, EICR, EITR, IVAR0, IVAR_MISC>(), receive_registers,
    hal::infos_of<RXPBS, FCRTV, RLPML, RFCTL, SYNQF, SAQF, DAQF, SPQF, FTQF, IMIR, IMIREXT, ETQF, UTA, VMOLR,
                  RDBAL, RDBAH, RDLEN, SRRCTL, RDH, RDT, RXDCTL, RQDPC>(),
    transmit_registers, hal::infos_of<TDBAL, TDBAH, TDLEN, TDH, TXCTL, TDT, TXDCTL, TDWBAL, RAL, RAH>(),
    filter_registers, spread_registers, management_registers, gigabit::time_registers,
    hal::infos_of<TSYNCRXCFG>(), statistics_registers);

}  // namespace

std::span<const hal::RegisterInfo> register_list() noexcept { return list; }

}  // namespace ringside::igb
