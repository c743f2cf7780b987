#include "driver/e1000e/device.hpp"

#include "driver/base/card_list.hpp"

namespace ringside::e1000e {

using namespace std::chrono_literals;

Device::Device(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device, hal::Clock& clock)
    : Device(domain, identify(*device, find_card, "82574"), std::move(device), clock) {}

Device::Device(mem::DmaDomain& domain, const Card& card, std::unique_ptr<hal::Device>&& device,
               hal::Clock& clock)
    : GigabitNic(domain, std::move(device), clock,
                 {.model = card.model,
                  .max_rx_queues = queues,
                  .max_tx_queues = queues,
                  .max_mtu = max_mtu,
                  .max_unicast_filters = receive_addresses - 1,
                  .presence = STATUS::offset(),
                  .tail = RDT::offset(0),
                  .after_reset = 25ms,
                  .max_rss_queues = queues,
                  .features = features_of(card)},
                 gigabit::Media::copper) {
    mask_causes();
    stop_traffic();
    wait_for_auto_read();
    enter_domain(read_mac());
}

// Chapter 4.6 (Initialization), from any state, with the steps around it that real cards turned out to need.
void Device::bring_up() {
    mask_causes();
    stop_traffic();
    divide_packet_buffer(40, 32);  // takes effect with the reset
    disable_master();
    reset_card();
    mask_causes();         // again, as the reset may have raised causes
    wait_for_auto_read();  // the EEPROM's settings are loaded
    apply_errata();
    announce_driver();  // tell the firmware that a driver is here
    bus_master_on();    // no DMA without it
    clear_filters();
    apply_filters();                      // what the program has asked for so far
    set_up_flow_control();                // off, unless it is asked for
    set_up_link();                        // early, so that it comes up while we go on
    counters_.clear(regs_, registers());  // reading clears
    set_up_transmit();
    for (std::uint32_t q = 0; q < config_.tx_queues; ++q) place_tx_queue(q);
    enable_transmit();
    set_up_receive();
    for (std::uint32_t q = 0; q < config_.rx_queues; ++q) place_rx_queue(q);
    start_rx_queues();
    start_clock();        // if it is wanted
    set_up_interrupts();  // if they are wanted
}

// Erratum: receive is not to be switched off and on again; what follows the switching off is a reset.
void Device::shut_down(WayDown& down) noexcept {
    down.step([this] { mask_causes(); });
    down.step([this] { stop_traffic(); });
    down.step([this] { dismiss_driver(); });
    down.step([this] { disable_master(); });
    down.step([this] { reset_card(); });
}

Statistics Device::read_counters() {
    counters_.update(regs_);
    return counters_.totals();
}

}  // namespace ringside::e1000e
