// The 82599's interrupts: causes, masks, moderation, mapping to vectors (datasheet 7.3 and 8.2.3.5), and the
// MSI-X table and pending bits in BAR 4.
//
// A cause latches whatever the masks say. A message is asked for when a cause appears that is not masked, or
// when the mask goes from a cause that is there. It waits for EITR, then for the MSI-X mask (as a pending
// bit), then it goes, and with it the causes that EIAC names and the masks that EIAM names.
//
// One thread. rx_event() and tx_event() are on the fast path of the model.
#pragma once

#include "hal/clock.hpp"
#include "sim/ports.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace ringside::sim {

class InterruptController {
public:
    static constexpr unsigned vectors = 64;
    static constexpr unsigned queues = 128;
    static constexpr std::size_t bar4_size = 16 * 1024;
    // Causes that are not a queue's: bits of EICR, for other_event().
    static constexpr std::uint32_t FLOW_DIRECTOR = 1u << 16, RX_MISS = 1u << 17, PCI_EXCEPTION = 1u << 18,
                                   MAILBOX = 1u << 19, LSC = 1u << 20, MNG = 1u << 22, SDP0 = 1u << 24,
                                   SDP1 = 1u << 25, SDP2 = 1u << 26, ECC = 1u << 28, TCP_TIMER = 1u << 30;

    // The clock must outlive the object.
    explicit InterruptController(hal::Clock& clock);
    // Until this is called, causes latch and messages wait. `interrupts` must outlive the use.
    void attach(Interrupts& interrupts);

    static bool handles(std::uint32_t offset);
    std::uint32_t read(std::uint32_t offset);
    void write(std::uint32_t offset, std::uint32_t value);

    // A descriptor of the queue was written back. Queue < queues.
    void rx_event(unsigned queue) { queue_event(queue_map_[queue * 2]); }
    void tx_event(unsigned queue) { queue_event(queue_map_[queue * 2 + 1]); }
    // The queue runs out of descriptors: that is told at once, whatever EITR says.
    void rx_low_event(unsigned queue);
    // Bits 30:16 of EICR. SDP0 to SDP2 need their enable bits in GPIE.
    void other_event(std::uint32_t bits);

    // Sends what has waited for EITR long enough. Cheap if nothing waits.
    void poll() {
        if (wanted_ != 0 || line_high_) [[unlikely]]
            deliver_due();
    }
    // When poll() will have something to send, in the clock's time; nothing if nothing waits.
    std::optional<hal::Clock::Duration> next_deadline() const;

    // How far apart EITR keeps the messages of the vector that tells of the TX queue: descriptors that wait
    // for WTHRESH are written back no later than that. 0: no limit, or nobody is told.
    hal::Clock::Duration tx_interval(unsigned queue) const {
        const std::uint8_t entry = queue_map_[queue * 2 + 1];
        if ((entry & 0x80) == 0) return {};
        return moderation_[multiple_msix_ ? entry & vector_field_ : 0].interval;
    }

    // CTRL.RST: all registers return to their reset values and the line falls. The MSI-X table stays.
    void reset();
    // Function level reset: the MSI-X table as well.
    void reset_function();

    // BAR 4. The caller has checked that the access lies inside.
    // The table's mask bits start clear, not set as on a PCI bus: here the client of a vfio-user server owns
    // the real table, and what it wants masked comes by mask_vector().
    void bar4_read(std::uint64_t offset, std::span<std::byte> out) const;
    void bar4_write(std::uint64_t offset, std::span<const std::byte> data);
    // The mask bit of the table entry. A vector out of range is ignored.
    void mask_vector(unsigned vector, bool masked);
    // MSI-X message control, function mask.
    void mask_function(bool masked);
    // Messages are memory writes: none without bus mastering. On at the start.
    void set_bus_master(bool on);
    // COMMAND bit 10: the INTx line stays low.
    void disable_line(bool off);

