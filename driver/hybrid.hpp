// Receiving that polls under load and sleeps when idle, as Linux's NAPI does. For programs that shall not
// burn a core while nothing happens:
//
//   Hybrid hybrid({{*nic, 0}});                       // NIC started with NicConfig::interrupts
//   while (!stop) hybrid.after(rx.receive(batch) > 0);  // and whatever the program does with the batch
#pragma once

#include "driver/nic.hpp"
#include "hal/clock.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace ringside {

// Decides when one thread polls and when it sleeps. The interrupt costs microseconds, so after the last frame
// the thread goes on polling for a while ("patience") before it sleeps. How long, adapts: sleeps that a frame
// ends at once were not worth it, and make it longer; long sleeps make it shorter.
class Hybrid {
public:
    struct Options {
        std::chrono::microseconds shortest_patience{5};
        std::chrono::microseconds longest_patience{100};
        std::chrono::milliseconds longest_sleep{100};  // the program looks at other things at least so often
    };
    // `sources`: the receive queues that the thread serves, and nobody else does. The NICs run with
    // interrupts as long as this lives.
    explicit Hybrid(std::vector<RxSource> sources, const Options& options,
                    hal::Clock& clock = hal::SystemClock::instance());
    explicit Hybrid(std::vector<RxSource> sources) : Hybrid(std::move(sources), Options{}) {}

    // To be called after each round over all sources. `worked`: the round has moved something, or could not
    // move all it has. Returns at once if it has, and while patience lasts; then it sleeps until a frame
    // arrives, `longest_sleep` is over, or a signal handler has run. Throws as Nic::wait_for_frames().
    void after(bool worked) {
        if (worked)
            idle_ = false;
        else
            idle();
    }

    struct Counters {
        std::uint64_t sleeps = 0;    // how often the thread went to sleep
        std::uint64_t wake_ups = 0;  // how often a frame ended that
        hal::Clock::Duration asleep{};
    };
    const Counters& counters() const { return counters_; }
    hal::Clock::Duration patience() const { return patience_; }

private:
    void idle();
    void adapt(hal::Clock::Duration slept);

    const std::vector<RxSource> sources_;
    const Options options_;
    hal::Clock& clock_;
    bool idle_ = false;
    hal::Clock::Duration since_{};  // when the last round with work ended
    hal::Clock::Duration patience_;
    Counters counters_;
};

}  // namespace ringside
