#include "hal/cpu.hpp"

#include "hal/error.hpp"

#include <pthread.h>
#include <sched.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>

namespace ringside::hal {

namespace {

// What the processor itself says; 0 if it does not.
double stated_frequency() {
#if defined(__x86_64__)
    // Intel SDM, CPUID leaf 15H: TSC = crystal (ECX, in Hz) times EBX / EAX.
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    if (__get_cpuid(0x15, &eax, &ebx, &ecx, &edx) == 0 || eax == 0 || ebx == 0 || ecx == 0) return 0;
    return double{static_cast<double>(ecx)} * ebx / eax;
#elif defined(__aarch64__)
    std::uint64_t hz;
    asm volatile("mrs %0, cntfrq_el0" : "=r"(hz));
    return static_cast<double>(hz);
#endif
}

double measured_frequency() {
    using SteadyClock = std::chrono::steady_clock;
    const auto start = SteadyClock::now();
    const std::uint64_t first = cycles();
    auto now = start;
    while (now - start < std::chrono::milliseconds(10)) now = SteadyClock::now();
    const std::uint64_t last = cycles();
    return static_cast<double>(last - first) / std::chrono::duration<double>(now - start).count();
}

// A CPU set as large as this kernel's.
using CpuSet = std::unique_ptr<cpu_set_t, decltype([](cpu_set_t* set) { CPU_FREE(set); })>;
constexpr std::size_t max_cpus = 8192;  // the most that Linux can be built for
constexpr std::size_t cpu_set_size = CPU_ALLOC_SIZE(max_cpus);

CpuSet empty_cpu_set() {
    CpuSet set(CPU_ALLOC(max_cpus));
    if (!set) throw std::bad_alloc();
    CPU_ZERO_S(cpu_set_size, set.get());
    return set;
}

// The first line of a file, empty if it cannot be read.
std::string line_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

std::optional<unsigned> number(std::string_view text) {
    unsigned v = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return v;
}

// "32K", "8192K", "1M": as in sysfs.
std::size_t size_in_bytes(std::string_view text) {
    if (text.empty()) return 0;
    unsigned shift = 0;
    if (text.back() == 'K') shift = 10;
    if (text.back() == 'M') shift = 20;
    if (text.back() == 'G') shift = 30;
    if (shift != 0) text.remove_suffix(1);
    return std::size_t{number(text).value_or(0)} << shift;
}

std::optional<Cache> read_cache(const std::filesystem::path& directory) {
    Cache cache;
    const std::string type = line_of(directory / "type");
    if (type == "Data")
        cache.kind = Cache::Kind::data;
    else if (type == "Instruction")
        cache.kind = Cache::Kind::instruction;
    else if (type != "Unified")
        return std::nullopt;
    cache.level = number(line_of(directory / "level")).value_or(0);
    cache.size = size_in_bytes(line_of(directory / "size"));
    cache.ways = number(line_of(directory / "ways_of_associativity")).value_or(0);
    cache.line_size = number(line_of(directory / "coherency_line_size")).value_or(0);
    cache.cpus = parse_cpu_list(line_of(directory / "shared_cpu_list"));
    if (cache.level == 0 || cache.size == 0) return std::nullopt;
    return cache;
}

std::filesystem::path directory_of(unsigned cpu, const std::string& sysfs) {
    return std::filesystem::path(sysfs) / "devices/system/cpu" / ("cpu" + std::to_string(cpu));
}

std::string list(const std::vector<unsigned>& cpus) {
    std::string text;
    for (const unsigned cpu : cpus) text += (text.empty() ? "" : ", ") + std::to_string(cpu);
    return text;
}

}  // namespace

double cycles_per_second() {
    static const double hz = [] {
        const double stated = stated_frequency();
        return stated > 0 ? stated : measured_frequency();
    }();
    return hz;
}

std::vector<unsigned> usable_cpus() {
    const CpuSet set = empty_cpu_set();
    check(::sched_getaffinity(0, cpu_set_size, set.get()), "asking which CPUs this thread may run on");
    std::vector<unsigned> cpus;
    for (unsigned cpu = 0; cpu < max_cpus; ++cpu)
        if (CPU_ISSET_S(cpu, cpu_set_size, set.get())) cpus.push_back(cpu);
    return cpus;
}

void pin_this_thread(unsigned cpu) {
    const std::vector<unsigned> usable = usable_cpus();
    if (std::find(usable.begin(), usable.end(), cpu) == usable.end())
        throw Error("cannot keep a thread on CPU " + std::to_string(cpu) + ": this process may use CPUs " +
                    list(usable) + "; choose one of these, or widen its cpuset or affinity (taskset)");
    const CpuSet set = empty_cpu_set();
    CPU_SET_S(cpu, cpu_set_size, set.get());
    const int error = ::pthread_setaffinity_np(::pthread_self(), cpu_set_size, set.get());
    if (error != 0) throw_errno("keeping a thread on CPU " + std::to_string(cpu), error);
}

std::vector<Cache> caches_of(unsigned cpu, const std::string& sysfs) {
    std::vector<Cache> caches;
    constexpr unsigned more_than_any_cpu_has = 32;
    for (unsigned i = 0; i < more_than_any_cpu_has; ++i) {
        const auto directory = directory_of(cpu, sysfs) / "cache" / ("index" + std::to_string(i));
        std::error_code ignored;
        if (!std::filesystem::exists(directory, ignored)) break;
        if (auto cache = read_cache(directory)) caches.push_back(std::move(*cache));
    }
    return caches;
}

int numa_node_of(unsigned cpu, const std::string& sysfs) {
    constexpr std::string_view prefix = "node";  // a link to the CPU's node, beside files such as "online"
    std::error_code error;
    for (std::filesystem::directory_iterator it(directory_of(cpu, sysfs), error), end; !error && it != end;
         it.increment(error)) {
        const std::string file = it->path().filename();
        if (!file.starts_with(prefix)) continue;
        if (const auto node = number(std::string_view(file).substr(prefix.size())))
            return static_cast<int>(*node);
    }
    return -1;
}

std::vector<unsigned> parse_cpu_list(std::string_view text) {
    constexpr unsigned highest = 65535;
    std::vector<unsigned> cpus;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        const std::size_t dash = part.find('-');
        const auto first = number(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : number(part.substr(dash + 1));
        if (!first || !last || *last < *first || *last > highest) break;
        for (unsigned cpu = *first; cpu <= *last; ++cpu) cpus.push_back(cpu);
    }
    return cpus;
}

}  // namespace ringside::hal
