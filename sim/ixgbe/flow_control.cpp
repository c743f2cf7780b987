#include "sim/ixgbe/flow_control.hpp"

#include "sim/ixgbe/bits.hpp"
#include "sim/ixgbe/bytes.hpp"

#include <chrono>
#include <cstring>

namespace ringside::sim::ixgbe {
namespace {

// 512 bit times at 10 Gb/s are 51.2 ns.
constexpr std::uint64_t quantum_tenths = 512;
constexpr std::uint32_t mark_bits = 0x7FFE0;

}  // namespace

void FlowControl::reload(const RegisterStore& r) noexcept {
    const std::uint32_t high = r.get(reg::FCRTH), low = r.get(reg::FCRTL);
    obeys_ = (r.get(reg::MFLCN) & bit(3)) != 0;
    tells_ = field(r.get(reg::FCCFG), 4, 3) == 1 && (high & bit(31)) != 0;
    tells_on_ = (low & bit(31)) != 0;
    high_ = high & mark_bits;
    low_ = low & mark_bits;
    time_ = static_cast<std::uint16_t>(r.get(reg::FCTTV));
    const std::uint32_t words[] = {r.get(reg::RAL), r.get(reg::RAH)};
    std::memcpy(source_.data(), words, source_.size());
    if (!obeys_) until_.reset();
    if (!tells_) is_off_ = false;
}

void FlowControl::pause(std::uint32_t quanta, hal::Clock::Duration now) noexcept {
    if (!obeys_) return;
    until_ = now + std::chrono::nanoseconds(quanta * quantum_tenths / 10);
}

FlowControl::Signal FlowControl::cross(std::size_t used) noexcept {
    if (!is_off_ && used > high_) {
        is_off_ = true;
        return Signal::off;
    }
    if (is_off_ && used <= low_) {
        is_off_ = false;
        return tells_on_ ? Signal::on : Signal::none;
    }
    return Signal::none;
}

FlowControl::PauseFrame FlowControl::frame(Signal signal) const noexcept {
    constexpr std::uint64_t group = 0x010000C28001;  // 01:80:C2:00:00:01, first byte lowest
    constexpr std::uint16_t mac_control = 0x8808, opcode = 1;
    PauseFrame f{};
    std::memcpy(f.data(), &group, 6);
    std::memcpy(&f[6], source_.data(), source_.size());
    put_big_endian16(&f[12], mac_control);
    put_big_endian16(&f[14], opcode);
    put_big_endian16(&f[16], signal == Signal::off ? time_ : 0u);
    return f;
}

}  // namespace ringside::sim::ixgbe
