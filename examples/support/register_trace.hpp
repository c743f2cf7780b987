// Prints every register access of a driver's control path, decoded: one line each.
#pragma once

#include "hal/register_file.hpp"

#include <cstdio>
#include <string>

namespace ringside::examples {

// "W TXDCTL[2] = 02040824  PTHRESH=36 HTHRESH=8 WTHRESH=4 ENABLE=1"
inline std::string trace_line(const hal::RegisterObserver::Event& e) {
    char value[16];
    std::snprintf(value, sizeof value, " = %08x", e.raw);
    std::string line = e.direction + (" " + hal::register_name(e.name, e.count, e.index)) + value;
    if (const std::string fields = hal::decode(e.raw, e.fields); !fields.empty()) line += "  " + fields;
    return line;
}

class RegisterTrace final : public hal::RegisterObserver {
public:
    explicit RegisterTrace(std::FILE* out) : out_(out) {}
    void saw(const Event& event) override { std::fprintf(out_, "%s\n", trace_line(event).c_str()); }

private:
    std::FILE* out_;
};

}  // namespace ringside::examples
