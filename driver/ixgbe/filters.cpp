// Which frames are ours: datasheet §7.1.1 (Packet Filtering), registers §8.2.3.7.
#include "driver/ixgbe/device.hpp"

#include "hal/error.hpp"

#include <algorithm>

namespace ringside::ixgbe {

// §8.2.3.7.8. The device has loaded its own address into the first entry.
MacAddress Device::read_mac() {
    const std::uint32_t low = regs_.read<RAL>(0).raw();
    const auto high = regs_.read<RAH>(0);
    MacAddress mac;
    for (unsigned i = 0; i < 4; ++i) mac.bytes[i] = static_cast<std::uint8_t>(low >> (8 * i));
    for (unsigned i = 0; i < 2; ++i) mac.bytes[4 + i] = static_cast<std::uint8_t>(high[RAH::ADDR] >> (8 * i));
    if (!high[RAH::AV] || mac.is_zero() || mac.is_multicast())
        throw hal::Error(regs_.who() + ": the card's own address " + to_string(mac) +
                         " is not a valid unicast address; its EEPROM is damaged");
    return mac;
}

void Device::write_receive_address(std::uint32_t index, const MacAddress& mac) {
    std::uint32_t low = 0, high = 0;
    for (unsigned i = 0; i < 4; ++i) low |= std::uint32_t{mac.bytes[i]} << (8 * i);
    for (unsigned i = 0; i < 2; ++i) high |= std::uint32_t{mac.bytes[4 + i]} << (8 * i);
    // Off while half of it is new.
    regs_.write(index, RAH::ADDR(0) | RAH::AV(false));
    regs_.write(index, RAL::raw(low));
    // AV belongs to every write of the address: without it the entry is dead.
    regs_.write(index, RAH::ADDR(high) | RAH::AV(true));
}

// Tables are memory: a reset need not clear them (the multicast table comes up with anything in it).
void Device::clear_filters() {
    for (std::uint32_t i = 1; i < RAH::count; ++i) {
        regs_.write(i, RAH::ADDR(0) | RAH::AV(false));
        regs_.write(i, RAL::raw(0));
    }
    for (std::uint32_t i = 0; i < MTA::count; ++i) regs_.write(i, MTA::raw(0));
    for (std::uint32_t i = 0; i < VFTA::count; ++i) regs_.write(i, VFTA::raw(0));
    for (std::uint32_t i = 0; i < PFUTA::count; ++i) regs_.write(i, PFUTA::raw(0));
    for (std::uint32_t i = 0; i < PFVLVF::count; ++i) regs_.write(i, PFVLVF::raw(0));
    for (std::uint32_t i = 0; i < PFVLVFB::count; ++i) regs_.write(i, PFVLVFB::raw(0));
}

// A filter that an earlier driver left behind would steer frames to queues that are off.
void Device::clear_queue_filters() {
    for (std::uint32_t i = 0; i < FTQF::count; ++i) regs_.write(i, FTQF::raw(0));
    for (std::uint32_t i = 0; i < ETQF::count; ++i) {
        regs_.write(i, ETQF::raw(0));
        regs_.write(i, ETQS::raw(0));
    }
    regs_.write(SYNQF::raw(0));
}

void Device::apply_filters() {
    write_receive_address(0, mac_);
    for (std::uint32_t i = 0; i < unicast_.size(); ++i) write_receive_address(i + 1, unicast_[i]);
    write_multicast_table();
    // §8.2.3.7.1: bad frames are never stored; broadcast always is.
    regs_.write(FCTRL::SBP(false) | FCTRL::BAM(true) | FCTRL::UPE(promiscuous()) |
                FCTRL::MPE(promiscuous() || all_multicast_));
}

// §7.1.1.3: 12 bits of the address select one of 4096; with MO = 0 they are bits 47:36, the last ones sent.
void Device::write_multicast_table() {
    std::array<std::uint32_t, MTA::count> table{};
    for (const MacAddress& group : multicast_) {
        const std::uint32_t index = (std::uint32_t{group.bytes[5]} << 4 | group.bytes[4] >> 4) & 0xFFF;
        table[index >> 5] |= 1u << (index & 31);
    }
    for (std::uint32_t i = 0; i < MTA::count; ++i) regs_.write(i, MTA::raw(table[i]));
    regs_.write(MCSTCTRL::MO(0) | MCSTCTRL::MFE(!multicast_.empty()));
}

void Device::set_mac(const MacAddress& mac) {
    if (mac.is_zero() || mac.is_multicast())
        throw hal::Error(to_string(mac) + " cannot be a card's own address: it must be unicast and not zero");
    mac_ = mac;
    write_receive_address(0, mac_);
}

void Device::set_promiscuous(bool on) {
    promiscuous_ = on;
    config_.promiscuous = false;  // this is the later word
    regs_.update(FCTRL::UPE(on) | FCTRL::MPE(on || all_multicast_));
}

void Device::set_all_multicast(bool on) {
    all_multicast_ = on;
    regs_.update(FCTRL::MPE(on || promiscuous()));
}

void Device::set_unicast_filters(std::span<const MacAddress> addresses) {
    if (addresses.size() > RAL::count - 1)
        throw hal::Error(regs_.who() + ": " + std::to_string(addresses.size()) +
                         " unicast filters are too many: the card " + "has room for " +
                         std::to_string(RAL::count - 1) + "; use promiscuous mode");
    if (const auto bad = std::ranges::find_if(addresses, &MacAddress::is_multicast); bad != addresses.end())
        throw hal::Error(to_string(*bad) + " is a multicast address: it belongs to the multicast filters");
    const std::size_t before = unicast_.size();
    unicast_.assign(addresses.begin(), addresses.end());
    for (std::uint32_t i = 0; i < unicast_.size(); ++i) write_receive_address(i + 1, unicast_[i]);
    for (auto i = static_cast<std::uint32_t>(unicast_.size()); i < before; ++i)
        regs_.write(i + 1, RAH::ADDR(0) | RAH::AV(false));
}

void Device::set_multicast_filters(std::span<const MacAddress> groups) {
    const auto bad = std::ranges::find_if(groups, [](const MacAddress& g) { return !g.is_multicast(); });
    if (bad != groups.end())
        throw hal::Error(to_string(*bad) + " is not a multicast address: it belongs to the unicast filters");
    multicast_.assign(groups.begin(), groups.end());
    write_multicast_table();
}

}  // namespace ringside::ixgbe
