#include "tests/bench/two_cores.hpp"

#include "hal/barrier.hpp"
#include "hal/cpu.hpp"

#include <sys/resource.h>

#include <utility>

namespace ringside::bench {

namespace {

// Both work this long before the window begins, so that their caches and clocks are as they will be.
constexpr std::uint64_t lead_in = 200'000;

long times_preempted() {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nivcsw;
}

}  // namespace

TwoCores::TwoCores(unsigned first, unsigned second) {
    cores_[0].thread = std::thread([this, first] { serve(cores_[0], first); });
    cores_[1].thread = std::thread([this, second] { serve(cores_[1], second); });
}

TwoCores::~TwoCores() {
    for (Core& core : cores_) {
        give(core, nullptr);
        core.thread.join();
    }
}

std::array<Pace, 2> TwoCores::run(std::array<Chore*, 2> chores, std::uint64_t window) {
    window_ = window;
    begin_ = 0;
    missing_ = (chores[0] != nullptr ? 1u : 0u) + (chores[1] != nullptr ? 1u : 0u);
    for (std::size_t i = 0; i < 2; ++i)
        if (chores[i] != nullptr) give(cores_[i], chores[i]);
    std::array<Pace, 2> paces;
    std::exception_ptr error;
    for (std::size_t i = 0; i < 2; ++i) {
        if (chores[i] == nullptr) continue;
        Core& core = cores_[i];
        for (std::uint32_t done = core.done; done != core.given; done = core.done) core.done.wait(done);
        paces[i] = core.pace;
        if (core.error) error = std::exchange(core.error, nullptr);
    }
    if (error) std::rethrow_exception(error);
    return paces;
}

void TwoCores::give(Core& core, Chore* chore) {
    core.chore = chore;
    ++core.given;
    core.given.notify_one();
}

void TwoCores::serve(Core& core, unsigned cpu) {
    hal::pin_this_thread(cpu);
    for (std::uint32_t number = 0;;) {
        core.given.wait(number);
        ++number;
        if (core.chore == nullptr) return;
        try {
            core.pace = measure(*core.chore);
        } catch (...) { core.error = std::current_exception(); }
        core.done = number;
        core.done.notify_one();
    }
}

std::uint64_t TwoCores::rendezvous() {
    if (--missing_ == 0) begin_ = hal::cycles() + lead_in;
    while (begin_ == 0) hal::spin_hint();
    return begin_;
}

Pace TwoCores::measure(Chore& chore) {
    const std::uint64_t begin = rendezvous(), end = begin + window_;
    while (hal::cycles() < begin) chore.step();
    const long before = times_preempted();
    const std::uint64_t from = hal::cycles();
    std::uint64_t now = 0, steps = 0, cost = 0;
    do {
        cost += chore.step();
        ++steps;
        now = hal::cycles();
    } while (now < end);
    const auto n = static_cast<double>(steps);
    return {.steps = n / static_cast<double>(now - from),
            .cost = static_cast<double>(cost) / n,
            .disturbed = times_preempted() != before || from - begin > window_ / 8};
}

}  // namespace ringside::bench
