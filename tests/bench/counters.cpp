#include "tests/bench/counters.hpp"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace ringside::bench {

namespace {

hal::Fd open_event(std::uint64_t event, int leader) {
    perf_event_attr attributes{};
    attributes.size = sizeof attributes;
    attributes.type = PERF_TYPE_HARDWARE;
    attributes.config = event;
    attributes.disabled = leader == -1;
    attributes.exclude_kernel = 1;
    attributes.exclude_hv = 1;
    attributes.read_format = PERF_FORMAT_GROUP;
    return hal::Fd(
        static_cast<int>(syscall(SYS_perf_event_open, &attributes, 0, -1, leader, PERF_FLAG_FD_CLOEXEC)));
}

std::string explain(int error) {
    if (error == ENOENT || error == EOPNOTSUPP || error == ENODEV)
        return "this machine has no hardware counters (a virtual machine without a "
               "virtual PMU, mostly)";
    if (error == EACCES || error == EPERM)
        return "the kernel does not let this user: sysctl "
               "kernel.perf_event_paranoid=2 or less allows it";
    return std::string("perf_event_open says: ") + std::strerror(error);
}

}  // namespace

std::optional<Counters> Counters::open(std::string& why) {
    Counters c;
    c.instructions_ = open_event(PERF_COUNT_HW_INSTRUCTIONS, -1);
    if (c.instructions_) c.core_cycles_ = open_event(PERF_COUNT_HW_CPU_CYCLES, c.instructions_.get());
    if (c.core_cycles_) c.cache_misses_ = open_event(PERF_COUNT_HW_CACHE_MISSES, c.instructions_.get());
    if (c.cache_misses_) return c;
    why = explain(errno);
    return std::nullopt;
}

void Counters::on() noexcept { ioctl(instructions_.get(), PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP); }
void Counters::off() noexcept { ioctl(instructions_.get(), PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP); }

Counters::Totals Counters::totals() const noexcept {
    std::array<std::uint64_t, 4> group{};  // how many, then each
    if (read(instructions_.get(), group.data(), sizeof group) != sizeof group) return {};
    return {group[1], group[2], group[3]};
}

}  // namespace ringside::bench
