// How long a frame takes from one port to another, or through a cable or a device under test and back, by the
// cards' own clocks where they have them.
#include "driver/nic.hpp"
#include "examples/support/json.hpp"
#include "examples/support/latency_histogram.hpp"
#include "examples/support/latency_prober.hpp"
#include "examples/support/signals.hpp"
#include "hal/address.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace ringside;
using namespace ringside::examples;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Time = LatencyProber::Time;

namespace {

struct Options {
    std::vector<std::string> ports;
    std::uint64_t count = 1000;  // 0: until told to end
    double interval_us = 1000, timeout_ms = 100;
    std::uint32_t length = LatencyProber::min_length;
    std::string time = "best";
    double link_timeout = 10;
    bool json = false;
};

struct Measured {
    LatencyHistogram latencies;
    std::uint64_t sent = 0, came = 0, unstamped = 0, late = 0, others = 0;
    Time time = Time::software;
    std::optional<std::chrono::nanoseconds> uncertainty;  // between two cards' clocks

    std::uint64_t lost() const { return sent - came; }
    std::string clock() const {
        if (time == Time::software) return "software: this machine's clock, around the calls";
        if (!uncertainty) return "hardware: one card's clock";
        return "hardware: two cards' clocks, compared in software to +-" + duration_text(*uncertainty);
    }
};

std::chrono::nanoseconds nanoseconds(double value, double unit) {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(value * unit));
}

// Until it is time for the next probe; short pauses are spent awake.
void wait_until(Clock::time_point time, const Signals& signals) {
    while (!signals.received()) {
        const auto left = time - Clock::now();
        if (left <= 0ns) return;
        if (left > 200us) std::this_thread::sleep_for(std::min<Clock::duration>(left - 100us, 50ms));
    }
}

Measured measure(const Options& options, const Signals& signals, Nic& out, Nic& in, mem::PacketPool& pool,
                 Time time) {
    LatencyProber prober(out, in, pool, time, options.length);
    Measured m;
    m.time = time;
    const auto interval = nanoseconds(options.interval_us, 1e3), limit = nanoseconds(options.timeout_ms, 1e6);
    auto looked = Clock::now(), next = looked;
    while (!signals.received() && (options.count == 0 || m.sent < options.count)) {
        const LatencyProber::Result result = prober.probe(limit);
        ++m.sent;
        m.came += result.came;
        if (result.latency) m.latencies.add(*result.latency);
        m.unstamped += result.came && !result.latency;
        next = std::max(next + interval, Clock::now());
        wait_until(next, signals);
        if (Clock::now() - looked < 100ms) continue;
        looked = Clock::now();
        static_cast<void>(out.link());  // throws if the card is gone, or wanted back
        static_cast<void>(in.link());
    }
    m.late = prober.late();
    m.others = prober.others();
    m.uncertainty = prober.uncertainty();
    return m;
}

constexpr double percentiles[] = {50, 99, 99.9};

void print(const Measured& m) {
    const LatencyHistogram& l = m.latencies;
    fmt::print("clock      {}\n", m.clock());
    fmt::print("probes     {} sent, {} came back, {} lost", m.sent, m.came, m.lost());
    if (m.unstamped > 0) fmt::print(", {} without a time stamp", m.unstamped);
    if (m.late > 0) fmt::print(", {} too late", m.late);
    if (m.others > 0) fmt::print("; {} other frames", m.others);
    fmt::print("\n");
    if (l.count() == 0) return;
    fmt::print("latency    min {}  p50 {}  p99 {}  p99.9 {}  max {}\n", duration_text(l.min()),
               duration_text(l.percentile(percentiles[0])), duration_text(l.percentile(percentiles[1])),
               duration_text(l.percentile(percentiles[2])), duration_text(l.max()));
    std::uint64_t most = 0;
    for (const auto& bar : l.bars()) most = std::max(most, bar.count);
    constexpr std::uint64_t width = 50;
    for (const auto& bar : l.bars())
        fmt::print("{:>8} to {:>8} {:>9}  {}\n", duration_text(bar.from), duration_text(bar.to), bar.count,
                   std::string(static_cast<std::size_t>((bar.count * width + most - 1) / most), '#'));
}

void print_json(const Measured& m) {
    const LatencyHistogram& l = m.latencies;
    std::string bars;
    for (const auto& bar : l.bars())
        bars += fmt::format("{}{{\"from_ns\":{},\"to_ns\":{},\"count\":{}}}", bars.empty() ? "" : ",",
                            bar.from.count(), bar.to.count(), bar.count);
    const std::string clocks = m.time == Time::software ? "null" : m.uncertainty ? "2" : "1";
    fmt::print(
        "{{\"time\":{},\"clocks\":{},\"clock_uncertainty_ns\":{},\"sent\":{},\"came\":{},\"lost\":{},"
        "\"without_stamp\":{},\"late\":{},\"other_frames\":{},\"count\":{},\"min_ns\":{},\"mean_ns\":{},"
        "\"p50_ns\":{},\"p99_ns\":{},\"p99_9_ns\":{},\"max_ns\":{},\"histogram\":[{}]}}\n",
        json_string(m.time == Time::hardware ? "hardware" : "software"), clocks,
        m.uncertainty ? std::to_string(m.uncertainty->count()) : "null", m.sent, m.came, m.lost(),
        m.unstamped, m.late, m.others, l.count(), l.min().count(), l.mean().count(),
        l.percentile(percentiles[0]).count(), l.percentile(percentiles[1]).count(),
        l.percentile(percentiles[2]).count(), l.max().count(), bars);
}

