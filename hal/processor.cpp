#include "hal/processor.hpp"

#include "hal/fd.hpp"

#include <fcntl.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <cerrno>
#include <cstring>
#include <string_view>

namespace ringside::hal {

namespace {

constexpr std::uint32_t intel_caches = 4, amd_caches = 0x8000'001D;

std::string vendor_name(const CpuidWords& w) {
    std::string name;
    for (const std::uint32_t word : {w.ebx, w.edx, w.ecx})
        for (unsigned shift = 0; shift < 32; shift += 8)
            if (const auto c = static_cast<char>(word >> shift); c != '\0') name += c;
    return name;
}

// Both vendors use the same words. SDM, "Deterministic Cache Parameters Leaf": type 4:0 and level 7:5 of EAX;
// line size, partitions and ways, each less one, in EBX 11:0, 21:12 and 31:22; sets less one in ECX.
std::optional<Cache> cache_from(const CpuidWords& w) {
    Cache cache;
    switch (w.eax & 0x1F) {
        case 1: cache.kind = Cache::Kind::data; break;
        case 2: cache.kind = Cache::Kind::instruction; break;
        case 3: cache.kind = Cache::Kind::unified; break;
        default: return std::nullopt;
    }
    cache.level = (w.eax >> 5) & 7;
    cache.line_size = (w.ebx & 0xFFF) + 1;
    const std::size_t partitions = ((w.ebx >> 12) & 0x3FF) + 1;
    cache.ways = (w.ebx >> 22) + 1;
    cache.size = cache.line_size * partitions * cache.ways * (std::size_t{w.ecx} + 1);
    return cache;
}

}  // namespace

CpuidWords cpuid([[maybe_unused]] std::uint32_t leaf, [[maybe_unused]] std::uint32_t subleaf) {
    CpuidWords w;
#if defined(__x86_64__)
    if (__get_cpuid_count(leaf, subleaf, &w.eax, &w.ebx, &w.ecx, &w.edx) == 0) return {};
#endif
    return w;
}

std::optional<std::uint64_t> read_msr(unsigned cpu, std::uint32_t address, std::string& why) {
    const std::string path = "/dev/cpu/" + std::to_string(cpu) + "/msr";
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
        why = path + ": " + std::strerror(errno);
        if (errno == ENOENT) why += " (`modprobe msr` makes it)";
        if (errno == EACCES || errno == EPERM) why += " (only root may)";
        return std::nullopt;
    }
    std::uint64_t value = 0;
    const ::ssize_t n = ::pread(file.get(), &value, sizeof value, address);
    if (n == sizeof value) return value;
    why = path + ": " + (n < 0 ? std::strerror(errno) : "it ends early");
    if (n < 0 && errno == EIO) why += " (this processor has no such register, or a hypervisor hides it)";
    return std::nullopt;
}

Processor processor(const CpuidReader& read) {
    Processor p;
    const CpuidWords zero = read(0, 0), one = read(1, 0);
    p.vendor_name = vendor_name(zero);
    if (p.vendor_name == "GenuineIntel") p.vendor = Processor::Vendor::intel;
    if (p.vendor_name == "AuthenticAMD" || p.vendor_name == "HygonGenuine") p.vendor = Processor::Vendor::amd;
    const unsigned family = (one.eax >> 8) & 0xF, model = (one.eax >> 4) & 0xF;
    p.family = family == 0xF ? family + ((one.eax >> 20) & 0xFF) : family;
    p.model = family == 0xF || family == 6 ? model | ((one.eax >> 12) & 0xF0) : model;
    p.virtual_machine = (one.ecx & (1u << 31)) != 0;
    return p;
}

std::vector<Cache> caches_by_cpuid(const CpuidReader& read) {
    std::vector<Cache> caches;
    constexpr std::uint32_t more_than_any_cpu_has = 32;
    for (const std::uint32_t leaf : {intel_caches, amd_caches}) {
        for (std::uint32_t i = 0; i < more_than_any_cpu_has; ++i) {
            const std::optional<Cache> cache = cache_from(read(leaf, i));
            if (!cache) break;
            if (cache->level != 0) caches.push_back(*cache);
        }
        if (!caches.empty()) break;
    }
    return caches;
}

}  // namespace ringside::hal
