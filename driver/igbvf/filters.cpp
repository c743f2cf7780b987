// How igb, as the physical function's driver, is asked.
#include "driver/igbvf/device.hpp"

namespace ringside::igbvf {

namespace {

// Info of request::mac, and of request::igb_modes.
constexpr std::uint32_t forget_filters = 1u << vf::info_shift, add_filter = 2u << vf::info_shift;
constexpr std::uint32_t all_unicast = 1u << vf::info_shift, all_groups = 2u << vf::info_shift;

}  // namespace

// igb looks at the address even here.
bool Device::forget_unicast_filters() {
    return granted_by_pf(about(vf::request::mac | forget_filters, mac()), 3);
}

bool Device::add_unicast_filter(std::uint32_t, const MacAddress& mac) {
    return granted_by_pf(about(vf::request::mac | add_filter, mac), 3);
}

bool Device::ask_for_mode(ReceiveMode mode) {
    const std::uint32_t info = mode == ReceiveMode::everything      ? all_unicast | all_groups
                               : mode == ReceiveMode::all_multicast ? all_groups
                                                                    : 0;
    return granted_by_pf({vf::request::igb_modes | info}, 1);
}

}  // namespace ringside::igbvf
