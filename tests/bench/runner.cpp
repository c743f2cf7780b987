#include "tests/bench/runner.hpp"

#include "tests/bench/pairs.hpp"
#include "tests/bench/runner_of.hpp"

#include <algorithm>

namespace ringside::bench {

namespace {

template <class Pair, class... Shared>
std::unique_ptr<Runner> runner(const Case& c, OtherCore* other, Shared&&... shared) {
    return std::make_unique<RunnerOf<Pair>>(c, other, std::forward<Shared>(shared)...);
}

template <class Card>
std::unique_ptr<Runner> pooled(const Case& c, hal::Vector vector, mem::DmaDomain& domain, OtherCore* other) {
    if (c.metadata)
        return c.offloads ? runner<PooledPair<Card, true, true>>(c, other, domain, c, vector)
                          : runner<PooledPair<Card, true, false>>(c, other, domain, c, vector);
    return c.offloads ? runner<PooledPair<Card, false, true>>(c, other, domain, c, vector)
                      : runner<PooledPair<Card, false, false>>(c, other, domain, c, vector);
}

}  // namespace

std::unique_ptr<Runner> make_runner(const Case& c, Path path, mem::DmaDomain& domain, OtherCore* other) {
    if (path == Path::reference) return runner<ReferencePair>(c, other, &domain, c.stride);
    if (path == Path::floor) return runner<FloorPair>(c, other, &domain, c.stride);
    const hal::Vector vector = path == Path::vector ? hal::best_vector() : hal::Vector::none;
    switch (c.card) {
        case CardName::ixgbe: return pooled<Ixgbe>(c, vector, domain, other);
        case CardName::igb: return pooled<Igb>(c, vector, domain, other);
        case CardName::e1000e: return pooled<E1000e>(c, vector, domain, other);
        case CardName::e1000: return pooled<E1000>(c, vector, domain, other);
    }
    throw std::runtime_error("the bench does not know this card");
}

std::uint32_t timing_overhead() {
    std::uint64_t least = ~0ull;
    for (int i = 0; i < 1000; ++i) {
        const std::uint64_t before = hal::serialized_cycles();
        least = std::min(least, hal::serialized_cycles() - before);
    }
    return static_cast<std::uint32_t>(least);
}

}  // namespace ringside::bench
