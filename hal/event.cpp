#include "hal/event.hpp"

#include "hal/error.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>

namespace ringside::hal {

Event::Event() : fd_(check(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "make an eventfd")) {}

void Event::signal() noexcept {
    const std::uint64_t one = 1;
    // It fails only if the count is at its limit: then it is signalled already.
    [[maybe_unused]] const auto written = ::write(fd_.get(), &one, sizeof one);
}

bool Event::take() noexcept {
    std::uint64_t count = 0;
    return ::read(fd_.get(), &count, sizeof count) == sizeof count;
}

bool Event::wait(std::span<const Event* const> events, Clock::Duration limit) noexcept {
    std::array<pollfd, most> fds;
    assert(events.size() <= most);
    const std::size_t count = std::min(events.size(), most);
    for (std::size_t i = 0; i < count; ++i) fds[i] = {events[i]->fd(), POLLIN, 0};
    const auto left = std::max(limit, Clock::Duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec timeout{seconds.count(), (left - seconds).count()};
    return ::ppoll(fds.data(), count, &timeout, nullptr) > 0;
}

}  // namespace ringside::hal
