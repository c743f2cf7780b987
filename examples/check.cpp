// Why does nothing arrive? Listens at a port, and goes through what a frame passes on its way to a program.
#include "driver/nic.hpp"
#include "examples/support/diagnosis.hpp"
#include "examples/support/listening.hpp"
#include "hal/address.hpp"
#include "mem/dma_domain.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <string>

using namespace ringside;
using namespace ringside::examples;

namespace {

struct Options {
    std::string port;
    double seconds = 3, link_timeout = 5;
    bool interrupts = false, json = false;
};

std::chrono::nanoseconds nanoseconds(double seconds) {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

int run(const Options& options) {
    mem::DmaDomain domain;
    const auto nic = open_nic(domain, options.port);
    const Diagnosis diagnosis(listen_to(*nic, domain,
                                        {.duration = nanoseconds(options.seconds),
                                         .link_timeout = nanoseconds(options.link_timeout),
                                         .interrupts = options.interrupts}));
    fmt::print("{}", options.json ? diagnosis.json() : diagnosis.text());
    return diagnosis.frames_arrive() ? 0 : diagnosis.reason() != nullptr ? 3 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    Options o;
    CLI::App app{
        "Answers \"why is nothing arriving?\": resets and starts the card, takes every frame for some "
        "seconds, "
        "and says of each thing that a frame passes what it looks like and what to do: the device, bus "
        "mastering, the link, the receiver, the queues, the MAC's counters, the writes to memory, the "
        "addresses.\n"
        "A PORT is a PCI function bound to vfio-pci (0000:03:00.0), vfio-user:/PATH/nic.sock, or a software "
        "NIC such as sim:82599,cable=generate; see forwarder --help. A program that uses the port must be "
        "ended before.",
        "ringside-check"};
    app.footer(
        "Examples:\n"
        "  ringside-check 0000:03:00.0\n"
        "  ringside-check --interrupts --seconds 10 0000:03:00.0\n"
        "  ringside-check sim:82599,module=absent,cable=generate\n"
        "Marks: ok; BAD, the first of which is the reason; note, worth knowing; ?, nothing to be seen.\n"
        "Exit codes: 0 frames arrive; 1 something failed, and a sentence on stderr says what; 2 the command "
        "line makes no sense; 3 nothing arrives, and the reason was found.");
    app.add_option("PORT", o.port, "the port")->required();
    app.add_option("-s,--seconds", o.seconds, "how long to listen")
        ->check(CLI::Range(0.001, 1e6))
        ->capture_default_str();
    app.add_option("--link-timeout", o.link_timeout, "seconds to wait for the link before that")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();
    app.add_flag("--interrupts", o.interrupts, "also see whether the card's interrupts come");
    app.add_flag("--json", o.json, "for machines: one JSON object");
    try {
        app.parse(argc, argv);
        static_cast<void>(hal::parse_address(o.port));
        return run(o);
    } catch (const CLI::Success& e) { return app.exit(e); } catch (const CLI::ParseError& e) {
        fmt::print(stderr, "ringside-check: {}; see ringside-check --help\n", e.what());
        return 2;
    } catch (const hal::AddressError& e) {
        fmt::print(stderr, "ringside-check: {}\n", e.what());
        return 2;
    } catch (const std::exception& e) {
        fmt::print(stderr, "ringside-check: {}\n", e.what());
        return 1;
    }
}
