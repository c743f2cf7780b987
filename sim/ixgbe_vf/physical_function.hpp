// The driver of the physical function, as far as its only virtual function can tell: it sets the card up, and
// answers requests in the mailbox as Linux's ixgbe does. No datasheet has the language; its numbers are in
// physical_function.cpp.
//
// One thread.
#pragma once

#include "sim/ixgbe/model.hpp"
#include "sim/ixgbe_vf/mailbox.hpp"
#include "sim/ixgbe_vf/options.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace ringside::sim::ixgbe_vf {

class PhysicalFunction {
public:
    // All must outlive the object.
    PhysicalFunction(const Options& options, ixgbe::Nic82599& card, Mailbox& mailbox, hal::Clock& clock);

    // Does what is due. True if there was anything.
    bool poll();
    // True if something is due, or will be when time has passed.
    bool waiting() const;

    // The virtual function was reset: what it has asked for is forgotten, and nothing else is listened to
    // until it reports in.
    void vf_was_reset();
    // The virtual function's VFPSRTYPE.RQPL: over 1 << `log2` of its queues RSS spreads.
    void spread(std::uint32_t log2);
    // Whether frames may come: as long as the virtual function has no queue for them, they wait in cables
    // that can wait.
    void receive(bool on);
    // The physical function is reset, and is back after reset_time.
    void reset();
    // From reset() until it is back, the card belongs to it.
    bool in_reset() const { return back_at_.has_value() || options_.pf_absent; }
    // Reported in: its queues may be enabled.
    bool knows_vf() const { return knows_vf_; }

    std::uint64_t requests() const { return requests_; }
    std::uint64_t refusals() const { return refusals_; }

    static constexpr hal::Clock::Duration reset_time = std::chrono::milliseconds(10);

private:
    using Mac = std::array<std::uint8_t, 6>;
    struct Asked {  // since it has reported in
        std::uint32_t version = 0, mode = 1, frame_size = 1518;
        std::optional<Mac> own;
        std::vector<Mac> further;
        std::vector<std::uint32_t> groups;        // hashes
        std::array<std::uint32_t, 128> vlans{1};  // bit n % 32 of word n / 32; frames of no VLAN pass
    };

    // Registers of the card.
    void set_up_card();
    void set_up_receive();
    void set_up_transmit();
    void start_link();
    void set_up_interrupts();
    void write_filters();
    void write_receive_address(std::uint32_t entry, const std::optional<Mac>& mac);
    std::uint32_t get(std::uint32_t offset) { return card_.mmio_read(offset); }
    void set(std::uint32_t offset, std::uint32_t value) { card_.mmio_write(offset, value); }

    // Requests.
    void take(const Message& request);
    Message welcome();
    bool grants(Message& message);
    bool set_mac(const Message& message);
    bool set_groups(const Message& message);
    bool set_vlan(const Message& message);
    bool set_frame_size(std::uint32_t bytes);
    bool add_filter(const Message& message);
    bool agree_on(std::uint32_t version);
    bool tell_queues(Message& message) const;
    bool set_mode(Message& message);

    void come_back();

    const Options& options_;
    ixgbe::Nic82599& card_;
    Mailbox& mailbox_;
    hal::Clock& clock_;
    Asked asked_;
    bool knows_vf_ = false;
    bool link_was_up_ = false;
    std::optional<Message> answer_;
    bool news_ = false;  // to be told without having been asked
    std::optional<hal::Clock::Duration> back_at_, reset_at_;
    bool met_ = false;
    std::uint64_t requests_ = 0, refusals_ = 0;
};

}  // namespace ringside::sim::ixgbe_vf
