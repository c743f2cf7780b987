// A card's own clock, and the times at which it saw frames (IEEE 1588, PTP). Nic::clock() has it, for cards
// with Feature::hardware_clock that were started with NicConfig::time_stamps.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace ringside {

// Nanoseconds on a card's clock, since its zero: the start of the NIC, until set() or step() moves it.
using HardwareTime = std::chrono::nanoseconds;

// The clock runs from start() to stop(). One thread at a time; any thread, also while others use the queues.
// Everything here reads registers, about a microsecond each on a real card, and throws hal::DeviceGone if the
// card is no longer there.
//
// The card's counter is narrower than it would have to be to count for ever; how often it has begun anew is
// told by the host's clock, for which the clock has to be asked, or a stamp taken, once a day.
class HardwareClock {
public:
    virtual ~HardwareClock() = default;

    virtual HardwareTime now() = 0;
    virtual void set(HardwareTime time) = 0;
    // Moves the clock, forward or back.
    virtual void step(HardwareTime by) = 0;

    // Lets it run faster (or slower, if negative) by so many billionths than its crystal does: each call
    // replaces the one before. Throws hal::Error beyond max_ppb(). The card rounds to multiples of
    // resolution_ppb(), which depends on the link's speed, as both do.
    virtual void adjust_frequency(std::int32_t ppb) = 0;
    virtual std::int32_t max_ppb() = 0;
    virtual double resolution_ppb() = 0;
    // How long the clock stands between two of its ticks: times are never finer.
    virtual double tick_nanoseconds() = 0;

    // When the first bit after the start-of-frame delimiter of a frame came in or went out; nothing if no
    // stamp is there. The card holds one stamp for each direction, and takes no other until that is taken,
    // which should be within half a minute: then it is also told rightly if the counter began anew since.
    //
    // Received: event messages of PTP version 2 are stamped, over Ethernet (type 88F7) or over UDP (port
    // 319; not on the 82576). RxInfo::time_stamped marks the frame whose stamp it is. A frame that was
    // stamped and then dropped leaves a stamp behind without a frame: programs that see no marked frame for a
    // while take it away.
    virtual std::optional<HardwareTime> take_rx_stamp() = 0;
    // Sent: of the frame with TxRequest::time_stamp. The stamp comes when the frame goes out, which may be
    // later than its buffer comes back.
    virtual std::optional<HardwareTime> take_tx_stamp() = 0;
};

}  // namespace ringside
