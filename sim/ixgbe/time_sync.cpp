#include "sim/ixgbe/time_sync.hpp"

#include "sim/ixgbe/bits.hpp"
#include "sim/ixgbe/bytes.hpp"
#include "sim/ixgbe/headers.hpp"

namespace ringside::sim::ixgbe {
namespace {

namespace TSYNC {  // TSYNCRXCTL and TSYNCTXCTL
constexpr std::uint32_t VALID = bit(0), EN = bit(4);
constexpr std::uint32_t type(std::uint32_t v) { return field(v, 3, 1); }
constexpr std::uint32_t l2_v2 = 0, l4_v1 = 1, l2_l4_v2 = 2, event_v2 = 5;
}  // namespace TSYNC

// The clock of the port at 10 Gb/s: 6.4 ns, as a fraction.
constexpr std::uint64_t ticks_numerator = 5, ticks_denominator = 32;
constexpr std::size_t udp_size = 8;

constexpr std::uint32_t low(std::uint64_t v) { return static_cast<std::uint32_t>(v); }
constexpr std::uint32_t high(std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); }

}  // namespace

void TimeSync::reset() {
    base_time_ = 0;
    base_at_ = clock_.now();
    increment_ = period_ = upper_half_ = 0;
    received_ = sent_ = {};
    stamps_received_ = false;
}

// Every `period_` ticks, `increment_` is added. The counter wraps.
std::uint64_t TimeSync::system_time() const {
    if (period_ == 0) return base_time_;
    const auto elapsed = static_cast<std::uint64_t>((clock_.now() - base_at_).count());
    const std::uint64_t whole = elapsed / ticks_denominator, rest = elapsed % ticks_denominator;
    const std::uint64_t ticks = whole * ticks_numerator + rest * ticks_numerator / ticks_denominator;
    return base_time_ + ticks / period_ * increment_;
}

void TimeSync::set_rate(std::uint32_t timinca) {
    base_time_ = system_time();
    base_at_ = clock_.now();
    increment_ = wide_increment_ ? field(timinca, 30, 0) : field(timinca, 23, 0);
    period_ = wide_increment_ ? 1 : timinca >> 24;
}

// TIMADJ: an offset with a sign bit of its own, added once.
void TimeSync::adjust() {
    const std::uint32_t upper = registers_.get(reg::TIMADJH);
    const std::uint64_t offset = std::uint64_t{upper & 0x7FFFFFFF} << 32 | registers_.get(reg::TIMADJL);
    base_time_ += (upper & bit(31)) != 0 ? 0 - offset : offset;
}

std::uint32_t TimeSync::read(std::uint32_t offset) {
    switch (offset) {
        case reg::SYSTIML: {
            const std::uint64_t now = system_time();
            upper_half_ = high(now);
            return low(now);
        }
        case reg::SYSTIMH: return upper_half_;
        case reg::TSYNCRXCTL: return registers_.get(offset) | (received_.valid ? TSYNC::VALID : 0);
        case reg::TSYNCTXCTL: return registers_.get(offset) | (sent_.valid ? TSYNC::VALID : 0);
        case reg::RXSTMPL: return low(received_.time);
        case reg::TXSTMPL: return low(sent_.time);
        case reg::RXSTMPH: received_.valid = false; return high(received_.time);
        case reg::TXSTMPH: sent_.valid = false; return high(sent_.time);
        default: return registers_.get(offset);
    }
}

void TimeSync::write(std::uint32_t offset, std::uint32_t value, std::uint32_t writable) {
    registers_.set(offset, value & writable);
    switch (offset) {
        case reg::SYSTIML:
        case reg::SYSTIMH: {
            const std::uint64_t now = system_time();
            base_time_ = offset == reg::SYSTIML ? std::uint64_t{high(now)} << 32 | value
                                                : std::uint64_t{value} << 32 | low(now);
            base_at_ = clock_.now();
            return;
        }
        case reg::TIMINCA: return set_rate(value);
        case reg::TIMADJH: return adjust();
        case reg::TSYNCRXCTL: stamps_received_ = (value & TSYNC::EN) != 0; return;
        default: return;
    }
}

// `message` starts with the header of IEEE 1588: version 1 begins with its version, version 2 with the type
// of the message.
bool TimeSync::is_wanted(std::span<const std::byte> message, bool over_udp) const noexcept {
    constexpr std::size_t control_v1 = 32;
    constexpr std::uint32_t events = 4;  // types 0 to 3
    const std::uint32_t wanted = registers_.get(reg::RXMTRL);
    const std::uint32_t type = TSYNC::type(registers_.get(reg::TSYNCRXCTL));
    if (message.size() < 2) return false;
    const bool v1 = big_endian16(message.data()) == 1;
    const bool v2 = (std::to_integer<unsigned>(message[1]) & 0xF) == 2;
    const auto id = std::to_integer<std::uint32_t>(message[0]) & 0xF;
    if (type == TSYNC::l4_v1 ? !v1 : !v2) return false;
    switch (type) {
        case TSYNC::l4_v1:
            return over_udp && message.size() > control_v1 &&
                   std::to_integer<std::uint32_t>(message[control_v1]) == field(wanted, 7, 0);
        case TSYNC::l2_v2: return !over_udp && id == (field(wanted, 15, 8) & 0xF);
        case TSYNC::l2_l4_v2: return id == (field(wanted, 15, 8) & 0xF);
        case TSYNC::event_v2: return id < events;
        default: return false;
    }
}

bool TimeSync::stamp_received(std::span<const std::byte> frame, const FrameView& view, bool by_ether_type) {
    if (received_.valid) return false;
    const Headers h = find_headers(frame, view);
    const std::size_t l2_header = view.tagged ? 18 : 14;
    bool wanted = by_ether_type && is_wanted(frame.subspan(l2_header), false);
    if (!wanted && h.udp() && big_endian16(&frame[h.l4 + 2u]) == registers_.get(reg::RXMTRL) >> 16) {
        const std::size_t start = h.l4 + udp_size;
        wanted = is_wanted(frame.subspan(start, h.end - start), true);
    }
    if (wanted) received_ = stamp();
    return wanted;
}

void TimeSync::stamp_sent(std::uint32_t queue) {
    const std::uint32_t control = registers_.get(reg::TSYNCTXCTL);
    if ((control & TSYNC::EN) == 0)
        return strict_.flag(Mistake::time_stamp_off, "transmit queue", static_cast<int>(queue), control);
    if (sent_.valid)
        return strict_.flag(Mistake::time_stamp_waiting, "transmit queue", static_cast<int>(queue), control);
    sent_ = stamp();
}

TimeSync::Stamp TimeSync::stamp() const {
    if (period_ == 0 || increment_ == 0)
        strict_.flag(Mistake::time_stands_still, "TIMINCA", -1, registers_.get(reg::TIMINCA));
    return {system_time(), true};
}

}  // namespace ringside::sim::ixgbe
