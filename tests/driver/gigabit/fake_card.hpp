// Intel's 1-gigabit cards as far as our drivers can tell: a bank of registers, the few that are alive, and
// rings in the three formats. Offsets and bits are typed from the datasheets' tables, not taken from driver/:
// where the two disagree, a test fails. One thread; time is a FakeClock's. Strict where a real card would
// misbehave: what the driver may not do is in `complaints`.
#pragma once

#include "hal/device.hpp"
#include "hal/error.hpp"
#include "tests/driver/gigabit/fake_time.hpp"
#include "tests/support/fake_clock.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ringside::test {

using Frame = std::vector<std::byte>;

enum class Family { e1000, e1000e, igb };

// Memory that the driver mapped: everything else is refused and counted, never touched.
class MappedMemory final : public hal::DmaSpace {
public:
    void map(const hal::DmaRegion& region) override { regions_[hal::value(region.iova)] = region; }
    void unmap(hal::Iova iova, std::size_t) noexcept override { regions_.erase(hal::value(iova)); }
    std::vector<hal::IovaRange> ranges() const override {
        return {{hal::Iova{0x1000}, hal::Iova{0xFEDFFFFF}}};
    }
    std::size_t max_maps() const override { return 65535; }

    // nullptr where nothing is mapped.
    std::byte* find(std::uint64_t address, std::size_t size);
    std::uint64_t refused = 0;

private:
    std::map<std::uint64_t, hal::DmaRegion> regions_;
};

class FakeCard final : public hal::Device, public hal::Bar {
public:
    struct Quirks {
        std::uint16_t device_id = 0;       // 0: the family's usual one
        std::uint32_t function = 0;        // which port of the chip
        bool link_at_reset = true;         // without it the PHY has to be told to negotiate
        bool reset_stuck = false;          // CTRL.RST never clears
        bool reset_keeps_all = false;      // … or clears at once and resets nothing, as QEMU's e1000
        bool master_stuck = false;         // STATUS.GIO_MASTER_ENABLE never clears
        bool auto_read_never = false;      // EECD.AUTO_RD never comes
        bool eeprom_absent = false;        // EECD.PRES is 0, EERD never ends
        bool phy_silent = false;           // MDIC.READY never comes
        bool phy_error = false;            // MDIC.ERROR always comes
        bool enable_never = false;         // igb: RXDCTL.ENABLE never sticks
        bool pcix = false;                 // e1000: in a PCI-X slot
        std::uint64_t dead_after = ~0ull;  // register accesses after which the card is gone
    };

    FakeCard(Family family, FakeClock& clock, Quirks quirks);
    FakeCard(Family family, FakeClock& clock) : FakeCard(family, clock, Quirks{}) {}

    // hal::Device
    const std::string& address() const override { return address_; }
    std::uint32_t config_read(std::uint32_t offset, unsigned width) override;
    void config_write(std::uint32_t offset, std::uint32_t value, unsigned width) override;
    hal::Bar& bar(unsigned index) override;
    std::shared_ptr<hal::DmaSpace> dma_space() override { return memory_; }
    unsigned interrupt_count(hal::InterruptKind kind) override;
    void set_interrupts(hal::InterruptKind kind, std::span<const int> event_fds) override;
    void unmask_intx() override;
    void reset() override;
    hal::Condition condition() override { return gone() ? hal::Condition::gone : hal::Condition::working; }
    int numa_node() override { return -1; }

    // hal::Bar
    std::uint64_t size() const override { return 128 * 1024; }
    std::uint32_t load32(std::uint32_t offset) override;
    void store32(std::uint32_t offset, std::uint32_t value) override;
    volatile std::uint32_t* direct(std::uint32_t) override { return nullptr; }

