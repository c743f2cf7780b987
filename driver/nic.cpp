#include "driver/nic.hpp"

#include "hal/error.hpp"

#include <algorithm>
#include <cstdio>

namespace ringside {

std::string to_string(const MacAddress& mac) {
    char text[18];
    const auto& b = mac.bytes;
    std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
    return text;
}

std::string to_string(const Link& link) {
    if (!link.up) return "down";
    if (link.mbit_per_second == 0) return "up";
    if (link.mbit_per_second % 1000 == 0)
        return "up, " + std::to_string(link.mbit_per_second / 1000) + " Gb/s";
    return "up, " + std::to_string(link.mbit_per_second) + " Mb/s";
}

bool wait_for_frames(std::span<const RxSource> sources, hal::Clock::Duration limit, hal::Clock& clock) {
    if (2 * sources.size() > hal::Event::most)
        throw hal::Error("one thread cannot sleep on " + std::to_string(sources.size()) +
                         " receive queues; share them among several");
    const auto ready = [&] {
        return std::ranges::any_of(sources, [](const RxSource& s) { return s.nic.rx(s.queue).ready(); });
    };
    const auto deadline = clock.now() + limit;
    std::vector<const hal::Event*> events;
    while (!ready()) {
        events.clear();
        for (const RxSource& s : sources)
            for (const hal::Event* event : s.nic.listen(s.queue)) events.push_back(event);
        // Only now are the interrupts sure to come: a frame may have been complete a moment before.
        const auto left = deadline - clock.now();
        const bool over = ready() || left <= hal::Clock::Duration::zero() || !hal::Event::wait(events, left);
        for (const RxSource& s : sources) s.nic.stop_listening(s.queue);
        if (over) break;
    }
    return ready();
}

}  // namespace ringside
