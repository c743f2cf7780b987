#include "sim/ixgbe_vf/options.hpp"

#include "hal/error.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

namespace ringside::sim::ixgbe_vf {
namespace {

using View = std::string_view;

[[noreturn]] void bad_value(View key, View value, const char* wanted) {
    throw hal::Error(std::string("82599vf option '").append(key).append("=").append(value) +
                     "': the value must be " + wanted);
}

// Numbers and addresses are read as the card reads them.
std::uint64_t number(View key, View value) {
    try {
        return ixgbe::parse_options(std::string("seed=").append(value)).seed;
    } catch (const hal::Error&) { bad_value(key, value, "a number"); }
}

struct Key {
    const char* name;
    const char* help;
    void (*apply)(Options&, View key, View value);
};

constexpr Key keys[] = {
    {"id", "id=10ed|1515           of an 82599 (default), or of an X540",
     [](Options& o, View k, View v) {
         if (v != "10ed" && v != "1515") bad_value(k, v, "10ed or 1515");
         o.device_id = v == "10ed" ? Options::vf_82599 : Options::vf_x540;
     }},
    {"mac", "mac=02:00:00:82:59:90|none  the address that it is given; none: its driver chooses one",
     [](Options& o, View, View v) {
         o.mac.reset();
         if (v != "none") o.mac = ixgbe::parse_options(std::string("mac=").append(v)).mac;
     }},
    {"trust",
     "trust=on|off           other addresses, all groups and (X540) promiscuous mode are granted, or not "
     "(default)",
     [](Options& o, View k, View v) {
         if (v != "on" && v != "off") bad_value(k, v, "on or off");
         o.trusted = v == "on";
     }},
    {"queues", "queues=2|4             so many are granted, each way (default 4)",
     [](Options& o, View k, View v) {
         if (v != "2" && v != "4") bad_value(k, v, "2 or 4");
         o.queues = v == "2" ? 2 : 4;
     }},
    {"mtu", "mtu=N                  of the physical function: longer frames are refused (default 9710)",
     [](Options& o, View k, View v) {
         const std::uint64_t n = number(k, v);
         if (n < 68 || n > 9710) bad_value(k, v, "from 68 to 9710");
         o.mtu = static_cast<std::uint32_t>(n);
     }},
    {"pf", "pf=absent|silent       fault: nobody drives the physical function, or it never answers",
     [](Options& o, View k, View v) {
         if (v != "absent" && v != "silent") bad_value(k, v, "absent or silent");
         o.pf_absent = v == "absent";
         o.pf_silent = v == "silent";
     }},
    {"pf-reset", "pf-reset=MS            fault: the physical function is reset so long after the first start",
     [](Options& o, View k, View v) {
         o.pf_reset = std::chrono::milliseconds(static_cast<std::int64_t>(number(k, v)));
     }},
    {"dead-after", "dead-after=N           fault: after N register accesses the function is gone",
     [](Options& o, View k, View v) { o.dead_after = number(k, v); }},
};

// Options of the card that mean the same here.
constexpr View of_the_card[] = {"strict", "link-delay", "runts",    "erratum",
                                "link",   "enable",     "dd-delay", "seed"};

std::string key_names() {
    std::string names;
    for (const Key& key : keys) names += std::string(key.name) + ", ";
    for (const View name : of_the_card) names += std::string(name) + (name == "seed" ? "" : ", ");
    return names;
}

// `card` collects what is the card's.
void apply(Options& options, View item, std::string& card) {
    const std::size_t equals = item.find('=');
    const View name = item.substr(0, equals);
    const View value = equals == View::npos ? View() : item.substr(equals + 1);
    for (const Key& key : keys)
        if (name == key.name) return key.apply(options, name, value);
    if (std::find(std::begin(of_the_card), std::end(of_the_card), name) == std::end(of_the_card))
        throw hal::Error(std::string("82599vf option '").append(name) +
                         "' is not known; there are: " + key_names());
    card.append(",").append(item);
}

}  // namespace

Options parse_options(const std::string& text) {
    Options options;
    // Its queue registers lie elsewhere than the card's: there are no pages that both could share.
    std::string card = "doorbells=trapped,init-delay=0";
    View rest = text;
    while (!rest.empty()) {
        const std::size_t comma = rest.find(',');
        const View item = rest.substr(0, comma);
        if (!item.empty()) apply(options, item, card);
        rest = comma == View::npos ? View() : rest.substr(comma + 1);
    }
    options.card = ixgbe::parse_options(card + (options.is_x540() ? ",id=1528" : ",id=10fb"));
    return options;
}

std::string options_help() {
    std::string text;
    for (const Key& key : keys) text += std::string("  ") + key.help + "\n";
    text += "  and of those above:    ";
    for (const View name : of_the_card) text += std::string(name) + (name == "seed" ? "\n" : ", ");
    return text;
}

}  // namespace ringside::sim::ixgbe_vf
