// Prints every register of a card by name and field, compares two states of a card, or two files that it
// wrote before; prints its EEPROM, the module in its cage and its counters; and lets a port blink.
#include "driver/nic.hpp"
#include "examples/support/counter_report.hpp"
#include "examples/support/eeprom_report.hpp"
#include "examples/support/json.hpp"
#include "examples/support/module_report.hpp"
#include "examples/support/register_dump.hpp"
#include "examples/support/signals.hpp"
#include "hal/address.hpp"
#include "hal/error.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace ringside;
using namespace ringside::examples;
using namespace std::chrono_literals;

namespace {

struct Options {
    std::string port;
    std::vector<std::string> compare, names;
    std::uint32_t queues = 1;
    double blink = 0, seconds = 1;
    bool started = false, rings = false, diff = false, all = false, json = false;
    bool eeprom = false, module = false, statistics = false;
};

struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

RegisterDump read_file(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    if (!file)
        throw hal::Error("cannot read " + path + "; give two files that ringside-regs --json has written");
    try {
        return dump_from_json(text.str());
    } catch (const JsonError& e) {
        throw hal::Error(path + " is not what ringside-regs --json has written: " + e.what());
    }
}

// The same names may mean other registers on another kind of card.
void compare(const Options& o, const NameFilter& filter) {
    const RegisterDump before = read_file(o.compare[0]), after = read_file(o.compare[1]);
    if (before.model != after.model)
        fmt::print(stderr, "ringside-regs: these are different cards: {} and {}\n", before.model,
                   after.model);
    const Differences d = differences(filtered(before, filter), filtered(after, filter));
    fmt::print("{}",
               o.json ? json_of(d, o.compare[0], o.compare[1]) : text_of(d, o.compare[0], o.compare[1]));
}

// With nobody to take frames: what arrives waits in the rings.
std::shared_ptr<mem::PacketPool> start(Nic& nic, mem::DmaDomain& domain, std::uint32_t queues) {
    const NicConfig config{.rx_queues = queues, .tx_queues = queues};
    const std::uint32_t ring = config.rx_descriptors + config.tx_descriptors;
    const std::uint32_t buffers = mem::buffers_needed(queues * ring, 1);
    const auto pool = std::make_shared<mem::PacketPool>(domain, mem::PoolOptions{.buffers = buffers});
    nic.start(pool, config);
    try {
        nic.wait_for_link(1s);
    } catch (const hal::Timeout&) {
        // The registers show that it is down.
    }
    return pool;
}

// Takes every frame for the port, and counts with the card.
CounterDump count(Nic& nic, mem::DmaDomain& domain, const Options& o) {
    const auto pool = start(nic, domain, o.queues);
    const Signals signals;
    mem::PacketCache cache(*pool);
    mem::Batch<32> batch(cache);
    const auto begin = std::chrono::steady_clock::now();
    const auto passed = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    while (passed() < o.seconds && !signals.received())
        for (std::uint32_t q = 0; q < o.queues; ++q) {
            nic.rx(q).receive(batch);
            batch.clear();
        }
    return {nic.info().address, nic.info().model, passed(), nic.counters()};
}

// A card whose link is down may light its LEDs and not let them blink: so they are changed as well.
void blink(Nic& nic, double seconds) {
    const Signals signals;
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    fmt::print("{} ({}) blinks for {:g} s; Ctrl-C ends it\n", nic.info().address, nic.info().model, seconds);
    std::fflush(stdout);
    bool on = false;
    for (auto change = std::chrono::steady_clock::now(); !signals.received();) {
        const auto now = std::chrono::steady_clock::now();
        if (now >= end) break;
        if (now >= change) {
            nic.blink(on = !on);
            static_cast<void>(nic.link());  // throws if the card is gone, or wanted back
            change += 500ms;
        }
        std::this_thread::sleep_for(10ms);
    }
    nic.blink(false);
}

RegisterDump dump(Nic& nic, const std::string& state, const NameFilter& filter) {
    const RegisterDump all = dump_registers(nic, state);
    const RegisterDump part = filtered(all, filter);
    if (part.registers.empty() && part.left_out.empty())
        throw UsageError(
            "--filter: no register of this card has such a name; they are the datasheet's, for "
            "example " +
            all.registers.front().array);
    return part;
}

void run(const Options& o, const NameFilter& filter) {
    if (!o.compare.empty()) return compare(o, filter);
    mem::DmaDomain domain;
    const auto nic = open_nic(domain, o.port);
    if (o.blink > 0) return blink(*nic, o.blink);
    if (o.eeprom || o.module || o.statistics) {
        const auto print = [&](const auto& dump, auto... text) {
            fmt::print("{}", o.json ? json_of(dump) : text_of(dump, text...));
        };
        if (o.eeprom) print(dump_eeprom(*nic));
        if (o.module) print(dump_module(*nic));
        if (o.statistics) print(count(*nic, domain, o), o.all);
        return nic->stop();
    }
    const bool started = o.started || o.diff || o.rings;
    if (started && !o.diff) start(*nic, domain, o.queues);
    const RegisterDump first = dump(*nic, started && !o.diff ? "started" : "after reset", filter);
    if (o.diff) {
        start(*nic, domain, o.queues);
        const Differences d = differences(first, dump(*nic, "started", filter));
        fmt::print("{}",
                   o.json ? json_of(d, "after reset", "started") : text_of(d, "after reset", "started"));
    } else if (o.json) {
        fmt::print("{}", json_of(first, nic->rings()));
    } else {
        fmt::print("{}", text_of(first, o.all));
    }
    if (o.rings && !o.json) fmt::print("{}", text_of(nic->rings()));
    nic->stop();
}

void check(const Options& o) {
    if (o.compare.empty() == o.port.empty())
        throw UsageError("give either a PORT, or --compare with two files; see ringside-regs --help");
    if (o.eeprom + o.module + o.statistics + o.diff + o.rings > 1 && (o.json || o.diff || o.rings))
        throw UsageError(
            "--eeprom, --sfp, --statistics, --diff and --rings are different things: choose one");
    if (o.diff && o.rings) throw UsageError("--rings shows rings, --diff what has changed: choose one");
    if (!o.port.empty()) static_cast<void>(hal::parse_address(o.port));
}

}  // namespace