    // For STATUS bit 3: INTx is, or would be, asserted.
    bool line_wanted() const { return !multiple_msix_ && legacy_active(); }

private:
    using Bits = std::uint64_t;  // one per vector
    static constexpr Bits bit(unsigned vector) { return Bits{1} << vector; }
    // The vector bits that EICR shows too; the others have no cause register and always clear themselves.
    static constexpr Bits legacy_bits = 0xFFFF;

    void queue_event(std::uint8_t entry) {
        if ((entry & 0x80) == 0) return;
        const Bits cause = bit(entry & vector_field_);
        if ((causes_ & cause) != 0) return;
        causes_ |= cause;
        if ((mask_ & cause) != 0) [[unlikely]]
            notify(cause, false);
    }

    // Registers, by groups.
    std::uint32_t read_causes() const;
    std::uint32_t read_and_clear_causes();
    std::uint32_t read_moderation(unsigned vector) const;
    void write_moderation(unsigned vector, std::uint32_t value);
    std::uint32_t read_map(std::uint32_t offset) const;
    bool write_map(std::uint32_t offset, std::uint32_t value);
    bool write_extended(std::uint32_t offset, std::uint32_t value);
    void write_enable(std::uint32_t value);
    void clear_causes(std::uint32_t value);
    void set_causes(Bits vectors_set, std::uint32_t others);
    void unmask(Bits vectors_set, std::uint32_t others);
    void mask(Bits vectors_set, std::uint32_t others);

    // From cause to message.
    void raise(Bits vectors_set, std::uint32_t others, bool immediate);
    void notify(Bits due, bool immediate);
    void notify_others(std::uint32_t due, bool immediate);
    void request(unsigned vector, bool immediate);
    void deliver(unsigned vector, bool immediate);
    void deliver_due();
    void send(unsigned vector);
    void clear_and_mask_automatically(unsigned vector);
    std::uint32_t others_of(unsigned vector) const;
    bool active(unsigned vector) const;
    bool legacy_active() const {
        return (causes_ & mask_ & legacy_bits) != 0 || (others_ & others_mask_) != 0;
    }
    bool uses_messages() const;
    void signal_legacy(bool immediate);
    void update_line(bool immediate);
    void release_pending();

    bool interval_over(unsigned vector) const;
    void start_interval(unsigned vector);

    hal::Clock& clock_;
    Interrupts* interrupts_ = nullptr;

    std::array<std::uint8_t, queues * 2> queue_map_{};  // IVAR: RX and TX of each queue
    std::array<std::uint8_t, 2> other_map_{};           // IVAR_MISC: TCP timer, all others
    Bits causes_ = 0, mask_ = 0, auto_mask_ = 0;
    std::uint32_t others_ = 0, others_mask_ = 0, others_auto_mask_ = 0;  // bits 30:16 of EICR, EIMS, EIAM
    std::uint32_t auto_clear_ = 0;                                       // EIAC
    std::uint32_t gpie_ = 0, eitrsel_ = 0;
    bool multiple_msix_ = false;  // GPIE.4
    unsigned vector_field_ = 0x0F;

    struct Moderation {
        std::uint32_t setting = 0;        // EITR less its counter
        hal::Clock::Duration interval{};  // 0: none
        hal::Clock::Duration not_before = hal::Clock::Duration::min();
    };
    std::array<Moderation, queues> moderation_{};  // vectors 64 to 127 are virtual functions': stored only

    Bits wanted_ = 0;   // messages that wait for EITR or bus mastering; bit 0 also for the INTx line
    Bits pending_ = 0;  // PBA: messages that wait for an MSI-X mask
    Bits table_masks_ = 0;
    bool function_masked_ = false, bus_master_ = true, line_disabled_ = false, line_high_ = false;
    std::array<std::uint32_t, vectors * 4> table_{};  // address, address, data, control
};

}  // namespace ringside::sim
