// What a packet costs: receive a burst, swap the MAC addresses, send the burst, on rings that exist in memory
// only. The NIC's half runs on the same core between the timed sections. The driver and a bare hand-written
// loop are measured in turns, in one run, on the same memory; what counts is their ratio.
#include "driver/ixgbe/queues.hpp"
#include "driver/ixgbe/queues.hpp"
#include "hal/cpu.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"
#include "tests/bench/memory_nic.hpp"
#include "tests/bench/reference_loop.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

namespace {

using namespace ringside;

constexpr std::uint32_t max_burst = 256;

void swap_macs(std::byte* frame) {
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

// The driver's queues, with doorbells that are words of memory.
class DriverUnderTest {
public:
    DriverUnderTest(mem::DmaDomain& domain, std::uint32_t ring)
        : pool_(std::make_shared<mem::PacketPool>(
              domain, mem::PoolOptions{.buffers = mem::buffers_needed(2 * ring, 1) + max_burst})),
          rx_(domain, pool_, ring, hal::Doorbell(rx_word_)),
          tx_(domain, pool_, ring, hal::Doorbell(tx_word_)),
          nic_(rx_.ring(), tx_.ring(), pool_->data(0), pool_->iova(0u)),
          cache_(*pool_) {
        rx_word_ = rx_.first_tail();
    }
    bench::MemoryNic& nic() {
        nic_.rx_tail() = rx_word_;
        nic_.tx_tail() = tx_word_;
        return nic_;
    }
    // Not inlined into the timing loop, like the reference: what is measured is two calls per burst.
    [[gnu::noinline]] std::uint32_t receive(mem::Packet* out, std::uint32_t n) {
        return rx_.receive(cache_, {out, n});
    }
    [[gnu::noinline]] std::uint32_t send(const mem::Packet* in, std::uint32_t n) {
        return tx_.send(cache_, {in, n});
    }

private:
    std::shared_ptr<mem::PacketPool> pool_;
    alignas(64) volatile std::uint32_t rx_word_ = 0;
    alignas(64) volatile std::uint32_t tx_word_ = 0;
    ixgbe::RxQueue rx_;
    ixgbe::TxQueue tx_;
    bench::MemoryNic nic_;
    mem::PacketCache cache_;
};

class ReferenceUnderTest {
public:
    ReferenceUnderTest(mem::DmaDomain& domain, std::uint32_t ring)
        : buffers_(mem::buffers_needed(2 * ring, 1) + max_burst),
          memory_(domain.allocate(std::size_t{buffers_} * stride, 4096)),
          rx_ring_(domain.allocate(ring * sizeof(ixgbe::RxDescriptor))),
          tx_ring_(domain.allocate(ring * sizeof(ixgbe::TxDescriptor))),
          nic_({reinterpret_cast<ixgbe::RxDescriptor*>(rx_ring_.bytes().data()), ring},
               {reinterpret_cast<ixgbe::TxDescriptor*>(tx_ring_.bytes().data()), ring},
               memory_.bytes().data(), memory_.iova()),
          loop_(ring, buffers_, memory_.bytes().data(), memory_.iova(), stride,
                reinterpret_cast<ixgbe::RxDescriptor*>(rx_ring_.bytes().data()),
                reinterpret_cast<ixgbe::TxDescriptor*>(tx_ring_.bytes().data()), nic_.rx_tail(),
                nic_.tx_tail()) {}
    bench::MemoryNic& nic() { return nic_; }
    [[gnu::noinline]] std::uint32_t receive(mem::Packet* out, std::uint32_t n) {
        return loop_.receive(out, n);
    }
    [[gnu::noinline]] std::uint32_t send(const mem::Packet* in, std::uint32_t n) { return loop_.send(in, n); }

private:
    static constexpr std::uint32_t stride = 2112;
    std::uint32_t buffers_;
    mem::DmaBuffer memory_, rx_ring_, tx_ring_;
    bench::MemoryNic nic_;
    bench::ReferenceLoop loop_;
};

struct Sample {
    std::vector<double> bursts;  // TSC cycles a packet
    // Mean of the middle half: as robust as the median, and finer, since the counter ticks in steps of some
    // dozen.
    double middle() {
        std::ranges::sort(bursts);
        const std::size_t quarter = bursts.size() / 4;
        double sum = 0;
        for (std::size_t i = quarter; i < bursts.size() - quarter; ++i) sum += bursts[i];
        return sum / static_cast<double>(bursts.size() - 2 * quarter);
    }
    double percentile(double p) {
        return bursts[static_cast<std::size_t>(p * static_cast<double>(bursts.size() - 1))];
    }
};

template <class Driver>
void measure(Driver& driver, std::uint32_t burst, std::uint32_t rounds, std::uint64_t overhead,
             Sample& sample) {
    std::array<mem::Packet, max_burst> packets;
    for (std::uint32_t round = 0; round < rounds; ++round) {
        driver.nic().drain();
        driver.nic().deliver(burst, 60);
        const std::uint64_t before = hal::serialized_cycles();
        const std::uint32_t got = driver.receive(packets.data(), burst);
        for (std::uint32_t i = 0; i < got; ++i) swap_macs(packets[i].data);
        const std::uint32_t sent = driver.send(packets.data(), got);
        const std::uint64_t after = hal::serialized_cycles();
        if (got != burst || sent != burst)
            throw std::runtime_error("the bench lost packets: its driver is broken");
        const std::uint64_t cycles = after - before;
        sample.bursts.push_back(static_cast<double>(cycles > overhead ? cycles - overhead : 0) / burst);
    }
}

std::uint64_t timing_overhead() {
    std::uint64_t least = ~0ull;
    for (int i = 0; i < 1000; ++i) {
        const std::uint64_t before = hal::serialized_cycles();
        least = std::min(least, hal::serialized_cycles() - before);
    }
    return least;
}

struct Row {
    std::uint32_t burst, ring;
    Sample driver, reference;
};

Row compare(std::uint32_t burst, std::uint32_t ring, std::uint32_t packets) {
    mem::DmaDomain domain;
    DriverUnderTest driver(domain, ring);
    ReferenceUnderTest reference(domain, ring);
    const std::uint64_t overhead = timing_overhead();
    Row row{burst, ring, {}, {}};
    constexpr std::uint32_t turns = 20;
    const std::uint32_t rounds = std::max(packets / burst / turns, 50u);
    for (std::uint32_t turn = 0; turn <= turns; ++turn) {
        measure(driver, burst, rounds, overhead, row.driver);
        measure(reference, burst, rounds, overhead, row.reference);
        if (turn == 0) row.driver = row.reference = {};  // warming up
    }
    if (driver.nic().wrong() + reference.nic().wrong() != 0)
        throw std::runtime_error("the bench sent frames with wrong contents: its driver is broken");
    return row;
}

void print(Row& row, bool json) {
    const double driver = row.driver.middle(), reference = row.reference.middle();
    if (json)
        fmt::print(
            "{{\"burst\":{},\"ring\":{},\"driver\":{:.2f},\"driver_p95\":{:.2f},\"reference\":{:.2f},"
            "\"reference_p95\":{:.2f},\"ratio\":{:.3f}}}\n",
            row.burst, row.ring, driver, row.driver.percentile(0.95), reference,
            row.reference.percentile(0.95), driver / reference);
    else
        fmt::print("{:>6} {:>6} {:>10.2f} {:>8.2f} {:>12.2f} {:>8.2f} {:>8.2f}\n", row.burst, row.ring,
                   driver, row.driver.percentile(0.95), reference, row.reference.percentile(0.95),
                   driver / reference);
}

// A fixed amount of work for callgrind: instructions per packet = total of the function / packets.
void count_only(std::uint32_t burst, std::uint32_t ring, std::uint32_t packets) {
    mem::DmaDomain domain;
    DriverUnderTest driver(domain, ring);
    ReferenceUnderTest reference(domain, ring);
    Sample ignored;
    measure(driver, burst, packets / burst, 0, ignored);
    measure(reference, burst, packets / burst, 0, ignored);
    fmt::print("{} packets each\n", packets / burst * burst);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "Cycles (TSC) per 64-byte packet for receive + MAC swap + send on memory-only 82599 rings, the "
        "driver against\n"
        "a bare hand-written loop that checks nothing, in turns, in one run."};
    bool json = false, instructions = false;
    std::uint32_t packets = 2'000'000;
    std::vector<std::uint32_t> bursts{1, 2, 4, 8, 16, 32, 64, 128},
        rings{64, 128, 256, 512, 1024, 2048, 4096};
    app.add_flag("--json", json, "one JSON object per row");
    app.add_option("--packets", packets, "packets per row and driver")
        ->check(CLI::Range(10'000u, 1'000'000'000u));
    app.add_option("--bursts", bursts, "burst sizes, measured with a ring of 512")
        ->delimiter(',')
        ->check(CLI::Range(1u, max_burst));
    app.add_option("--rings", rings, "ring sizes, measured with a burst of 32")->delimiter(',');
    app.add_flag("--count-only", instructions, "fixed work without timing, to be run under callgrind");
    CLI11_PARSE(app, argc, argv);
    try {
        hal::pin_this_thread(hal::usable_cpus().back());
        if (instructions) {
            count_only(32, 512, packets);
            return 0;
        }
        if (!json)
            fmt::print(
                "cycles per packet: mean of the middle half of all bursts, and 95th percentile; ratio of the "
                "means\n"
                "{:>6} {:>6} {:>10} {:>8} {:>12} {:>8} {:>8}\n",
                "burst", "ring", "driver", "p95", "reference", "p95", "ratio");
        for (const std::uint32_t burst : bursts) {
            Row row = compare(burst, 512, packets);
            print(row, json);
        }
        for (const std::uint32_t ring : rings) {
            Row row = compare(32, ring, packets);
            print(row, json);
        }
    } catch (const std::exception& e) {
        fmt::print(stderr, "datapath_bench: {}\n", e.what());
        return 1;
    }
}
