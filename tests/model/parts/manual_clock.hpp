// A clock that stands still until the test moves it.
#pragma once

#include "hal/clock.hpp"

namespace ringside::sim::test {

class ManualClock final : public hal::Clock {
public:
    Duration now() override { return now_; }
    void sleep(Duration duration) override { now_ += duration; }

private:
    Duration now_{1'000'000};
};

}  // namespace ringside::sim::test
