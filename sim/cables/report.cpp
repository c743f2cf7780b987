#include "sim/cables/report.hpp"

#include <cstdio>

namespace ringside::sim {
namespace {

std::string quote(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
            out += escaped;
        } else {
            out += c;
        }
    }
    return out + '"';
}

}  // namespace

Report::Report(std::string_view cable) : line_(cable), json_("{\"cable\": " + quote(cable)) { line_ += ":"; }

Report& Report::count(std::string_view name, std::uint64_t value) {
    add_line(std::to_string(value), name);
    add_json(name, std::to_string(value));
    return *this;
}

Report& Report::text(std::string_view name, std::string_view value) {
    add_line(name, value);
    add_json(name, quote(value));
    return *this;
}

Report& Report::trouble(std::string_view name, std::uint64_t value) {
    if (value != 0) add_line(std::to_string(value), name);
    add_json(name, std::to_string(value));
    return *this;
}

Report& Report::problem(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
    return *this;
}

void Report::add_line(std::string_view first, std::string_view second) {
    line_ += first_ ? " " : ", ";
    first_ = false;
    const std::size_t begin = line_.size();
    line_.append(first).append(" ").append(second);
    for (std::size_t i = begin; i < line_.size(); ++i)
        if (line_[i] == '_') line_[i] = ' ';
}

void Report::add_json(std::string_view name, std::string_view value) {
    json_ += ", ";
    json_ += quote(name);
    json_ += ": ";
    json_ += value;
}

Report ReportingCable::facts() const {
    Report report(spec_);
    report.count("to_nic", to_nic_.frames).count("from_nic", from_nic_.frames);
    report.count("bytes_to_nic", to_nic_.bytes).count("bytes_from_nic", from_nic_.bytes);
    describe(report);
    return report;
}

}  // namespace ringside::sim
