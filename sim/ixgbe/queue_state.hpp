// How queues are switched on and off, and sets of queues.
#pragma once

#include "hal/clock.hpp"
#include "sim/ixgbe/registers_table.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

namespace ringside::sim::ixgbe {

// ENABLE reads back what was asked for only after this time; until it reads back 0, a queue still does DMA.
inline constexpr hal::Clock::Duration enable_time = std::chrono::microseconds(10);

enum class QueueState : std::uint8_t { off, enabling, on, disabling };

constexpr bool is_active(QueueState s) noexcept { return s == QueueState::on || s == QueueState::disabling; }

class QueueSet {
public:
    void add(std::uint32_t queue) noexcept { words_[queue / 64] |= std::uint64_t{1} << (queue % 64); }
    void remove(std::uint32_t queue) noexcept { words_[queue / 64] &= ~(std::uint64_t{1} << (queue % 64)); }
    bool empty() const noexcept { return (words_[0] | words_[1]) == 0; }
    void clear() noexcept { words_ = {}; }

    // Calls f(queue) for each; f may change the set.
    template <class F> void for_each(F f) const {
        for (std::uint32_t w = 0; w < words_.size(); ++w)
            for (std::uint64_t rest = words_[w]; rest != 0; rest &= rest - 1)
                f(w * 64 + static_cast<std::uint32_t>(std::countr_zero(rest)));
    }

private:
    std::array<std::uint64_t, queue_count / 64> words_{};
};

// ENABLE of a queue: as it is, and as it will be.
struct Switch {
    QueueState state = QueueState::off;
    hal::Clock::Duration change_at{};
};

// All queues of one kind. Queue: a type derived from Switch.
template <class Queue> class Switches {
public:
    explicit Switches(std::array<Queue, queue_count>& queues) : queues_(queues) {}

    // ENABLE was written. False if the queue stays what it is: then its settings change at once.
    bool ask(std::uint32_t n, bool wanted, hal::Clock::Duration now) {
        Switch& s = queues_[n];
        if (wanted == (s.state == QueueState::on || s.state == QueueState::enabling)) return false;
        if (s.state == QueueState::enabling || s.state == QueueState::disabling) {  // taken back
            s.state = wanted ? QueueState::on : QueueState::off;
            changing_.remove(n);
            return false;
        }
        s.state = wanted ? QueueState::enabling : QueueState::disabling;
        s.change_at = now + enable_time;
        changing_.add(n);
        return true;
    }
    // Calls turn_on(n) or turn_off(n) for queues whose time has come; these set the state and call done().
    template <class On, class Off> void settle(hal::Clock::Duration now, bool may_turn_on, On on, Off off) {
        if (changing_.empty()) [[likely]]
            return;
        changing_.for_each([&](std::uint32_t n) {
            if (now < queues_[n].change_at) return;
            if (queues_[n].state == QueueState::disabling)
                off(n);
            else if (may_turn_on)
                on(n);
        });
    }
    void done(std::uint32_t n, QueueState state) {
        queues_[n].state = state;
        changing_.remove(n);
    }
    bool any() const noexcept { return !changing_.empty(); }
    void clear() noexcept { changing_.clear(); }

private:
    std::array<Queue, queue_count>& queues_;
    QueueSet changing_;
};

// Repeats itself for the same seed.
class Random {
public:
    explicit Random(std::uint64_t seed) noexcept : state_(seed * 0x9E3779B97F4A7C15ull + 1) {}
    std::uint32_t below(std::uint32_t limit) noexcept {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return static_cast<std::uint32_t>((state_ >> 16) % limit);
    }

private:
    std::uint64_t state_;
};

}  // namespace ringside::sim::ixgbe
