// Waiting for a device: an eventfd, which the kernel or another process signals when the device interrupts.
#pragma once

#include "hal/clock.hpp"
#include "hal/fd.hpp"

#include <cstddef>
#include <span>

namespace ringside::hal {

// Remembers that it was signalled until somebody takes that; any number of signals in between count as one.
// Threads: any. Throws Error from the constructor only.
class Event {
public:
    Event();

    int fd() const noexcept { return fd_.get(); }
    void signal() noexcept;
    // Whether it was signalled since the last take.
    bool take() noexcept;

    // How many can be waited for at once.
    static constexpr std::size_t most = 256;
    // Waits until one of `events`, at most `most`, is signalled, at most `limit`; they stay signalled. False:
    // time is up, or a signal handler ran (callers look at their own condition and, mostly, wait again).
    static bool wait(std::span<const Event* const> events, Clock::Duration limit) noexcept;

private:
    Fd fd_;
};

}  // namespace ringside::hal
