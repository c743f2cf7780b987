// How ixgbe, as the physical function's driver, is asked.
#include "driver/ixgbevf/device.hpp"

#include "hal/error.hpp"

#include <algorithm>

namespace ringside::ixgbevf {

namespace {

// Versions of the language are numbered in the order in which they came: 1.0, 2.0 (nobody's), 1.1, 1.2, …
constexpr std::uint32_t version_1_0 = 0, version_1_1 = 2, version_1_2 = 3, version_1_3 = 4;

}  // namespace

// The fourth word of the answer, if there is one, is how multicast addresses are hashed.
void Device::agree_with_pf() {
    hash_groups_by(report_in()[3]);
    agree_on_version();
}

// The newest that both know. One that does not know the question speaks the oldest.
void Device::agree_on_version() {
    for (const std::uint32_t version : {version_1_3, version_1_2, version_1_1}) {
        version_ = version;
        if (granted_by_pf({vf::request::ixgbe_version, version}, 2)) return;
    }
    version_ = version_1_0;
}

// RSS over our queues is set up by the physical function, and cannot be read or changed by us; but we choose
// over how many, see set_up_receive().
void Device::ask_for_queues() {
    std::uint32_t rx = 1, tx = 1;
    if (version_ >= version_1_1) {
        const vf::Message answer = ask({vf::request::ixgbe_queues}, 5);
        if (answer[0] & vf::granted) {
            tx = std::clamp<std::uint32_t>(answer[1], 1, most_tx_queues);
            rx = std::clamp<std::uint32_t>(answer[2], 1, most_rx_queues);
        }
    }
    has_queues(rx, tx);
}

bool Device::forget_unicast_filters() { return granted_by_pf(about(vf::request::ixgbe_filter, mac()), 3); }

// The first of a list clears the list of before; that was done already.
bool Device::add_unicast_filter(std::uint32_t entry, const MacAddress& mac) {
    return granted_by_pf(about(vf::request::ixgbe_filter | entry << vf::info_shift, mac), 3);
}

// One that does not trust us grants less than was asked for, and says so.
bool Device::ask_for_mode(ReceiveMode mode) {
    const auto wanted = static_cast<std::uint32_t>(mode);
    if (version_ < (mode == ReceiveMode::everything ? version_1_3 : version_1_2)) return false;
    const vf::Message answer = ask({vf::request::ixgbe_modes, wanted}, 2);
    return (answer[0] & vf::granted) && answer[1] == wanted;
}

}  // namespace ringside::ixgbevf
