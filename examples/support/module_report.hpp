// What the module in a card's cage says of itself: SFF-8472, pages A0h (what it is) and A2h (what it
// measures).
#pragma once

#include "driver/nic.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ringside::examples {

// A quantity that the module measures, and where it begins to worry and to complain.
struct Measured {
    const char* name;
    const char* unit;
    double now = 0, low_alarm = 0, high_alarm = 0, low_warning = 0, high_warning = 0;

    // "ok", "high warning", "low alarm", …
    const char* verdict() const;
};

struct ModuleDump {
    std::string port, model;
    std::vector<std::uint8_t> identity, diagnostics;  // diagnostics may be empty:
    std::string no_diagnostics;                       // then this says why
};

// What is in the identity, in words: "vendor", "Ringside".
std::vector<std::pair<std::string, std::string>> facts_of(const std::vector<std::uint8_t>& identity);
// Sums over parts of the pages: what each covers, and whether it is right. Wrong ones mean a damaged module,
// or one that was read in part.
std::vector<std::pair<std::string, bool>> sums_of(const ModuleDump& dump);
// In units; empty if the module does not measure, or leaves the calibration to us.
std::vector<Measured> measured(const ModuleDump& dump);

// Throws hal::Error if there is no cage, no module, or one that stops answering.
ModuleDump dump_module(Nic& nic);
std::string text_of(const ModuleDump& dump);
std::string json_of(const ModuleDump& dump);

}  // namespace ringside::examples
