// Rows as people read them, and as programs do.
#pragma once

#include "tests/bench/measure.hpp"
#include "tests/bench/plan.hpp"

#include <string>
#include <string_view>

namespace ringside::bench {

// What stands above all tables.
std::string preamble(bool counted, const std::string& why_not);
std::string heading(const Sweep& sweep);
// One line for each path but the reference; `far` may be null.
std::string lines(std::string_view sweep, const Row& near, const Row* far);

// JSON, each a line.
std::string machine_json();
std::string json(std::string_view sweep, const Row& row);
std::string quoted(std::string_view text);

}  // namespace ringside::bench
