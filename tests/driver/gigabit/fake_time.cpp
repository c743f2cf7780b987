#include "tests/driver/gigabit/fake_time.hpp"

#include <algorithm>

namespace ringside::test {

namespace {

enum : std::uint32_t {
    SYSTIML = 0xB600,
    SYSTIMH = 0xB604,
    TIMINCA = 0xB608,
    TSYNCTXCTL = 0xB614,
    TXSTMPL = 0xB618,
    TXSTMPH = 0xB61C,
    TSYNCRXCTL = 0xB620,
    RXSTMPL = 0xB624,
    RXSTMPH = 0xB628,
    RXSATRH = 0xB630,
    RXMTRL = 0xB634,
    RXUDP = 0xB638,
};

constexpr std::uint32_t valid = 1, enabled = 1u << 4, event_v2 = 5u << 1;

}  // namespace

void FakeTime::reset() {
    std::ranges::fill(registers_, 0u);
    count_ = 0;
    at_ = clock_.now();
}

std::uint64_t FakeTime::count() {
    const auto ticks = (clock_.now() - at_) / tick_;
    at_ += ticks * tick_;
    const std::uint32_t increment = reg(TIMINCA) & 0xFFFFFF, period = reg(TIMINCA) >> 24;
    if (period != 0) count_ += static_cast<std::uint64_t>(ticks) / period * increment;
    return count_;
}

void FakeTime::set_count(std::uint64_t value) {
    count();
    count_ = value;
}

std::uint32_t FakeTime::load(std::uint32_t offset) {
    switch (offset) {
        case SYSTIML: {
            clock_.advance(read_time);
            if (!wrong_bits.empty()) {
                wrong_ = wrong_bits.front();
                wrong_bits.pop_front();
            } else {
                wrong_ = 0;
            }
            const std::uint64_t now = count() ^ wrong_;
            reg(SYSTIMH) = static_cast<std::uint32_t>(now >> 32);
            return static_cast<std::uint32_t>(now);
        }
        case SYSTIMH:
            clock_.advance(read_time);
            return latches_ ? reg(SYSTIMH) : static_cast<std::uint32_t>((count() ^ wrong_) >> 32);
        case TXSTMPH: reg(TSYNCTXCTL) &= ~valid; return reg(TXSTMPH);
        case RXSTMPH:
            if (!freed_by_source) reg(TSYNCRXCTL) &= ~valid;
            return reg(RXSTMPH);
        case RXSATRH:
            if (freed_by_source) reg(TSYNCRXCTL) &= ~valid;
            return reg(RXSATRH);
        default: return reg(offset);
    }
}

void FakeTime::store(std::uint32_t offset, std::uint32_t value) {
    if (offset == TSYNCTXCTL || offset == TSYNCRXCTL) value = (value & ~valid) | (reg(offset) & valid);
    count();  // what was before the write, as it was then
    reg(offset) = value;
}

// Version 2's event messages: over Ethernet; over UDP in an IPv4 packet without options.
bool FakeTime::received(std::span<const std::byte> frame, bool filtered) {
    const auto big16 = [&](std::size_t at) {
        return std::to_integer<std::uint32_t>(frame[at]) << 8 | std::to_integer<std::uint32_t>(frame[at + 1]);
    };
    if ((reg(TSYNCRXCTL) & (enabled | 0xE | valid)) != (enabled | event_v2) || frame.size() < 60)
        return false;
    const bool ethernet = filtered || (reg(RXMTRL) != 0 && (reg(RXMTRL) & 0xFFFF) == big16(12));
    const std::uint32_t port = (reg(RXUDP) & 0xFF) << 8 | ((reg(RXUDP) >> 8) & 0xFF);
    const bool udp = big16(12) == 0x0800 && frame[23] == std::byte{17} && port != 0 && big16(36) == port;
    if (!ethernet && !udp) return false;
    const std::size_t at = ethernet ? 14 : 42;
    if ((frame[at] & std::byte{0xF}) > std::byte{3} || (frame[at + 1] & std::byte{0xF}) != std::byte{2})
        return false;
    const std::uint64_t now = count();
    reg(RXSTMPL) = static_cast<std::uint32_t>(now);
    reg(RXSTMPH) = static_cast<std::uint32_t>(now >> 32);
    reg(TSYNCRXCTL) |= valid;
    return true;
}

void FakeTime::sent() {
    if ((reg(TSYNCTXCTL) & (enabled | valid)) != enabled) return;
    const std::uint64_t now = count();
    reg(TXSTMPL) = static_cast<std::uint32_t>(now);
    reg(TXSTMPH) = static_cast<std::uint32_t>(now >> 32);
    reg(TSYNCTXCTL) |= valid;
}

}  // namespace ringside::test
