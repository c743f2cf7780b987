#include "sim/ixgbe/filters.hpp"

#include "sim/ixgbe/bits.hpp"

#include <algorithm>

namespace ringside::sim::ixgbe {
namespace {

constexpr std::size_t longest_jumbo = 15872;  // 15.5 KiB, whatever MAXFRS says

}  // namespace

void Filters::reload(const RegisterStore& registers) {
    const std::uint32_t fctrl = registers.get(reg::FCTRL);
    all_multicast_ = (fctrl & FCTRL::MPE) != 0;
    all_unicast_ = (fctrl & FCTRL::UPE) != 0;
    broadcast_ = (fctrl & (FCTRL::BAM | FCTRL::MPE)) != 0;
    store_bad_ = (fctrl & FCTRL::SBP) != 0;

    const std::uint32_t vlnctrl = registers.get(reg::VLNCTRL);
    vlan_ether_type_ = static_cast<std::uint16_t>(vlnctrl);
    cfi_ = (vlnctrl & bit(28)) != 0;
    cfi_filter_ = (vlnctrl & bit(29)) != 0;
    vlan_filter_ = (vlnctrl & bit(30)) != 0;

    const std::uint32_t mcstctrl = registers.get(reg::MCSTCTRL);
    multicast_table_ = (mcstctrl & bit(2)) != 0;
    constexpr unsigned shifts[] = {36, 35, 34, 32};
    multicast_shift_ = shifts[mcstctrl & 3];

    check_field_ = (registers.get(reg::HLREG0) & HLREG0::RXLNGTHERREN) != 0;
    const bool jumbo = (registers.get(reg::HLREG0) & HLREG0::JUMBOEN) != 0;
    max_length_ = jumbo ? std::min<std::size_t>(registers.get(reg::MAXFRS) >> 16, longest_jumbo) : 1518;

    address_count_ = 0;
    for (std::uint32_t i = 0; i < addresses_.size(); ++i) {
        const std::uint32_t high = registers.get(reg::RAH + 8 * i);
        if ((high & bit(31)) == 0) continue;
        addresses_[address_count_++] =
            static_cast<std::uint64_t>(high & 0xFFFF) << 32 | registers.get(reg::RAL + 8 * i);
    }
}

bool Filters::accepts_address(const FrameView& frame, const RegisterStore& registers) const noexcept {
    if (frame.broadcast) return broadcast_;
    for (std::size_t i = 0; i < address_count_; ++i)
        if (addresses_[i] == frame.destination) return true;
    if (!frame.multicast) return all_unicast_;
    if (all_multicast_) return true;
    if (!multicast_table_) return false;
    const std::uint32_t index = static_cast<std::uint32_t>(frame.destination >> multicast_shift_) & 0xFFF;
    return (registers.get(reg::MTA, index >> 5) & bit(index & 31)) != 0;
}

bool Filters::accepts_vlan(const FrameView& frame, const RegisterStore& registers) const noexcept {
    if (!frame.tagged) return true;
    if (cfi_filter_ && ((frame.tci & 0x1000) != 0) != cfi_) return false;
    if (!vlan_filter_) return true;
    const std::uint32_t id = frame.tci & 0xFFF;
    return (registers.get(reg::VFTA, id >> 5) & bit(id & 31)) != 0;
}

}  // namespace ringside::sim::ixgbe