int main(int argc, char** argv) {
    Options o;
    CLI::App app{
        "Prints the registers of a card, each with its name in the datasheet and its fields.\n"
        "A PORT is a PCI function bound to vfio-pci (0000:03:00.0), vfio-user:/PATH/nic.sock, or a software "
        "NIC such as sim:82599; see forwarder --help.\n"
        "Opening a port resets the card, so this shows what the card is like after a reset, or with "
        "--started "
        "what our driver has made of it; not what another program is doing, which must have let go of the "
        "card. "
        "A program on this library shows its own card's registers with Nic::read_registers().\n"
        "Registers that change by being read (counters, interrupt causes, semaphores) are not read, and the "
        "end of the output says which.",
        "ringside-regs"};
    app.footer(
        "Examples:\n"
        "  ringside-regs sim:82599\n"
        "  ringside-regs --started --queues 4 --filter RXDCTL --filter 'RD*' sim:82599\n"
        "  ringside-regs --diff sim:82599                      what a start changes\n"
        "  ringside-regs --json 0000:03:00.0 >a.json           one register a line\n"
        "  ringside-regs --compare a.json b.json\n"
        "  ringside-regs --eeprom 0000:03:00.0                 words, names, and whether the sum is right\n"
        "  ringside-regs --sfp sim:82599                       the module in the cage\n"
        "  ringside-regs --statistics --seconds 5 sim:82599    every counter that moved, and what it means\n"
        "  ringside-regs --blink 30 0000:03:00.0               which of the ports is it?\n"
        "A line is: offset, name, value, and the fields that are not 0. Numbers without 0x are decimal.\n"
        "Exit codes: 0 all went well, whether there are differences or not; 1 something failed, and a "
        "sentence "
        "on stderr says what; 2 the command line makes no sense.");
    app.add_option("PORT", o.port, "the port");
    app.add_flag("--started", o.started, "bring the card up first, and wait up to a second for the link");
    app.add_option("--queues", o.queues, "with how many queues each way")
        ->check(CLI::Range(1u, 128u))
        ->capture_default_str();
    app.add_flag("--diff", o.diff, "what a start changes: each register after the reset and started");
    app.add_flag("--rings", o.rings, "start the card, and print its rings as well");
    app.add_option("--filter", o.names, "only registers of this name; * stands for anything; may be repeated")
        ->allow_extra_args(false);
    app.add_flag("--eeprom", o.eeprom, "print the card's EEPROM instead");
    app.add_flag("--sfp", o.module, "print what the module in the cage says of itself instead");
    app.add_flag(
        "--statistics", o.statistics,
        "start the card, let it count, and print every counter that is not 0 with what it means instead");
    app.add_option("--seconds", o.seconds, "for how long --statistics counts")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();
    app.add_flag("--all", o.all, "a line for each register, with all its fields; each counter, 0 or not");
    app.add_flag("--json", o.json, "for machines: one JSON object");
    app.add_option("--compare", o.compare, "two files with the output of --json")->expected(2);
    app.add_option("--blink", o.blink, "let the port's LEDs blink for so many seconds, and print nothing")
        ->check(CLI::Range(0.0, 1e6));
    try {
        app.parse(argc, argv);
        check(o);
        run(o, NameFilter(o.names));
        return 0;
    } catch (const CLI::Success& e) { return app.exit(e); } catch (const CLI::ParseError& e) {
        fmt::print(stderr, "ringside-regs: {}; see ringside-regs --help\n", e.what());
        return 2;
    } catch (const UsageError& e) {
        fmt::print(stderr, "ringside-regs: {}\n", e.what());
        return 2;
    } catch (const hal::AddressError& e) {
        fmt::print(stderr, "ringside-regs: {}\n", e.what());
        return 2;
    } catch (const std::exception& e) {
        fmt::print(stderr, "ringside-regs: {}\n", e.what());
        return 1;
    }
}
