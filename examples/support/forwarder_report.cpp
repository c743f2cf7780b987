#include "examples/support/forwarder_report.hpp"

#include "examples/support/json.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <thread>

namespace ringside::examples {

namespace {

using Seconds = std::chrono::duration<double>;

std::string rate(double packets_per_second) {
    if (packets_per_second >= 1e6) return fmt::format("{:.2f} Mpps", packets_per_second / 1e6);
    if (packets_per_second >= 1e3) return fmt::format("{:.1f} kpps", packets_per_second / 1e3);
    return fmt::format("{:.0f} pps", packets_per_second);
}

// On the wire each frame also has a CRC, a preamble and a gap: 24 bytes.
double wire_gbit(std::uint64_t packets, std::uint64_t bytes) {
    return static_cast<double>(bytes + 24 * packets) * 8 / 1e9;
}

std::uint64_t difference(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : b - a; }

}  // namespace

void ForwarderReport::ports(const Nic& left, const Nic& right) const {
    if (options_.json || options_.quiet) return;
    const char* side[] = {"left ", "right"};
    const Nic* nics[] = {&left, &right};
    for (int i = 0; i < 2; ++i)
        fmt::print("{}  {}  {}  {} doorbells  {}\n", side[i], nics[i]->info().model,
                   to_string(nics[i]->mac()), nics[i]->info().direct_doorbells ? "direct" : "trapped",
                   nics[i]->info().address);
    if (options_.tx_rate != 0)
        fmt::print("limit  each transmit queue sends at most {} Mb/s\n", options_.tx_rate);
    std::fflush(stdout);
}

void ForwarderReport::sizes(const mem::Sizing& sizing) const {
    if (options_.explain) {
        fmt::print(options_.json ? stderr : stdout, "{}", sizing.explain());
    } else if (!options_.json && !options_.quiet) {
        const auto lines = sizing.summary();
        const bool guessed = options_.frames.empty() && sizing.hit_percent && *sizing.hit_percent < 95;
        fmt::print("sizes  {}\ncache  {}{}\n", lines[0], lines[1],
                   guessed ? " if frames are as large as they may be: see --frame-size" : "");
        if (options_.posting)
            fmt::print("       {} to {} receive buffers posted in each ring, as bursts call for\n",
                       options_.posting->at_least, options_.posting->at_most);
        // Those who said nothing of their traffic have not asked for advice.
        if (!options_.frames.empty() || options_.poll_gap)
            for (const std::string& warning : sizing.warnings) fmt::print("       {}\n", warning);
    }
    std::fflush(stdout);
}

ForwarderReport::Duration ForwarderReport::begin() {
    begin_ = last_ = std::chrono::steady_clock::now();
    return {};
}

ForwarderReport::Duration ForwarderReport::wait(Duration pause) {
    std::this_thread::sleep_for(pause);
    return std::chrono::steady_clock::now() - begin_;
}

std::array<ForwarderReport::Direction, 2> ForwarderReport::directions() const {
    std::array<Direction, 2> sums;
    for (const auto& thread : *lanes_)
        for (const Lane& lane : thread) {
            Direction& d = sums[lane.direction];
            d.received += lane.received.value();
            d.sent += lane.sent.value();
            d.dropped += lane.dropped.value();
            d.unsent += lane.unsent.value();
        }
    return sums;
}

std::uint64_t ForwarderReport::forwarded() const {
    const auto d = directions();
    return d[0].sent + d[1].sent;
}

bool ForwarderReport::due() const {
    return std::chrono::steady_clock::now() - last_ >= std::chrono::seconds(1);
}

void ForwarderReport::rates(Nic& left, Nic& right) {
    // Asking for the link tells whether the devices are still there.
    const std::array<Link, 2> links{left.link(), right.link()};
    const std::array<Statistics, 2> now{left.statistics(), right.statistics()};
    const auto instant = std::chrono::steady_clock::now();
    const double dt = Seconds(instant - last_).count();
    last_ = instant;
    const double elapsed = Seconds(instant - begin_).count();
    if (!options_.quiet && !options_.json && lines_++ % 20 == 0)
        fmt::print("{:>8}  {:>24}  {:>24}  {:>12}\n", "seconds", "left to right", "right to left",
                   "lost at cards");
    std::array<double, 2> pps{}, gbit{};
    for (unsigned to = 0; to < 2; ++to) {  // what leaves a card is what was forwarded to it
        const std::uint64_t packets = now[to].tx_packets - before_[to].tx_packets;
        pps[1 - to] = static_cast<double>(packets) / dt;
        gbit[1 - to] = wire_gbit(packets, now[to].tx_bytes - before_[to].tx_bytes) / dt;
    }
    const std::uint64_t lost = now[0].rx_dropped.total() + now[1].rx_dropped.total();
    before_ = now;
    if (options_.json) {
        fmt::print(
            "{{\"type\":\"rates\",\"seconds\":{:.3f},\"pps\":[{:.0f},{:.0f}],\"gbit_per_second\":[{:.4f},{:."
            "4f}],"
            "\"dropped_at_cards\":{},\"link_up\":[{},{}]}}\n",
            elapsed, pps[0], pps[1], gbit[0], gbit[1], lost, links[0].up, links[1].up);
    } else if (!options_.quiet) {
        const auto cell = [&](unsigned i) { return fmt::format("{} {:6.2f} Gb/s", rate(pps[i]), gbit[i]); };
        fmt::print("{:>8.1f}  {:>24}  {:>24}  {:>12}{}\n", elapsed, cell(0), cell(1), lost,
                   links[0].up && links[1].up ? "" : "  link down");
    }
    std::fflush(stdout);
}

void ForwarderReport::end(Nic& left, Nic& right) {
    const double seconds = Seconds(std::chrono::steady_clock::now() - begin_).count();
    const std::array<Statistics, 2> s{left.statistics(), right.statistics()};
    const auto d = directions();
    // Every frame that a card handed over was received by us or dropped by its driver, and waits nowhere
    // else, as the rings are read to their end only by luck: those still in them were not handed over yet as
    // we count.
    for (unsigned from = 0; from < 2; ++from) {
        const unsigned to = 1 - from;
        unaccounted_ += difference(d[from].received, d[from].sent + d[from].dropped);
        // With frames of several parts, what is unsent is known in parts only: no more frames than that.
        const std::uint64_t missing = difference(d[from].sent, s[to].tx_packets + s[to].tx_refused);
        unaccounted_ += missing > d[from].unsent ? missing - d[from].unsent : 0;
    }
    if (options_.json)
        summary_json(s, d, seconds);
    else
        summary_text(s, d, seconds);
    std::fflush(stdout);
}

void ForwarderReport::summary_text(const std::array<Statistics, 2>& s, const std::array<Direction, 2>& d,
                                   double seconds) const {
    fmt::print("\nafter {:.2f} s {:>26} {:>14}\n", seconds, "left to right", "right to left");
    const auto row = [&](const char* what, std::uint64_t a, std::uint64_t b) {
        fmt::print("  {:<24} {:>14} {:>14}\n", what, a, b);
    };
    const auto in_ring = [&](unsigned from) {
        return s[from].rx_packets - s[from].rx_dropped.by_driver - d[from].received;
    };
    row("handed over by the card", s[0].rx_packets, s[1].rx_packets);
    row("  dropped by the driver", s[0].rx_dropped.by_driver, s[1].rx_dropped.by_driver);
    row("  left in the ring", in_ring(0), in_ring(1));
    row("  received", d[0].received, d[1].received);
    row("    dropped at the end", d[0].dropped, d[1].dropped);
    row("    refused to send", s[1].tx_refused, s[0].tx_refused);
    row("    left in the send ring", d[0].unsent, d[1].unsent);
    row("    sent by the card", s[1].tx_packets, s[0].tx_packets);
    row("lost before: ring full", s[0].rx_dropped.no_descriptor, s[1].rx_dropped.no_descriptor);
    row("lost before: buffer full", s[0].rx_dropped.missed, s[1].rx_dropped.missed);
    row("lost before: damaged", s[0].rx_dropped.crc + s[0].rx_dropped.length,
        s[1].rx_dropped.crc + s[1].rx_dropped.length);
    fmt::print("  {:<24} {:>14} {:>14}\n", "rate", rate(static_cast<double>(s[1].tx_packets) / seconds),
               rate(static_cast<double>(s[0].tx_packets) / seconds));
    fmt::print("  {}\n", unaccounted_ == 0 ? "every frame is accounted for"
                                           : fmt::format("{} frames are unaccounted for", unaccounted_));
}

void ForwarderReport::summary_json(const std::array<Statistics, 2>& s, const std::array<Direction, 2>& d,
                                   double seconds) const {
    const auto port = [&](unsigned i) {
        const auto& x = s[i].rx_dropped;
        return fmt::format(
            "{{\"address\":{},\"rx_packets\":{},\"rx_bytes\":{},\"tx_packets\":{},\"tx_bytes\":{},\"tx_"
            "refused\":{},"
            "\"rx_dropped\":{{\"no_descriptor\":{},\"missed\":{},\"crc\":{},\"length\":{},\"by_driver\":{}}}}"
            "}",
            json_string(options_.ports[i]), s[i].rx_packets, s[i].rx_bytes, s[i].tx_packets, s[i].tx_bytes,
            s[i].tx_refused, x.no_descriptor, x.missed, x.crc, x.length, x.by_driver);
    };
    const auto direction = [&](unsigned i) {
        return fmt::format("{{\"received\":{},\"sent\":{},\"dropped\":{},\"unsent\":{},\"pps\":{:.0f}}}",
                           d[i].received, d[i].sent, d[i].dropped, d[i].unsent,
                           static_cast<double>(d[i].sent) / seconds);
    };
    fmt::print(
        "{{\"type\":\"summary\",\"seconds\":{:.3f},\"ports\":[{},{}],\"directions\":[{},{}],"
        "\"tx_rate_mbit\":{},\"unaccounted\":{}}}\n",
        seconds, port(0), port(1), direction(0), direction(1),
        options_.tx_rate == 0 ? "null" : std::to_string(options_.tx_rate), unaccounted_);
}

}  // namespace ringside::examples
