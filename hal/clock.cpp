#include "hal/clock.hpp"

#include <thread>

namespace ringside::hal {

Clock::Duration SystemClock::now() {
    return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

void SystemClock::sleep(Duration duration) { std::this_thread::sleep_for(duration); }

SystemClock& SystemClock::instance() {
    static SystemClock clock;
    return clock;
}

}  // namespace ringside::hal
