// The timed loop, for any kind of pair (tests/bench/pairs.hpp).
#pragma once

#include "hal/cpu.hpp"
#include "mem/packet.hpp"
#include "tests/bench/runner.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace ringside::bench {

inline void swap_macs(std::byte* frame) {
    std::uint64_t first;  // destination, and two bytes of the source
    std::uint32_t rest;
    std::memcpy(&first, frame, 8);
    std::memcpy(&rest, frame + 8, 4);
    const std::uint64_t destination = first & 0xFFFF'FFFF'FFFF;
    const std::uint64_t source = first >> 48 | std::uint64_t{rest} << 16;
    const std::uint64_t new_first = source | destination << 48;
    const auto new_rest = static_cast<std::uint32_t>(destination >> 16);
    std::memcpy(frame, &new_first, 8);
    std::memcpy(frame + 8, &new_rest, 4);
}

// Not inlined into the timing loop: what is measured is two calls per burst, and callgrind can tell them
// apart.
template <class Pair>
[[gnu::noinline]] std::uint32_t counted_receive(Pair& pair, mem::Packet* out, std::uint32_t n) {
    return pair.receive(out, n);
}
template <class Pair>
[[gnu::noinline]] std::uint32_t counted_send(Pair& pair, const mem::Packet* in, std::uint32_t n) {
    return pair.send(in, n);
}
template <class Pair> [[gnu::noinline]] std::uint32_t counted_forward(Pair& pair, std::uint32_t n) {
    return pair.forward(n);
}

struct NoClock {
    void start() {}
    void stop() {}
};
struct TscClock {
    std::vector<std::uint32_t>& cycles;
    std::uint64_t before = 0;
    void start() { before = hal::serialized_cycles(); }
    void stop() { cycles.push_back(static_cast<std::uint32_t>(hal::serialized_cycles() - before)); }
};
struct EventClock {
    Counters& counters;
    void start() { counters.on(); }
    void stop() { counters.off(); }
};

template <class Pair> class RunnerOf final : public Runner {
public:
    // `shared`: what a Pair::Shared is made of.
    template <class... Args>
    RunnerOf(const Case& c, OtherCore* other, Args&&... shared)
        : case_(c), shared_{std::forward<Args>(shared)...}, other_(other) {
        for (std::uint32_t q = 0; q < case_.queues; ++q)
            pairs_.push_back(std::make_unique<Pair>(shared_, case_.ring));
    }

    void run(std::uint32_t rounds, std::vector<std::uint32_t>& cycles) override {
        cycles.reserve(cycles.size() + rounds);
        run_work(rounds, TscClock{cycles});
    }
    void run(std::uint32_t rounds, Counters& counters) override { run_work(rounds, EventClock{counters}); }
    void run(std::uint32_t rounds) override { run_work(rounds, NoClock{}); }
    bool right() const override {
        for (const auto& pair : pairs_)
            if (pair->nic().wrong() != 0 || pair->metadata_wrong()) return false;
        return true;
    }
    std::uint64_t tail_writes() const override {
        std::uint64_t sum = 0;
        for (const auto& pair : pairs_) sum += pair->nic().tail_writes();
        return sum;
    }

private:
    template <class Clock> void run_work(std::uint32_t rounds, Clock clock) {
        switch (case_.work) {
            case Work::receive: return loop<Work::receive>(rounds, clock);
            case Work::transmit: return loop<Work::transmit>(rounds, clock);
            case Work::forward: return loop<Work::forward>(rounds, clock);
        }
    }

    template <Work work, class Clock> void loop(std::uint32_t rounds, Clock clock) {
        for (std::uint32_t round = 0; round < rounds; ++round) {
            Pair& pair = *pairs_[at_];
            at_ = at_ + 1 == pairs_.size() ? 0 : at_ + 1;
            play_nic(pair);
            if (!one_round<work>(pair, clock))
                throw std::runtime_error("the bench lost packets: its driver is broken");
        }
        for (const auto& pair : pairs_) drain(*pair);  // so that what was sent last is checked too
    }
    void play_nic(Pair& pair) {
        auto task = [&] {
            pair.nic().drain();
            pair.nic().deliver(case_.waiting(), case_.size);
        };
        other_ != nullptr ? other_->run(task) : task();
    }
    void drain(Pair& pair) {
        auto task = [&] { pair.nic().drain(); };
        other_ != nullptr ? other_->run(task) : task();
    }

    template <Work work, class Clock> bool one_round(Pair& pair, Clock& clock) {
        const std::uint32_t burst = case_.burst;
        if constexpr (work == Work::forward) {
            bool whole = true;
            clock.start();
            for (std::uint32_t left = case_.waiting(); left != 0; left -= burst)
                whole &= forward(pair, burst);
            clock.stop();
            return whole;
        } else {
            if constexpr (work == Work::receive) clock.start();
            const std::uint32_t got = counted_receive(pair, packets_.data(), burst);
            if constexpr (work == Work::receive) clock.stop();
            for (std::uint32_t i = 0; i < got; ++i) swap_macs(packets_[i].data);
            if constexpr (work == Work::transmit) clock.start();
            const std::uint32_t sent = counted_send(pair, packets_.data(), got);
            if constexpr (work == Work::transmit) clock.stop();
            return got == burst && sent == burst;
        }
    }
    // Whether all of a burst was there and left.
    bool forward(Pair& pair, std::uint32_t burst) {
        if constexpr (requires { pair.forward(burst); }) {
            return counted_forward(pair, burst) == burst;
        } else {
            const std::uint32_t got = counted_receive(pair, packets_.data(), burst);
            for (std::uint32_t i = 0; i < got; ++i) swap_macs(packets_[i].data);
            return got == burst && counted_send(pair, packets_.data(), got) == burst;
        }
    }

    Case case_;
    typename Pair::Shared shared_;
    OtherCore* other_;
    std::vector<std::unique_ptr<Pair>> pairs_;
    std::size_t at_ = 0;
    std::array<mem::Packet, max_burst> packets_;
};

}  // namespace ringside::bench
