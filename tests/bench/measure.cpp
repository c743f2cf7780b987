#include "tests/bench/measure.hpp"

#include "hal/cpu.hpp"
#include "tests/bench/counters.hpp"
#include "tests/bench/runner.hpp"
#include "tests/bench/sample.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace ringside::bench {

namespace {

constexpr std::uint32_t turns = 20;

struct Contestant {
    Path path;
    std::unique_ptr<Runner> runner;
    std::vector<float> bursts{};      // cycles a packet
    std::vector<float> turn_means{};  // of each turn
    std::uint64_t tails_before = 0;
};

// One turn of one path.
void take_turn(Contestant& who, const Case& c, std::uint32_t rounds, std::uint32_t overhead) {
    std::vector<std::uint32_t> cycles;
    who.runner->run(rounds, cycles);
    std::vector<float> per_packet;
    per_packet.reserve(cycles.size());
    for (const std::uint32_t burst : cycles)
        per_packet.push_back(static_cast<float>(burst > overhead ? burst - overhead : 0) /
                             static_cast<float>(c.waiting()));
    who.bursts.insert(who.bursts.end(), per_packet.begin(), per_packet.end());
    who.turn_means.push_back(static_cast<float>(middle_mean(per_packet)));
}

// A pass of its own: switching the counters on and off is a system call, which no clock likes.
std::optional<Events> count_events(Contestant& who, const Case& c) {
    std::string why;
    std::optional<Counters> counters = Counters::open(why);
    if (!counters) return std::nullopt;
    constexpr std::uint32_t bursts = 2000;
    // What is counted between on and off when nothing happens there.
    for (std::uint32_t i = 0; i < bursts; ++i) {
        counters->on();
        counters->off();
    }
    const Counters::Totals empty = counters->totals();
    who.runner->run(bursts, *counters);
    const Counters::Totals all = counters->totals();
    const auto per_packet = [&](std::uint64_t total, std::uint64_t nothing) {
        return (static_cast<double>(total) - 2 * static_cast<double>(nothing)) /
               (double{bursts} * c.waiting());
    };
    return Events{per_packet(all.instructions, empty.instructions),
                  per_packet(all.core_cycles, empty.core_cycles),
                  per_packet(all.cache_misses, empty.cache_misses)};
}

Result summary(Contestant& who, const Contestant& reference, double reference_cycles) {
    Result r{.path = who.path};
    r.cycles = middle_mean(who.bursts);
    r.p5 = percentile(who.bursts, 0.05);
    r.p95 = percentile(who.bursts, 0.95);
    r.ratio = &who == &reference ? 1 : r.cycles / reference_cycles;
    std::vector<float> ratios;
    for (std::size_t i = 0; i < who.turn_means.size(); ++i)
        ratios.push_back(&who == &reference ? who.turn_means[i]
                                            : who.turn_means[i] / reference.turn_means[i]);
    r.spread = relative_spread(ratios);
    return r;
}

std::vector<Contestant> line_up(const Case& c, const std::vector<Path>& paths, mem::DmaDomain& domain,
                                OtherCore* other) {
    std::vector<Contestant> all;
    all.push_back({Path::reference, make_runner(c, Path::reference, domain, other)});
    for (const Path path : paths)
        if (path != Path::reference && !impossible(c, path))
            all.push_back({path, make_runner(c, path, domain, other)});
    return all;
}

void refuse_if_wrong(const Contestant& who) {
    if (!who.runner->right())
        throw std::runtime_error(
            "the path \"" + std::string(name(who.path)) +
            "\" sent frames with wrong contents, or not in order, or read wrong metadata: "
            "it is broken, and its figures mean nothing");
}

double round_trip(OtherCore& other) {
    auto nothing = [] {};
    std::vector<float> trips;
    for (int i = 0; i < 1000; ++i) {
        const std::uint64_t before = hal::serialized_cycles();
        other.run(nothing);
        trips.push_back(static_cast<float>(hal::serialized_cycles() - before));
    }
    return middle_mean(trips);
}

Row measure_once(const Case& c, const std::vector<Path>& paths, const Effort& effort, OtherCore* other) {
    mem::DmaDomain domain(mem::DomainOptions{.page_size = c.pages});
    std::vector<Contestant> all = line_up(c, paths, domain, other);
    const std::uint32_t overhead = timing_overhead();
    const std::uint32_t rounds = std::max(effort.packets / c.waiting() / turns, 50u);
    const std::uint32_t twice_around = 2 * c.ring * c.queues / c.waiting();
    for (Contestant& who : all) who.runner->run(std::max(rounds, twice_around));  // warming up
    for (Contestant& who : all) who.tails_before = who.runner->tail_writes();
    for (std::uint32_t turn = 0; turn < turns; ++turn)
        for (Contestant& who : all) take_turn(who, c, rounds, overhead);

    Row row{.of = c};
    row.pages = name(domain.page_size());
    if (other != nullptr) row.round_trip = round_trip(*other);
    const double bursts = double{turns} * rounds;
    for (Contestant& who : all) {
        Result r = summary(who, all[0], row.results.empty() ? 0 : row.results[0].cycles);
        // The receive tail moves once a burst: every burst receives something. What the tail was between the
        // bursts of a backlog the NIC does not see.
        if (c.backlog == 0)
            r.tail_writes = (static_cast<double>(who.runner->tail_writes() - who.tails_before) + bursts) /
                            (bursts * c.burst);
        r.events = count_events(who, c);
        refuse_if_wrong(who);
        row.results.push_back(r);
    }
    return row;
}

double worst_spread(const Row& row) {
    double worst = 0;
    for (const Result& r : row.results) worst = std::max(worst, r.spread);
    return worst;
}

}  // namespace

const Result* Row::find(Path path) const {
    const auto it = std::ranges::find(results, path, &Result::path);
    return it == results.end() ? nullptr : &*it;
}

Row measure(const Case& c, const std::vector<Path>& paths, const Effort& effort, OtherCore* other) {
    OtherCore* const nic = c.nic == NicSide::far ? other : nullptr;
    std::optional<OtherCore::Awake> awake;
    if (nic != nullptr) awake.emplace(*nic);
    Row best = measure_once(c, paths, effort, nic);
    std::uint32_t attempts = 1;
    for (; attempts < effort.attempts && worst_spread(best) > effort.largest_spread; ++attempts) {
        Row again = measure_once(c, paths, effort, nic);
        if (worst_spread(again) < worst_spread(best)) best = std::move(again);
    }
    best.attempts = attempts;
    best.noisy = worst_spread(best) > effort.largest_spread;
    return best;
}

}  // namespace ringside::bench
