// The interrupts of a software PCI function, signalled through the eventfds that a vfio-user client gives
// with SET_IRQS. The rules are those of VFIO in the kernel: one of INTx, MSI and MSI-X is on at a time; INTx
// is masked by its own signal until the client unmasks it.
//
// One thread. Errors of the control calls are errno values, as the protocol carries them; 0 is success.
#pragma once

#include "hal/fd.hpp"
#include "hal/vfio_user/wire.hpp"
#include "sim/ports.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace ringside::sim {

enum class IrqIndex : std::uint32_t { intx = 0, msi = 1, msix = 2, error = 3, request = 4 };

class EventfdInterrupts final : public Interrupts {
public:
    // How many interrupts there are of each index, and what masks an MSI-X vector in the function.
    using Counts = std::array<std::uint32_t, hal::vfio_user::num_irqs>;
    using MaskMsix = std::function<void(unsigned vector, bool masked)>;

    // For a server, whose function needs this object before it can be asked for its counts.
    void set_function(const Counts& counts, MaskMsix mask_msix);

    std::uint32_t count(std::uint32_t index) const {
        return index < lines_.size() ? static_cast<std::uint32_t>(lines_[index].size()) : 0;
    }
    // VFIO_IRQ_INFO_* of an index.
    static std::uint32_t info_flags(std::uint32_t index);

    // SET_IRQS, whose sizes the caller has not checked: `bools` and `fds` are what came with it.
    // EINVAL: not a request that VFIO knows, a range outside the function's interrupts, a wrong number of fds
    // or bools, an fd that is not an eventfd, another kind already on. ENOTSUP: unmasking by eventfd.
    int set(const hal::vfio_user::SetIrqs& request, std::span<const std::byte> bools,
            std::vector<hal::Fd> fds);
    // The client has gone or the function was reset by it: all off, all fds closed.
    void clear();
    // Tells the client that the function is broken (index 3) or wanted back (index 4), if it asked to be
    // told.
    void notify(IrqIndex index);

    bool msix_enabled() const override { return on(IrqIndex::msix); }
    bool msi_enabled() const override { return on(IrqIndex::msi); }
    void message(unsigned vector) override;
    void line(bool high) override;

    // Signals that could not be delivered: the eventfd's counter was full, or writing to it was blocked.
    std::uint64_t undelivered() const { return undelivered_; }
    // True if a signal blocked until something interrupted it: only a client that fills its own eventfd does
    // that.
    bool blocked() const { return blocked_; }

private:
    bool on(IrqIndex index) const { return on_[static_cast<std::size_t>(index)]; }
    bool another_kind_is_on(std::uint32_t index) const;
    int give_eventfds(const hal::vfio_user::SetIrqs& request, std::vector<hal::Fd> fds);
    int act(const hal::vfio_user::SetIrqs& request, std::span<const std::byte> bools);
    void act_on(const hal::vfio_user::SetIrqs& request, std::uint32_t interrupt);
    void disable(std::uint32_t index);
    void mask(std::uint32_t index, std::uint32_t interrupt, bool masked);
    void raise_intx();
    void signal(const hal::Fd& eventfd);

    std::array<std::vector<hal::Fd>, hal::vfio_user::num_irqs> lines_;
    std::array<bool, hal::vfio_user::num_irqs> on_{};
    MaskMsix mask_msix_;
    bool intx_high_ = false;
    bool intx_masked_ = false;
    std::uint64_t undelivered_ = 0;
    bool blocked_ = false;
};

}  // namespace ringside::sim
