#include "examples/support/forwarder_options.hpp"

#include "hal/address.hpp"
#include "hal/cpu.hpp"
#include "hal/error.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <map>

namespace ringside::examples {

namespace {

constexpr const char* description =
    R"(Forwards Ethernet frames between two ports, both ways.

A PORT is one of
  sim:82599,cable=CABLE      a software 82599, started for you; needs no hardware and no root.
                             CABLE is what is plugged into it, for example
                               generate:size=64          a traffic source and checking sink
                               pcap:IN.pcap,OUT.pcap     frames played from and recorded to files
                               tap:NAME                  a TAP interface of this machine
                             `ringside-sim --help` lists them all.
  vfio-user:/PATH/nic.sock   a NIC served by another process, `ringside-sim --socket` for example.
  0000:03:00.0               a PCI function bound to vfio-pci: `./devbind bind 0000:03:00.0` does that.)";

constexpr const char* examples =
    R"(Examples:
  forwarder sim:82599,cable=generate:size=64 sim:82599,cable=generate:source=off --duration 5
  forwarder --swap-mac --json --packets 1000 vfio-user:a.sock vfio-user:b.sock

Exit codes: 0 all went well; 1 something failed, and a sentence on stderr says what, or frames are unaccounted
for; 2 the command line makes no sense.)";

std::optional<std::chrono::nanoseconds> seconds(double value) {
    if (value <= 0) return std::nullopt;
    return std::chrono::nanoseconds(std::llround(value * 1e9));
}

// Before any of them is opened, so that a mistyped second one does not start the first.
void check_addresses(const ForwarderOptions& o) {
    try {
        for (const std::string& port : o.ports) static_cast<void>(hal::parse_address(port));
    } catch (const hal::AddressError& e) { throw UsageError(e.what()); }
}

// Up to 30 years, so that nanoseconds still fit 64 bits. CLI11's own checks print numbers of 300 digits.
std::string seconds_form(const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool good = error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= 1e9;
    return good ? "" : text + " is not a number of seconds, such as 0.5";
}

// The parts of a frame come together in one burst, or not at all.
void check_burst(const ForwarderOptions& o) {
    constexpr std::uint32_t header_and_tags = 22;
    const std::uint32_t room = o.pool().room, parts = (o.mtu + header_and_tags + room - 1) / room;
    if (parts > o.burst)
        throw UsageError(
            fmt::format("--burst {}: with --mtu {} a frame may take {} buffers; choose --burst {} or more",
                        o.burst, o.mtu, parts, std::min(parts, max_burst)));
}

// Up to a second: nobody polls less often.
std::string gap_form(const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool good = error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= 1e6;
    return good ? "" : text + " is not a number of microseconds up to 1000000, such as 20";
}

// What links can do; the card says what it can.
std::string rate_form(const std::string& text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool good = error == std::errc() && end == text.data() + text.size() && value <= 1000000;
    return good ? "" : text + " is not a number of megabits per second, such as 100";
}

std::string frames_form(const std::string& text) {
    try {
        mem::parse_frame_mix(text);
        return "";
    } catch (const hal::Error& e) { return e.what(); }
}

// What CLI11 would wrap around.
std::string not_negative(const std::string& text) {
    return text.starts_with('-') ? text + " is negative" : "";
}

// The last cores first: the first one is where the kernel and everybody else like to work.
void choose_cores(ForwarderOptions& o) {
    const std::vector<unsigned> usable = hal::usable_cpus();
    for (const unsigned core : o.cores)
        if (std::find(usable.begin(), usable.end(), core) == usable.end())
            throw UsageError(fmt::format("--cores: this process may not run on core {}; it may run on {}",
                                         core, fmt::join(usable, ", ")));
    if (!o.cores.empty()) {
        if (o.cores.size() != o.threads)
            throw UsageError(fmt::format("--cores names {} cores for {} threads; name one for each thread",
                                         o.cores.size(), o.threads));
        return;
    }
    if (o.threads > usable.size()) o.pin = false;
    for (std::uint32_t t = 0; t < o.threads; ++t)
        o.cores.push_back(usable[usable.size() - 1 - t % usable.size()]);
}

}  // namespace

NicConfig ForwarderOptions::nic() const {
    const std::uint32_t queues = (threads + 1) / 2;
    return {.rx_queues = queues,
            .tx_queues = queues,
            .rx_descriptors = ring,
            .tx_descriptors = ring,
            .post_buffers = posting,
            .mtu = mtu,
            .promiscuous = promiscuous,
            .drop_when_full = true,
            .interrupts = sleep ? Interrupts::best : Interrupts::off};
}

mem::PoolOptions ForwarderOptions::pool() const {
    // Two ports, a receive and a transmit ring for each queue; and what the batches hold.
    const std::uint32_t queues = nic().rx_queues;
    return {.buffers = mem::buffers_needed(4 * queues * ring, threads) + 2 * threads * max_burst};
}

mem::SizingInput ForwarderOptions::sizing(const mem::IoCache& cache) const {
    mem::SizingInput in;
    in.cache = cache;
    in.frames = frames;
    in.largest_frame = std::clamp(mtu, 46u, 16366u) + 18;  // start() says what MTU is too large
    in.queues = nic().rx_queues;
    in.threads = threads;
    in.burst = burst;
    in.poll_gap = poll_gap;
    in.room = pool().room;
    in.held = 2 * max_burst;
    if (ring_given) in.rx_descriptors = in.tx_descriptors = ring;
    return in;
}

