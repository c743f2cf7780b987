// What share of a NIC's writes finds its line in the last-level cache: a model of the cache under the
// driver's rings, beside what was measured on a real machine and what the formula of mem/sizing.hpp says.
#include "mem/sizing.hpp"
#include "tests/cache/experiment.hpp"
#include "tests/cache/published.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>

namespace {

using namespace ringside;
using namespace ringside::cache_model;

// How far the model is from what was measured.
struct Distance {
    double sum = 0, largest = 0;
    int count = 0;

    void add(double model, double published) {
        const double d = std::abs(model - published);
        sum += d;
        largest = std::max(largest, d);
        ++count;
    }
};

void by_ring(Experiment e, bool json) {
    if (!json) {
        fmt::print(
            "Hit rate of the NIC's writes, percent: model (measured, formula). Full rings, all the "
            "time.\n{:>6}",
            "frame");
        for (const std::uint32_t ring : published_rings) fmt::print("{:>22}", ring);
        fmt::print("\n");
    }
    Distance distance;
    for (std::size_t f = 0; f < published_frames.size(); ++f) {
        e.frame = published_frames[f];
        if (!json) fmt::print("{:>6}", e.frame);
        for (std::size_t r = 0; r < published_rings.size(); ++r) {
            e.ring = published_rings[r];
            const double model = run(e).device_writes.hit_percent(), published = published_hits[f][r];
            const double rho = published_rho(e.ring, e.frame), formula = mem::predicted_hit_percent(rho);
            distance.add(model, published);
            if (json)
                fmt::print(
                    "{{\"what\":\"ring\",\"frame\":{},\"ring\":{},\"rho\":{:.4f},\"model\":{:.2f},"
                    "\"published\":{},\"formula\":{:.2f}}}\n",
                    e.frame, e.ring, rho, model, published, formula);
            else
                fmt::print("{:>22}", fmt::format("{:.1f} ({:.1f}, {:.1f})", model, published, formula));
        }
        if (!json) fmt::print("\n");
    }
    if (json)
        for (const mem::HitPoint& p : mem::measured_hits())
            fmt::print("{{\"what\":\"curve\",\"rho\":{},\"formula\":{}}}\n", p.rho, p.percent);
    else
        fmt::print("model against measurement: {:.1f} points apart on average, {:.1f} at most\n\n",
                   distance.sum / distance.count, distance.largest);
}

void by_ways(Experiment e, bool json) {
    e.frame = 1024;
    e.ring = 4096;
    if (!json)
        fmt::print("1024-byte frames, rings of 4096, by the number of ways for devices: model (measured)\n");
    for (std::uint32_t i = 0; i < published_by_ways.size(); ++i) {
        e.llc.io_ways = 2 + i;
        const double model = run(e).device_writes.hit_percent();
        if (json)
            fmt::print("{{\"what\":\"ways\",\"io_ways\":{},\"model\":{:.2f},\"published\":{}}}\n",
                       e.llc.io_ways, model, published_by_ways[i]);
        else
            fmt::print("  {} ways  {:.1f} ({:.1f})\n", e.llc.io_ways, model, published_by_ways[i]);
    }
    if (!json) fmt::print("\n");
}

// Three ways to keep a ring of 4096 posted.
void by_posting(Experiment e, bool json) {
    e.frame = 1500;
    e.ring = 4096;
    constexpr std::uint32_t stay_in_the_cache = 512;  // Sizing::posted_at_most for one port of this machine
    if (!json)
        fmt::print(
            "1500-byte frames, a ring of 4096: hits (posted on average, frames lost)\n{:>9} "
            "{:>6}{:>24}{:>24}{:>24}\n",
            "arriving", "peak", "all", "ten bursts", "and at most 512");
    for (const auto& [arriving, peak] :
         {std::pair{4u, 0u}, {32u, 0u}, {128u, 0u}, {4u, 256u}, {4u, 1024u}, {0u, 0u}}) {
        e.arriving = arriving;
        e.peak = peak;
        std::array<Outcome, 3> outcomes;
        e.posting = Posting::full;
        outcomes[0] = run(e);
        e.posting = Posting::few;
        outcomes[1] = run(e);
        e.posted_at_most = stay_in_the_cache;
        outcomes[2] = run(e);
        e.posted_at_most = ~0u;
        if (!json) fmt::print("{:>9} {:>6}", arriving == 0 ? "overload" : std::to_string(arriving), peak);
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            const Outcome& o = outcomes[i];
            const double lost = 100 * static_cast<double>(o.lost) / static_cast<double>(o.lost + o.frames);
            const double hits = o.device_writes.hit_percent();
            constexpr std::array names{"all", "few", "few_in_cache"};
            if (json)
                fmt::print(
                    "{{\"what\":\"posting\",\"how\":\"{}\",\"arriving\":{},\"peak\":{},\"hits\":{:.2f},"
                    "\"posted\":{:.1f},\"lost_percent\":{:.3f}}}\n",
                    names[i], arriving, peak, hits, o.posted, lost);
            else
                fmt::print("{:>24}", fmt::format("{:.1f} ({:.0f}, {:.1f} %)", hits, o.posted, lost));
        }
        if (!json) fmt::print("\n");
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "What share of a NIC's writes finds its line in the last-level cache: a model of a Xeon Gold 6140's "
        "cache\n"
        "under the driver's own rings, beside the published measurements and the formula. docs/sizing.md."};
    bool json = false;
    Experiment e;
    const std::map<std::string, Replacement> replacements{
        {"lru", Replacement::lru}, {"nru", Replacement::nru}, {"random", Replacement::random}};
    const std::map<std::string, SliceHash> hashes{
        {"none", SliceHash::none}, {"even", SliceHash::even}, {"random", SliceHash::random}};
    const std::map<std::string, std::uint64_t> pages{{"4k", 4096}, {"2m", 2u << 20}, {"1g", 1u << 30}};
    app.add_flag("--json", json, "one JSON object per line");
    app.add_option("--replacement", e.llc.replacement, "lru, nru (default) or random")
        ->transform(CLI::CheckedTransformer(replacements));
    app.add_option("--hash", e.llc.hash, "how lines spread over slices: none, even or random (default)")
        ->transform(CLI::CheckedTransformer(hashes));
    app.add_option("--pages", e.page_size, "4k, 2m (default) or 1g: pages lie anywhere in memory")
        ->transform(CLI::CheckedTransformer(pages));
    app.add_option("--seed", e.seed, "where they lie");
    CLI11_PARSE(app, argc, argv);
    try {
        by_ring(e, json);
        by_ways(e, json);
        by_posting(e, json);
    } catch (const std::exception& error) {
        fmt::print(stderr, "cache_model: {}\n", error.what());
        return 1;
    }
}
