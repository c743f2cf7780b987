#include "mem/io_cache.hpp"

#include "hal/cpu.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <optional>

namespace ringside::mem {

namespace {

using Vendor = hal::Processor::Vendor;

// IIO_LLC_WAYS. Not in Intel's manuals; known from Farshin et al., "Reexamining Direct Cache Access to
// Optimize I/O Intensive Applications for Multi-hundred-gigabit Networks", USENIX ATC 2020, and the tools
// published with it.
constexpr std::uint32_t iio_llc_ways = 0xC8B;
constexpr unsigned usual_ways = 2;  // the same paper, section 2

// Intel's server parts with DDIO: all of family 6.
struct Model {
    unsigned model;
    const char* name;
    bool has_register;  // known for it
};
constexpr std::array models{
    Model{0x2D, "Sandy Bridge-EP", false}, Model{0x3E, "Ivy Bridge-EP", false},
    Model{0x3F, "Haswell-EP", true},       Model{0x4F, "Broadwell-EP", true},
    Model{0x56, "Broadwell-DE", true},     Model{0x55, "Skylake-SP to Cooper Lake", true},
    Model{0x6A, "Ice Lake-SP", true},      Model{0x6C, "Ice Lake-D", true},
    Model{0x8F, "Sapphire Rapids", true},  Model{0xCF, "Emerald Rapids", true},
    Model{0xAD, "Granite Rapids", true},   Model{0xAE, "Granite Rapids-D", true},
    Model{0xAF, "Sierra Forest", true},
};

const Model* find_model(const hal::Processor& p) {
    if (p.vendor != Vendor::intel || p.family != 6) return nullptr;
    const auto* const m = std::find_if(models.begin(), models.end(),
                                       [&](const Model& candidate) { return candidate.model == p.model; });
    return m == models.end() ? nullptr : &*m;
}

std::string describe(const hal::Processor& p, const Model* model) {
    if (p.vendor_name.empty()) return "unknown";
    std::string text =
        p.vendor_name + ", family " + std::to_string(p.family) + ", model " + std::to_string(p.model);
    if (model != nullptr) text += std::string(" (") + model->name + ")";
    return text;
}

unsigned first_cpu_of(int numa_node, const std::string& sysfs) {
    if (numa_node < 0) return 0;
    std::ifstream file(sysfs + "/devices/system/node/node" + std::to_string(numa_node) + "/cpulist");
    std::string line;
    std::getline(file, line);
    const std::vector<unsigned> cpus = hal::parse_cpu_list(line);
    return cpus.empty() ? 0 : cpus.front();
}

void find_cache(IoCache& io, unsigned cpu, const Machine& machine) {
    std::vector<hal::Cache> caches = hal::caches_of(cpu, machine.sysfs);
    if (caches.empty()) {
        caches = hal::caches_by_cpuid(machine.cpuid);
        io.llc_from_cpuid = !caches.empty();
    }
    const hal::Cache* last = nullptr;
    for (const hal::Cache& cache : caches)
        if (cache.kind != hal::Cache::Kind::instruction && cache.level >= 2 &&
            (last == nullptr || cache.level > last->level))
            last = &cache;
    if (last == nullptr) return;
    io.llc_bytes = last->size;
    io.llc_ways = last->ways;
}

// What is wrong with a mask of ways; empty: nothing.
std::string wrong_with(std::uint64_t mask, unsigned llc_ways) {
    if (mask == 0) return "it names no way at all";
    const std::uint64_t from_bit_0 = mask >> std::countr_zero(mask);
    if ((from_bit_0 & (from_bit_0 + 1)) != 0) return "its ways are not next to each other";
    if (llc_ways != 0 && static_cast<unsigned>(std::bit_width(mask)) > llc_ways)
        return "the cache has only " + std::to_string(llc_ways) + " ways";
    if (std::bit_width(mask) > 32) return "no cache has that many ways";
    return "";
}

std::string hex(std::uint64_t value) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value));
    return text.data();
}

void set_ways(IoCache& io, IoCache::Ways source, std::uint64_t mask) {
    io.source = source;
    io.mask = static_cast<std::uint32_t>(mask);
    io.io_ways = static_cast<unsigned>(std::popcount(mask));
}

// Whether the register says it; else a note says why not.
bool ways_from_msr(IoCache& io, const Model& model, unsigned cpu, const Machine& machine) {
    std::string why;
    if (!model.has_register) {
        io.notes.push_back(std::string("Nobody has said that ") + model.name +
                           " has the register IIO_LLC_WAYS, so it was not read.");
        return false;
    }
    const std::optional<std::uint64_t> value = machine.msr(cpu, iio_llc_ways, why);
    if (!value) {
        io.notes.push_back("IIO_LLC_WAYS cannot be read: " + why + ".");
        return false;
    }
    if (why = wrong_with(*value, io.llc_ways); !why.empty()) {
        io.notes.push_back("IIO_LLC_WAYS reads " + hex(*value) + ", which cannot be: " + why + ".");
        return false;
    }
    set_ways(io, IoCache::Ways::msr, *value);
    return true;
}

