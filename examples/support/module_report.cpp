#include "examples/support/module_report.hpp"

#include "examples/support/json.hpp"
#include "hal/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string_view>

namespace ringside::examples {

namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t page_size = 256;

// Bytes of the identity (SFF-8472, table 4-1).
constexpr std::size_t identifier = 0, connector = 2, codes_10g = 3, cable = 8, rate = 12, km = 14, om2 = 16,
                      om1 = 17, copper = 18, om3 = 19, vendor = 20, oui = 37, part = 40, revision = 56,
                      wavelength = 60, base_sum = 63, serial = 68, date = 84, monitoring = 92,
                      extended_sum = 95;
constexpr std::uint8_t calibrated_inside = 0x20, has_diagnostics = 0x40;
// And of the diagnostics (table 9-1).
constexpr std::size_t diagnostics_sum = 95, measurements = 96;

// Whatever is not a letter is a question mark: it comes from a device.
std::string words(const Bytes& page, std::size_t at, std::size_t width) {
    std::string text;
    for (std::size_t i = at; i < at + width; ++i)
        text += page[i] >= 0x20 && page[i] < 0x7F ? static_cast<char>(page[i]) : '?';
    return text.substr(0, text.find_last_not_of(' ') + 1);
}

unsigned number(const Bytes& page, std::size_t at) {
    return static_cast<unsigned>(page[at] << 8 | page[at + 1]);
}

std::string named(std::uint8_t code, std::initializer_list<std::pair<std::uint8_t, const char*>> names) {
    for (const auto& [value, name] : names)
        if (value == code) return name;
    return fmt::format("unknown ({:#04x})", code);
}

std::string kind(const Bytes& page) {
    std::string text;
    const auto add = [&](bool is, const char* name) {
        if (is) text += (text.empty() ? "" : ", ") + std::string(name);
    };
    add(page[codes_10g] & 0x10, "10GBASE-SR");
    add(page[codes_10g] & 0x20, "10GBASE-LR");
    add(page[codes_10g] & 0x40, "10GBASE-LRM");
    add(page[codes_10g] & 0x80, "10GBASE-ER");
    add(page[cable] & 0x04, "passive copper cable");
    add(page[cable] & 0x08, "active copper cable");
    return text.empty() ? "none that is known" : text;
}

std::string lengths(const Bytes& page) {
    std::string text;
    const auto add = [&](unsigned value, unsigned unit, const char* what) {
        if (value != 0) text += fmt::format("{}{} m of {}", text.empty() ? "" : ", ", value * unit, what);
    };
    add(page[km], 1000, "single-mode fiber");
    add(page[om3], 10, "OM3");
    add(page[om2], 10, "OM2");
    add(page[om1], 10, "OM1");
    add(page[copper], 1, "copper");
    return text.empty() ? "not said" : text;
}

bool sum_is_right(const Bytes& page, std::size_t first, std::size_t at) {
    const unsigned sum = std::accumulate(page.begin() + static_cast<std::ptrdiff_t>(first),
                                         page.begin() + static_cast<std::ptrdiff_t>(at), 0u);
    return (sum & 0xFF) == page[at];
}

std::string hexadecimal(const Bytes& page) {
    std::string text;
    for (const std::uint8_t byte : page) text += fmt::format("{:02x}", byte);
    return text;
}

}  // namespace

const char* Measured::verdict() const {
    if (now > high_alarm) return "HIGH ALARM";
    if (now < low_alarm) return "LOW ALARM";
    if (now > high_warning) return "high warning";
    if (now < low_warning) return "low warning";
    return "ok";
}

std::vector<std::pair<std::string, std::string>> facts_of(const Bytes& id) {
    if (id.size() != page_size) return {};
    const bool is_cable = (id[cable] & 0x0C) != 0;
    std::vector<std::pair<std::string, std::string>> facts{
        {"kind", named(id[identifier], {{0x03, "SFP or SFP+"}, {0x0C, "QSFP"}, {0x0D, "QSFP+"}})},
        {"connector", named(id[connector], {{0x07, "LC"},
                                            {0x01, "SC"},
                                            {0x0B, "optical pigtail"},
                                            {0x21, "copper pigtail"},
                                            {0x22, "RJ45"}})},
        {"speaks", kind(id)},
        {"rate", fmt::format("{:.1f} GBd", id[rate] * 0.1)},
        {"reach", lengths(id)},
        {"vendor", words(id, vendor, 16)},
        {"vendor OUI", fmt::format("{:02x}:{:02x}:{:02x}", id[oui], id[oui + 1], id[oui + 2])},
        {"part", words(id, part, 16)},
        {"revision", words(id, revision, 4)},
        {"serial", words(id, serial, 16)},
        {"date", words(id, date, 8)}};
    if (!is_cable) facts.emplace_back("wavelength", fmt::format("{} nm", number(id, wavelength)));
    return facts;
}