std::optional<ForwarderOptions> parse_forwarder_options(int argc, char** argv) {
    ForwarderOptions o;
    CLI::App app{description, "forwarder"};
    app.footer(examples);
    app.set_version_flag("--version", "ringside forwarder 0.1.0");
    app.add_option("PORT", o.ports, "the two ports")->required();
    bool touch = false, swap = false, no_pin = false, no_promiscuous = false;
    double duration = 0, link_timeout = 10;
    std::uint64_t packets = 0;
    auto* touching =
        app.add_flag("--touch", touch, "flip a bit of each frame's source address: reads and writes it");
    app.add_flag("--swap-mac", swap, "swap destination and source address")->excludes(touching);
    app.add_option("-t,--threads", o.threads,
                   "threads: 1 serves both directions, 2 one each; more add a queue for every two, over "
                   "which the card "
                   "spreads the traffic by connection (RSS)")
        ->check(CLI::Range(1u, 32u))
        ->capture_default_str();
    app.add_option("--cores", o.cores, "core of each thread, separated by commas (default: the last ones)")
        ->delimiter(',');
    app.add_flag("--no-pin", no_pin, "let the kernel choose the cores");
    app.add_option("-b,--burst", o.burst, "handles per burst")
        ->check(CLI::Range(1u, max_burst))
        ->capture_default_str();
    auto* ring = app.add_option("-r,--ring", o.ring,
                                "descriptors per ring, a power of two, 64 to 4096 (default: what the traffic "
                                "and the cache call for; 512 if nothing is said of the traffic)")
                     ->check(not_negative);
    std::string frames;
    double poll_gap = 0;
    app.add_option("--frame-size", frames,
                   "what traffic to size rings for, in bytes with the CRC: 1518, imix, or 64:7,594:4,1518:1")
        ->check(frames_form);
    auto* gap =
        app.add_option("--poll-gap", poll_gap,
                       "the longest from one look at a ring to the next, in microseconds (default: 20)")
            ->check(gap_form);
    app.add_flag(
        "--adaptive-posting", o.adaptive_posting,
        "give the cards no more receive buffers than recent bursts call for: a long ring then stays in "
        "the cache while traffic is light");
    app.add_flag("--explain", o.explain, "print the whole sum that led to the sizes");
    app.add_option("--mtu", o.mtu, "largest payload; above 1500 are jumbo frames")
        ->check(not_negative)
        ->capture_default_str();
    app.add_flag("--no-promiscuous", no_promiscuous, "receive only frames for the ports' own addresses");
    app.add_option("--tx-rate", o.tx_rate,
                   "what each transmit queue may send, in megabits per second with the CRC; an 82599 or X540 "
                   "keeps to it (default: no limit)")
        ->check(rate_form);
    app.add_option("-d,--duration", duration, "stop after this many seconds")->check(seconds_form);
    app.add_option("-p,--packets", packets, "stop when at least this many frames were forwarded")
        ->check(not_negative);
    app.add_option("--link-timeout", link_timeout, "seconds to wait for the links")
        ->check(seconds_form)
        ->capture_default_str();
    const std::map<std::string, mem::PageSize> pages{
        {"4k", mem::PageSize::small}, {"2m", mem::PageSize::huge}, {"1g", mem::PageSize::giant}};
    std::string page_size;
    app.add_option("--pages", page_size, "insist on pages of 4k, 2m or 1g (default: 2m if there are any)")
        ->transform(CLI::IsMember({"4k", "2m", "1g"}, CLI::ignore_case));
    app.add_flag("--sleep", o.sleep,
                 "sleep on the cards' interrupts when idle, instead of polling all the time");
    app.add_flag("--json", o.json, "for machines: a JSON object a second and one at the end, on stdout");
    app.add_flag("-q,--quiet", o.quiet, "only the summary");
    app.add_flag("--trace-registers", o.trace_registers,
                 "print every register access of the control path on stderr");
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& e) {
        app.exit(e);
        return std::nullopt;
    } catch (const CLI::ParseError& e) { throw UsageError(std::string(e.what()) + "; see forwarder --help"); }
    if (!std::has_single_bit(o.ring) || o.ring < 64 || o.ring > 4096)
        throw UsageError(fmt::format("--ring {}: choose a power of two from 64 to 4096", o.ring));
    o.ring_given = ring->count() > 0;
    if (!frames.empty()) o.frames = mem::parse_frame_mix(frames);
    if (gap->count() > 0) o.poll_gap = poll_gap * 1e-6;
    if (touch) o.change = Change::touch;
    if (swap) o.change = Change::swap_mac;
    o.pin = !no_pin;
    o.promiscuous = !no_promiscuous;
    o.duration = seconds(duration);
    if (packets > 0) o.packets = packets;
    o.link_timeout = seconds(link_timeout).value_or(std::chrono::nanoseconds(0));
    if (!page_size.empty()) o.memory.page_size = pages.at(page_size);
    check_addresses(o);
    check_burst(o);
    choose_cores(o);
    return o;
}

}  // namespace ringside::examples
