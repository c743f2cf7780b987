#include "tests/bench/latency.hpp"

#include "hal/barrier.hpp"
#include "hal/cpu.hpp"
#include "tests/bench/pairs.hpp"
#include "tests/bench/runner_of.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

namespace ringside::bench {

namespace {

constexpr std::uint32_t frame_size = 60, burst = latency_burst;
// What a program is taken to do with each packet under overload, so that the other core can be faster than
// it.
constexpr std::uint32_t program_cycles = 400;

// The NIC's side, on the other core.
template <class Pair> class Traffic {
public:
    Traffic(Pair& pair, Load load, std::uint32_t ring)
        : pair_(pair), load_(load), ring_(ring), stamps_(2 * std::size_t{ring}) {}

    // Goes on until stop().
    void operator()() { load_ == Load::lone ? send_lone() : overload(); }
    void stop() { stop_ = true; }
    // When the frame with this number was written back. The NIC is ahead by a ring and a burst at most.
    std::uint64_t stamp(std::uint32_t number) const { return stamps_[number & (stamps_.size() - 1)]; }
    // Of the ring, how much was taken by earlier frames when a frame came, on average.
    double fill() const {
        return delivered_ == 0 ? 0
                               : static_cast<double>(taken_) / delivered_ / static_cast<double>(ring_ - 1);
    }

private:
    bool stopped() const { return stop_.load(std::memory_order_relaxed); }
    std::uint32_t deliver(std::uint32_t count) {
        return pair_.nic().deliver(count, frame_size,
                                   [&] { stamps_[delivered_++ & (stamps_.size() - 1)] = hal::cycles(); });
    }
    void send_lone() {
        std::minstd_rand random(1);
        while (!stopped()) {
            deliver(1);
            while (pair_.nic().drain() == 0 && !stopped()) hal::spin_hint();
            const std::uint64_t until = hal::cycles() + 500 + random() % 4000;
            while (hal::cycles() < until) hal::spin_hint();
        }
    }
    void overload() {
        while (!stopped()) {
            pair_.nic().drain();
            const std::uint32_t taken = ring_ - 1 - pair_.nic().rx_free();
            taken_ += std::uint64_t{taken} * deliver(burst);
        }
    }

    Pair& pair_;
    Load load_;
    std::uint32_t ring_;
    std::vector<std::uint64_t> stamps_;
    std::uint32_t delivered_ = 0;
    std::uint64_t taken_ = 0;
    std::atomic<bool> stop_{false};
};

void spend(std::uint64_t cycles) {
    for (const std::uint64_t begin = hal::cycles(); hal::cycles() - begin < cycles;) hal::spin_hint();
}

// The driver's side: a forwarder.
template <class Pair>
void forward(Pair& pair, const Traffic<Pair>& traffic, std::uint32_t warm_up, std::uint32_t packets,
             Latency& result) {
    std::array<mem::Packet, burst> batch;
    std::uint32_t position = 0;
    std::uint64_t last = 0;  // when the burst before was done
    while (position < warm_up + packets) {
        const std::uint32_t got = pair.receive(batch.data(), burst);
        for (std::uint32_t i = 0; i < got; ++i) swap_macs(batch[i].data);
        if (result.load == Load::overload) spend(got * program_cycles);
        std::uint64_t now = 0;
        for (std::uint32_t sent = 0; sent < got;) {
            const std::uint32_t n = pair.send(batch.data() + sent, got - sent);
            now = hal::serialized_cycles();  // not before the frame was seen
            for (std::uint32_t i = 0; i < n; ++i, ++position)
                if (position >= warm_up) result.cycles.record(now - std::min(now, traffic.stamp(position)));
            sent += n;
        }
        if (got == burst && position > warm_up) result.service.record(now - last);
        if (got > 0) last = now;
    }
}

template <class Pair, class... Of>
Latency measure_pair(Path path, Load load, std::uint32_t ring, std::uint32_t packets, OtherCore& nic,
                     Of&&... of) {
    typename Pair::Shared shared{std::forward<Of>(of)...};
    Pair pair(shared, ring);
    Latency result{.path = path, .load = load, .ring = ring};
    result.cycles_per_second = hal::cycles_per_second();
    Traffic<Pair> traffic(pair, load, ring);
    nic.start(traffic);
    forward(pair, traffic, 4 * ring, packets, result);
    traffic.stop();
    nic.wait();
    result.fill = traffic.fill();
    pair.nic().drain();
    if (pair.nic().wrong() != 0)
        throw std::runtime_error("the bench sent frames with wrong contents: its driver is broken");
    return result;
}

}  // namespace

Latency measure_latency(Path path, Load load, std::uint32_t ring, std::uint32_t packets, OtherCore& nic) {
    const OtherCore::Awake awake(nic);
    mem::DmaDomain domain;
    if (path == Path::reference)
        return measure_pair<ReferencePair>(path, load, ring, packets, nic, &domain, usual_stride);
    return measure_pair<PooledPair<Ixgbe, false, false>>(
        path, load, ring, packets, nic, domain, Case{.ring = ring},
        path == Path::vector ? hal::best_vector() : hal::Vector::none);
}

std::string latency_heading() {
    return fmt::format(
        "Latency in nanoseconds: from the receive descriptor's write-back by another core to the transmit\n"
        "tail's write for that packet. lone: one packet at a time. overload: the other core fills the\n"
        "receive ring whenever it can, and the program spends another {} TSC cycles on each packet;\n"
        "`service` is what a packet takes in all, `predicted` (ring + burst) * service, `fill` how full the\n"
        "ring was when a packet came, on average.\n"
        "{:<9} {:<9} {:>5} {:>8} {:>8} {:>8} {:>9} {:>10} {:>7} {:>5}\n",
        program_cycles, "load", "path", "ring", "p50", "p99", "p99.9", "max", "predicted", "service", "fill");
}

std::string latency_line(const Latency& l) {
    const auto at = [&](double p) { return l.nanoseconds(l.cycles.percentile(p)); };
    const std::string always =
        fmt::format("{:<9} {:<9} {:>5} {:>8.0f} {:>8.0f} {:>8.0f} {:>9.0f}",
                    l.load == Load::overload ? "overload" : "lone", name(l.path), l.ring, at(0.5), at(0.99),
                    at(0.999), l.nanoseconds(l.cycles.max()));
    if (l.load == Load::lone) return always + "\n";
    return fmt::format("{} {:>10.0f} {:>7.1f} {:>5.2f}\n", always, l.predicted_nanoseconds(),
                       l.service_nanoseconds(), l.fill);
}

std::string latency_json(const Latency& l) {
    const auto at = [&](double p) { return l.nanoseconds(l.cycles.percentile(p)); };
    return fmt::format(
        "{{\"latency\":\"{}\",\"path\":\"{}\",\"ring\":{},\"packets\":{},\"p50_ns\":{:.1f},\"p99_ns\":{:.1f},"
        "\"p999_ns\":{:.1f},\"max_ns\":{:.1f},\"service_ns\":{:.2f},\"predicted_ns\":{:.1f},\"fill\":{:.3f}}}"
        "\n",
        l.load == Load::lone ? "lone" : "overload", name(l.path), l.ring, l.cycles.count(), at(0.5), at(0.99),
        at(0.999), l.nanoseconds(l.cycles.max()), l.service_nanoseconds(), l.predicted_nanoseconds(), l.fill);
}

}  // namespace ringside::bench
