// Time that passes only when a test, or a driver that sleeps, lets it. Nothing waits for real.
#pragma once

#include "hal/clock.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace ringside::test {

// One thread. Listeners are told after each step of passing time: that is when simulated devices do their
// work.
class FakeClock final : public hal::Clock {
public:
    // `tick` passes with every look at the clock, for code that spins on now() without sleeping.
    explicit FakeClock(Duration tick = Duration::zero()) : tick_(tick) {}

    Duration now() override { return time_ += tick_; }
    // Passes the time in a few steps, so that what becomes due on the way happens in order.
    void sleep(Duration duration) override {
        constexpr int steps = 4;
        const Duration start = time_;
        for (int i = 1; i <= steps; ++i) {
            time_ = std::max(time_, start + std::max(duration, Duration::zero()) * i / steps);
            tell();
        }
    }
    // Only the time: nobody is told.
    void advance(Duration duration) { time_ += duration; }
    // Tells everybody without time passing.
    void tell() {
        const auto listeners = listeners_;  // a listener may come or go meanwhile
        for (const auto& [id, listener] : listeners)
            if (listeners_.contains(id)) listener();
    }

    int listen(std::function<void()> listener) {
        listeners_.emplace(++last_id_, std::move(listener));
        return last_id_;
    }
    void forget(int id) { listeners_.erase(id); }

private:
    Duration tick_;
    Duration time_ = std::chrono::seconds(1);  // not 0: code must not rely on that
    std::map<int, std::function<void()>> listeners_;
    int last_id_ = 0;
};

}  // namespace ringside::test
