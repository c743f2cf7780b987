#include "tests/bench/options.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdlib>
#include <map>

namespace ringside::bench {

namespace {

constexpr const char* about =
    "What a packet costs the driver, on rings that exist in memory only: receive a burst, swap the\n"
    "MAC addresses, send it. The NIC's half is played by the same core between the timed parts\n"
    "(near), or by another core (far). All paths of a row are measured in turns, in one run, beside a\n"
    "bare hand-written loop that checks nothing (the reference) and the least work that any driver\n"
    "has to do (the floor). What counts is the ratio to the reference: cycles are this machine's. The\n"
    "bench prints no figures if a frame is lost, spoiled or out of order. Of a frame only the first\n"
    "line is written, by the NIC, and touched, by the driver, whatever its size.\n";

constexpr const char* more =
    "examples:\n"
    "  ./run bench                               the usual sweeps: one thing varies, the rest is usual\n"
    "                                            (below two minutes)\n"
    "  ./run bench --only burst --bursts 1,8,32  one sweep, with other values\n"
    "  ./run bench --all --json > rows.json      every combination as well (an hour)\n"
    "  ./run bench --latency                     nanoseconds from write-back to tail write\n"
    "  ./run bench --scaling                     two cores against one; 128 queues, or a million buffers,\n"
    "                                            that are there and not used (half a minute, 2 GiB)\n"
    "  ./run bench --plot DIR                    rows as JSON and plots as SVG in DIR; further options\n"
    "                                            are the bench's\n"
    "  ./run bench --instructions [--json]       instructions per packet, counted by callgrind: the\n"
    "                                            same on every run\n"
    "  ./run bench --gate FILE                   the same, compared with the limits in FILE\n"
    "  ./run bench --startup                     where the time goes from exec to the first packet\n"
    "  ./run bench --sleep                       processor time and latency of a forwarder that polls, and\n"
    "                                            of one that sleeps when idle\n"
    "The usual case: 82599, forward, burst 32, ring 512, frames of 60 bytes, one queue, buffers 2112\n"
    "bytes apart, 2 MiB pages if there are any. Leave the machine alone meanwhile: rows marked ~ were\n"
    "disturbed. Exit codes: 0 success, 1 the driver is broken or memory is missing, 2 wrong usage.\n";

template <class E> CLI::CheckedTransformer choices(const std::map<std::string, E>& names) {
    return CLI::CheckedTransformer(names, CLI::ignore_case);
}

void add_lists(CLI::App& app, Choice& c) {
    const auto list = [&](const char* option, auto& values, const char* text) {
        return app.add_option(option, values, text)->delimiter(',')->capture_default_str();
    };
    list("--bursts", c.bursts, "packets per call: 1 to 256");
    list("--rings", c.rings, "descriptors: 64 to 4096, powers of two");
    list("--sizes", c.sizes, "bytes of a frame without CRC: 60 to 1514");
    list("--queues", c.queues, "pairs of queues that one core serves: 1 to 8");
    list("--strides", c.strides, "bytes from buffer to buffer");
    app.add_option("--cards", c.cards, "ixgbe, igb, e1000e, e1000")
        ->delimiter(',')
        ->transform(choices<CardName>({{"ixgbe", CardName::ixgbe},
                                       {"igb", CardName::igb},
                                       {"e1000e", CardName::e1000e},
                                       {"e1000", CardName::e1000}}));
    app.add_option("--nic", c.nics, "near, far: which core plays the NIC")
        ->delimiter(',')
        ->transform(choices<NicSide>({{"near", NicSide::near}, {"far", NicSide::far}}));
    std::vector<std::string> names(std::begin(sweep_names), std::end(sweep_names));
    names.emplace_back("all");
    app.add_option("--only", c.sweeps,
                   "sweeps: burst, backlog, ring, card, work, size, queue, stride, page, all")
        ->delimiter(',')
        ->check(CLI::IsMember(names));
    app.add_flag("--all", c.all,
                 "also every combination of card, work, burst, ring, metadata "
                 "and offloads");
}

// The first impossible case of the lists, said before anything is measured.
void refuse_impossible(const Choice& choice) {
    for (const Sweep& sweep : plan(choice)) {
        if (sweep.name == "all") continue;
        for (const Case& c : sweep.cases)
            if (const auto why = impossible(c)) throw CLI::ValidationError(*why);
    }
}

}  // namespace

Options parse(int argc, char** argv) {
    Options o;
    CLI::App app{about};
    app.footer(more);
    add_lists(app, o.choice);
    app.add_option("--paths", o.paths, "scalar, vector, floor: what is measured beside the reference")
        ->delimiter(',')
        ->transform(
            choices<Path>({{"scalar", Path::scalar}, {"vector", Path::vector}, {"floor", Path::floor}}));
    app.add_option("--packets", o.effort.packets, "per row, path and attempt")
        ->check(CLI::Range(10'000u, 1'000'000'000u))
        ->capture_default_str();
    app.add_option("--attempts", o.effort.attempts,
                   "for a row whose ratios vary by more than --spread from turn to turn")
        ->check(CLI::Range(1u, 100u))
        ->capture_default_str();
    app.add_option("--spread", o.effort.largest_spread,
                   "the middle half of the ratios, in parts of their median")
        ->check(CLI::Range(0.0, 10.0))
        ->capture_default_str();
    app.add_flag("--json", o.json, "the machine, then one JSON object per row");
    app.add_flag("--latency", o.latency, "measure latency instead");
    app.add_flag("--scaling", o.scaling,
                 "measure instead what two cores do of one, and what many queues and buffers cost that are "
                 "not used");
    app.add_flag("--count-only", o.count_only, "fixed work without clocks, to be run under callgrind");
    try {
        app.parse(argc, argv);
        refuse_impossible(o.choice);
    } catch (const CLI::ParseError& e) { std::exit(app.exit(e) == 0 ? 0 : 2); }
    return o;
}

}  // namespace ringside::bench
