#include "driver/igbvf/device.hpp"

#include "driver/base/card_list.hpp"

namespace ringside::igbvf {

using namespace std::chrono_literals;

namespace {

std::unique_ptr<vf::MailboxPort> mailbox(const hal::RegisterFile& regs) {
    return std::make_unique<vf::MailboxAt<V2PMAILBOX, VMBMEM>>(regs);
}

}  // namespace

Device::Device(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device, hal::Clock& clock)
    : Device(domain, identify(*device, find_card, "82576's virtual functions"), std::move(device), clock) {}

Device::Device(mem::DmaDomain& domain, const Card& card, std::unique_ptr<hal::Device>&& device,
               hal::Clock& clock)
    : VfNic(domain, std::move(device), clock,
            {.model = card.model,
             .max_rx_queues = rx_queues,
             .max_tx_queues = card.tx_queues,
             .max_mtu = max_mtu,
             .max_unicast_filters = max_unicast_filters,
             .presence = VTSTATUS::offset(),
             .tail = RDT::offset(0),
             .after_reset = after_reset,
             .features = features_of(card)},
            mailbox, byte_counter_bits),
      card_(card) {
    mask_interrupts();
    reset_function();
    report_in();
    const MacAddress own = own_mac();
    sign_off();
    enter_domain(own);
}

// From any state. What the physical function does for us is asked for between reset and rings.
void Device::bring_up() {
    mask_interrupts();
    disable_receive();
    disable_transmit();
    reset_function();   // queues and interrupts; the physical function is told
    mask_interrupts();  // again, as the reset may have raised causes
    report_in();        // until this, the physical function listens to nothing else
    bus_master_on();    // no DMA without it
    apply_filters();    // what the program has asked for so far
    ask_for_frame_size(largest_frame() + 4);
    begin_counters();
    for (std::uint32_t q = 0; q < config_.tx_queues; ++q) start_tx_queue(q);
    for (std::uint32_t q = 0; q < config_.rx_queues; ++q) start_rx_queue(q);
    set_up_interrupts();  // if they are wanted
}

void Device::mask_interrupts() {
    regs_.write(VTEIMC::raw(~0u));
    regs_.write(VTEICR::raw(~0u));
}

void Device::reset_function() {
    regs_.write(VTCTRL::RST(true));
    regs_.flush<VTSTATUS>();
    regs_.sleep(1ms);
}

// STATUS is the physical function's, and says nothing of whether that still knows us.
Link Device::read_link() {
    listen_to_pf();
    const auto status = regs_.read<VTSTATUS>();
    if (!status[VTSTATUS::LU]) return {};
    switch (status[VTSTATUS::SPEED]) {
        case gigabit::Speed::mbit_10: return {true, 10};
        case gigabit::Speed::mbit_100: return {true, 100};
        default: return {true, 1000};
    }
}

Device::Traffic Device::read_traffic() {
    return {regs_.read<VFGPRC>().raw(), regs_.read<VFGORC>().raw(), regs_.read<VFGPTC>().raw(),
            regs_.read<VFGOTC>().raw()};
}

std::uint64_t Device::read_dropped() {
    std::uint64_t dropped = 0;
    for (std::uint32_t q = 0; q < config_.rx_queues; ++q) dropped += regs_.read<RQDPC>(q).raw();
    return dropped;
}

}  // namespace ringside::igbvf
