#include "tests/bench/scaling.hpp"

#include "hal/cpu.hpp"
#include "hal/error.hpp"
#include "tests/bench/case.hpp"
#include "tests/bench/memory_card.hpp"
#include "tests/bench/runner.hpp"
#include "tests/bench/sample.hpp"
#include "tests/bench/two_cores.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace ringside::bench {

namespace {

constexpr std::uint32_t ring = 512;
constexpr double window_seconds = 0.0005;  // short, so that mostly nobody comes in between
constexpr std::uint32_t most_attempts = 10;

class ForwardChore final : public Chore {
public:
    ForwardChore(MemoryCard& card, std::uint32_t queue) : forwarder_(card, queue) {}
    std::uint64_t step() override { return forwarder_.burst(); }
    void check() { forwarder_.check(); }

private:
    Forwarder forwarder_;
};

// Sums that do not wait for each other, in registers only: as many instructions at a time as a core can do,
// and no memory.
class RegisterChore final : public Chore {
public:
    std::uint64_t step() override {
        std::uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6;
        for (std::uint64_t i = 0; i < 256; ++i) {
            a += i, b ^= i, c += i, d ^= i, e += i, f ^= i;
            asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));  // one by one
        }
        return 0;
    }
};

// Two chores, on one core each.
struct Contest {
    std::string_view what;
    std::array<Chore*, 2> chores;
    double per_step;  // packets
    std::vector<float> one{}, two{}, ratio{}, cost_one{}, cost_two{}, cost_ratio{};
    std::uint32_t disturbed = 0;
};

// Again, if somebody came in between.
std::array<Pace, 2> undisturbed(TwoCores& cores, std::array<Chore*, 2> chores, std::uint32_t& disturbed) {
    const auto window = static_cast<std::uint64_t>(window_seconds * hal::cycles_per_second());
    for (std::uint32_t attempt = 1;; ++attempt) {
        const std::array<Pace, 2> paces = cores.run(chores, window);
        if (!paces[0].disturbed && !paces[1].disturbed) return paces;
        if (attempt == most_attempts) {
            ++disturbed;
            return paces;
        }
    }
}

// The first core alone, both, the second alone: what changes slowly is the same for all.
void take_turn(Contest& c, TwoCores& cores) {
    const Pace first = undisturbed(cores, {c.chores[0], nullptr}, c.disturbed)[0];
    const std::array<Pace, 2> both = undisturbed(cores, c.chores, c.disturbed);
    const Pace second = undisturbed(cores, {nullptr, c.chores[1]}, c.disturbed)[1];
    const auto add = [](std::vector<float>& to, double value) { to.push_back(static_cast<float>(value)); };
    const double a_second = c.per_step * hal::cycles_per_second();
    const double one = (first.steps + second.steps) / 2, two = both[0].steps + both[1].steps;
    add(c.one, one * a_second);
    add(c.two, two * a_second);
    add(c.ratio, two / one);
    if (first.cost == 0) return;
    const double overhead = timing_overhead();
    const auto cost = [&](const Pace& p) { return std::max(p.cost - overhead, 1.0) / c.per_step; };
    add(c.cost_one, (cost(first) + cost(second)) / 2);
    add(c.cost_two, (cost(both[0]) + cost(both[1])) / 2);
    add(c.cost_ratio, 2 * (1 / cost(both[0]) + 1 / cost(both[1])) / (1 / cost(first) + 1 / cost(second)));
}

double median(std::vector<float>& values) {
    std::ranges::sort(values);
    return percentile(values, 0.5);
}

CoresRow summary(Contest& c) {
    return {.what = c.what,
            .one = median(c.one),
            .two = median(c.two),
            .ratio = median(c.ratio),
            .spread = relative_spread(c.ratio),
            .cycles_one = median(c.cost_one),
            .cycles_two = median(c.cost_two),
            .cycles_ratio = median(c.cost_ratio),
            .rounds = static_cast<std::uint32_t>(c.ratio.size()),
            .disturbed = c.disturbed};
}

mem::PoolOptions enough_buffers(std::uint32_t queues) {
    return {.buffers = mem::buffers_needed(2 * ring * queues, queues) + queues * Forwarder::burst_size};
}

// A card with its memory, and its forwarders' costs turn by turn.
struct Side {
    // `place`: how many half kilobytes further the forwarder's own memory lies.
    Side(mem::PageSize page_size, std::uint32_t queues, mem::PoolOptions options, std::uint32_t place)
        : domain(mem::DomainOptions{.page_size = page_size}),
          card(domain, queues, ring, options),
          shift(place * 512),
          // Not the first: whatever comes before it would be in the way.
          forwarder(std::make_unique<Forwarder>(card, queues / 2)) {}

