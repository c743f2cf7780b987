// How many receive buffers to keep posted: the decision only.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>

namespace ringside::mem {

// A card uses the buffers of a receive ring in turn, all of them, however little traffic there is: a ring of
// 4096 that receives 20 frames at a time still drags 4096 buffers through the cache. Whoever posts only as
// many as recent bursts call for, and takes them from a stack, cycles through a few that stay in the cache,
// and the ring is still long when a burst needs it (docs/sizing.md).
//
// A burst here is all that came until a look at the ring found no more, however many calls of receive() that
// took. A few instructions a call; one thread.
class PostedBuffers {
public:
    // Ten bursts: Toasty, ASPLOS 2026.
    static constexpr std::uint32_t bursts = 10;
    static constexpr std::uint32_t smallest = 64;
    // Each smaller burst brings the memory of larger ones down by 1/128: by half in 89 bursts.
    static constexpr std::uint32_t slowness = 7;

    // Never more than `most`: the ring's size less one, or Sizing::posted_at_most, beyond which buffers no
    // longer stay in the cache. Never less than `least`: Sizing::posted_at_least, for those who know their
    // longest poll gap.
    explicit PostedBuffers(std::uint32_t most, std::uint32_t least = smallest) noexcept
        : most_(most), least_(std::min(least, most)), posted_(most) {
        assert(most <= largest);
    }

    // How many to keep posted: all, until the first burst has been seen.
    std::uint32_t wanted() const noexcept { return posted_; }

    // After a call that received so many buffers: how many to keep posted from now on. `more`: the call took
    // all it could, so the burst goes on. Nothing received says nothing of how large bursts are: a pause is
    // not forgetting.
    std::uint32_t after(std::uint32_t received, bool more) noexcept {
        assert(received <= largest);
        burst_ = received == 0 ? 0 : std::min(burst_ + received, largest);
        if (received == 0) return posted_;
        const std::uint32_t remembered = more ? recent_ : recent_ - (recent_ >> slowness);
        recent_ = std::max(remembered, burst_ << fraction);
        if (!more) burst_ = 0;
        return posted_ = std::clamp((recent_ * bursts) >> fraction, least_, most_);
    }

private:
    static constexpr unsigned fraction = 10;  // bits of recent_ after the point: enough for it to decay to 1
    static constexpr std::uint32_t largest = 1u << 16;  // ten of it, with the fraction, fit 32 bits

    std::uint32_t most_, least_;
    std::uint32_t posted_;
    std::uint32_t burst_ = 0;   // so far
    std::uint32_t recent_ = 0;  // the largest burst of late
};

}  // namespace ringside::mem
