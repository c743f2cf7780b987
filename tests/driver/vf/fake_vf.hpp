// A virtual function as far as our drivers can tell, and the driver of its physical function behind the
// mailbox, which does what a test tells it to. Offsets and bits are typed from the datasheets' tables, not
// taken from driver/: where the two disagree, a test fails. One thread; time is a FakeClock's. Strict where a
// real card would misbehave: what the driver may not do is in `complaints`.
#pragma once

#include "tests/driver/gigabit/fake_card.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace ringside::test {

enum class VfFamily { igbvf, ixgbevf };

using PfMessage = std::array<std::uint32_t, 16>;

// The driver of the physical function.
struct FakePf {
    static constexpr std::uint32_t ok = 1u << 31, no = 1u << 30, clear_to_send = 1u << 29;

    std::array<std::uint8_t, 6> mac{0x02, 0xAA, 0, 0, 0, 0x01};  // zeros: it gives none
    bool ack_zero_mac = false;  // … and says so by granting zeros, as older ones do
    bool silent = false;        // never answers, never acknowledges
    bool only_acknowledges = false;
    bool knows_us = true;                   // without it answers have no CTS
    std::set<std::uint32_t> refuses;        // requests
    std::uint32_t answers_instead = 0;      // this message, whatever is asked
    std::vector<std::uint32_t> says_first;  // unasked, before its next answer
    std::uint32_t filters = 4;              // further unicast addresses that it has room for
    std::uint32_t newest_version = 4;       // ixgbe
    std::uint32_t queues = 2;               // ixgbe
    bool trusts = true;                     // ixgbe: grants more than multicast filters
    std::uint32_t filter_type = 0;          // ixgbe

    // What it has been asked, and what became of it.
    std::vector<PfMessage> asked;
    std::array<std::uint8_t, 6> own{};
    std::set<std::array<std::uint8_t, 6>> unicast;
    std::set<std::uint32_t> groups, vlans;
    std::uint32_t frame_size = 1522, mode = 1, version = 0;

    std::vector<PfMessage> answers_to(const PfMessage& message);
    std::uint64_t count(std::uint32_t request) const;

    VfFamily family = VfFamily::igbvf;

private:
    bool grants(const PfMessage& message, PfMessage& answer);
    bool set_mac(const PfMessage& message);
    bool add_filter(const PfMessage& message);
};

class FakeVf final : public hal::Device, public hal::Bar {
public:
    struct Quirks {
        std::uint16_t device_id = 0;  // 0: the family's usual one
        bool pf_in_reset = false;     // RSTI stays
        bool pf_keeps_mailbox = false;
        bool enable_never = false;         // RXDCTL.ENABLE never sticks
        std::uint64_t dead_after = ~0ull;  // register accesses after which the function is gone
        unsigned slow = 0;                 // looks at the mailbox before the PF does its next step
    };

    FakeVf(VfFamily family, FakeClock& clock, Quirks quirks);

    // hal::Device
    const std::string& address() const override { return address_; }
    std::uint32_t config_read(std::uint32_t offset, unsigned width) override;
    void config_write(std::uint32_t offset, std::uint32_t value, unsigned width) override;
    hal::Bar& bar(unsigned index) override;
    std::shared_ptr<hal::DmaSpace> dma_space() override { return memory_; }
    unsigned interrupt_count(hal::InterruptKind kind) override {
        return kind == hal::InterruptKind::msix ? 3 : 0;
    }
    void set_interrupts(hal::InterruptKind, std::span<const int> event_fds) override {
        fds_.assign(event_fds.begin(), event_fds.end());
    }
    void unmask_intx() override {}
    void reset() override;
    hal::Condition condition() override { return gone() ? hal::Condition::gone : hal::Condition::working; }
    int numa_node() override { return -1; }

    // hal::Bar
    std::uint64_t size() const override { return 16 * 1024; }
    std::uint32_t load32(std::uint32_t offset) override;
    void store32(std::uint32_t offset, std::uint32_t value) override;
    volatile std::uint32_t* direct(std::uint32_t) override { return nullptr; }

    // For tests.
    std::uint32_t& reg(std::uint32_t offset) { return registers_.at(offset / 4); }
    bool gone() const { return accesses_ > quirks.dead_after; }
    void unplug() { quirks.dead_after = 0; }
    // Returns whether a ring took it. Without CRC.
    bool arrive(const Frame& frame);
    void set_link(bool up);
    // The physical function speaks, or is reset.
    void say(std::uint32_t message);
    void pf_is_reset();
    bool bus_master() const { return (command_ & 4) != 0; }
    MappedMemory& memory() { return *memory_; }
    std::uint64_t messages(std::uint32_t vector) const { return messages_[vector]; }
    // As if it had counted that much before.
    void count_from(std::uint32_t packets, std::uint32_t bytes);

    Quirks quirks;
    FakePf pf;
    std::vector<Frame> sent;
    std::vector<std::string> complaints;
    std::function<void()> when_armed;

private:
    struct Places {  // offsets
        std::uint32_t link, mailbox, memory, eicr, eims, eimc, eiac, ivar, ivar_misc;
        std::uint32_t rx, tx, stride, srrctl;
        std::uint32_t gprc, gptc, gorc, gotc;
    };
    static Places places(VfFamily family);
    bool is_memory(std::uint32_t offset) const { return offset >= at_.memory && offset < at_.memory + 64; }
    void reset_queues();
    std::uint32_t load_mailbox();
    void store_mailbox(std::uint32_t value);
    void pf_steps();
    void raise(std::uint32_t cause_bits);
    void deliver();
    void transmit(std::uint32_t ring);
    void complain(const std::string& what) { complaints.push_back(what); }

    const VfFamily family_;
    const Places at_;
    const std::string address_ = "test:vf";
    std::shared_ptr<MappedMemory> memory_ = std::make_shared<MappedMemory>();
    std::vector<std::uint32_t> registers_ = std::vector<std::uint32_t>(4 * 1024);
    std::uint32_t command_ = 0;
    std::uint64_t accesses_ = 0;
    bool link_ = true;
    std::uint32_t mailbox_ = 0;
    bool requested_ = false;
    unsigned looks_left_ = 0;
    std::vector<PfMessage> answers_;
    Frame outgoing_;
    std::vector<int> fds_;
    std::array<std::uint64_t, 3> messages_{};
};

}  // namespace ringside::test
