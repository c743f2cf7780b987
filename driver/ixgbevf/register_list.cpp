#include "driver/ixgbevf/register_list.hpp"

#include "driver/ixgbevf/registers.hpp"

namespace ringside::ixgbevf {

namespace {

constexpr auto list =
    hal::join(hal::infos_of<VFCTRL, VFSTATUS, VFLINKS, VFMBMEM>(),
              std::array{hal::info_of<VFMAILBOX>(vf::why_mailbox_left_out)},
              hal::infos_of<VTEICR, VTEIMS, VTEIMC, VTEIAC, VTIVAR, VTIVAR_MISC, VTEITR>(),
              hal::infos_of<VFPSRTYPE, VFRDBAL, VFRDBAH, VFRDLEN, VFDCA_RXCTRL, VFRDH, VFSRRCTL, VFRDT,
                            VFRXDCTL, VFRSCCTL>(),
              hal::infos_of<VFTDBAL, VFTDBAH, VFTDLEN, VFDCA_TXCTRL, VFTDH, VFTDT, VFTXDCTL, VFTDWBAL>(),
              hal::infos_of<VFGPRC, VFGORC_LSB, VFGORC_MSB, VFMPRC, VFGPTC, VFGOTC_LSB, VFGOTC_MSB>());

}  // namespace

std::span<const hal::RegisterInfo> register_list() noexcept { return list; }

}  // namespace ringside::ixgbevf
