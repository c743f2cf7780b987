#include "hal/register.hpp"

#include <cstdio>

namespace ringside::hal {

std::string register_name(const char* name, std::uint32_t count, std::uint32_t index) {
    return count == 1 ? std::string(name) : std::string(name) + "[" + std::to_string(index) + "]";
}

namespace {

std::uint32_t mask_of(const FieldInfo& f) {
    const unsigned width = f.hi - f.lo + 1;
    return (width == 32 ? ~0u : (1u << width) - 1) << f.lo;
}

void append(std::string& out, const FieldInfo& f, std::uint32_t raw) {
    char number[16];
    std::snprintf(number, sizeof number, f.hi - f.lo >= 8 ? "0x%x" : "%u", (raw & mask_of(f)) >> f.lo);
    if (!out.empty()) out += ' ';
    out.append(f.name).append("=").append(number);
}

}  // namespace

std::string decode(std::uint32_t raw, std::span<const FieldInfo> fields) {
    std::string out;
    for (const FieldInfo& f : fields)
        if (raw & mask_of(f)) append(out, f, raw);
    return out;
}

std::string decode_masked(std::uint32_t raw, std::uint32_t mask, std::span<const FieldInfo> fields) {
    std::string out;
    for (const FieldInfo& f : fields)
        if (mask & mask_of(f)) append(out, f, raw);
    return out;
}

}  // namespace ringside::hal
