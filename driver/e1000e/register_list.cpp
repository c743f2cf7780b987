#include "driver/e1000e/register_list.hpp"

#include "driver/e1000e/registers.hpp"
#include "driver/gigabit/register_list.hpp"
#include "driver/gigabit/time_sync.hpp"

namespace ringside::e1000e {

namespace {

constexpr auto list =
    hal::join(general_registers, std::array{hal::info_of<EERD>(eeprom_window)}, further_general_registers,
              hal::infos_of<PBA, ITR>(), cause_registers, hal::infos_of<EIAC, IAM, IVAR, EITR, EXTCNF_CTRL>(),
              receive_registers, hal::infos_of<RFCTL>(), transmit_registers, delay_registers,
              hal::infos_of<TARC>(), ring_registers<2>(), address_registers<16>(), filter_registers,
              spread_registers, management_registers, hal::infos_of<GCR, GCR2>(), gigabit::time_registers,
              hal::infos_of<RXMTRL, RXUDP>(), statistics_registers);

}  // namespace

std::span<const hal::RegisterInfo> register_list() noexcept { return list; }

}  // namespace ringside::e1000e