// The cards' clocks if both have one, unless the user wants otherwise.
Time choose_time(const Options& options, const std::vector<std::unique_ptr<Nic>>& nics) {
    if (options.time == "software") return Time::software;
    for (const auto& nic : nics) {
        if (nic->info().features.has(Feature::time_stamps)) continue;
        if (options.time == "hardware")
            throw hal::Error(nic->info().address + ": " + nic->info().model +
                             " takes no time stamps; leave --time hardware out");
        return Time::software;
    }
    return Time::hardware;
}

int run(const Options& options) {
    const Signals signals;
    mem::DmaDomain domain;
    std::vector<std::unique_ptr<Nic>> nics;
    for (const std::string& port : options.ports) nics.push_back(open_nic(domain, port));
    const Time time = choose_time(options, nics);
    const NicConfig config{
        .rx_descriptors = 128, .tx_descriptors = 128, .time_stamps = time == Time::hardware};
    const auto pool = std::make_shared<mem::PacketPool>(
        domain, mem::PoolOptions{.buffers = mem::buffers_needed(4 * 128, 1)});
    for (const auto& nic : nics) nic->start(pool, config);
    for (const auto& nic : nics) nic->wait_for_link(nanoseconds(options.link_timeout, 1e9));
    fmt::print(stderr, "ringside-latency: measuring from {} to {}, by the clock of {}\n",
               nics.front()->info().address, nics.back()->info().address,
               time == Time::hardware ? "the hardware" : "this machine");
    const Measured measured = measure(options, signals, *nics.front(), *nics.back(), *pool, time);
    for (const auto& nic : nics) nic->stop();
    options.json ? print_json(measured) : print(measured);
    return measured.lost() == 0 ? 0 : 3;
}

}  // namespace

int main(int argc, char** argv) {
    Options o;
    CLI::App app{
        "Sends single frames from a port, waits for each at another port (or the same, at the end of a "
        "loop), "
        "and says how long they took.\n"
        "Where both cards have clocks, they note themselves when the frame went out and when it came in: "
        "what "
        "counts is the way in between, not this machine. The frames look like PTP's Sync messages, which "
        "cards "
        "note; switches that know PTP may keep them. One clock tells the time of a loop. Two clocks are "
        "compared by reading one before and after the other, every 100 ms; how well that went is said. "
        "Otherwise this machine's clock is read before sending and after receiving.\n"
        "A PORT is a PCI function bound to vfio-pci (0000:03:00.0), vfio-user:/PATH/nic.sock, or a software "
        "NIC "
        "such as sim:82599,cable=loop; see forwarder --help.",
        "ringside-latency"};
    app.footer(
        "Examples:\n"
        "  ringside-latency 0000:03:00.0 0000:03:00.1\n"
        "  ringside-latency --time software --count 100000 --interval 50 0000:03:00.0 0000:03:00.1\n"
        "  ringside-latency sim:82599,cable=loop\n"
        "Ctrl-C ends it, and prints what it has.\n"
        "Exit codes: 0 every frame came; 1 something failed, and a sentence on stderr says what; 2 the "
        "command "
        "line makes no sense; 3 frames were lost.");
    app.add_option("PORTS", o.ports, "the port that sends, and the one that receives if it is another")
        ->required()
        ->expected(1, 2);
    app.add_option("-c,--count", o.count, "frames to send; 0: until Ctrl-C")->capture_default_str();
    app.add_option("-i,--interval", o.interval_us, "microseconds from one to the next")
        ->check(CLI::Range(0.0, 1e9))
        ->capture_default_str();
    app.add_option("-l,--length", o.length, "bytes of a frame, without CRC")
        ->check(CLI::Range(LatencyProber::min_length, 1514u))
        ->capture_default_str();
    app.add_option("-t,--time", o.time, "hardware, software, or best: hardware if both cards have it")
        ->check(CLI::IsMember({"best", "hardware", "software"}))
        ->capture_default_str();
    app.add_option("--timeout", o.timeout_ms, "milliseconds after which a frame is lost")
        ->check(CLI::Range(0.001, 1e6))
        ->capture_default_str();
    app.add_option("--link-timeout", o.link_timeout, "seconds to wait for the link")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();
    app.add_flag("--json", o.json, "for machines: one JSON object");
    try {
        app.parse(argc, argv);
        for (const std::string& port : o.ports) static_cast<void>(hal::parse_address(port));
        return run(o);
    } catch (const CLI::Success& e) { return app.exit(e); } catch (const CLI::ParseError& e) {
        fmt::print(stderr, "ringside-latency: {}; see ringside-latency --help\n", e.what());
        return 2;
    } catch (const hal::AddressError& e) {
        fmt::print(stderr, "ringside-latency: {}\n", e.what());
        return 2;
    } catch (const std::exception& e) {
        fmt::print(stderr, "ringside-latency: {}\n", e.what());
        return 1;
    }
}