    // For tests.
    std::uint32_t& reg(std::uint32_t offset) { return registers_.at(offset / 4); }
    bool gone() const { return accesses_ > quirks.dead_after; }
    void unplug() { quirks.dead_after = 0; }
    // A frame comes in over the wire, without CRC. `errors` go where the format has them.
    void arrive(const Frame& frame, std::uint64_t errors = 0);
    void set_link(bool up);
    void raise(std::uint32_t icr_causes);
    bool bus_master() const { return (command_ & 4) != 0; }
    MappedMemory& memory() { return *memory_; }
    std::uint64_t messages(std::uint32_t vector) const { return messages_[vector]; }
    bool line_high() const { return line_high_; }

    Quirks quirks;
    std::vector<std::uint16_t> eeprom;
    std::deque<Frame> sent;
    // What the last frame asked for: the second word of its first data descriptor, and the last context.
    struct Context {
        std::uint64_t first = 0, second = 0;
    };
    struct Asked {
        std::uint64_t command = 0;
        Context context;
    } asked;
    std::uint32_t link_mbit = 1000;
    bool full_duplex = true;
    // The PHY's registers of IEEE 802.3, 22.2.4. Register 5 is what the partner offers; a partner that does
    // not negotiate offers nothing.
    std::array<std::uint16_t, 32> phy{};
    bool partner_negotiates = true;
    std::vector<std::string> complaints;
    FakeTime time;  // e1000e, igb
    // Called once, after a write has set interrupt mask bits: the moment when a thread is about to sleep.
    std::function<void()> when_armed;

private:
    struct Ring {  // offsets
        std::uint32_t low, high, length, head, tail, control, buffers;
    };
    Ring rx_ring(std::uint32_t q) const;
    Ring tx_ring(std::uint32_t q) const;
    std::uint32_t queues() const { return family_ == Family::igb ? 16 : family_ == Family::e1000e ? 2 : 1; }
    bool pcie() const { return family_ != Family::e1000; }
    // The 82576's filters; later cards compare two things.
    bool five_tuples() const {
        return quirks.device_id == 0x10C9 || quirks.device_id == 0x10E8 || quirks.device_id == 0x1526 ||
               quirks.device_id == 0x150A;
    }

    void power_on();
    void store_control(std::uint32_t value);
    void store_eerd(std::uint32_t value);
    void store_mdic(std::uint32_t value);
    bool store_interrupt_register(std::uint32_t offset, std::uint32_t value);
    bool store_tail(std::uint32_t offset, std::uint32_t value);
    std::uint32_t load_status();
    std::uint32_t load_counter(std::uint32_t offset);
    void count(std::uint32_t offset, std::uint64_t n = 1);
    void count_bytes(std::uint32_t low, std::uint64_t n);

    bool accepts(const Frame& frame) const;
    std::uint32_t queue_for(const Frame& frame) const;
    bool tuple_matches(std::uint32_t filter, const Frame& frame) const;
    std::uint32_t buffer_size(const Ring& ring) const;
    void receive(const Ring& ring, const Frame& frame, std::uint64_t errors);
    void write_back(std::byte* descriptor, std::size_t length, bool last, std::uint64_t errors) const;
    bool marked_as_ptp(const Frame& frame) const;
    void transmit(const Ring& ring);
    void signal(std::uint32_t vector);
    void update_interrupts(std::uint32_t old_causes, std::uint32_t old_extended);
    void complain(const std::string& what) { complaints.push_back(what); }

    const Family family_;
    FakeClock& clock_;
    const std::string address_ = "test:gigabit";
    std::shared_ptr<MappedMemory> memory_ = std::make_shared<MappedMemory>();
    std::vector<std::uint32_t> registers_ = std::vector<std::uint32_t>(32 * 1024);
    std::uint32_t command_ = 0;
    std::uint64_t accesses_ = 0;
    bool cable_ = true, link_ = false;
    hal::Clock::Duration link_comes_{};
    bool negotiating_ = false;
    Frame outgoing_;
    Context context_;
    bool stamped_ = false;  // the frame being received

    hal::InterruptKind kind_ = hal::InterruptKind::intx;
    std::vector<int> fds_;
    std::vector<std::uint64_t> messages_ = std::vector<std::uint64_t>(32);
    bool line_high_ = false, line_masked_ = false;
};

}  // namespace ringside::test
