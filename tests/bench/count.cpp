#include "tests/bench/count.hpp"

#include "tests/bench/case.hpp"
#include "tests/bench/runner.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <vector>

// Not to be optimised away, nor inlined.
extern "C" [[gnu::noinline]] void bench_count_mark() { asm volatile("" ::: "memory"); }

namespace ringside::bench {

namespace {

// Eight times around a ring of 512: what begins and ends is spread thin.
constexpr std::uint32_t packets = 8 * 512;

void count(const Case& c, Path path) {
    if (impossible(c, path)) return;
    mem::DmaDomain domain;
    const std::unique_ptr<Runner> runner = make_runner(c, path, domain, nullptr);
    runner->run(2 * c.ring / c.burst);  // warming up: counted, and thrown away
    bench_count_mark();
    runner->run(packets / c.burst);
    bench_count_mark();
    if (!runner->right())
        throw std::runtime_error("the bench sent frames with wrong contents: its driver is broken");
    fmt::print(
        "{{\"card\":\"{}\",\"path\":\"{}\",\"burst\":{},\"metadata\":{},\"offloads\":{},\"packets\":{}}}\n",
        name(c.card), name(path), c.burst, c.metadata, c.offloads, packets);
}

}  // namespace

void count_only() {
    count({}, Path::reference);
    count({}, Path::floor);
    for (const std::uint32_t burst : {1u, 8u})  // what a call costs, whatever it carries
        for (const Path path : {Path::reference, Path::scalar, Path::vector}) count({.burst = burst}, path);
    for (const CardName card : {CardName::ixgbe, CardName::igb, CardName::e1000e, CardName::e1000})
        for (const Path path : {Path::scalar, Path::vector}) {
            count({.card = card}, path);
            count({.card = card, .metadata = true, .offloads = true}, path);
        }
}

}  // namespace ringside::bench
