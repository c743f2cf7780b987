// The processor: its cycle counter, which cores this process may use, and the caches between them and memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::hal {

// A counter that runs at a constant rate on all cores alike: TSC on x86-64, CNTVCT on arm64. Not serializing:
// code around it may be executed a few dozen cycles before or after.
inline std::uint64_t cycles() noexcept {
#if defined(__x86_64__)
    std::uint32_t low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return (std::uint64_t{high} << 32) | low;
#elif defined(__aarch64__)
    std::uint64_t count;
    asm volatile("mrs %0, cntvct_el0" : "=r"(count));
    return count;
#else
#error "teach hal/cpu.hpp about this architecture"
#endif
}

// The same, but what stands before it in the program has finished and what stands after it has not begun.
// For timing a few hundred instructions; costs some dozen cycles itself.
inline std::uint64_t serialized_cycles() noexcept {
#if defined(__x86_64__)
    asm volatile("lfence" ::: "memory");
    const std::uint64_t now = cycles();
    asm volatile("lfence" ::: "memory");
    return now;
#else
    asm volatile("isb" ::: "memory");
    const std::uint64_t now = cycles();
    asm volatile("isb" ::: "memory");
    return now;
#endif
}

// How much cycles() grows in a second. Asked of the processor; where that does not say, measured once against
// the monotonic clock, which takes 10 ms. Any thread.
double cycles_per_second();

// The CPUs (kernel numbers, ascending) that the calling thread may run on.
std::vector<unsigned> usable_cpus();

// Keeps the calling thread on one CPU. Throws Error, naming the usable CPUs, if this one is not among them.
void pin_this_thread(unsigned cpu);

struct Cache {
    enum class Kind { data, instruction, unified };
    unsigned level = 0;  // 1 is next to the core
    Kind kind = Kind::unified;
    std::size_t size = 0;        // bytes
    unsigned ways = 0;           // associativity; 0 where the kernel does not know
    unsigned line_size = 0;      // bytes; 0 where the kernel does not know
    std::vector<unsigned> cpus;  // that share it, ascending
};

// The caches that serve a CPU, as the kernel lists them; empty where it does not know (some virtual machines
// and containers). `sysfs` is where /sys is mounted; tests have their own.
std::vector<Cache> caches_of(unsigned cpu, const std::string& sysfs = "/sys");

// The NUMA node of a CPU, or -1 if that means nothing here.
int numa_node_of(unsigned cpu, const std::string& sysfs = "/sys");

// "0-3,8,10-11" to 0 1 2 3 8 10 11: the kernel's way to write sets of CPUs. What is malformed or above 65535
// ends the list. An empty list for an empty text.
std::vector<unsigned> parse_cpu_list(std::string_view text);

}  // namespace ringside::hal
