// The 82599 family's control path. start() is the table of contents of the datasheet's chapter 4.6; each step
// is a function of its own, in the file named beside it.
#pragma once

#include "driver/base/nic_base.hpp"
#include "driver/ixgbe/card.hpp"
#include "driver/ixgbe/queues.hpp"
#include "driver/ixgbe/registers.hpp"
#include "driver/ixgbe/rule_book.hpp"
#include "driver/ixgbe/statistics.hpp"
#include "driver/nic.hpp"

#include <memory>
#include <string>
#include <vector>

namespace ringside::ixgbe {

class Device final : public NicBase {
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

    // What frame sizes and queues the hardware allows.
    static constexpr std::uint32_t max_rx_queues = 128;
    static constexpr std::uint32_t max_rss_queues = 16;
    static constexpr std::uint32_t max_tx_queues = 64;  // without DCB or virtualization, §7.2.1.2.1
    static constexpr std::uint32_t max_mtu = 9710;      // 9728 bytes on the wire

private:
    // By reference: the card is looked up before the device moves.
    Device(mem::DmaDomain& domain, const Card& card, std::unique_ptr<hal::Device>&& device,
           hal::Clock& clock);
    // device.cpp
    void bring_up() override;
    void shut_down(WayDown& down) noexcept override;
    Statistics read_counters() override;
    std::vector<CounterValue> read_all_counters() override { return counters_.all(regs_); }
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
    void dismiss_driver();
    // filters.cpp: §7.1.1
    MacAddress read_mac();
    void clear_filters();
    void write_receive_address(std::uint32_t entry, const MacAddress& mac) override;
    void clear_receive_address(std::uint32_t entry) override;
    void write_multicast_table(const MulticastTable& table) override;
    void write_vlan_table(const VlanTable& table, bool filter) override;
    void write_receive_modes() override;
    // steering.cpp: §7.1.2
    void write_rss(const Rss& rss) override;
    Rss read_rss() override;
    // rules.cpp: §7.1.2.3 to §7.1.2.5
    void clear_queue_filters();
    RuleTable table_for(const Rule& rule) const;
    void install_rule(RuleId id, const Rule& rule) override;
    void uninstall_rule(RuleId id, const Rule& rule) override;
    void check_ether_type(const Rule& rule) const;
    void check_queue_filter(const Rule& rule) const;
    void check_order(const Rule& rule, RuleTable table) const;
    void check_syn_order(const Rule& rule) const;
    [[noreturn]] void refuse_full(const Rule& rule, RuleTable table) const;
    void write_ether_type(const PlacedRule& placed);
    void write_syn();
    void write_five_tuple(const PlacedRule& placed);
    // flow_table.cpp: §7.1.2.7
    std::uint32_t packet_buffer_kib() const;
    void set_up_flow_table();
    void wait_for_flow_command();
    void check_flow(const Rule& rule) const;
    void write_flow_masks(const FlowMasks& masks);
    void add_flow(const PlacedRule& placed);
    bool has_flow(const PlacedRule& placed);
    void remove_flow(const PlacedRule& placed);
    // time_sync.cpp: §7.9
    std::unique_ptr<TimeCounter> set_up_time_stamps() override;
    // rate.cpp: §7.7.2.3
    void write_tx_rate(std::uint32_t queue, std::uint32_t mbit_per_second) override;
    // flow_control.cpp: §3.7.7
    void set_up_flow_control();
    // eeprom.cpp
    EepromInfo describe_eeprom() override;
    void read_eeprom_words(std::uint32_t first, std::span<std::uint16_t> out) override;
    std::uint16_t section_sum(std::uint16_t section, std::uint32_t words);
    // module.cpp
    void read_module_bytes(ModulePage page, std::uint32_t first, std::span<std::uint8_t> out) override;
    // interrupts.cpp: §7.3
    void route_interrupts(const InterruptLines& lines) override;
    void arm(InterruptSource source) override;
    void disarm(InterruptSource source) override;
    InterruptCauses take_causes() override;
    // link.cpp: §4.6.4
    void set_up_link();
    void set_up_sfp_link();
    Link read_link() override;
    std::string why_no_link() override;
    // inspection.cpp
    std::uint32_t blink_leds() override;
    void restore_leds(std::uint32_t before) override;
    // receive.cpp: §4.6.7
    void set_up_receive();
    void set_frame_size(std::uint32_t mtu);
    void start_rx_queue(std::uint32_t q);
    void enable_receive();
    void disable_receive();
    // transmit.cpp: §4.6.8
    void set_up_transmit();
    void start_tx_queue(std::uint32_t q);
    void disable_transmit();

    const Card& card_;
    HardwareCounters counters_;
    RuleBook book_;
    // Interrupt causes that the card tells apart without MSI-X, and that of each receive queue.
    static constexpr std::uint32_t causes = 16;
    std::vector<std::uint32_t> causes_;
};

}  // namespace ringside::ixgbe
