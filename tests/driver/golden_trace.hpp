// Traces of register accesses as documentation that is tested: files in docs/traces, lines of trace_line()
// with prose between them. Lines that begin with '#' and empty lines are prose; RINGSIDE_UPDATE_GOLDEN=1 in
// the environment rewrites the others and keeps the prose before the line it stood before.
#pragma once

#include "hal/register_file.hpp"

#include <string>
#include <vector>

namespace ringside::test {

// Remembers all accesses.
class Recorder final : public hal::RegisterObserver {
public:
    void saw(const Event& event) override { events.push_back(event); }
    std::vector<Event> events;
};

// One line an access, but "W MTA[0..127] = 00000000" for a table that is gone through in order, alone or in
// turn with others, and "(5 times)" for a register that is looked at until it changes.
std::vector<std::string> summarize(const std::vector<hal::RegisterObserver::Event>& events);

// Fails the current test where `lines` differ from the file docs/traces/`name`.
void expect_golden(const std::string& name, const std::vector<std::string>& lines);

}  // namespace ringside::test
