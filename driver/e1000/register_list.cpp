#include "driver/e1000/register_list.hpp"

#include "driver/e1000/registers.hpp"
#include "driver/gigabit/register_list.hpp"

namespace ringside::e1000 {

namespace {

constexpr auto list =
    hal::join(general_registers, std::array{hal::info_of<EERD>(eeprom_window)}, further_general_registers,
              hal::infos_of<TXCW, PBA, ITR>(), cause_registers, receive_registers, transmit_registers,
              delay_registers, ring_registers<1>(), address_registers<16>(), filter_registers,
              management_registers, statistics_registers);

}  // namespace

std::span<const hal::RegisterInfo> register_list() noexcept { return list; }

}  // namespace ringside::e1000
