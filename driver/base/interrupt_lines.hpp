// Which source of a card signals which eventfd.
#pragma once

#include "hal/clock.hpp"
#include "hal/device.hpp"
#include "hal/event.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

namespace ringside {

// What may interrupt: a receive queue, or the link.
struct InterruptSource {
    static constexpr std::uint32_t link_index = ~0u;
    std::uint32_t queue = link_index;

    bool is_link() const noexcept { return queue == link_index; }
};
inline constexpr InterruptSource link_source{};

// Who called on a line that sources share.
struct InterruptCauses {
    bool rx = false;  // any receive queue
    bool link = false;
};

// The vectors of a card while it runs, and who may be called on each. With MSI-X, vector 0 is the link's, and
// the receive queues have the others, one each as far as they go; MSI and INTx have one vector for all. A
// thread that waits for a source waits for its vector, and for the word of another thread that has served
// that vector meanwhile. Threads: any, as far as they wait for different sources.
class InterruptLines {
public:
    // Has the device signal our eventfds from now on. `kind` must be one that the device has.
    InterruptLines(hal::Device& device, hal::InterruptKind kind, std::uint32_t rx_queues);
    ~InterruptLines();
    InterruptLines(const InterruptLines&) = delete;
    InterruptLines& operator=(const InterruptLines&) = delete;

    hal::InterruptKind kind() const noexcept { return kind_; }
    bool has_messages_per_source() const noexcept { return kind_ == hal::InterruptKind::msix; }
    std::uint32_t rx_queues() const noexcept { return rx_queues_; }
    std::uint32_t vectors() const noexcept { return static_cast<std::uint32_t>(vectors_.size()); }
    std::uint32_t vector_of(InterruptSource source) const noexcept;

    // Whether no other source has its vector.
    bool is_alone(InterruptSource source) const noexcept;

    // What a thread that waits for the source waits for: its vector, and the word of another thread.
    std::array<const hal::Event*, 2> events(InterruptSource source) noexcept {
        return {&vectors_[vector_of(source)], &word(source)};
    }
    // Waits until the source's vector signals, or another thread says that the source has called.
    // False: time is up, or a signal handler ran.
    bool wait(InterruptSource source, hal::Clock::Duration limit) noexcept;
    // Whether the vector of the source has signalled: then this thread is the one to serve it.
    bool take_vector(InterruptSource source) noexcept;
    // Whether another thread has said that the source called.
    bool take_word(InterruptSource source) noexcept;
    // Says so to those who wait for sources of this vector, as far as `causes` names them, except `own`.
    void pass_on(std::uint32_t vector, InterruptCauses causes, InterruptSource own) noexcept;
    // INTx: lets the line signal again.
    void unmask();

private:
    hal::Event& word(InterruptSource source) noexcept {
        return words_[source.is_link() ? rx_queues_ : source.queue];
    }
    hal::Device& device_;
    const hal::InterruptKind kind_;
    const std::uint32_t rx_queues_;
    std::deque<hal::Event> vectors_;
    std::deque<hal::Event> words_;  // one per receive queue, then the link's
};

}  // namespace ringside
