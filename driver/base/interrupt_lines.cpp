#include "driver/base/interrupt_lines.hpp"

#include "hal/notice.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <string>

namespace ringside {

using hal::InterruptKind;

namespace {

std::uint32_t vectors_for(hal::Device& device, InterruptKind kind, std::uint32_t rx_queues) {
    return kind == InterruptKind::msix ? std::min(device.interrupt_count(kind), rx_queues + 1) : 1;
}

}  // namespace

InterruptLines::InterruptLines(hal::Device& device, InterruptKind kind, std::uint32_t rx_queues)
    : device_(device), kind_(kind), rx_queues_(rx_queues) {
    for (std::uint32_t n = vectors_for(device, kind, rx_queues); n > 0; --n) vectors_.emplace_back();
    for (std::uint32_t n = 0; n <= rx_queues; ++n) words_.emplace_back();
    std::vector<int> fds;
    for (const hal::Event& event : vectors_) fds.push_back(event.fd());
    device_.set_interrupts(kind_, fds);
}

InterruptLines::~InterruptLines() {
    try {
        device_.set_interrupts(kind_, {});
    } catch (const std::exception& e) { hal::notice(std::string("while stopping: ") + e.what()); }
}

std::uint32_t InterruptLines::vector_of(InterruptSource source) const noexcept {
    if (vectors() == 1 || source.is_link()) return 0;
    return 1 + source.queue % (vectors() - 1);
}

bool InterruptLines::is_alone(InterruptSource source) const noexcept {
    return source.is_link() ? vectors() > 1 : rx_queues_ < vectors();
}

bool InterruptLines::wait(InterruptSource source, hal::Clock::Duration limit) noexcept {
    return hal::Event::wait(events(source), limit);
}

bool InterruptLines::take_vector(InterruptSource source) noexcept {
    return vectors_[vector_of(source)].take();
}

bool InterruptLines::take_word(InterruptSource source) noexcept { return word(source).take(); }

void InterruptLines::pass_on(std::uint32_t vector, InterruptCauses causes, InterruptSource own) noexcept {
    if (causes.link && !own.is_link() && vector_of(link_source) == vector) word(link_source).signal();
    if (!causes.rx) return;
    for (std::uint32_t q = 0; q < rx_queues_; ++q)
        if (q != own.queue && vector_of({q}) == vector) word({q}).signal();
}

void InterruptLines::unmask() {
    if (kind_ == InterruptKind::intx) device_.unmask_intx();
}

}  // namespace ringside
