#include "driver/ixgbe/time_sync.hpp"

#include "driver/ixgbe/device.hpp"
#include "driver/ixgbe/registers.hpp"

namespace ringside::ixgbe {

// The clock's period at each speed, and as many bits for a nanosecond's parts as leave room for running a
// quarter faster. The X540's increment has seven bits more.
TimeCounter::Rate TimeSync::rate() {
    const unsigned more = wide_increment_ ? 7 : 0;
    const auto links = regs_.read<LINKS>();
    if (links[LINKS::UP]) {
        if (links[LINKS::SPEED] == LinkSpeed::gbit_1) return {64, 1, 17 + more};
        if (links[LINKS::SPEED] == LinkSpeed::mbit_100) return {640, 1, 14 + more};
    }
    return {32, 5, 21 + more};
}

void TimeSync::write_increment(std::uint32_t increment) {
    if (wide_increment_)
        regs_.write(TIMINCA::raw(increment));
    else
        regs_.write(TIMINCA::INCREMENT(increment) | TIMINCA::PERIOD(1));
}

// §7.9.3.1: reading the lower half keeps the upper one for the read that follows.
std::uint64_t TimeSync::read() {
    const std::uint32_t low = regs_.read<SYSTIML>().raw();
    return std::uint64_t{regs_.read<SYSTIMH>().raw()} << 32 | low;
}

// Reading the upper half makes room for the next stamp.
std::optional<std::uint64_t> TimeSync::take_rx_stamp() {
    if (!regs_.read<TSYNCRXCTL>()[TSYNCRXCTL::VALID]) return std::nullopt;
    const std::uint32_t low = regs_.read<RXSTMPL>().raw();
    return std::uint64_t{regs_.read<RXSTMPH>().raw()} << 32 | low;
}

std::optional<std::uint64_t> TimeSync::take_tx_stamp() {
    if (!regs_.read<TSYNCTXCTL>()[TSYNCTXCTL::VALID]) return std::nullopt;
    const std::uint32_t low = regs_.read<TXSTMPL>().raw();
    return std::uint64_t{regs_.read<TXSTMPH>().raw()} << 32 | low;
}

// §7.9.5: version 2's event messages, over Ethernet by an EtherType filter, over UDP by their port. A rule
// for PTP's EtherType has a filter of its own (rules.cpp), which the card finds first.
std::unique_ptr<TimeCounter> Device::set_up_time_stamps() {
    constexpr std::uint32_t last = ETQF::count - 1;
    regs_.write(last, ETQS::raw(0));
    regs_.write(last, ETQF::ETYPE(ptp_ether_type) | ETQF::IEEE_1588(true) | ETQF::FILTER_EN(true));
    regs_.write(RXMTRL::UDP_PORT(ptp_event_port));
    regs_.write(TSYNCTXCTL::EN(true));
    regs_.write(TSYNCRXCTL::TYPE(StampedMessages::event_v2) | TSYNCRXCTL::EN(true));
    // Stamps of before.
    static_cast<void>(regs_.read<RXSTMPH>());
    static_cast<void>(regs_.read<TXSTMPH>());
    return std::make_unique<TimeSync>(regs_, card_.wide_time_increment);
}

}  // namespace ringside::ixgbe
