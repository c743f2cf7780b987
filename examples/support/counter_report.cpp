#include "examples/support/counter_report.hpp"

#include "examples/support/json.hpp"

#include <fmt/format.h>

namespace ringside::examples {

std::string text_of(const CounterDump& dump, bool all) {
    std::string out = fmt::format("{} ({}), counted for {:.3g} s\n", dump.port, dump.model, dump.seconds);
    if (dump.counters.empty()) out += "its driver reads no counters one by one\n";
    std::size_t silent = 0;
    for (const CounterValue& c : dump.counters) {
        if (c.value == 0 && !all)
            ++silent;
        else
            out += fmt::format("{:<11} {:>14}  {}\n", c.name, c.value, c.meaning);
    }
    if (silent != 0) out += fmt::format("{} others are 0; --all shows them\n", silent);
    return out;
}

std::string json_of(const CounterDump& dump) {
    std::string counters;
    for (const CounterValue& c : dump.counters)
        counters +=
            fmt::format("{}\n{{\"name\":{},\"value\":{},\"meaning\":{}}}", counters.empty() ? "" : ",",
                        json_string(c.name), c.value, json_string(c.meaning));
    return fmt::format("{{\"port\":{},\"model\":{},\"seconds\":{:.3f},\"counters\":[{}]}}\n",
                       json_string(dump.port), json_string(dump.model), dump.seconds, counters);
}

}  // namespace ringside::examples
