#include "sim/vfio_user/interrupts.hpp"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

namespace ringside::sim {

using namespace hal::vfio_user;

namespace {

constexpr auto intx = static_cast<std::uint32_t>(IrqIndex::intx);
constexpr auto msi = static_cast<std::uint32_t>(IrqIndex::msi);
constexpr auto msix = static_cast<std::uint32_t>(IrqIndex::msix);

constexpr std::uint32_t data_flags = set_irqs_data_none | set_irqs_data_bool | set_irqs_data_eventfd;
constexpr std::uint32_t action_flags = set_irqs_mask | set_irqs_unmask | set_irqs_trigger;

// Writing a signal into some other kind of file could have any effect, so it has to be an eventfd for
// certain. Without /proc nothing can be said, and the client is believed.
bool may_be_eventfd(const hal::Fd& fd) {
    char target[64];
    const std::string link = "/proc/self/fd/" + std::to_string(fd.get());
    const ssize_t length = ::readlink(link.c_str(), target, sizeof target);
    return length < 0 || std::string_view(target, static_cast<std::size_t>(length)) == "anon_inode:[eventfd]";
}

// Exactly one kind of data and exactly one action.
bool well_formed(std::uint32_t flags) {
    return (flags & ~(data_flags | action_flags)) == 0 && std::has_single_bit(flags & data_flags) &&
           std::has_single_bit(flags & action_flags);
}

}  // namespace

void EventfdInterrupts::set_function(const Counts& counts, MaskMsix mask_msix) {
    for (std::size_t index = 0; index < counts.size(); ++index) lines_[index].resize(counts[index]);
    mask_msix_ = std::move(mask_msix);
}

std::uint32_t EventfdInterrupts::info_flags(std::uint32_t index) {
    if (index == intx) return irq_info_eventfd | irq_info_maskable | irq_info_automasked;
    if (index == msix) return irq_info_eventfd | irq_info_maskable;
    return irq_info_eventfd;
}

int EventfdInterrupts::set(const SetIrqs& request, std::span<const std::byte> bools,
                           std::vector<hal::Fd> fds) {
    if (request.index >= lines_.size() || !well_formed(request.flags)) return EINVAL;
    const std::uint32_t available = count(request.index);
    if (request.start > available || request.count > available - request.start) return EINVAL;
    const bool by_bool = (request.flags & set_irqs_data_bool) != 0;
    if (bools.size() != (by_bool ? request.count : 0)) return EINVAL;

    if ((request.flags & set_irqs_data_eventfd) != 0) return give_eventfds(request, std::move(fds));
    if (!fds.empty()) return EINVAL;
    if (request.count > 0) return act(request, bools);
    // No interrupts at all, triggered with no data, is how VFIO says "off".
    if (request.flags != (set_irqs_data_none | set_irqs_trigger) || request.start != 0) return EINVAL;
    disable(request.index);
    return 0;
}

// Interrupts start … start + count - 1 signal these eventfds from now on; no fds at all: nothing any more,
// but the kind is on (this is how QEMU switches MSI-X on before it knows its vectors).
int EventfdInterrupts::give_eventfds(const SetIrqs& request, std::vector<hal::Fd> fds) {
    if ((request.flags & set_irqs_trigger) == 0) return ENOTSUP;
    if (request.count == 0 || another_kind_is_on(request.index)) return EINVAL;
    if (!fds.empty() && fds.size() != request.count) return EINVAL;
    if (!std::all_of(fds.begin(), fds.end(), may_be_eventfd)) return EINVAL;
    fds.resize(request.count);
    std::move(fds.begin(), fds.end(), lines_[request.index].begin() + request.start);
    on_[request.index] = true;
    if (request.index == intx) mask(intx, 0, false);
    return 0;
}

bool EventfdInterrupts::another_kind_is_on(std::uint32_t index) const {
    if (index > msix) return false;
    for (std::uint32_t kind = intx; kind <= msix; ++kind)
        if (kind != index && on_[kind]) return true;
    return false;
}

int EventfdInterrupts::act(const SetIrqs& request, std::span<const std::byte> bools) {
    const bool masks = (request.flags & set_irqs_trigger) == 0;
    if (masks && (info_flags(request.index) & irq_info_maskable) == 0) return EINVAL;
    if (!on_[request.index]) return EINVAL;
    for (std::uint32_t i = 0; i < request.count; ++i)
        if (bools.empty() || bools[i] != std::byte{0}) act_on(request, request.start + i);
    return 0;
}

void EventfdInterrupts::act_on(const SetIrqs& request, std::uint32_t interrupt) {
    if ((request.flags & set_irqs_trigger) != 0)
        signal(lines_[request.index][interrupt]);  // VFIO's loopback: as if the device had interrupted
    else
        mask(request.index, interrupt, (request.flags & set_irqs_mask) != 0);
}

void EventfdInterrupts::disable(std::uint32_t index) {
    for (hal::Fd& line : lines_[index]) line.reset();
    on_[index] = false;
}

void EventfdInterrupts::mask(std::uint32_t index, std::uint32_t interrupt, bool masked) {
    if (index == msix) {
        if (mask_msix_) mask_msix_(interrupt, masked);
        return;
    }
    intx_masked_ = masked;
    raise_intx();
}

void EventfdInterrupts::clear() {
    for (std::uint32_t index = 0; index < lines_.size(); ++index) disable(index);
    intx_masked_ = false;
    blocked_ = false;
}

void EventfdInterrupts::notify(IrqIndex index) {
    for (const hal::Fd& line : lines_[static_cast<std::size_t>(index)]) signal(line);
}

void EventfdInterrupts::message(unsigned vector) {
    const std::uint32_t kind = msix_enabled() ? msix : msi;
    if (on_[kind] && vector < lines_[kind].size()) signal(lines_[kind][vector]);
}

void EventfdInterrupts::line(bool high) {
    if (high == intx_high_) return;
    intx_high_ = high;
    raise_intx();
}

// A high line signals once and masks itself: a level would otherwise interrupt without end.
void EventfdInterrupts::raise_intx() {
    if (!intx_high_ || intx_masked_ || !on(IrqIndex::intx)) return;
    intx_masked_ = true;
    signal(lines_[intx][0]);
}

void EventfdInterrupts::signal(const hal::Fd& eventfd) {
    if (!eventfd) return;
    const std::uint64_t one = 1;
    if (!blocked_ && ::write(eventfd.get(), &one, sizeof one) == sizeof one) return;
    ++undelivered_;
    if (errno == EINTR) blocked_ = true;
}

}  // namespace ringside::sim
