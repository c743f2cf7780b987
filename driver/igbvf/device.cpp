#include "driver/igbvf/device.hpp"

#include "driver/base/card_list.hpp"

#include <algorithm>

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
            mailbox),
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

void Device::shut_down(WayDown& down) noexcept {
    sign_off();
    down.step([this] { mask_interrupts(); });
    down.step([this] { disable_receive(); });
    down.step([this] { disable_transmit(); });
    down.step([this] { reset_function(); });
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

// ---------------------------------------------------------------------------------------------- Statistics

void Device::begin_counters() {
    rx_packets_.begin(regs_.read<VFGPRC>().raw());
    rx_bytes_.begin(regs_.read<VFGORC>().raw());
    tx_packets_.begin(regs_.read<VFGPTC>().raw());
    tx_bytes_.begin(regs_.read<VFGOTC>().raw());
    for (std::uint32_t q = 0; q < config_.rx_queues; ++q) static_cast<void>(regs_.read<RQDPC>(q));
    dropped_ = 0;
}

// Bytes are counted with the CRC. Counters of packets may be a frame ahead of those of bytes.
Statistics Device::read_counters() {
    const auto without_crc = [](std::uint64_t bytes, std::uint64_t packets) {
        return bytes - std::min(bytes, 4 * packets);
    };
    rx_packets_.update(regs_.read<VFGPRC>().raw());
    rx_bytes_.update(regs_.read<VFGORC>().raw());
    tx_packets_.update(regs_.read<VFGPTC>().raw());
    tx_bytes_.update(regs_.read<VFGOTC>().raw());
    for (std::uint32_t q = 0; q < config_.rx_queues; ++q) dropped_ += regs_.read<RQDPC>(q).raw();
    Statistics s;
    s.rx_packets = rx_packets_.total();
    s.rx_bytes = without_crc(rx_bytes_.total(), rx_packets_.total());
    s.tx_packets = tx_packets_.total();
    s.tx_bytes = without_crc(tx_bytes_.total(), tx_packets_.total());
    s.rx_dropped.no_descriptor = dropped_;
    s.rx_wire_packets = s.rx_packets + dropped_;
    s.rx_queues.push_back({s.rx_packets, s.rx_bytes, dropped_});
    s.tx_queues.push_back({s.tx_packets, s.tx_bytes, 0});
    return s;
}

}  // namespace ringside::igbvf
