#include "driver/e1000/device.hpp"

#include "driver/base/card_list.hpp"

namespace ringside::e1000 {

using namespace std::chrono_literals;

Device::Device(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device, hal::Clock& clock)
    : Device(domain, identify(*device, find_card, "8254x"), std::move(device), clock) {}

// These functions have no reset of their own (PCI's function level reset is younger): what an earlier program
// left running ends here, before any of our memory is within its reach.
Device::Device(mem::DmaDomain& domain, const Card& card, std::unique_ptr<hal::Device>&& device,
               hal::Clock& clock)
    : GigabitNic(domain, std::move(device), clock,
                 {.model = card.model,
                  .max_rx_queues = 1,
                  .max_tx_queues = 1,
                  .max_mtu = max_mtu,
                  .max_unicast_filters = receive_addresses - 1,
                  .presence = STATUS::offset(),
                  .tail = RDT::offset(0),
                  .after_reset = 5ms,
                  .features = features_of(card)},
                 card.media),
      card_(card) {
    bus_master_off();
    reset_card();
    enter_domain(read_mac());
}

// Chapter 14 (General Initialization and Reset Operation), from any state. Nothing is taken for granted that
// a reset should have done: QEMU's model keeps all its registers.
void Device::bring_up() {
    check_bus();
    mask_causes();
    stop_traffic();
    divide_packet_buffer(64, 48);  // 13, PBA: takes effect with the reset
    reset_card();
    manageability_off();                  // the firmware is not to answer for us
    bus_master_on();                      // no DMA without it
    clear_filters();                      // 14.4 Receive Initialization
    apply_filters();                      // what the program has asked for so far
    set_up_flow_control();                // 14.3 General Configuration: off, unless it is asked for
    choose_media();                       // 14.3
    set_up_link();                        // 14.3: early, so that it comes up while we go on
    counters_.clear(regs_, registers());  // reading clears
    start_tx_queue();                     // 14.5 Transmit Initialization
    enable_transmit();
    start_rx_queue();     // 14.4
    set_up_interrupts();  // 14.4: if they are wanted
}

void Device::shut_down(WayDown& down) noexcept {
    down.step([this] { mask_causes(); });
    down.step([this] { stop_traffic(); });
    down.step([this] { reset(5ms); });
}

Statistics Device::read_counters() {
    counters_.update(regs_);
    return counters_.totals();
}

// There is one line, and each interrupt comes at once.
void Device::route_interrupts(const InterruptLines&) { regs_.write(ITR::INTERVAL(interrupt_gap(256))); }

}  // namespace ringside::e1000
