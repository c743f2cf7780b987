#include "driver/hybrid.hpp"

#include <algorithm>
#include <utility>

namespace ringside {

Hybrid::Hybrid(std::vector<RxSource> sources, const Options& options, hal::Clock& clock)
    : sources_(std::move(sources)), options_(options), clock_(clock), patience_(options.shortest_patience) {}

void Hybrid::idle() {
    const auto now = clock_.now();
    if (!idle_) {
        idle_ = true;
        since_ = now;
        return;
    }
    if (now - since_ < patience_) return;
    ++counters_.sleeps;
    const bool frames = wait_for_frames(sources_, options_.longest_sleep);
    const auto slept = clock_.now() - now;
    counters_.asleep += slept;
    counters_.wake_ups += frames;
    if (frames) adapt(slept);
    // A sleep that brought nothing is followed by the next one.
    idle_ = !frames;
}

// A frame that came within the patience of now would have been received by polling, sooner and cheaper. The
// factor of 8 keeps what one short sleep has taught for a while.
void Hybrid::adapt(hal::Clock::Duration slept) {
    const hal::Clock::Duration shortest = options_.shortest_patience, longest = options_.longest_patience;
    if (slept < longest)
        patience_ = std::min(patience_ * 2, longest);
    else if (slept > longest * 8)
        patience_ = std::max(patience_ / 2, shortest);
}

}  // namespace ringside
