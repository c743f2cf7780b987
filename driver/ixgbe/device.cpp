#include "driver/ixgbe/device.hpp"

#include "driver/base/card_list.hpp"

namespace ringside::ixgbe {

Device::Device(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device, hal::Clock& clock)
    : Device(domain, identify(*device, find_card, "82599"), std::move(device), clock) {}

Device::Device(mem::DmaDomain& domain, const Card& card, std::unique_ptr<hal::Device>&& device,
               hal::Clock& clock)
    : NicBase(domain, std::move(device), clock,
              {.model = card.model,
               .max_rx_queues = max_rx_queues,
               .max_tx_queues = max_tx_queues,
               .max_mtu = max_mtu,
               .max_unicast_filters = RAL::count - 1,
               .presence = STATUS::offset(),
               .tail = RDT::offset(0),
               .after_reset = card.after_reset,
               .max_rss_queues = max_rss_queues,
               .features = features_of(card)}),
      card_(card) {
    mask_interrupts();
    wait_for_auto_read();
    enter_domain(read_mac());
}

// §4.6.3 Initialization Sequence, with the steps around it that real cards turned out to need.
void Device::bring_up() {
    mask_interrupts();       // §4.6.3.1
    quiesce();               // §4.2.1: nothing may be under way while we reset
    disable_master();        // §5.2.5.3.2
    reset();                 // §4.2.1.6.1
    mask_interrupts();       // §4.6.3.1: again, as the reset may have raised causes
    wait_for_auto_read();    // §4.6.3: the EEPROM's settings are loaded
    wait_for_dma_init();     // §4.6.3: the DMA engine has initialized itself
    announce_driver();       // §4.6.3: tell the firmware that a driver is here
    bus_master_on();         // no DMA without it
    clear_filters();         // §4.6.7, §7.1.1
    clear_queue_filters();   // §7.1.2
    apply_filters();         // what the program has asked for so far
    set_up_flow_control();   // §4.6.3.2: off, unless it is asked for
    set_up_link();           // §4.6.4: early, so that it comes up while we go on
    counters_.clear(regs_);  // §4.6.5: reading clears
    set_up_receive();        // §4.6.7
    set_up_flow_table();     // §7.1.2.7: if it is asked for
    for (std::uint32_t q = 0; q < config_.rx_queues; ++q) start_rx_queue(q);
    enable_receive();
    set_up_transmit();  // §4.6.8
    for (std::uint32_t q = 0; q < config_.tx_queues; ++q) start_tx_queue(q);
    start_clock();        // §7.9: if it is wanted
    set_up_interrupts();  // §4.6.6, §7.3: if they are wanted
}

void Device::shut_down(WayDown& down) noexcept {
    down.step([this] { mask_interrupts(); });
    down.step([this] { disable_receive(); });
    down.step([this] { disable_transmit(); });
    down.step([this] { dismiss_driver(); });
    down.step([this] { disable_master(); });
}

Statistics Device::read_counters() {
    counters_.update(regs_);
    return counters_.totals(config_.rx_queues, config_.tx_queues);
}

}  // namespace ringside::ixgbe
