#include "hal/register.hpp"

#include <cstdio>

namespace ringside::hal {

std::string register_name(const char* name, std::uint32_t count, std::uint32_t index) {
    return count == 1 ? std::string(name) : std::string(name) + "[" + std::to_string(index) + "]";
}

std::string decode(std::uint32_t raw, std::span<const FieldInfo> fields) {
    std::string out;
    for (const FieldInfo& f : fields) {
        const unsigned width = f.hi - f.lo + 1;
        const std::uint32_t v = (raw >> f.lo) & (width == 32 ? ~0u : (1u << width) - 1);
        if (v == 0) continue;
        char number[16];
        std::snprintf(number, sizeof number, width > 8 ? "0x%x" : "%u", v);
        if (!out.empty()) out += ' ';
        out.append(f.name).append("=").append(number);
    }
    return out;
}

}  // namespace ringside::hal
