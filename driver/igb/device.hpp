// The control path of the 82576, 82580, I350 and I210. bring_up() is the table of contents of the datasheet's
// chapter 4.5 (Device Initialization); each step is a function of its own.
#pragma once

#include "driver/gigabit/nic.hpp"
#include "driver/igb/card.hpp"
#include "driver/igb/queues.hpp"
#include "driver/igb/registers.hpp"
#include "driver/igb/rule_book.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace ringside::igb {

class Device final : public gigabit::GigabitNic {
public:
    // Resets the function, reads its address, and leaves it silent. `domain` and `clock` must outlive the
    // device.
    Device(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device, hal::Clock& clock);
    ~Device() override { stop(); }

    // The concrete types: programs that know their card get bursts inlined.
    RxQueue& rx(std::uint32_t queue) override { return static_cast<RxQueue&>(NicBase::rx(queue)); }
    TxQueue& tx(std::uint32_t queue) override { return static_cast<TxQueue&>(NicBase::tx(queue)); }

    // inspection.cpp
    std::vector<hal::RegisterInfo> registers() const override;
    std::vector<RingState> rings() override;

    static constexpr std::uint32_t max_mtu = 9216;  // 9238 bytes on the wire, with a tag

private:
    Device(mem::DmaDomain& domain, const Card& card, std::unique_ptr<hal::Device>&& device,
           hal::Clock& clock);
    // device.cpp
    void bring_up() override;
    void shut_down(WayDown& down) noexcept override;
    Statistics read_counters() override;
    // reset.cpp
    void mask_interrupts();
    void reset_card();
    void queues_off();
    // interrupts.cpp
    void route_interrupts(const InterruptLines& lines) override;
    void arm(InterruptSource source) override;
    void disarm(InterruptSource source) override;
    // receive.cpp
    void set_up_receive();
    void set_frame_size();
    void place_rx_queue(std::uint32_t q);
    void start_rx_queues();
    void disable_receive();
    // steering.cpp
    void write_rss(const Rss& rss) override;
    Rss read_rss() override;
    // rules.cpp
    void clear_queue_filters();
    void install_rule(RuleId id, const Rule& rule) override;
    void uninstall_rule(RuleId id, const Rule& rule) override;
    void check_queue(const Rule& rule, RuleTable table) const;
    void check_ether_type(const Rule& rule) const;
    void check_tuple(const Rule& rule) const;
    void check_syn_order(const Rule& rule) const;
    [[noreturn]] void refuse_full(const Rule& rule, RuleTable table) const;
    void write_syn();
    void write_tuple(const PlacedRule& placed);
    void clear_tuple(std::uint32_t entry);
    // flow_control.cpp
    std::uint32_t receive_buffer_kib() override;
    void set_up_pause_refresh();
    // time_sync.cpp
    std::unique_ptr<TimeCounter> set_up_time_stamps() override;
    // transmit.cpp
    void start_tx_queue(std::uint32_t q);
    void disable_transmit();

    const Card& card_;
    std::vector<std::uint32_t> causes_;  // MSI-X: by receive queue, bits of EICR
    bool message_per_source_ = false;
    RuleBook book_;
};

}  // namespace ringside::igb
