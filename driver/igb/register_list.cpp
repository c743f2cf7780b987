#include "driver/igb/register_list.hpp"

#include "driver/gigabit/register_list.hpp"
#include "driver/igb/registers.hpp"

namespace ringside::igb {

namespace {

constexpr auto list = hal::join(
    general_registers, std::array{hal::info_of<EERD>(eeprom_window)}, further_general_registers,
    hal::infos_of<EEMNGCTL>(), cause_registers,
    hal::infos_of<GPIE, EIMS, EIMC, EIAC, EICR, EITR, IVAR0, IVAR_MISC>(), receive_registers,
    hal::infos_of<RLPML, ETQF, FTQF, SYNQF, UTA, VMOLR, RDBAL, RDBAH, RDLEN, SRRCTL, RDH, RDT, RXDCTL,
                  RQDPC>(),
    transmit_registers, hal::infos_of<TDBAL, TDBAH, TDLEN, TDH, TXCTL, TDT, TXDCTL, TDWBAL, RAL, RAH>(),
    filter_registers, spread_registers, management_registers, statistics_registers);

}  // namespace

std::span<const hal::RegisterInfo> register_list() noexcept { return list; }

}  // namespace ringside::igb