    // Cycles a packet, the mean of some bursts without the slowest, in which something else happened. Not of
    // the middle half: the clock ticks in steps that are a tenth of a burst, and a mean goes between them.
    float turn(std::uint32_t bursts) {
        std::vector<std::uint64_t> costs;
        for (std::uint32_t i = 0; i < bursts; ++i) costs.push_back(forwarder->burst());
        std::ranges::sort(costs);
        costs.resize(costs.size() - costs.size() / 20);
        const auto sum = static_cast<float>(std::accumulate(costs.begin(), costs.end(), std::uint64_t{0}));
        return (sum / static_cast<float>(costs.size()) - static_cast<float>(overhead)) /
               Forwarder::burst_size;
    }

    mem::DmaDomain domain;
    MemoryCard card;
    std::vector<std::byte> shift;
    std::unique_ptr<Forwarder> forwarder;
    std::uint32_t overhead = timing_overhead();
};

struct Costs {
    std::vector<float> few{}, many{}, ratios{};
};

void compare(Side& few, Side& many, std::uint32_t rounds, Costs& costs) {
    constexpr std::uint32_t bursts = 512;  // thirty-two times around the ring
    for (Side* side : {&few, &many}) side->turn(4 * bursts);
    for (std::uint32_t i = 0; i < rounds; ++i) {
        costs.few.push_back(few.turn(bursts));
        costs.many.push_back(many.turn(bursts));
        costs.ratios.push_back(costs.many.back() / costs.few.back());
    }
    few.forwarder->check();
    many.forwarder->check();
}

// All of it in several places of memory, one after the other: how a ring, its bookkeeping and the stock
// happen to lie to each other within a page is worth some per cent.
void compare(SizeRow& row, mem::PageSize pages, mem::PoolOptions few, mem::PoolOptions many,
             std::uint32_t queues_beside, std::uint32_t rounds) {
    Costs costs;
    const std::uint32_t places = std::clamp(rounds / 20, 1u, 8u);
    for (std::uint32_t i = 0; i < places; ++i) {
        Side a(pages, 1, few, i), b(pages, 1 + queues_beside, many, i);
        compare(a, b, rounds / places, costs);
        row.pages = name(b.domain.page_size());
    }
    row.cycles_few = median(costs.few);
    row.cycles_many = median(costs.many);
    row.ratio = median(costs.ratios);
    row.spread = relative_spread(costs.ratios);
}

std::uint64_t free_memory() {
    std::ifstream file("/proc/meminfo");
    std::string word;
    for (std::uint64_t kib = 0; file >> word;)
        if (word == "MemAvailable:" && file >> kib) return kib * 1024;
    return 0;
}

}  // namespace

CoresRows measure_cores(unsigned first, unsigned second, std::uint32_t rounds) {
    std::array<mem::DmaDomain, 3> domains;
    MemoryCard shared(domains[0], 2, ring, enough_buffers(2));
    MemoryCard own_first(domains[1], 1, ring, enough_buffers(1)),
        own_second(domains[2], 1, ring, enough_buffers(1));
    std::array<ForwardChore, 4> forward{ForwardChore{shared, 0}, ForwardChore{shared, 1},
                                        ForwardChore{own_first, 0}, ForwardChore{own_second, 0}};
    std::array<RegisterChore, 2> idle;
    std::array<Contest, 3> contests{Contest{"shared", {&forward[0], &forward[1]}, Forwarder::burst_size},
                                    Contest{"separate", {&forward[2], &forward[3]}, Forwarder::burst_size},
                                    Contest{"registers", {&idle[0], &idle[1]}, 1}};
    TwoCores cores(first, second);
    for (Contest& c : contests) cores.run(c.chores, 10'000'000);  // warming up
    for (std::uint32_t i = 0; i < rounds; ++i)
        for (Contest& c : contests) take_turn(c, cores);
    for (ForwardChore& f : forward) f.check();
    return {summary(contests[0]), summary(contests[1]), summary(contests[2])};
}

SizeRow measure_queues(std::uint32_t rounds) {
    SizeRow row{.what = "queues", .unit = "pairs of queues open", .few = 1, .many = 128, .pages = {}};
    // Buffers of 1 KiB, so that all fit into 128 MiB: what is measured touches one line of each.
    const auto options = [](std::uint32_t queues) {
        mem::PoolOptions o = enough_buffers(1);
        o.buffers += (queues - 1) * ring;
        o.room = 1024;
        return o;
    };
    const auto measure = [&](mem::PageSize pages) {
        compare(row, pages, options(row.few), options(row.many), row.many - row.few, rounds);
    };
    try {
        measure(mem::PageSize::huge);
    } catch (const hal::Error&) {  // too few of them: the same pages for both all the same
        measure(mem::PageSize::small);
    }
    return row;
}

SizeRow measure_pool(std::uint32_t rounds) {
    SizeRow row{.what = "pool", .unit = "buffers in the pool", .few = 1024, .many = 1u << 20, .pages = {}};
    const mem::PoolOptions usual{.buffers = row.few};
    while (row.many > row.few && std::uint64_t{row.many} * usual_stride > free_memory() / 2) row.many /= 2;
    compare(row, mem::PageSize::small, usual, {.buffers = row.many}, 0, rounds);
    return row;
}

}  // namespace ringside::bench
