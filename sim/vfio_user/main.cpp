// ringside-sim: software NICs for programs that have none.
#include "hal/clock.hpp"
#include "hal/error.hpp"
#include "sim/vfio_user/control.hpp"
#include "sim/vfio_user/json.hpp"
#include "sim/vfio_user/listener.hpp"
#include "sim/vfio_user/lost_pages.hpp"
#include "sim/vfio_user/nic_factory.hpp"
#include "sim/vfio_user/signals.hpp"
#include "sim/vfio_user/simulator.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ringside::sim {
namespace {

constexpr int ended_as_asked = 0, failed = 1, not_understood = 2;

struct Arguments {
    std::vector<std::string> sockets;
    std::optional<int> control;
    std::optional<int> cpu;
    std::string report_file;
    unsigned spin_us = 50;
    bool json = false;
    bool quiet = false;
};

constexpr const char* description =
    R"(Software NICs. Each is a PCI function that another process drives over the vfio-user protocol, as it would drive
a real one over VFIO: Ringside's own drivers ("vfio-user:PATH"), or QEMU 10.1 and later:
  -device '{"driver":"vfio-user-pci","socket":{"type":"unix","path":"PATH"}}'   (with a shared memory-backend)
For QEMU give the NIC doorbells=trapped: QEMU lets the guest read mapped registers as memory, counters too.

  ringside-sim --socket /tmp/a.sock=82599,cable=link:x --socket /tmp/b.sock=82599,cable=link:x

serves two 82599s that are wired to each other, until Ctrl-C. Clients come and go, one at a time for each NIC.)";

constexpr const char* exit_codes =
    R"(
Exit codes: 0 ended by SIGINT, SIGTERM or the end of the control socket; 1 something failed (a file, a socket, a
device could not be opened); 2 the command line cannot be understood.
)";

void add_options(CLI::App& app, Arguments& arguments) {
    app.set_version_flag("--version", "ringside-sim " RINGSIDE_VERSION);
    auto* sockets =
        app.add_option("--socket", arguments.sockets, "Serve the NIC SPEC on the Unix socket PATH");
    sockets->type_name("PATH=SPEC");
    auto* control =
        app.add_option("--control", arguments.control, "For the library: take NICs from this socket");
    control->type_name("FD")->excludes(sockets);
    app.add_option("--spin", arguments.spin_us, "Go on spinning this long without work before sleeping")
        ->type_name("USEC")
        ->capture_default_str()
        ->check(CLI::Range(0u, 10'000'000u));
    app.add_option("--cpu", arguments.cpu, "Run on this core only")
        ->type_name("N")
        ->check(CLI::Range(0, 1023));
    app.add_flag("--json", arguments.json,
                 "Final report as one line of JSON on stdout (else text on stderr)");
    app.add_option("--report", arguments.report_file, "Write the final report to FILE instead")
        ->type_name("FILE");
    app.add_flag("--quiet", arguments.quiet, "No notices and no final text on stderr");
}

void pin_to(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(cpu), &set);
    hal::check(::sched_setaffinity(0, sizeof set, &set), "running on core " + std::to_string(cpu));
}

// Listens for every --socket and gives each its NIC.
std::vector<Listener> open_sockets(const Arguments& arguments, Simulator& simulator,
                                   const Simulator::Say& say) {
    std::vector<Listener> listeners;
    for (const std::string& text : arguments.sockets) {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos)
            throw hal::AddressError("--socket " + text +
                                    ": write PATH=SPEC, such as /tmp/nic.sock=82599,cable=loop");
        const std::string path = text.substr(0, equals), spec = text.substr(equals + 1);
        auto function = make_nic(spec, hal::SystemClock::instance());
        const Listener& listener = listeners.emplace_back(path);
        simulator.add(path, std::move(function), listener.socket(), Server::Socket::listening);
        say(fmt::format("{} is served on {}", spec, path));
    }
    return listeners;
}

void write_report(const std::vector<FinalReport>& reports, const Arguments& arguments) {
    std::string text, json;
    for (const FinalReport& report : reports) {
        text += report.text;
        json += (json.empty() ? "" : ",") + report.json;
    }
    if (arguments.json) text = fmt::format("{{\"nics\":[{}]}}\n", json);
    if (arguments.report_file.empty()) {
        if (arguments.json || !arguments.quiet) std::fputs(text.c_str(), arguments.json ? stdout : stderr);
        return;
    }
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(arguments.report_file.c_str(), "w"),
                                                               std::fclose);
    if (!file || std::fputs(text.c_str(), file.get()) < 0 || std::fflush(file.get()) != 0)
        hal::throw_errno("writing the report " + arguments.report_file);
}

void serve(const Arguments& arguments) {
    const Simulator::Say say = [quiet = arguments.quiet](const std::string& line) {
        if (!quiet) std::fputs(("ringside-sim: " + line + "\n").c_str(), stderr);
    };
    survive_lost_pages();
    StopSignals signals(arguments.control.has_value());
    Simulator simulator(hal::SystemClock::instance(), std::chrono::microseconds(arguments.spin_us), say);
    std::optional<ControlSocket> control;
    std::vector<int> look_fds{signals.fd()};
    if (arguments.control) {
        control.emplace(*arguments.control, [&](const std::string& spec, hal::Fd socket) {
            simulator.add(spec, make_nic(spec, hal::SystemClock::instance()), std::move(socket),
                          Server::Socket::connected);
        });
        look_fds.push_back(control->fd());
    }
    const std::vector<Listener> listeners = open_sockets(arguments, simulator, say);
    if (arguments.cpu) pin_to(*arguments.cpu);
    simulator.run([&] { return !signals.arrived() && (!control || control->poll()); }, look_fds);
    write_report(simulator.finish(), arguments);
}

int run(int argc, char** argv) {
    Arguments arguments;
    CLI::App app(description, "ringside-sim");
    add_options(app, arguments);
    app.footer([] { return "\n" + nic_spec_help() + exit_codes; });
    try {
        app.parse(argc, argv);
        if (arguments.sockets.empty() && !arguments.control)
            throw hal::AddressError(
                "nothing to serve; give --socket PATH=SPEC (ringside-sim --help shows how)");
        serve(arguments);
        return ended_as_asked;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? ended_as_asked : not_understood;
    } catch (const hal::AddressError& error) {
        std::fprintf(stderr, "ringside-sim: %s\n", error.what());
        return not_understood;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ringside-sim: %s\n", error.what());
        return failed;
    }
}

}  // namespace
}  // namespace ringside::sim

int main(int argc, char** argv) {
    try {
        return ringside::sim::run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ringside-sim: %s\n", error.what());
        return 1;
    }
}
