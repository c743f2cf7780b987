// Two software 82599s: before the first a traffic source, behind the second a sink that knows when each frame
// went in. What lies between, the forwarder for example, is thereby timed from card to card with one clock.
// hybrid.py runs it.
//
// usage: timed_traffic LEFT.sock RIGHT.sock RATE     RATE: 0, max, or as a generator's (ringside-sim --help)
//
// Says "ready" when both cards are served. A line on stdin ends the traffic, and a JSON object tells of it;
// the end of stdin ends the program. It never sleeps: it needs a core for itself.
#include "hal/clock.hpp"
#include "hal/error.hpp"
#include "sim/cable.hpp"
#include "sim/cables/test_frame.hpp"
#include "sim/ixgbe/function.hpp"
#include "sim/vfio_user/listener.hpp"
#include "sim/vfio_user/simulator.hpp"
#include "tests/bench/histogram.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ringside::bench {
namespace {

using namespace std::chrono_literals;
using Time = hal::Clock::Duration;
using Frame = std::span<const std::byte>;

// The generator numbers its frames from 0.
std::uint64_t number_of(Frame frame) noexcept {
    constexpr std::size_t offset = 50, size = 6;  // sim/cables/test_frame.hpp
    std::uint64_t number = 0;
    if (frame.size() >= sim::test_frame::min_size) std::memcpy(&number, frame.data() + offset, size);
    return number;
}

// How long frames take. What happens in the first moments, while both sides start, does not count. One
// thread.
class Stopwatch {
public:
    // Times one frame of every `step`: asking the clock costs a good part of what a frame costs at full rate.
    Stopwatch(hal::Clock& clock, std::uint64_t step) : clock_(clock), step_(step) {}

    void went_in(Frame frame) noexcept {
        const std::uint64_t number = number_of(frame);
        next_ = number + 1;
        if (number % step_ != 0) return;
        const Time now = clock_.now();
        if (!begin_ && first_out_ && now - *first_out_ >= settling) begin_ = {number, now};
        went_in_[slot(number)] = now;
    }

    void came_out(Frame frame) noexcept {
        if (!first_out_) first_out_ = clock_.now();
        const std::uint64_t number = number_of(frame);
        if (!begin_ || number < begin_->number || number >= next_) return;
        ++received_;
        if (number % step_ == 0)
            latency_.record(static_cast<std::uint64_t>((clock_.now() - went_in_[slot(number)]).count()));
    }

    void stop() { end_ = clock_.now(); }
    bool stopped() const { return end_.has_value(); }
    // Nothing is on its way any more, or will not come.
    bool settled() const { return stopped() && (received_ == sent() || clock_.now() - *end_ > patience); }

    std::string json() const {
        const double seconds = begin_ ? std::chrono::duration<double>(*end_ - begin_->time).count() : 0;
        return fmt::format(
            R"({{"sent":{},"received":{},"pps":{:.0f},"timed":{},"p50_ns":{},"p99_ns":{},"max_ns":{}}})",
            sent(), received_, seconds > 0 ? static_cast<double>(received_) / seconds : 0.0, latency_.count(),
            latency_.percentile(0.5), latency_.percentile(0.99), latency_.max());
    }

private:
    static constexpr Time settling = 200ms, patience = 200ms;
    static constexpr std::size_t slots = 1 << 16;  // more than all rings and buffers of two cards hold
    struct Begin {
        std::uint64_t number;
        Time time;
    };

    std::size_t slot(std::uint64_t number) const noexcept { return number / step_ % slots; }
    std::uint64_t sent() const { return begin_ ? next_ - begin_->number : 0; }

    hal::Clock& clock_;
    const std::uint64_t step_;
    std::vector<Time> went_in_ = std::vector<Time>(slots);
    std::uint64_t next_ = 0, received_ = 0;
    std::optional<Time> first_out_, end_;
    std::optional<Begin> begin_;  // with the first frame that counts
    Histogram latency_;
};

// A generator that is watched.
class WatchedCable final : public sim::Cable {
public:
    WatchedCable(const std::string& spec, Stopwatch& watch, hal::Clock& clock)
        : cable_(sim::make_cable(spec, clock)), watch_(watch) {}

    bool connected() override { return cable_->connected(); }
    bool waits() const override { return cable_->waits(); }
    bool forgets() const override { return cable_->forgets(); }
    Frame peek() override { return watch_.stopped() ? Frame() : frame_ = cable_->peek(); }
    void pop() override {
        watch_.went_in(frame_);
        cable_->pop();
    }
    void transmit(Frame frame) override {
        watch_.came_out(frame);
        cable_->transmit(frame);
    }
    void poll() override { cable_->poll(); }
    int wake_fd() const override { return cable_->wake_fd(); }
    bool timed() const override { return cable_->timed(); }
    std::string report() const override { return cable_->report(); }
    std::string report_json() const override { return cable_->report_json(); }

private:
    std::unique_ptr<sim::Cable> cable_;
    Stopwatch& watch_;
    Frame frame_;
};

// Does what stdin says; false at its end.
bool obey(Stopwatch& watch) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, 0) <= 0) return true;
    std::array<char, 64> words;
    if (::read(STDIN_FILENO, words.data(), words.size()) <= 0) return false;
    if (!watch.stopped()) watch.stop();
    return true;
}

void run(const std::string& left, const std::string& right, const std::string& rate) {
    hal::Clock& clock = hal::SystemClock::instance();
    const bool flat_out = rate == "max";
    Stopwatch watch(clock, flat_out ? 32 : 1);
    const std::string source = rate == "0" ? "generate:source=off" : "generate:rate=" + rate;
    sim::Simulator simulator(clock, 24h, [](const std::string&) {});
    const sim::Listener left_socket(left), right_socket(right);
    simulator.add(
        "left",
        sim::make_82599("mac=02:00:00:82:59:90", std::make_unique<WatchedCable>(source, watch, clock), clock),
        left_socket.socket(), sim::Server::Socket::listening);
    simulator.add("right",
                  sim::make_82599("mac=02:00:00:82:59:91",
                                  std::make_unique<WatchedCable>("generate:source=off", watch, clock), clock),
                  right_socket.socket(), sim::Server::Socket::listening);
    const auto say = [](const std::string& line) {
        std::puts(line.c_str());
        std::fflush(stdout);
    };
    say("ready");
    bool told = false;
    const auto look = [&] {
        if (!told && watch.settled()) {
            say(watch.json());
            told = true;
        }
        return obey(watch);
    };
    simulator.run(look, {STDIN_FILENO});
}

}  // namespace
}  // namespace ringside::bench

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: timed_traffic LEFT.sock RIGHT.sock RATE\n", stderr);
        return 2;
    }
    try {
        ringside::bench::run(argv[1], argv[2], argv[3]);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "timed_traffic: %s\n", error.what());
        return 1;
    }
}
