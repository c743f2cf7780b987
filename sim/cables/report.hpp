// What a cable says at the end: one list of facts, printed as a line for a person and as a JSON object.
#pragma once

#include "sim/cable.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::sim {

class Report {
public:
    // `cable` is the spec as it was typed.
    explicit Report(std::string_view cable);

    // A fact that is always worth a word. `name` is snake_case; the line shows its underscores as spaces.
    Report& count(std::string_view name, std::uint64_t value);
    Report& text(std::string_view name, std::string_view value);
    // A number that should be zero: always in the JSON, in the line only if it is not.
    Report& trouble(std::string_view name, std::uint64_t value);
    // A reason for trouble, or an empty text: in both only if it is not empty.
    Report& problem(std::string_view name, std::string_view value);

    const std::string& line() const { return line_; }
    std::string json() const { return json_ + "}"; }

private:
    void add_line(std::string_view first, std::string_view second);
    void add_json(std::string_view name, std::string_view value);

    std::string line_, json_;
    bool first_ = true;
};

// Frames and bytes that went one way.
struct Traffic {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;

    void add(std::size_t size) {
        ++frames;
        bytes += size;
    }
};

// A cable whose two reports come from one list of facts, which begins with what went either way.
class ReportingCable : public Cable {
public:
    explicit ReportingCable(std::string spec) : spec_(std::move(spec)) {}

    std::string report() const final { return facts().line(); }
    std::string report_json() const final { return facts().json(); }

protected:
    const std::string& spec() const { return spec_; }

    Traffic to_nic_;    // popped by the NIC
    Traffic from_nic_;  // transmitted by the NIC, whatever became of it

private:
    Report facts() const;
    virtual void describe(Report& report) const = 0;

    std::string spec_;
};

}  // namespace ringside::sim
