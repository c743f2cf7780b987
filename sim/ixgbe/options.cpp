#include "sim/ixgbe/options.hpp"

#include "hal/error.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <string_view>
#include <vector>

namespace ringside::sim::ixgbe {
namespace {

[[noreturn]] void bad_value(std::string_view key, std::string_view value, const char* wanted) {
    throw hal::Error("82599 option '" + std::string(key) + "=" + std::string(value) +
                     "': the value must be " + wanted);
}

std::uint64_t number(std::string_view key, std::string_view value) {
    std::uint64_t n = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), n);
    if (error != std::errc() || end != value.data() + value.size() || n > 1'000'000'000'000ull)
        bad_value(key, value, "a number");
    return n;
}

std::array<std::uint8_t, 6> mac_address(std::string_view key, std::string_view value) {
    std::array<std::uint8_t, 6> mac{};
    if (value.size() != 17) bad_value(key, value, "an address like 02:00:00:00:00:01");
    for (std::size_t i = 0; i < 6; ++i) {
        const char* at = value.data() + i * 3;
        const auto [end, error] = std::from_chars(at, at + 2, mac[i], 16);
        if (error != std::errc() || end != at + 2 || (i < 5 && at[2] != ':'))
            bad_value(key, value, "an address like 02:00:00:00:00:01");
    }
    if ((mac[0] & 1) != 0) bad_value(key, value, "a unicast address: the first byte must be even");
    return mac;
}

void only(std::string_view key, std::string_view value, std::string_view allowed) {
    if (value != allowed) bad_value(key, value, std::string(allowed).c_str());
}

struct Key {
    const char* name;
    const char* help;
    void (*apply)(Options&, std::string_view key, std::string_view value);
};

using View = std::string_view;

constexpr Key keys[] = {
    {"id", "id=10fb|10f9|1528      SFP+ card (default), CX4 card, or X540 (10GBASE-T)",
     [](Options& o, View k, View v) {
         if (v == "10fb")
             o.device_id = Options::sfp;
         else if (v == "10f9")
             o.device_id = Options::cx4;
         else if (v == "1528")
             o.device_id = Options::x540;
         else
             bad_value(k, v, "10fb, 10f9 or 1528");
     }},
    {"mac", "mac=02:00:00:82:59:90  the card's own address; by default each further NIC counts up",
     [](Options& o, View k, View v) { o.mac = mac_address(k, v); }},
    {"strict",
     "strict=report|fatal|off  driver mistakes are counted and reported (default), end the simulator, or "
     "pass",
     [](Options& o, View k, View v) {
         if (v == "off")
             o.strict = StrictMode::off;
         else if (v == "report" || v.empty())
             o.strict = StrictMode::report;
         else if (v == "fatal")
             o.strict = StrictMode::fatal;
         else
             bad_value(k, v, "report, fatal or off");
     }},
    {"link-delay", "link-delay=MS          time from reset or restart to link up (default 1)",
     [](Options& o, View k, View v) {
         o.link_delay = std::chrono::milliseconds(static_cast<std::int64_t>(number(k, v)));
     }},
    {"init-delay", "init-delay=US          time from reset until EEPROM and DMA are ready (default 2000)",
     [](Options& o, View k, View v) {
         o.init_delay = std::chrono::microseconds(static_cast<std::int64_t>(number(k, v)));
     }},
    {"doorbells",
     "doorbells=mapped|trapped  queue registers may be mapped (default), or each access is a message",
     [](Options& o, View k, View v) {
         if (v != "mapped" && v != "trapped") bad_value(k, v, "mapped or trapped");
         o.doorbells_mapped = v == "mapped";
     }},
    {"eeprom", "eeprom=absent          no valid EEPROM",
     [](Options& o, View k, View v) { only(k, v, "absent"), o.eeprom_present = false; }},
    {"module", "module=sr|lr|da|absent  what sits in the SFP+ cage (default sr)",
     [](Options& o, View k, View v) {
         if (v == "sr")
             o.module = SfpKind::sr;
         else if (v == "lr")
             o.module = SfpKind::lr;
         else if (v == "da")
             o.module = SfpKind::da;
         else if (v == "absent")
             o.module = SfpKind::absent;
         else
             bad_value(k, v, "sr, lr, da or absent");
     }},
    {"runts",
     "runts=pad|drop         frames below 60 bytes are padded (default), or dropped as the wire would",
     [](Options& o, View k, View v) {
         if (v != "pad" && v != "drop") bad_value(k, v, "pad or drop");
         o.drop_runts = v == "drop";
     }},
    {"erratum", "erratum=udp-zero       UDP without a checksum is reported as wrong, as on real cards",
     [](Options& o, View k, View v) { only(k, v, "udp-zero"), o.udp_zero_is_wrong = true; }},
    {"reset", "reset=stuck            fault: CTRL.RST never clears",
     [](Options& o, View k, View v) { only(k, v, "stuck"), o.reset_stuck = true; }},
    {"master", "master=stuck           fault: STATUS.19 never clears",
     [](Options& o, View k, View v) { only(k, v, "stuck"), o.master_stuck = true; }},
    {"link", "link=down              fault: the link never comes up",
     [](Options& o, View k, View v) { only(k, v, "down"), o.link_down = true; }},
    {"dmaidone", "dmaidone=never         fault: RDRXCTL.DMAIDONE stays 0",
     [](Options& o, View k, View v) { only(k, v, "never"), o.dma_init_never = true; }},
    {"enable", "enable=never           fault: queues never enable",
     [](Options& o, View k, View v) { only(k, v, "never"), o.enable_never = true; }},
    {"dead-after", "dead-after=N           fault: after N register accesses the card is gone",
     [](Options& o, View k, View v) { o.dead_after = number(k, v); }},
    {"dd-delay", "dd-delay               completions are held and released in random batches",
     [](Options& o, View, View) { o.hold_completions = true; }},
    {"seed", "seed=N                 of everything random (default 1)",
     [](Options& o, View k, View v) { o.seed = number(k, v); }},
};

std::string key_names() {
    std::string names;
    for (const Key& key : keys) names += std::string(names.empty() ? "" : ", ") + key.name;
    return names;
}

void apply(Options& options, std::string_view item) {
    const std::size_t equals = item.find('=');
    const std::string_view name = item.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : item.substr(equals + 1);
    for (const Key& key : keys)
        if (name == key.name) return key.apply(options, name, value);
    throw hal::Error("82599 option '" + std::string(name) + "' is not known; there are: " + key_names());
}

}  // namespace

Options parse_options(const std::string& text) {
    Options options;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t comma = rest.find(',');
        const std::string_view item = rest.substr(0, comma);
        if (!item.empty()) apply(options, item);
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
    return options;
}

std::string options_help() {
    std::string text;
    for (const Key& key : keys) text += std::string("  ") + key.help + "\n";
    return text;
}

}  // namespace ringside::sim::ixgbe
