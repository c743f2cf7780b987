#include "tests/bench/machine.hpp"

#include "build_flags.hpp"
#include "hal/cpu.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <sys/utsname.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <sstream>

namespace ringside::bench {

namespace {

std::string first_line(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

std::string processor_model() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    return "unknown";
}

std::string caches() {
    std::string text;
    for (const hal::Cache& cache : hal::caches_of(hal::usable_cpus().back())) {
        const char* const kind = cache.kind == hal::Cache::Kind::data          ? "d"
                                 : cache.kind == hal::Cache::Kind::instruction ? "i"
                                                                               : "";
        text += fmt::format("{}L{}{} {} KiB {}-way, {} CPU(s)", text.empty() ? "" : "; ", cache.level, kind,
                            cache.size / 1024, cache.ways, cache.cpus.size());
    }
    return text.empty() ? "unknown" : text;
}

std::string compiler() {
#if defined(__clang__)
    return __VERSION__;
#else
    return "g++ " __VERSION__;
#endif
}

std::string now() { return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::time(nullptr))); }

}  // namespace

std::vector<std::pair<std::string, std::string>> machine() {
    utsname kernel{};
    uname(&kernel);
    return {{"processor", processor_model()},
            {"cpus", std::to_string(sysconf(_SC_NPROCESSORS_ONLN))},
            {"caches", caches()},
            {"clock_mhz", fmt::format("{:.0f}", hal::cycles_per_second() / 1e6)},
            {"kernel", fmt::format("{} {} {}", kernel.sysname, kernel.release, kernel.machine)},
            {"compiler", compiler()},
            {"build", build_type},
            {"flags", build_flags},
            {"date", now()},
            {"load", first_line("/proc/loadavg")}};
}

}  // namespace ringside::bench
