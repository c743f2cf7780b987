// What the control paths of Intel's 1-gigabit families (e1000, e1000e, igb) share: the steps that are the
// same on all of them, to be called in the order that each family's bring_up() has. Where only some cards
// have a step, it says so.
#pragma once

#include "driver/base/nic_base.hpp"
#include "driver/gigabit/registers.hpp"
#include "driver/gigabit/statistics.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace ringside::gigabit {

// How the card reaches the wire.
enum class Media {
    copper,  // a built-in PHY, reached by MDIC
    fiber,   // the MAC's own ten-bit interface: no PHY
};

class GigabitNic : public NicBase {
protected:
    GigabitNic(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device, hal::Clock& clock,
               const Limits& limits, Media media)
        : NicBase(domain, std::move(device), clock, limits), media_(media) {}

    // --- reset.cpp
    void mask_causes();
    // No receiving, no sending: the queues stay as they are, and do nothing.
    void stop_traffic();
    // PCI Express: the card finishes the transactions it has begun and starts no others.
    void disable_master();
    // Resets the card, and touches nothing for `settle`. The EEPROM is read again afterwards.
    void reset(hal::Clock::Duration settle);
    // PCI Express: whether the card has read its EEPROM after the reset.
    bool auto_read_done();
    // PCI Express: tells the firmware whether a driver is here.
    void announce_driver();
    void dismiss_driver();
    // The packet buffer has `total` KiB: at most `receive` for receiving, and room for two of our frames to
    // send. Before a reset: it takes effect with that.
    void divide_packet_buffer(std::uint32_t total, std::uint32_t receive);

    // --- filters.cpp
    // The address that the card has loaded into the first entry; zero if that is not valid.
    MacAddress loaded_mac();
    // The families' EERD differ.
    template <class EERD> std::uint16_t eeprom_word(std::uint32_t address) {
        using namespace std::chrono_literals;
        regs_.write(EERD::START(true) | EERD::ADDR(address));
        regs_.wait_for(EERD::DONE(true), 100ms,
                       "the EEPROM cannot be read; look at the card with another driver", 50us);
        return static_cast<std::uint16_t>(regs_.read<EERD>()[EERD::DATA]);
    }
    // The address in the first three words of the EEPROM, low bytes first.
    template <class EERD> MacAddress eeprom_mac() {
        MacAddress mac;
        for (std::uint32_t i = 0; i < 3; ++i) {
            const std::uint32_t word = eeprom_word<EERD>(i);
            mac.bytes[2 * i] = static_cast<std::uint8_t>(word);
            mac.bytes[2 * i + 1] = static_cast<std::uint8_t>(word >> 8);
        }
        return mac;
    }
    // All addresses but the first, all multicast groups and VLANs. Tables are memory: a reset need not clear
    // them.
    void clear_filters();
    void write_receive_address(std::uint32_t entry, const MacAddress& mac) final;
    void clear_receive_address(std::uint32_t entry) final;
    void write_multicast_table(const MulticastTable& table) final;
    void write_vlan_table(const VlanTable& table, bool filter) final;
    void write_receive_modes() final;

    // --- link.cpp
    void set_up_link();
    Link read_link() final;
    std::string why_no_link() final;

    // --- flow_control.cpp
    // As the configuration asks; before set_up_link().
    void set_up_flow_control();
    // Of the packet buffer, for receiving.
    virtual std::uint32_t receive_buffer_kib();

    // --- eeprom.cpp
    EepromInfo describe_eeprom() final;
    void read_eeprom_words(std::uint32_t first, std::span<std::uint16_t> out) final;
    // In words.
    virtual std::uint32_t eeprom_size();
    virtual std::uint16_t read_eeprom_word(std::uint32_t address) { return eeprom_word<EERD>(address); }

    // --- inspection.cpp
    std::uint32_t blink_leds() final;
    void restore_leds(std::uint32_t before) final;

    std::vector<CounterValue> read_all_counters() final { return counters_.all(regs_); }

    // --- interrupts.cpp: for one line that all sources share. MSI-X is the families' own.
    void arm(InterruptSource source) override;
    void disarm(InterruptSource source) override;
    InterruptCauses take_causes() final;

    // --- queues.cpp
    // Bytes on the wire, CRC included, of the largest frame; a VLAN tag may come on top.
    std::uint32_t largest_frame() const { return config_.mtu + 14 + 4; }
    // The largest size that RCTL has and the pool's buffers have room for.
    hal::Value<RCTL> buffer_size() const;
    // Receive Control as the 8254x and the 82574 want it: on, or prepared.
    void enable_receive();
    // Tells the card where a ring is: with nothing in it.
    template <class BAL, class BAH, class LEN, class HEAD, class TAIL, class Queue>
    void place_ring(std::uint32_t q, const Queue& queue) {
        regs_.write(q, BAL::raw(hal::low32(queue.ring_iova())));
        regs_.write(q, BAH::raw(hal::high32(queue.ring_iova())));
        regs_.write(q, LEN::LEN(static_cast<std::uint32_t>(queue.ring().size_bytes())));
        regs_.write(q, HEAD::HEAD(0));
        regs_.write(q, TAIL::TAIL(0));
    }
    // Full duplex, and short frames padded.
    void enable_transmit();

    HardwareCounters counters_;
    std::uint32_t vlan_table_writes_ =
        1;  // how often it takes until the table is sure to hold what was written

private:
    // link.cpp. Registers of IEEE 802.3, 22.2.4: control, status, what we offer, what the partner offers.
    static constexpr std::uint32_t BMCR = 0, BMSR = 1, ANAR = 4, ANLPAR = 5;
    void negotiate();
    std::uint32_t read_phy(std::uint32_t phy_register);
    void write_phy(std::uint32_t phy_register, std::uint32_t value);
    void ask_phy(hal::Value<MDIC> command, const char* what, std::uint32_t phy_register);
    // flow_control.cpp
    bool advertise_flow_control();
    void settle_flow_control(bool full_duplex);

    const Media media_;
    bool flow_control_settled_ = true;
};

}  // namespace ringside::gigabit
