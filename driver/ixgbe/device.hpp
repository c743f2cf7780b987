// The 82599 family's control path. start() is the table of contents of the datasheet's chapter 4.6; each step
// is a function of its own, in the file named beside it.
#pragma once

#include "driver/ixgbe/card.hpp"
#include "driver/ixgbe/registers.hpp"
#include "driver/ixgbe/rx_queue.hpp"
#include "driver/ixgbe/statistics.hpp"
#include "driver/ixgbe/tx_queue.hpp"
#include "driver/nic.hpp"
#include "hal/clock.hpp"
#include "hal/device.hpp"
#include "hal/register_file.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ringside::ixgbe {

class Device final : public Nic {
public:
    // Resets the function, reads its address, and leaves it silent. `domain` and `clock` must outlive the
    // device.
    Device(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device, hal::Clock& clock);
    ~Device() override;

    const NicInfo& info() const override { return info_; }
    void start(std::shared_ptr<mem::PacketPool> pool, const NicConfig& config) override;
    void stop() noexcept override;
    bool running() const noexcept override { return running_; }

    // The concrete types: programs that know their card get bursts inlined.
    RxQueue& rx(std::uint32_t queue) override;
    TxQueue& tx(std::uint32_t queue) override;

    Link link() override;
    void wait_for_link(hal::Clock::Duration limit) override;

    MacAddress mac() const override { return mac_; }
    void set_mac(const MacAddress& mac) override;
    void set_promiscuous(bool on) override;
    void set_all_multicast(bool on) override;
    void set_unicast_filters(std::span<const MacAddress> addresses) override;
    void set_multicast_filters(std::span<const MacAddress> groups) override;

    Statistics statistics() override;
    void observe_registers(hal::RegisterObserver* observer) override { regs_.observe(observer); }

    // What MAC, frame sizes and queues the hardware allows.
    static constexpr std::uint32_t max_rx_queues = 128;
    static constexpr std::uint32_t max_tx_queues = 64;  // without DCB or virtualization, §7.2.1.2.1
    static constexpr std::uint32_t max_mtu = 9710;      // 9728 bytes on the wire

private:
    // reset.cpp: §4.2 and §4.6.3
    void mask_interrupts();
    void quiesce();
    void disable_master();
    void unstick_master();
    void reset();
    void request_reset();
    void wait_for_auto_read();
    void wait_for_dma_init();
    void announce_driver();
    void bus_master_on();
    void bus_master_off();
    void dismiss_driver();
    // filters.cpp: §7.1.1
    MacAddress read_mac();
    void clear_filters();
    void clear_queue_filters();
    void apply_filters();
    // Asked for by the configuration or by set_promiscuous(): a restart without either ends it.
    bool promiscuous() const { return promiscuous_ || config_.promiscuous; }
    void write_receive_address(std::uint32_t index, const MacAddress& mac);
    void write_multicast_table();
    // link.cpp: §4.6.4
    void set_up_link();
    void set_up_sfp_link();
    std::string why_no_link();
    // receive.cpp: §4.6.7
    void set_up_receive(const NicConfig& config);
    void set_frame_size(std::uint32_t mtu);
    void start_rx_queue(std::uint32_t index, const NicConfig& config);
    void enable_receive();
    void disable_receive();
    // transmit.cpp: §4.6.8
    void set_up_transmit();
    void start_tx_queue(std::uint32_t index, const NicConfig& config);
    void disable_transmit();
    void flow_control_off();

    void check(const NicConfig& config) const;
    void bring_up(const NicConfig& config);
    void let_go() noexcept;
    void add_queue_counters(Statistics& s) const;

    mem::DmaDomain& domain_;
    std::unique_ptr<hal::Device> device_;
    // The device's DMA ends with this, before the device is closed.
    std::optional<mem::DomainAttachment> attachment_;
    hal::Clock& clock_;
    const Card& card_;
    hal::RegisterFile regs_;
    NicInfo info_;

    MacAddress mac_;
    bool promiscuous_ = false, all_multicast_ = false;
    std::vector<MacAddress> unicast_, multicast_;

    bool running_ = false;
    NicConfig config_;
    std::shared_ptr<mem::PacketPool> pool_;
    // The queues return their buffers to the pool when they go: only after the device has stopped.
    std::vector<std::unique_ptr<RxQueue>> rx_;
    std::vector<std::unique_ptr<TxQueue>> tx_;
    HardwareCounters counters_;
    Statistics past_;  // what queues that are gone had counted
};

}  // namespace ringside::ixgbe
