// Pause frames (IEEE 802.3 annex 31B; datasheet 3.7.7): obeying those of the partner, and telling the partner
// that the packet buffer fills up. Link flow control only; priorities have one buffer here.
#pragma once

#include "hal/clock.hpp"
#include "sim/ixgbe/register_store.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace ringside::sim::ixgbe {

class FlowControl {
public:
    static constexpr std::size_t frame_size = 60;
    using PauseFrame = std::array<std::byte, frame_size>;

    void reset() { *this = FlowControl(); }
    // After a write to MFLCN, FCCFG, FCTTV, FCRTL, FCRTH or RAL/RAH(0).
    void reload(const RegisterStore& registers) noexcept;

    // A pause frame came. `quanta`: 512 bit times each; 0 ends a pause.
    void pause(std::uint32_t quanta, hal::Clock::Duration now) noexcept;
    bool paused(hal::Clock::Duration now) noexcept {
        if (!until_) [[likely]]
            return false;
        if (now >= *until_) until_.reset();
        return until_.has_value();
    }
    bool pausing() const noexcept { return until_.has_value(); }

    enum class Signal { none, off, on };
    // What the partner has to be told now that `used` bytes are in the packet buffer.
    Signal watch(std::size_t used) noexcept {
        if (!tells_) [[likely]]
            return Signal::none;
        return cross(used);
    }
    PauseFrame frame(Signal signal) const noexcept;

private:
    Signal cross(std::size_t used) noexcept;

    bool obeys_ = false;  // MFLCN.RFCE
    bool tells_ = false;  // FCCFG.TFCE is for the link, FCRTH.FCEN
    bool tells_on_ = false;
    bool is_off_ = false;
    std::size_t high_ = 0, low_ = 0;
    std::uint16_t time_ = 0;  // in what we send: FCTTV
    std::array<std::byte, 6> source_{};
    std::optional<hal::Clock::Duration> until_;
};

}  // namespace ringside::sim::ixgbe
