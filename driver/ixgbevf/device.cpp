#include "driver/ixgbevf/device.hpp"

#include "driver/base/card_list.hpp"

namespace ringside::ixgbevf {

using namespace std::chrono_literals;

namespace {

std::unique_ptr<vf::MailboxPort> mailbox(const hal::RegisterFile& regs) {
    return std::make_unique<vf::MailboxAt<VFMAILBOX, VFMBMEM>>(regs);
}

}  // namespace

Device::Device(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device, hal::Clock& clock)
    : Device(domain, identify(*device, find_card, "82599's virtual functions"), std::move(device), clock) {}

Device::Device(mem::DmaDomain& domain, const Card& card, std::unique_ptr<hal::Device>&& device,
               hal::Clock& clock)
    : VfNic(domain, std::move(device), clock,
            {.model = card.model,
             .max_rx_queues = 1,
             .max_tx_queues = 1,
             .max_mtu = max_mtu,
             .max_unicast_filters = max_unicast_filters,
             .presence = VFSTATUS::offset(),
             .tail = VFRDT::offset(0),
             .after_reset = after_reset,
             .features = features_of(card)},
            mailbox, byte_counter_bits) {
    mask_interrupts();
    reset_function();
    agree_with_pf();
    ask_for_queues();
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
    agree_with_pf();    // until this, the physical function listens to nothing else
    bus_master_on();    // no DMA without it
    apply_filters();    // what the program has asked for so far
    ask_for_frame_size(largest_frame());
    begin_counters();
    set_up_receive();
    for (std::uint32_t q = 0; q < config_.tx_queues; ++q) start_tx_queue(q);
    for (std::uint32_t q = 0; q < config_.rx_queues; ++q) start_rx_queue(q);
    set_up_interrupts();  // if they are wanted
}

void Device::mask_interrupts() {
    regs_.write(VTEIMC::raw(~0u));
    static_cast<void>(regs_.read<VTEICR>());  // reading clears what is pending
}

void Device::reset_function() {
    regs_.write(VFCTRL::RST(true));
    regs_.flush<VFSTATUS>();
    regs_.sleep(1ms);
}

// VFLINKS is the physical function's, and says nothing of whether that still knows us.
Link Device::read_link() {
    listen_to_pf();
    const auto links = regs_.read<VFLINKS>();
    if (!links[VFLINKS::UP]) {
        // VFLINKS may not be all ones for a device that is gone: VFSTATUS cannot be.
        regs_.flush<VFSTATUS>();
        return {};
    }
    switch (links[VFLINKS::SPEED]) {
        case ixgbe::LinkSpeed::gbit_10: return {true, 10000};
        case ixgbe::LinkSpeed::gbit_1: return {true, 1000};
        case ixgbe::LinkSpeed::mbit_100: return {true, 100};
        default: return {true, 0};
    }
}

// Reading the low part holds the high one.
std::uint64_t Device::received_bytes() const {
    const std::uint64_t low = regs_.read<VFGORC_LSB>().raw();
    return low | std::uint64_t{regs_.read<VFGORC_MSB>().raw()} << 32;
}

std::uint64_t Device::sent_bytes() const {
    const std::uint64_t low = regs_.read<VFGOTC_LSB>().raw();
    return low | std::uint64_t{regs_.read<VFGOTC_MSB>().raw()} << 32;
}

Device::Traffic Device::read_traffic() {
    return {regs_.read<VFGPRC>().raw(), received_bytes(), regs_.read<VFGPTC>().raw(), sent_bytes()};
}

}  // namespace ringside::ixgbevf
