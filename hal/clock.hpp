// Time for code that waits. The driver and the software NIC take a Clock instead of asking the system, so
// that tests run at the speed of the processor and never sleep.
#pragma once

#include <chrono>

namespace ringside::hal {

class Clock {
public:
    using Duration = std::chrono::nanoseconds;

    virtual ~Clock() = default;
    // Time since an arbitrary start; never goes backwards.
    virtual Duration now() = 0;
    // Returns no earlier than `duration` from now.
    virtual void sleep(Duration duration) = 0;
};

// The machine's monotonic clock. Stateless; any thread.
class SystemClock final : public Clock {
public:
    Duration now() override;
    void sleep(Duration duration) override;
    static SystemClock& instance();
};

}  // namespace ringside::hal
