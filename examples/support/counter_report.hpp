// Every counter of a card, with what it means.
#pragma once

#include "driver/nic.hpp"

#include <string>
#include <vector>

namespace ringside::examples {

struct CounterDump {
    std::string port, model;
    double seconds = 0;  // that they counted
    std::vector<CounterValue> counters;
};

// Those that have counted something; with `all` the others, too.
std::string text_of(const CounterDump& dump, bool all);
// All.
std::string json_of(const CounterDump& dump);

}  // namespace ringside::examples
