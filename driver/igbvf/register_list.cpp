#include "driver/igbvf/register_list.hpp"

#include "driver/igbvf/registers.hpp"

namespace ringside::igbvf {

namespace {

constexpr auto list = hal::join(
    hal::infos_of<VTCTRL, VTSTATUS>(), std::array{hal::info_of<V2PMAILBOX>(vf::why_mailbox_left_out)},
    hal::infos_of<VMBMEM, VTEIMS, VTEIMC, VTEIAC, VTEICR, VTEITR, VTIVAR, VTIVAR_MISC>(),
    hal::infos_of<RDBAL, RDBAH, RDLEN, SRRCTL, RDH, RDT, RXDCTL, RQDPC>(),
    hal::infos_of<TDBAL, TDBAH, TDLEN, TDH, TXCTL, TDT, TXDCTL, TDWBAL>(),
    hal::infos_of<VFGPRC, VFGPTC, VFGORC, VFGOTC, VFMPRC, VFGPRLBC, VFGPTLBC, VFGORLBC, VFGOTLBC>());

}  // namespace

std::span<const hal::RegisterInfo> register_list() noexcept { return list; }

}  // namespace ringside::igbvf
