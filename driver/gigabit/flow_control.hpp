// Pause frames (IEEE 802.3, annex 31B) on the 1-gigabit cards: when the card asks for silence, and what two
// copper ports agree on.
#pragma once

#include "driver/nic.hpp"

#include <algorithm>
#include <cstdint>

namespace ringside::gigabit {

// Fullness of the receive packet buffer, in bytes: at `high` the card asks for silence, below `low` it has
// the partner go on. Multiples of 16, which all cards can have (8254x: 8).
struct PauseMarks {
    std::uint32_t low, high;
};

// What may still arrive after we have decided to ask for silence: our request waits for the frame that we are
// sending, the partner finishes the one it is sending; besides that what is sent in the time that it takes it
// to obey (2 pause quanta) and the frames are on 100 m of cable, less than 1 KiB.
constexpr std::uint32_t pause_reserve(std::uint32_t largest_frame) { return 2 * largest_frame + 1024; }

// `buffer` and `largest_frame` in bytes. One frame at least always fits below the high mark: where the buffer
// is too small for that and the reserve (jumbo frames on the 82574), the reserve is shorter, and pauses make
// losses rare rather than impossible. From the low mark on there is half of what was waiting to work off,
// until the partner's next frame is here.
constexpr PauseMarks pause_marks(std::uint32_t buffer, std::uint32_t largest_frame) {
    const std::uint32_t reserve = std::min(pause_reserve(largest_frame), buffer - largest_frame - 16);
    const std::uint32_t high = (buffer - reserve) / 16 * 16;
    return {high / 2 / 16 * 16, high};
}

// In 512 bit times: 34 ms at 1 Gb/s.
inline constexpr std::uint32_t longest_pause = 0xFFFF;

// What a copper port says of itself (annex 28B.2): the bits PAUSE and ASM_DIR of the advertisement, MII
// registers 4 and 5.
struct PauseAbility {
    bool pause = false, asymmetric = false;
    friend constexpr bool operator==(PauseAbility, PauseAbility) = default;
};
// A port that only honours cannot say so: it offers to send as well, and then does not.
constexpr PauseAbility advertised(FlowControl wanted) {
    return {.pause = wanted.honour, .asymmetric = wanted.send || wanted.honour};
}
// Table 28B-3, from our side.
constexpr FlowControl agreed(PauseAbility ours, PauseAbility theirs) {
    if (ours.pause && theirs.pause) return {.send = true, .honour = true};
    if (!ours.asymmetric || !theirs.asymmetric) return {};
    return {.send = !ours.pause && theirs.pause, .honour = ours.pause && !theirs.pause};
}

}  // namespace ringside::gigabit
