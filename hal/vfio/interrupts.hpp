// Interrupts and events of a function: the kernel takes them and signals eventfds.
#pragma once

#include "hal/device.hpp"
#include "hal/vfio/kernel.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace ringside::hal::vfio {

// The interrupts of the function itself: as hal::Device promises them.
class Interrupts {
public:
    // Asks what there is. `kinds`: DeviceInfo::num_irqs. Throws Error.
    Interrupts(Kernel& kernel, int device, std::string who, std::uint32_t kinds);

    unsigned count(InterruptKind kind) const noexcept { return counts_[static_cast<std::size_t>(kind)]; }
    void set(InterruptKind kind, std::span<const int> event_fds);
    void unmask_intx();
    // Afterwards the function interrupts no more. Never throws.
    void turn_off() noexcept;

private:
    Kernel& kernel_;
    int device_;
    std::string who_;
    std::array<unsigned, 3> counts_{};
    std::optional<InterruptKind> on_;
};

// What the kernel has to tell about the function: an error that it reported, or that the kernel wants it
// back.
class Events {
public:
    // Registers for those events that the function has. Throws Error only if there are no eventfds left.
    Events(Kernel& kernel, int device, const std::string& who, std::uint32_t kinds);

    // What has happened so far; Condition::working if nothing has. Does not wait.
    Condition look();

private:
    Kernel& kernel_;
    Handle error_;  // invalid where the function has no such event
    Handle request_;
    Condition seen_ = Condition::working;
};

}  // namespace ringside::hal::vfio
