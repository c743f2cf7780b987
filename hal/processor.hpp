// What the processor says of itself: CPUID, and one model-specific register at a time. (hal/cpu.hpp is about
// the cores as the kernel counts them.) Everything is asked through functions, so that tests can be other
// processors.
#pragma once

#include "hal/cpu.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ringside::hal {

struct CpuidWords {
    std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};
// A leaf and its sub-leaf. All words are 0 for leaves that the processor does not have.
using CpuidReader = std::function<CpuidWords(std::uint32_t leaf, std::uint32_t subleaf)>;
// Of the core that happens to run this. All zeros where there is no CPUID (arm64).
CpuidWords cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0);

// A register of a CPU (kernel number), or nothing and in `why` the end of a sentence "it cannot be read: …".
using MsrReader =
    std::function<std::optional<std::uint64_t>(unsigned cpu, std::uint32_t address, std::string& why)>;
// Through /dev/cpu/N/msr, which needs root (CAP_SYS_RAWIO) and the kernel's module "msr".
std::optional<std::uint64_t> read_msr(unsigned cpu, std::uint32_t address, std::string& why);

struct Processor {
    enum class Vendor { intel, amd, other };
    Vendor vendor = Vendor::other;
    std::string vendor_name;  // "GenuineIntel", as CPUID spells it; empty where there is no CPUID
    unsigned family = 0, model = 0;
    bool virtual_machine = false;  // a hypervisor says that it is there
};
// Intel SDM, CPUID leaves 0 and 1; AMD APM volume 3, appendix E.
Processor processor(const CpuidReader& read = [](std::uint32_t a, std::uint32_t b) { return cpuid(a, b); });

// The caches as CPUID lists them (Intel leaf 4, AMD leaf 8000001DH), for where caches_of() finds nothing.
// Which CPUs share a cache is left empty: CPUID tells that by APIC numbers.
std::vector<Cache> caches_by_cpuid(const CpuidReader& read);

}  // namespace ringside::hal