std::vector<std::pair<std::string, bool>> sums_of(const ModuleDump& dump) {
    std::vector<std::pair<std::string, bool>> sums;
    if (dump.identity.size() == page_size) {
        sums.emplace_back("what it is", sum_is_right(dump.identity, 0, base_sum));
        sums.emplace_back("serial number and options",
                          sum_is_right(dump.identity, base_sum + 1, extended_sum));
    }
    if (dump.diagnostics.size() == page_size)
        sums.emplace_back("limits", sum_is_right(dump.diagnostics, 0, diagnostics_sum));
    return sums;
}

// Tables 9-5 and 9-11: for each quantity high and low alarm, high and low warning; then what is measured.
std::vector<Measured> measured(const ModuleDump& dump) {
    if (dump.identity.size() != page_size || dump.diagnostics.size() != page_size) return {};
    if ((dump.identity[monitoring] & calibrated_inside) == 0) return {};
    struct Quantity {
        const char *name, *unit;
        double unit_size;
        bool is_signed = false;
    };
    static constexpr Quantity quantities[] = {{"temperature", "C", 1.0 / 256, true},
                                              {"supply", "V", 0.0001},
                                              {"laser bias", "mA", 0.002},
                                              {"power sent", "mW", 0.0001},
                                              {"power received", "mW", 0.0001}};
    std::vector<Measured> all;
    for (std::size_t i = 0; i < std::size(quantities); ++i) {
        const Quantity& q = quantities[i];
        const auto at = [&](std::size_t byte) {
            const unsigned raw = number(dump.diagnostics, byte);
            return (q.is_signed ? static_cast<std::int16_t>(raw) : static_cast<int>(raw)) * q.unit_size;
        };
        all.push_back({.name = q.name,
                       .unit = q.unit,
                       .now = at(measurements + 2 * i),
                       .low_alarm = at(8 * i + 2),
                       .high_alarm = at(8 * i),
                       .low_warning = at(8 * i + 6),
                       .high_warning = at(8 * i + 4)});
    }
    return all;
}

ModuleDump dump_module(Nic& nic) {
    ModuleDump dump{nic.info().address, nic.info().model, {}, {}, {}};
    dump.identity = nic.read_module(ModulePage::identity, 0, page_size);
    if ((dump.identity[monitoring] & has_diagnostics) == 0)
        dump.no_diagnostics = "it measures nothing";
    else
        dump.diagnostics = nic.read_module(ModulePage::diagnostics, 0, page_size);
    if (!dump.diagnostics.empty() && measured(dump).empty())
        dump.no_diagnostics =
            "what it measures is to be calibrated by the reader, which this program does not do";
    return dump;
}

std::string text_of(const ModuleDump& dump) {
    std::string out = fmt::format("{} ({}), the module in its cage\n", dump.port, dump.model);
    for (const auto& [name, value] : facts_of(dump.identity)) out += fmt::format("{:<15} {}\n", name, value);
    for (const Measured& m : measured(dump))
        out += fmt::format("{:<15} {:.4g} {}: {} (warnings below {:.4g} and above {:.4g})\n", m.name, m.now,
                           m.unit, m.verdict(), m.low_warning, m.high_warning);
    if (!dump.no_diagnostics.empty())
        out += fmt::format("{:<15} none: {}\n", "measurements", dump.no_diagnostics);
    for (const auto& [what, right] : sums_of(dump))
        out += fmt::format(
            "{:<15} {}: {}\n", "checksum", what,
            right ? "right" : "WRONG: the module is damaged, or was pulled out while it was read");
    return out;
}

std::string json_of(const ModuleDump& dump) {
    const auto list = [](const auto& items, const auto& item) {
        std::string text;
        for (const auto& i : items) text += (text.empty() ? "" : ",") + item(i);
        return text;
    };
    const std::string facts = list(facts_of(dump.identity), [](const auto& fact) {
        return json_string(fact.first) + ":" + json_string(fact.second);
    });
    const std::string sums = list(sums_of(dump), [](const auto& sum) {
        return fmt::format("{}:{}", json_string(sum.first), sum.second);
    });
    const std::string quantities = list(measured(dump), [](const Measured& m) {
        return fmt::format(
            "\n{{\"name\":{},\"unit\":{},\"value\":{},\"verdict\":{},\"low_alarm\":{},\"low_warning\":{},"
            "\"high_warning\":{},\"high_alarm\":{}}}",
            json_string(m.name), json_string(m.unit), m.now, json_string(m.verdict()), m.low_alarm,
            m.low_warning, m.high_warning, m.high_alarm);
    });
    return fmt::format(
        "{{\"port\":{},\"model\":{},\"module\":{{{}}},\n\"checksums_right\":{{{}}},\n\"measured\":[{}],\n"
        "\"no_measurements\":{},\n\"identity\":\"{}\",\n\"diagnostics\":\"{}\"}}\n",
        json_string(dump.port), json_string(dump.model), facts, sums, quantities,
        dump.no_diagnostics.empty() ? "null" : json_string(dump.no_diagnostics), hexadecimal(dump.identity),
        hexadecimal(dump.diagnostics));
}

}  // namespace ringside::examples
