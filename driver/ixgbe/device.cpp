#include "driver/ixgbe/device.hpp"

#include "hal/error.hpp"
#include "hal/notice.hpp"
#include "hal/pci.hpp"

#include <bit>
#include <cassert>

namespace ringside::ixgbe {

namespace {

const Card& identify(hal::Device& device) {
    const hal::PciId id = hal::PciConfig(device).id();
    if (const Card* card = find_card(id.vendor, id.device)) return *card;
    throw hal::Error(device.address() + " is not a card of the 82599 family");
}

}  // namespace

Device::Device(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device, hal::Clock& clock)
    : domain_(domain),
      device_(std::move(device)),
      clock_(clock),
      card_(identify(*device_)),
      regs_(device_->bar(0), STATUS::offset(), clock, device_->address()) {
    // Whatever a program before us left running ends here, before any of our memory is within its reach.
    device_->reset();
    hal::PciConfig(*device_).set_command(hal::pci_command_memory);
    clock_.sleep(card_.after_reset);
    mask_interrupts();
    wait_for_auto_read();
    mac_ = read_mac();
    attachment_.emplace(domain_, device_->dma_space(), device_->numa_node());

    info_.address = device_->address();
    info_.model = card_.model;
    info_.vendor = 0x8086;
    info_.device = card_.device;
    info_.max_rx_queues = max_rx_queues;
    info_.max_tx_queues = max_tx_queues;
    info_.max_mtu = max_mtu;
    info_.max_unicast_filters = RAL::count - 1;
    info_.numa_node = device_->numa_node();
    info_.direct_doorbells = device_->bar(0).direct(RDT::offset(0)) != nullptr;
}

Device::~Device() { stop(); }

void Device::start(std::shared_ptr<mem::PacketPool> pool, const NicConfig& config) {
    check(config);
    if (pool == nullptr || &pool->domain() != &domain_)
        throw hal::Error(info_.address + ": start() needs a packet pool of the domain the NIC was opened in");
    stop();
    pool_ = std::move(pool);
    config_ = config;
    past_ = {};
    try {
        bring_up(config);
        running_ = true;
    } catch (...) {
        let_go();
        throw;
    }
}

// §4.6.3 Initialization Sequence, with the steps around it that real cards turned out to need.
void Device::bring_up(const NicConfig& config) {
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
    flow_control_off();      // §4.6.3.2
    set_up_link();           // §4.6.4: early, so that it comes up while we go on
    counters_.clear(regs_);  // §4.6.5: reading clears
    set_up_receive(config);  // §4.6.7
    for (std::uint32_t q = 0; q < config.rx_queues; ++q) start_rx_queue(q, config);
    enable_receive();
    set_up_transmit();  // §4.6.8
    for (std::uint32_t q = 0; q < config.tx_queues; ++q) start_tx_queue(q, config);
}

void Device::stop() noexcept {
    if (!running_) return;
    running_ = false;
    let_go();
}

// Also after a start() that failed half-way: each step copes with what was not done, and is tried whatever
// became of the one before. A device that is gone does no DMA either.
void Device::let_go() noexcept {
    bool silent = true;
    const auto attempt = [&](auto step) {
        try {
            step();
        } catch (const hal::DeviceGone&) {
            // Nobody to stop; the program learns it from link().
        } catch (const std::exception& e) {
            hal::notice(std::string("while stopping: ") + e.what());
            silent = false;
        }
    };
    attempt([this] { disable_receive(); });
    attempt([this] { disable_transmit(); });
    attempt([this] { dismiss_driver(); });
    attempt([this] { disable_master(); });
    attempt([this] { bus_master_off(); });
    if (!silent) attempt([this] { device_->reset(); });
    add_queue_counters(past_);
    rx_.clear();
    tx_.clear();
    pool_.reset();
}

void Device::check(const NicConfig& c) const {
    const auto in_range = [&](std::uint32_t value, std::uint32_t low, std::uint32_t high, const char* what) {
        if (value < low || value > high)
            throw hal::Error(info_.address + ": " + what + " = " + std::to_string(value) +
                             " is not possible on " + info_.model + ": choose " + std::to_string(low) +
                             " to " + std::to_string(high));
    };
    const auto ring_size = [&](std::uint32_t value, const char* what) {
        in_range(value, 64, 4096, what);
        if (!std::has_single_bit(value))
            throw hal::Error(info_.address + ": " + what + " = " + std::to_string(value) +
                             " is not a power of two; the nearest are " +
                             std::to_string(std::bit_floor(value)) + " and " +
                             std::to_string(std::bit_ceil(value)));
    };
    in_range(c.rx_queues, 1, max_rx_queues, "rx_queues");
    in_range(c.tx_queues, 1, max_tx_queues, "tx_queues");
    ring_size(c.rx_descriptors, "rx_descriptors");
    ring_size(c.tx_descriptors, "tx_descriptors");
    in_range(c.mtu, 68, max_mtu, "mtu");
}

RxQueue& Device::rx(std::uint32_t queue) {
    if (queue >= rx_.size())
        throw hal::Error(info_.address + ": there is no receive queue " + std::to_string(queue) + "; " +
                         std::to_string(rx_.size()) + " are running");
    return *rx_[queue];
}

TxQueue& Device::tx(std::uint32_t queue) {
    if (queue >= tx_.size())
        throw hal::Error(info_.address + ": there is no transmit queue " + std::to_string(queue) + "; " +
                         std::to_string(tx_.size()) + " are running");
    return *tx_[queue];
}

void Device::add_queue_counters(Statistics& s) const {
    for (const auto& queue : rx_) {
        const RxQueueCounters c = queue->counters();
        s.rx_dropped.by_driver += c.bad_descriptors + c.damaged + c.too_long;
        s.rx_no_buffers += c.no_buffers;
    }
    for (const auto& queue : tx_) s.tx_refused += queue->counters().refused;
}

Statistics Device::statistics() {
    counters_.update(regs_);
    Statistics s = counters_.totals(config_.rx_queues, config_.tx_queues);
    s.rx_dropped.by_driver = past_.rx_dropped.by_driver;
    s.rx_no_buffers = past_.rx_no_buffers;
    s.tx_refused = past_.tx_refused;
    add_queue_counters(s);
    return s;
}

}  // namespace ringside::ixgbe
