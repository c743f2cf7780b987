// What the writes of a NIC find in the last-level cache: how much of it they may fill.
//
// Intel's server processors let devices write into the last-level cache (DDIO). A line that is there already
// is updated wherever it is; one that is not gets a place in a few of the ways only, two of eleven for
// example. Buffers that fit there are overwritten in the cache again and again; those that do not go to
// memory and come back, twice per packet. docs/sizing.md tells what follows from that.
#pragma once

#include "hal/processor.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::mem {

struct IoCache {
    // How sure the number of ways is.
    enum class Ways {
        msr,      // IIO_LLC_WAYS, model-specific register C8BH, as it is set now
        cpuid,    // leaf 10H: the ways that the processor says it shares with devices; not what was set since
        assumed,  // two, which is how these processors leave the factory
        none,     // devices write to memory: there are none
    };

    bool ddio = false;  // devices write into the cache
    bool virtual_machine = false;
    std::string processor;        // "GenuineIntel, family 6, model 85 (Skylake to Cooper Lake)"
    std::uint64_t llc_bytes = 0;  // of the last-level cache that the NIC is next to; 0: unknown
    unsigned llc_ways = 0;        // 0: unknown
    bool llc_from_cpuid = false;  // the kernel does not tell; the processor did
    unsigned io_ways = 0;         // which devices' writes may fill; 0 without DDIO
    Ways source = Ways::none;
    std::uint32_t mask = 0;    // for msr and cpuid: the ways, one bit each
    std::uint64_t budget = 0;  // bytes that what cycles between NIC and program should fit in; never 0
    // Whole sentences: what was assumed, and why.
    std::vector<std::string> notes;

    // "4.5 MiB: 2 of 11 ways (IIO_LLC_WAYS = 0x600) of a cache of 24.75 MiB"
    std::string summary() const;
};

// Where to ask; tests have machines of their own.
struct Machine {
    std::string sysfs = "/sys";
    hal::CpuidReader cpuid = [](std::uint32_t leaf, std::uint32_t subleaf) {
        return hal::cpuid(leaf, subleaf);
    };
    hal::MsrReader msr = hal::read_msr;
};

// Of the socket that a NIC on this NUMA node is plugged into; -1, or a node without CPUs: of CPU 0's. Reads
// some dozen small files, and one register if the processor is known to have it; writes nothing. Never throws
// for what it cannot find out, but says so in the notes.
IoCache io_cache_of(int numa_node, const Machine& machine = {});

// "24.75 MiB", "512 KiB", "100 bytes": at most two decimals.
std::string bytes_as_text(double bytes);

}  // namespace ringside::mem
