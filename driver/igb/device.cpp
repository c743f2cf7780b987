#include "driver/igb/device.hpp"

#include "driver/base/card_list.hpp"

#include <algorithm>

namespace ringside::igb {

using namespace std::chrono_literals;

Device::Device(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device, hal::Clock& clock)
    : Device(domain, identify(*device, find_card, "82576"), std::move(device), clock) {}

Device::Device(mem::DmaDomain& domain, const Card& card, std::unique_ptr<hal::Device>&& device,
               hal::Clock& clock)
    : GigabitNic(domain, std::move(device), clock,
                 {.model = card.model,
                  .max_rx_queues = card.queues,
                  .max_tx_queues = card.queues,
                  .max_mtu = max_mtu,
                  .max_unicast_filters = card.receive_addresses - 1,
                  .presence = STATUS::offset(),
                  .tail = RDT::offset(0),
                  .after_reset = 10ms,
                  .max_rss_queues = card.queues,
                  .features = features_of(card)},
                 gigabit::Media::copper),
      card_(card) {
    if (card.loses_vlans) vlan_table_writes_ = 10;
    mask_interrupts();
    stop_traffic();
    reset_card();  // loads the address into the first entry again, should an earlier program have changed it
    mask_interrupts();
    enter_domain(loaded_mac());
}

// Chapter 4.5 (Device Initialization), from any state, with the steps around it that real cards turned out to
// need.
void Device::bring_up() {
    mask_interrupts();
    stop_traffic();
    disable_master();
    reset_card();
    mask_interrupts();  // again, as the reset may have raised causes
    announce_driver();  // tell the firmware that a driver is here
    bus_master_on();    // no DMA without it
    queues_off();       // the first ones are on after a reset
    clear_filters();
    clear_queue_filters();
    apply_filters();        // what the program has asked for so far
    set_up_flow_control();  // off, unless it is asked for
    set_up_pause_refresh();
    set_up_link();  // early, so that it comes up while we go on
    counters_.clear(regs_, registers());
    counters_.bank().limit<RQDPC>(config_.rx_queues);
    enable_transmit();  // before any queue is enabled
    for (std::uint32_t q = 0; q < config_.tx_queues; ++q) start_tx_queue(q);
    set_up_receive();
    for (std::uint32_t q = 0; q < config_.rx_queues; ++q) place_rx_queue(q);
    start_rx_queues();
    start_clock();        // if it is wanted
    set_up_interrupts();  // if they are wanted
}

void Device::shut_down(WayDown& down) noexcept {
    down.step([this] { mask_interrupts(); });
    down.step([this] { disable_receive(); });
    down.step([this] { disable_transmit(); });
    down.step([this] { stop_traffic(); });
    down.step([this] { dismiss_driver(); });
    down.step([this] { disable_master(); });
    down.step([this] { reset(3ms); });
}

// A frame that found no descriptor passed the filters and is among the good ones; its bytes are not known.
Statistics Device::read_counters() {
    counters_.update(regs_);
    counters_.bank().update<RQDPC>(regs_);
    Statistics s = counters_.totals();
    s.rx_dropped.no_descriptor = counters_.bank().sum<RQDPC>();
    s.rx_packets -= std::min(s.rx_packets, s.rx_dropped.no_descriptor);
    s.rx_queues[0].packets = s.rx_packets;
    s.rx_queues[0].dropped = s.rx_dropped.no_descriptor;
    return s;
}

}  // namespace ringside::igb
