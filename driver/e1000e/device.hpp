// The control path of the 82574. bring_up() is the table of contents of the datasheet's chapter 4.6
// (Initialization); each step is a function of its own.
#pragma once

#include "driver/e1000e/card.hpp"
#include "driver/e1000e/queues.hpp"
#include "driver/e1000e/registers.hpp"
#include "driver/gigabit/nic.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace ringside::e1000e {

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

    static constexpr std::uint32_t max_mtu = 9212;  // 9234 bytes on the wire, with a tag
    static constexpr std::uint32_t queues = 2;
    static constexpr std::uint32_t receive_addresses = 15;  // the sixteenth may be the firmware's

private:
    Device(mem::DmaDomain& domain, const Card& card, std::unique_ptr<hal::Device>&& device,
           hal::Clock& clock);
    // device.cpp
    void bring_up() override;
    void shut_down(WayDown& down) noexcept override;
    Statistics read_counters() override;
    // reset.cpp
    void reset_card();
    void wait_for_auto_read();
    void apply_errata();
    MacAddress read_mac();
    // interrupts.cpp
    void route_interrupts(const InterruptLines& lines) override;
    void arm(InterruptSource source) override;
    void disarm(InterruptSource source) override;
    // time_sync.cpp
    std::unique_ptr<TimeCounter> set_up_time_stamps() override;
    // queues.cpp
    void set_up_transmit();
    void place_tx_queue(std::uint32_t q);
    void set_up_receive();
    void place_rx_queue(std::uint32_t q);
    void start_rx_queues();
    void write_rss(const Rss& rss) override;
    Rss read_rss() override;

    bool message_per_source_ = false;  // MSI-X
};

}  // namespace ringside::e1000e
