// What a cable costs per frame, in nanoseconds of processor time. Not a test: it has no opinion about the
// figures.
//   cable_bench [frames]
#include "hal/clock.hpp"
#include "sim/cables/generate.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

using namespace ringside;

// Processor time, so that whatever else the machine does counts less.
hal::Clock::Duration worked() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

double nanoseconds_each(hal::Clock::Duration took, std::uint64_t frames) {
    return static_cast<double>(took.count()) / static_cast<double>(frames);
}

// `from` sends `frames` frames to `to`; both may be the same. A burst of 32 passes through a buffer, as it
// does in a NIC's memory.
void carry(sim::Cable& from, sim::Cable& to, std::uint64_t frames) {
    static std::byte memory[32][9216];
    std::size_t sizes[32];
    for (std::uint64_t done = 0; done < frames;) {
        from.poll();
        std::size_t burst = 0;
        for (; burst < 32; ++burst) {
            const auto frame = from.peek();
            if (frame.empty()) break;
            std::memcpy(memory[burst], frame.data(), frame.size());
            sizes[burst] = frame.size();
            from.pop();
        }
        to.poll();
        for (std::size_t i = 0; i < burst; ++i) to.transmit({memory[i], sizes[i]});
        done += burst;
        if (burst == 0) break;
    }
}

void measure(const char* options, std::uint64_t frames) {
    hal::Clock& clock = hal::SystemClock::instance();
    const std::string text = std::string(options) + ",count=" + std::to_string(frames);
    sim::Generator cable("generate:" + text, sim::parse_generate("generate:" + text, text), clock);
    const auto start = worked();
    carry(cable, cable, frames);
    const auto took = worked() - start;
    const sim::SinkCounters seen = cable.counters();
    std::printf("%-36s %8.1f ns a frame, generated, copied and checked%s\n", options,
                nanoseconds_each(took, frames),
                seen.received == frames && seen.lost == 0 ? "" : "  NOT ALL INTACT");
}

void measure_link(std::uint64_t frames) {
    hal::Clock& clock = hal::SystemClock::instance();
    const auto source = sim::make_cable("generate:", clock);
    const auto left = sim::make_cable("link:bench", clock), right = sim::make_cable("link:bench", clock);
    std::byte memory[64];
    const auto start = worked();
    for (std::uint64_t done = 0; done < frames; done += 32) {
        left->poll();
        for (int i = 0; i < 32; ++i) left->transmit({memory, 60});
        right->poll();
        while (!right->peek().empty()) right->pop();
    }
    std::printf("%-36s %8.1f ns a frame, queued and taken\n", "link, 64 bytes, one thread",
                nanoseconds_each(worked() - start, frames));
}

}  // namespace

int main(int count, char** arguments) {
    const std::uint64_t frames = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 5'000'000;
    for (const char* options : {"size=64", "size=64,flows=256", "size=64,flows=65536", "size=64-1518",
                                "size=imix", "size=1518", "size=9018"})
        measure(options, frames);
    measure_link(frames);
    return 0;
}
