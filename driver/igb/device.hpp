// The control path of the 82576, 82580, I350 and I210. bring_up() is the table of contents of the datasheet's
// chapter 4.5 (Device Initialization); each step is a function of its own.
#pragma once

#include "driver/gigabit/nic.hpp"
#include "driver/igb/card.hpp"
#include "driver/igb/queues.hpp"
#include "driver/igb/registers.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
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
    void clear_counters();
    // reset.cpp
    void mask_interrupts();
    void reset_card();
    void queues_off();
    void clear_queue_filters();
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
    void install_rule(RuleId id, const Rule& rule) override;
    void uninstall_rule(RuleId id, const Rule& rule) override;
    // transmit.cpp
    void start_tx_queue(std::uint32_t q);
    void disable_transmit();

    const Card& card_;
    std::array<std::uint64_t, max_queues> dropped_{};  // frames, by receive queue
    std::vector<std::uint32_t> causes_;                // MSI-X: by receive queue, bits of EICR
    bool message_per_source_ = false;
    std::array<std::optional<RuleId>, ETQF::count> ether_type_rules_;
};

}  // namespace ringside::igb
