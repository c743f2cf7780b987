// What a packet costs: receive a burst, swap the MAC addresses, send the burst, on rings that exist in
// memory only. What is measured, and how: --help, and tests/bench/runner_of.hpp for the timed loop itself.
#include "hal/cpu.hpp"
#include "hal/error.hpp"
#include "tests/bench/count.hpp"
#include "tests/bench/counters.hpp"
#include "tests/bench/latency.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/other_core.hpp"
#include "tests/bench/plan.hpp"
#include "tests/bench/report.hpp"
#include "tests/bench/scaling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace ringside;
using namespace ringside::bench;

constexpr const char* one_cpu = "there is only one CPU for this process, so none to play the NIC's half";

// Measures all rows; each is printed as soon as it is there.
class Bench {
public:
    // `other`: null if there is no second CPU.
    Bench(const Options& options, OtherCore* other) : options_(options) {
        const auto asked = [&](NicSide side) {
            return std::ranges::find(options.choice.nics, side) != options.choice.nics.end();
        };
        near_ = asked(NicSide::near);
        if (asked(NicSide::far)) other_ = other;
        if (asked(NicSide::far) && other == nullptr) say(fmt::format("far: skipped: {}", one_cpu));
    }

    void run() {
        std::string why_not;
        const bool counted = Counters::open(why_not).has_value();
        put(options_.json ? machine_json() : preamble(counted, why_not));
        for (const Sweep& sweep : plan(options_.choice)) {
            if (!options_.json) put(heading(sweep));
            for (const Case& c : sweep.cases) run(sweep, c);
        }
    }

private:
    void run(const Sweep& sweep, Case c) {
        for (const Path path : options_.paths)
            if (const auto why = impossible(c, path)) say(*why);
        try {
            std::optional<Row> near, far;
            if (near_) near = measure(c, options_.paths, options_.effort, nullptr);
            c.nic = NicSide::far;
            if (other_) far = measure(c, options_.paths, options_.effort, other_);
            print(sweep, near, far);
        } catch (const hal::Error& e) {  // no such memory
            say(e.what());
        }
    }
    void print(const Sweep& sweep, const std::optional<Row>& near, const std::optional<Row>& far) {
        if (options_.json) {
            if (near) put(json(sweep.name, *near));
            if (far) put(json(sweep.name, *far));
        } else if (near) {
            put(lines(sweep.name, *near, far ? &*far : nullptr));
        } else if (far) {
            put(lines(sweep.name, *far, nullptr));
        }
    }
    static void put(const std::string& text) {
        std::fputs(text.c_str(), stdout);
        std::fflush(stdout);
    }
    // What cannot be measured is said once.
    void say(const std::string& sentence) {
        if (said_.insert(sentence).second) fmt::print(stderr, "datapath_bench: {}\n", sentence);
    }

    const Options& options_;
    bool near_ = true;
    OtherCore* other_ = nullptr;
    std::set<std::string> said_;
};

void run_latency(const Options& o, OtherCore* nic) {
    if (nic == nullptr) throw hal::Error(std::string("latency cannot be measured: ") + one_cpu);
    std::fputs(o.json ? machine_json().c_str() : latency_heading().c_str(), stdout);
    const auto print = [&](const Latency& l) {
        std::fputs((o.json ? latency_json(l) : latency_line(l)).c_str(), stdout);
        std::fflush(stdout);
    };
    std::vector<Path> paths{Path::reference};
    for (const Path path : o.paths)
        if (path != Path::floor && !impossible({}, path)) paths.push_back(path);
    const std::uint32_t lone = std::min(o.effort.packets, 100'000u);
    for (const Path path : paths) print(measure_latency(path, Load::lone, 512, lone, *nic));
    for (const std::uint32_t ring : o.choice.rings)
        for (const Path path : paths)
            if (latency_possible(path, ring))
                print(measure_latency(path, Load::overload, ring, o.effort.packets, *nic));
}

void run_scaling(const Options& o, const std::vector<unsigned>& cpus) {
    const auto print = [&](const std::string& text) {
        std::fputs(text.c_str(), stdout);
        std::fflush(stdout);
    };
    const std::uint32_t rounds = std::clamp(o.effort.packets / 1000, 10u, 1000u);
    if (o.json) print(machine_json());
    if (cpus.size() > 1) {
        const CoresRows rows = measure_cores(cpus.front(), cpus.back(), rounds);
        print(o.json ? json(rows) : text(rows));
    } else {
        fmt::print(stderr, "datapath_bench: two cores: skipped: there is only one CPU for this process\n");
    }
    hal::pin_this_thread(cpus.back());
    if (!o.json) print(size_heading());
    for (const auto measure : {measure_queues, measure_pool}) {
        const SizeRow row = measure(rounds);
        print(o.json ? json(row) : text(row));
    }
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = parse(argc, argv);
    try {
        const std::vector<unsigned> cpus = hal::usable_cpus();
        if (options.scaling) {
            run_scaling(options, cpus);
            return 0;
        }
        std::unique_ptr<OtherCore> other;
        if (cpus.size() > 1 && !options.count_only) other = std::make_unique<OtherCore>(cpus.front());
        hal::pin_this_thread(cpus.back());
        if (options.count_only)
            count_only();
        else if (options.latency)
            run_latency(options, other.get());
        else
            Bench(options, other.get()).run();
    } catch (const std::exception& e) {
        fmt::print(stderr, "datapath_bench: {}\n", e.what());
        return 1;
    }
}
