#include "hal/vfio/interrupts.hpp"

#include "hal/error.hpp"
#include "hal/notice.hpp"
#include "hal/vfio/explain.hpp"
#include "hal/vfio/uapi.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace ringside::hal::vfio {

namespace {

// Binds events 0 to fds.size() - 1 of an index to eventfds.
int trigger(Kernel& kernel, int device, std::uint32_t index, std::span<const int> fds) {
    std::vector<std::byte> request(sizeof(SetIrqs) + fds.size_bytes());
    const SetIrqs header{static_cast<std::uint32_t>(request.size()), set_irqs_trigger | set_irqs_data_eventfd,
                         index, 0, static_cast<std::uint32_t>(fds.size())};
    std::memcpy(request.data(), &header, sizeof header);
    std::memcpy(request.data() + sizeof header, fds.data(), fds.size_bytes());
    return kernel.ioctl(device, device_set_irqs, reinterpret_cast<std::uintptr_t>(request.data()));
}

// How many eventfds an index takes; nothing if the kernel refuses to say.
std::optional<unsigned> ask_count(Kernel& kernel, int device, std::uint32_t index) {
    IrqInfo info{sizeof(IrqInfo), 0, index, 0};
    if (kernel.call(device, device_get_irq_info, info) < 0) return std::nullopt;
    return (info.flags & irq_info_eventfd) != 0 ? info.count : 0;
}

}  // namespace

Interrupts::Interrupts(Kernel& kernel, int device, std::string who, std::uint32_t kinds)
    : kernel_(kernel), device_(device), who_(std::move(who)) {
    // INTx, MSI, MSI-X: more than PCI allows is not believed.
    constexpr std::array<unsigned, 3> most{1, 32, 2048};
    for (std::uint32_t i = 0; i < counts_.size() && i < kinds; ++i)
        counts_[i] = std::min(ask_count(kernel, device, i).value_or(0), most[i]);
}

void Interrupts::set(InterruptKind kind, std::span<const int> event_fds) {
    if (event_fds.size() > count(kind))
        throw Error(explain::too_many_interrupts(who_, event_fds.size(), count(kind)));
    if (on_ && (*on_ == kind || !event_fds.empty())) turn_off();
    if (event_fds.empty()) return;
    // All vectors in one call: most kernels cannot add one later. A -1 keeps a place.
    const int result = trigger(kernel_, device_, static_cast<std::uint32_t>(kind), event_fds);
    if (result != 0) throw Error(explain::cannot_set_interrupts(who_, event_fds.size(), result));
    on_ = kind;
}

void Interrupts::unmask_intx() {
    SetIrqs request{sizeof(SetIrqs), set_irqs_data_none | set_irqs_unmask, irq_intx, 0, 1};
    const int result = kernel_.call(device_, device_set_irqs, request);
    if (result < 0) throw Error(explain::unexpected(who_, "unmasking the interrupt line", -result));
}

void Interrupts::turn_off() noexcept {
    if (!on_) return;
    SetIrqs request{sizeof(SetIrqs), set_irqs_data_none | set_irqs_trigger, static_cast<std::uint32_t>(*on_),
                    0, 0};
    const int result = kernel_.call(device_, device_set_irqs, request);
    if (result < 0) notice(explain::unexpected(who_, "turning interrupts off", -result));
    on_.reset();
}

Events::Events(Kernel& kernel, int device, const std::string& who, std::uint32_t kinds) : kernel_(kernel) {
    for (const auto& [index, event] : {std::pair{irq_error, &error_}, std::pair{irq_request, &request_}}) {
        if (index >= kinds || ask_count(kernel, device, index).value_or(0) == 0) continue;
        const int fd = kernel.eventfd();
        if (fd < 0) throw Error(explain::unexpected(who, "making an eventfd", -fd));
        Handle owned(kernel, fd);
        if (trigger(kernel, device, index, std::span(&fd, 1)) == 0) *event = std::move(owned);
    }
}

Condition Events::look() {
    if (request_ && kernel_.take_event(request_.get())) seen_ = std::max(seen_, Condition::wanted_back);
    if (error_ && kernel_.take_event(error_.get())) seen_ = std::max(seen_, Condition::failed);
    return seen_;
}

}  // namespace ringside::hal::vfio
