// One client's conversation with a software PCI function: the vfio-user commands, checked and carried out.
//
// What a client gets wrong without losing its place in the stream is answered with an error reply, and does
// nothing. What leaves the stream's state unknown ends the session (hal::ProtocolError).
#pragma once

#include "hal/vfio_user/message.hpp"
#include "hal/vfio_user/wire.hpp"
#include "sim/pci_function.hpp"
#include "sim/vfio_user/dma_map.hpp"
#include "sim/vfio_user/interrupts.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ringside::sim {

// One thread. What it refers to must outlive it.
class Session {
public:
    using Say = std::function<void(const std::string&)>;
    static constexpr unsigned refusals_in_detail = 8;

    Session(hal::vfio_user::Channel& channel, PciFunction& function, DmaMap& dma,
            EventfdInterrupts& interrupts, Say say);

    // Carries out one message and answers it if it wants an answer. Returns false if the client has hung up.
    // Takes the message's fds: those that no command keeps are closed on return.
    // Throws ProtocolError if the conversation cannot go on, for instance because the client does not read.
    bool handle(hal::vfio_user::Message& message);

    std::uint64_t refused() const { return refused_; }

private:
    using Message = hal::vfio_user::Message;

    int carry_out(Message& message);
    int version(const Message& message);
    int dma_map(Message& message);
    int dma_unmap(const Message& message);
    int device_info(const Message& message);
    int region_info(const Message& message);
    int irq_info(const Message& message);
    int set_irqs(Message& message);
    int region_read(const Message& message);
    int region_write(const Message& message);
    int region_write_multi(const Message& message);
    int reset(const Message& message);

    bool answer(const Message& message, int error);
    void note_refusal(const Message& message, int error);
    int check_access(std::uint32_t region, std::uint64_t offset, std::uint64_t count, bool write) const;
    template <class T> void reply_with(const T& value);

    hal::vfio_user::Channel& channel_;
    PciFunction& function_;
    DmaMap& dma_;
    EventfdInterrupts& interrupts_;
    Say say_;
    // What every access is checked against. A function's regions do not change.
    struct Extent {
        std::uint64_t size = 0;
        bool writable = false;
    };
    std::array<Extent, hal::vfio_user::num_regions> extents_;
    bool greeted_ = false;
    std::uint64_t refused_ = 0;
    // The answer to the command at hand; one buffer for all of them.
    std::vector<std::byte> reply_;
    int reply_fd_ = -1;  // the function's own
};

}  // namespace ringside::sim
