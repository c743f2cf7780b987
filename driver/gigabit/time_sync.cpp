#include "driver/gigabit/time_sync.hpp"

namespace ringside::gigabit {

void TimeSync::enable(const hal::RegisterFile& regs) {
    regs.write(TSYNCTXCTL::EN(true));
    regs.write(TSYNCRXCTL::TYPE(StampedMessages::event_v2) | TSYNCRXCTL::EN(true));
    static_cast<void>(regs.read<TXSTMPH>());
    static_cast<void>(regs.read<RXSTMPH>());
    static_cast<void>(regs.read<RXSATRH>());
}

void TimeSync::write_increment(std::uint32_t increment) {
    increment_ = increment;
    regs_.write(TIMINCA::INCREMENT(increment) | TIMINCA::PERIOD(1));
}

std::uint64_t TimeSync::read_once() const {
    const std::uint32_t low = regs_.read<SYSTIML>().raw();
    return std::uint64_t{regs_.read<SYSTIMH>().raw()} << 32 | low;
}

// Two readings are believed if what lies between them is possible: a short time, and whole increments. Halves
// that do not belong together make no whole increments. QEMU's counter moves by parts of one, so the last
// reading is believed in any case.
std::uint64_t TimeSync::read() {
    std::uint64_t count = read_once();
    if (reading_ == Reading::latched) return count;
    constexpr int attempts = 20;
    constexpr std::uint64_t short_time = std::uint64_t{1} << 35;
    for (int i = 0; i < attempts; ++i) {
        const std::uint64_t before = count;
        count = read_once();
        if (count - before < short_time && (count - before) % increment_ == 0) break;
    }
    return count;
}

// The datasheets and drivers disagree about which register makes room for the next: RXSTMPH or RXSATRH.
std::optional<std::uint64_t> TimeSync::take_rx_stamp() {
    if (!regs_.read<TSYNCRXCTL>()[TSYNCRXCTL::VALID]) return std::nullopt;
    const std::uint32_t low = regs_.read<RXSTMPL>().raw();
    const std::uint64_t high = regs_.read<RXSTMPH>().raw();
    static_cast<void>(regs_.read<RXSATRH>());
    return high << 32 | low;
}

std::optional<std::uint64_t> TimeSync::take_tx_stamp() {
    if (!regs_.read<TSYNCTXCTL>()[TSYNCTXCTL::VALID]) return std::nullopt;
    const std::uint32_t low = regs_.read<TXSTMPL>().raw();
    return std::uint64_t{regs_.read<TXSTMPH>().raw()} << 32 | low;
}

}  // namespace ringside::gigabit
