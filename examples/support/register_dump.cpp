#include "examples/support/register_dump.hpp"

#include "examples/support/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>

namespace ringside::examples {

namespace {

std::string upper(std::string text) {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

// '*' stands for any number of characters.
bool matches(std::string_view pattern, std::string_view text) {
    if (pattern.empty()) return text.empty();
    if (pattern[0] != '*')
        return !text.empty() && pattern[0] == text[0] && matches(pattern.substr(1), text.substr(1));
    for (std::size_t skip = 0; skip <= text.size(); ++skip)
        if (matches(pattern.substr(1), text.substr(skip))) return true;
    return false;
}

DumpedRegister dumped(const RegisterValue& v) {
    DumpedRegister r{.array = v.info.name, .index = {}, .offset = v.offset(), .value = v.value, .fields = {}};
    if (v.info.count > 1) r.index = v.index;
    for (const hal::FieldInfo& f : v.info.fields)
        r.fields.emplace_back(f.name, (v.value >> f.lo) & (~0u >> (31 - (f.hi - f.lo))));
    return r;
}

std::string number(std::uint32_t value) {
    return value < 256 ? fmt::format("{}", value) : fmt::format("{:#x}", value);
}

// Registers in a row that a line can stand for: the first, and how many.
struct Run {
    std::size_t first, count;
};
template <class Items, class Alike> std::vector<Run> runs(const Items& items, Alike&& alike) {
    std::vector<Run> all;
    for (std::size_t i = 0; i < items.size(); ++i)
        if (!all.empty() && alike(items[i - 1], items[i]))
            ++all.back().count;
        else
            all.push_back({i, 1});
    return all;
}
bool neighbours(const DumpedRegister& a, const DumpedRegister& b) {
    return a.array == b.array && a.index && b.index && *a.index + 1 == *b.index;
}
std::string name_of(const DumpedRegister& first, std::size_t count) {
    return count == 1 ? first.name()
                      : fmt::format("{}[{}..{}]", first.array, *first.index, *first.index + count - 1);
}

std::string object_of(const DumpedRegister& r) {
    std::string fields;
    for (const auto& [name, value] : r.fields)
        fields += fmt::format("{}{}:{}", fields.empty() ? "" : ",", json_string(name), value);
    const std::string index = r.index ? fmt::format(",\"index\":{}", *r.index) : "";
    return fmt::format("{{\"name\":{}{},\"offset\":{},\"value\":{},\"fields\":{{{}}}}}", json_string(r.array),
                       index, r.offset, r.value, fields);
}

std::string object_of(const RingState& r) {
    const std::string enabled = r.enabled ? (*r.enabled ? "true" : "false") : "null";
    const std::string oldest = r.oldest_done ? fmt::format("{}", *r.oldest_done) : "null";
    return fmt::format(
        "{{\"direction\":\"{}\",\"queue\":{},\"size\":{},\"head\":{},\"tail\":{},\"possible\":{},"
        "\"enabled\":{},\"device_owns\":{},\"next\":{},\"unreclaimed\":{},\"done\":{},"
        "\"oldest_done\":{}}}",
        r.transmit ? "tx" : "rx", r.queue, r.size, r.head, r.tail, r.possible, enabled, r.device_owns, r.next,
        r.unreclaimed, r.done, oldest);
}

std::string object_of(const RegisterDump::LeftOut& r) {
    return fmt::format("{{\"name\":{},\"offset\":{},\"count\":{},\"why\":{}}}", json_string(r.name), r.offset,
                       r.count, json_string(r.why));
}

// The fields that differ, with both values.
std::vector<std::pair<std::string, std::pair<std::uint32_t, std::uint32_t>>> changed_fields(
    const Difference& d) {
    std::vector<std::pair<std::string, std::pair<std::uint32_t, std::uint32_t>>> changed;
    for (const auto& [name, before] : d.before.fields)
        for (const auto& [same, after] : d.after.fields)
            if (name == same && before != after) changed.push_back({name, {before, after}});
    return changed;
}

std::string object_of(const Difference& d) {
    std::string fields;
    for (const auto& [name, values] : changed_fields(d))
        fields += fmt::format("{}{}:[{},{}]", fields.empty() ? "" : ",", json_string(name), values.first,
                              values.second);
    return fmt::format("{{\"name\":{},\"offset\":{},\"before\":{},\"after\":{},\"fields\":{{{}}}}}",
                       json_string(d.after.name()), d.after.offset, d.before.value, d.after.value, fields);
}

std::string object_of(const std::string& text) { return json_string(text); }

template <class Items> std::string lines(const Items& items) {
    std::string out;
    for (const auto& item : items) out += (out.empty() ? "\n" : ",\n") + object_of(item);
    return "[" + out + "]";
}

}  // namespace

std::string DumpedRegister::name() const { return index ? fmt::format("{}[{}]", array, *index) : array; }

NameFilter::NameFilter(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {
    for (std::string& pattern : patterns_) pattern = upper(pattern);
}

bool NameFilter::accepts(const std::string& name) const {
    const std::string whole = upper(name), array = whole.substr(0, whole.find('['));
    return patterns_.empty() || std::ranges::any_of(patterns_, [&](const std::string& pattern) {
               return matches(pattern, whole) || matches(pattern, array);
           });
}

RegisterDump dump_registers(Nic& nic, const std::string& state) {
    RegisterDump dump{.port = nic.info().address,
                      .model = nic.info().model,
                      .state = state,
                      .registers = {},
                      .left_out = {}};
    for (const RegisterValue& value : nic.read_registers()) dump.registers.push_back(dumped(value));
    for (const hal::RegisterInfo& info : nic.registers())
        if (info.left_out != nullptr)
            dump.left_out.push_back({info.name, info.offset(0), info.count, info.left_out});
    return dump;
}

RegisterDump filtered(const RegisterDump& dump, const NameFilter& filter) {
    RegisterDump part = dump;
    std::erase_if(part.registers, [&](const DumpedRegister& r) { return !filter.accepts(r.name()); });
    std::erase_if(part.left_out, [&](const RegisterDump::LeftOut& r) { return !filter.accepts(r.name); });
    return part;
}

std::string text_of(const RegisterDump& dump, bool all) {
    std::string out = fmt::format("{} ({}), {}\n", dump.port, dump.model, dump.state);
    for (const Run& run : runs(dump.registers, [&](const DumpedRegister&a, const DumpedRegister&b) {
             return !all && neighbours(a, b) && a.value == b.value;
         })) {
        const DumpedRegister& r = dump.registers[run.first];
        std::string line = fmt::format("{:05x}  {:<18} {:08x} ", r.offset, name_of(r, run.count), r.value);
        for (const auto& [name, value] : r.fields)
            if (all || value != 0) line += fmt::format(" {}={}", name, number(value));
        out += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    }
    std::map<std::string, std::string> names;  // by reason
    for (const RegisterDump::LeftOut& r : dump.left_out) names[r.why] += " " + r.name;
    for (const auto& [why, which] : names) out += fmt::format("not read, because {}:{}\n", why, which);
    return out;
}

std::string text_of(const std::vector<RingState>& rings) {
    std::string out =
        "ring   descriptors  on   head  tail  device owns  next  done  oldest done  unreclaimed\n";
    for (const RingState& r : rings)
        out += fmt::format("{} {:<4} {:>10}  {:<3} {:>5} {:>5}  {:>11} {:>5} {:>5}  {:>11}  {:>11}\n",
                           r.transmit ? "tx" : "rx", r.queue, r.size,
                           r.enabled ? (*r.enabled ? "yes" : "no") : "-", r.head, r.tail,
                           r.possible ? fmt::format("{}", r.device_owns) : "impossible", r.next, r.done,
                           r.oldest_done ? fmt::format("{}", *r.oldest_done) : "-",
                           r.transmit ? fmt::format("{}", r.unreclaimed) : "-");
    return out;
}

std::string json_of(const RegisterDump& dump, const std::vector<RingState>& rings) {
    return fmt::format(
        "{{\"port\":{},\"model\":{},\"state\":{},\"registers\":{},\n\"not_read\":{},\n\"rings\":{}}}\n",
        json_string(dump.port), json_string(dump.model), json_string(dump.state), lines(dump.registers),
        lines(dump.left_out), lines(rings));
}

RegisterDump dump_from_json(const std::string& text) {
    const Json json = parse_json(text);
    RegisterDump dump{.port = json.at("port").string(),
                      .model = json.at("model").string(),
                      .state = json.at("state").string(),
                      .registers = {},
                      .left_out = {}};
    for (const Json& item : json.at("registers").array()) {
        DumpedRegister r{.array = item.at("name").string(),
                         .index = {},
                         .offset = item.at("offset").word(),
                         .value = item.at("value").word(),
                         .fields = {}};
        if (item.has("index")) r.index = item.at("index").word();
        const Json& fields = item.at("fields");
        for (std::size_t i = 0; i < fields.names.size(); ++i)
            r.fields.emplace_back(fields.names[i], fields.items[i].word());
        dump.registers.push_back(std::move(r));
    }
    return dump;
}

Differences differences(const RegisterDump& before, const RegisterDump& after) {
    std::map<std::string, const DumpedRegister*> old;
    for (const DumpedRegister& r : before.registers) old[r.name()] = &r;
    Differences d;
    for (const DumpedRegister& r : after.registers) {
        const auto it = old.find(r.name());
        if (it == old.end()) {
            d.only_after.push_back(r.name());
            continue;
        }
        if (it->second->value != r.value) d.changed.push_back({*it->second, r});
        old.erase(it);
    }
    for (const DumpedRegister& r : before.registers)
        if (old.contains(r.name())) d.only_before.push_back(r.name());
    return d;
}

std::string text_of(const Differences& d, const std::string& before, const std::string& after) {
    std::string out = fmt::format("from {} to {}: {}\n", before, after,
                                  d.changed.empty() ? "no differences" : "what is different");
    for (const Run& run : runs(d.changed, [](const Difference&a, const Difference&b) {
             return neighbours(a.after, b.after) && a.before.value == b.before.value &&
                    a.after.value == b.after.value;
         })) {
        const Difference& one = d.changed[run.first];
        out += fmt::format("{:05x}  {:<18} {:08x} -> {:08x}", one.after.offset, name_of(one.after, run.count),
                           one.before.value, one.after.value);
        for (const auto& [name, values] : changed_fields(one))
            out += fmt::format("  {} {}->{}", name, number(values.first), number(values.second));
        out += '\n';
    }
    if (!d.only_before.empty()) out += fmt::format("only in {}: {}\n", before, fmt::join(d.only_before, " "));
    if (!d.only_after.empty()) out += fmt::format("only in {}: {}\n", after, fmt::join(d.only_after, " "));
    return out;
}

std::string json_of(const Differences& d, const std::string& before, const std::string& after) {
    return fmt::format(
        "{{\"before\":{},\"after\":{},\"changed\":{},\n\"only_before\":{},\n\"only_after\":{}}}\n",
        json_string(before), json_string(after), lines(d.changed), lines(d.only_before), lines(d.only_after));
}

}  // namespace ringside::examples
