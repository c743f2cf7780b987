// Two pinned threads that work at the same time, or one of them while the other sleeps.
#pragma once

#include "mem/cache_line.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>

namespace ringside::bench {

// What a core does over and over while it is measured.
class Chore {
public:
    virtual ~Chore() = default;
    // Returns what it is to be charged with, in TSC cycles; 0 if that does not matter. May throw.
    virtual std::uint64_t step() = 0;
};

// How fast that was.
struct Pace {
    double steps = 0;        // per TSC cycle
    double cost = 0;         // what a step was charged with, on average
    bool disturbed = false;  // the kernel gave the core to somebody else meanwhile
};

class TwoCores {
public:
    TwoCores(unsigned first, unsigned second);
    ~TwoCores();
    TwoCores(const TwoCores&) = delete;
    TwoCores& operator=(const TwoCores&) = delete;

    // Each core does its chore for `window` TSC cycles; both are measured from the same moment on, at which
    // they are already at it. A core whose chore is null sleeps, as does the caller. Throws what a chore
    // threw.
    std::array<Pace, 2> run(std::array<Chore*, 2> chores, std::uint64_t window);

private:
    struct alignas(mem::interference_size) Core {
        std::atomic<std::uint32_t> given{0}, done{0};
        Chore* chore = nullptr;  // null: end
        Pace pace{};
        std::exception_ptr error{};
        std::thread thread{};
    };
    void give(Core& core, Chore* chore);
    void serve(Core& core, unsigned cpu);
    Pace measure(Chore& chore);
    // Returns when both are there, with the moment at which the window begins.
    std::uint64_t rendezvous();

    std::array<Core, 2> cores_;
    alignas(mem::interference_size) std::atomic<std::uint32_t> missing_{0};
    std::atomic<std::uint64_t> begin_{0};
    std::uint64_t window_ = 0;
};

}  // namespace ringside::bench
