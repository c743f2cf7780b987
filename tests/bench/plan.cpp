#include "tests/bench/plan.hpp"

#include <algorithm>

namespace ringside::bench {

namespace {

constexpr Work works[] = {Work::receive, Work::transmit, Work::forward};

template <class T> std::vector<Case> varied(const std::vector<T>& values, T Case::*what) {
    std::vector<Case> cases;
    for (const T value : values) cases.emplace_back().*what = value;
    return cases;
}

// Bursts straight after each other, as in a loop that has fallen behind.
std::vector<Case> by_burst_of_backlog(const Choice& choice) {
    constexpr std::uint32_t most = 256;
    std::vector<Case> cases;
    for (const std::uint32_t burst : choice.bursts)
        cases.push_back({.burst = burst, .backlog = burst == 0 ? 0 : most / burst * burst});
    return cases;
}

std::vector<Case> by_card(const Choice& choice) {
    std::vector<Case> cases;
    for (const CardName card : choice.cards)
        for (const Work work : works) cases.push_back({.card = card, .work = work});
    return cases;
}

// With and without what can be asked of the card, and of the driver.
std::vector<Case> by_work() {
    std::vector<Case> cases;
    for (const Work work : works)
        for (const bool metadata : {false, true})
            for (const bool offloads : {false, true}) {
                if ((metadata && work == Work::transmit) || (offloads && work == Work::receive)) continue;
                cases.push_back({.work = work, .metadata = metadata, .offloads = offloads});
            }
    return cases;
}

std::vector<Case> by_page() {
    std::vector<Case> cases;
    for (const auto pages : {mem::PageSize::small, mem::PageSize::huge, mem::PageSize::giant})
        cases.push_back({.pages = pages});
    return cases;
}

std::vector<Sweep> sweeps(const Choice& choice) {
    return {
        {"burst", "by burst: 82599, forward, ring 512", varied(choice.bursts, &Case::burst)},
        {"backlog", "by burst, 256 packets waiting: 82599, forward, ring 512", by_burst_of_backlog(choice)},
        {"ring", "by ring: 82599, forward, burst 32", varied(choice.rings, &Case::ring)},
        {"card", "by card: burst 32, ring 512", by_card(choice)},
        {"work", "by work: 82599, burst 32, ring 512", by_work()},
        {"size", "by frame size: 82599, forward, burst 32, ring 512", varied(choice.sizes, &Case::size)},
        {"queue", "by queues on one core: 82599, forward, burst 32, ring 512",
         varied(choice.queues, &Case::queues)},
        {"stride", "by distance of buffers: 82599, forward, burst 32, ring 512",
         varied(choice.strides, &Case::stride)},
        {"page", "by pages: 82599, forward, burst 32, ring 512", by_page()}};
}

// Every combination of cards, works, bursts, rings, metadata and offloads that can be.
std::vector<Case> matrix(const Choice& choice) {
    std::vector<Case> cases;
    for (const CardName card : choice.cards)
        for (Case c : by_work())
            for (const std::uint32_t burst : choice.bursts)
                for (const std::uint32_t ring : choice.rings) {
                    c.card = card;
                    c.burst = burst;
                    c.ring = ring;
                    if (!impossible(c)) cases.push_back(c);
                }
    return cases;
}

}  // namespace

std::vector<Sweep> plan(const Choice& choice) {
    std::vector<Sweep> chosen = sweeps(choice);
    if (choice.all) chosen.push_back({"all", "every combination", matrix(choice)});
    if (!choice.sweeps.empty())
        std::erase_if(chosen, [&](const Sweep& s) {
            return std::ranges::find(choice.sweeps, s.name) == choice.sweeps.end();
        });
    return chosen;
}

}  // namespace ringside::bench