// Intel SDM, CPUID leaf 10H, "Resource Director Technology": sub-leaf 0 says in EBX bit 1 that sub-leaf 1 is
// about the L3 cache, whose EBX has a bit for each way that others than the cores use too. Linux shows it as
// "shareable_bits".
bool ways_from_cpuid(IoCache& io, const Machine& machine) {
    if ((machine.cpuid(0x10, 0).ebx & 2) == 0) return false;
    const std::uint32_t mask = machine.cpuid(0x10, 1).ebx;
    // Most of the cache, or more of it than of others, is not what is meant.
    if (!wrong_with(mask, io.llc_ways).empty() ||
        (io.llc_ways != 0 && 2 * static_cast<unsigned>(std::popcount(mask)) > io.llc_ways))
        return false;
    set_ways(io, IoCache::Ways::cpuid, mask);
    io.notes.push_back(
        "The ways are those that CPUID says are shared with devices; whether somebody has set "
        "others since is not known.");
    return true;
}

void find_ways(IoCache& io, const Model& model, unsigned cpu, const Machine& machine) {
    if (io.virtual_machine)
        io.notes.push_back(
            "This is a virtual machine: the host may have set other ways, and others use them too.");
    else if (ways_from_msr(io, model, cpu, machine))
        return;
    if (ways_from_cpuid(io, machine)) return;
    io.source = IoCache::Ways::assumed;
    io.io_ways = io.llc_ways == 0 ? usual_ways : std::min(usual_ways, io.llc_ways);
    io.notes.push_back("That devices may fill " + std::to_string(io.io_ways) +
                       " ways is assumed: these processors leave the factory so.");
}

void explain_absence(IoCache& io, const hal::Processor& p) {
    const std::string where = io.virtual_machine ? ", which here is also a virtual one," : "";
    if (p.vendor == Vendor::amd)
        io.notes.push_back(
            "On this AMD processor" + where +
            " these NICs write to memory: there is no DDIO, nor a register that says how much of "
            "the cache is theirs.");
    else if (p.vendor == Vendor::intel)
        io.notes.push_back("This Intel processor" + where +
                           " is not one of the server parts known to have DDIO: NICs write to memory.");
    else
        io.notes.push_back("Nothing is known of how devices' writes meet this processor's cache.");
}

// Without DDIO no write is ever found in the cache, so nothing is gained by staying within a budget there;
// but what the program reads and writes still goes through the cache, and small is still better than large.
// The eighth is what 2 of 16 ways would be: rule of thumb, no more.
constexpr std::uint64_t share_without_ddio = 8;
// For a cache of unknown size: what a small server part gives to devices (2 of 20 ways of 15 MiB).
constexpr std::uint64_t budget_unknown = 3 << 19;

void set_budget(IoCache& io) {
    if (io.llc_bytes == 0) {
        io.budget = budget_unknown;
        io.notes.push_back("The size of the last-level cache is unknown; " +
                           bytes_as_text(double{budget_unknown}) + " of it are assumed to be for devices.");
    } else if (!io.ddio) {
        io.budget = io.llc_bytes / share_without_ddio;
        io.notes.push_back(
            "An eighth of the cache is taken as the limit for what cycles between NIC and program: "
            "a rule of thumb.");
    } else if (io.llc_ways == 0) {
        io.budget = io.llc_bytes / 10;
        io.notes.push_back(
            "How many ways the cache has is unknown; a tenth of it is assumed to be for devices.");
    } else {
        io.budget = io.llc_bytes / io.llc_ways * io.io_ways;
    }
    io.budget = std::max<std::uint64_t>(io.budget, 64);
}

}  // namespace

std::string bytes_as_text(double bytes) {
    const char* unit = "bytes";
    for (const char* larger : {"KiB", "MiB", "GiB", "TiB"}) {
        if (bytes < 1024) break;
        bytes /= 1024;
        unit = larger;
    }
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.2f", std::min(bytes, 1e12));
    std::string number = text.data();
    while (number.ends_with('0')) number.pop_back();
    if (number.ends_with('.')) number.pop_back();
    return number + " " + unit;
}

std::string IoCache::summary() const {
    std::string text = bytes_as_text(static_cast<double>(budget));
    if (llc_bytes == 0) return text + " (assumed: the size of the cache is unknown)";
    const std::string cache = "a cache of " + bytes_as_text(static_cast<double>(llc_bytes));
    text += ": ";
    if (!ddio) return text + "an eighth of " + cache;
    text += llc_ways == 0 ? "a tenth" : std::to_string(io_ways) + " of " + std::to_string(llc_ways) + " ways";
    switch (source) {
        case Ways::msr: text += " (IIO_LLC_WAYS = " + hex(mask) + ")"; break;
        case Ways::cpuid: text += " (CPUID: " + hex(mask) + ")"; break;
        case Ways::assumed: text += " (assumed)"; break;
        case Ways::none: break;
    }
    return text + " of " + cache;
}

IoCache io_cache_of(int numa_node, const Machine& machine) {
    IoCache io;
    const hal::Processor p = hal::processor(machine.cpuid);
    const Model* const model = find_model(p);
    const unsigned cpu = first_cpu_of(numa_node, machine.sysfs);
    io.virtual_machine = p.virtual_machine;
    io.processor = describe(p, model);
    io.ddio = model != nullptr;
    find_cache(io, cpu, machine);
    if (model != nullptr)
        find_ways(io, *model, cpu, machine);
    else
        explain_absence(io, p);
    set_budget(io);
    return io;
}

}  // namespace ringside::mem
