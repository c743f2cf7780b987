#include "driver/base/nic_base.hpp"

#include "hal/pci.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace ringside {

using namespace std::chrono_literals;

NicBase::NicBase(mem::DmaDomain& domain, std::unique_ptr<hal::Device> device, hal::Clock& clock,
                 const Limits& limits)
    : domain_(domain),
      device_(std::move(device)),
      regs_(device_->bar(0), limits.presence, clock, device_->address()) {
    device_->reset();
    const hal::PciConfig config(*device_);
    config.set_command(hal::pci_command_memory);
    clock.sleep(limits.after_reset);

    const hal::PciId id = config.id();
    info_.address = device_->address();
    info_.model = limits.model;
    info_.vendor = id.vendor;
    info_.device = id.device;
    info_.max_rx_queues = limits.max_rx_queues;
    info_.max_tx_queues = limits.max_tx_queues;
    info_.max_mtu = limits.max_mtu;
    info_.max_unicast_filters = limits.max_unicast_filters;
    info_.max_rss_queues = limits.max_rss_queues;
    info_.features = limits.features;
    if (device_->interrupt_count(hal::InterruptKind::msix) > 1)
        info_.features = info_.features | Features{Feature::multiple_interrupts};
    info_.numa_node = device_->numa_node();
    info_.direct_doorbells = device_->bar(0).direct(limits.tail) != nullptr;
}

NicBase::~NicBase() { assert(!running_ && "a card's destructor calls stop()"); }

void NicBase::enter_domain(const MacAddress& own) {
    if (own.is_zero() || own.is_multicast())
        throw hal::Error(regs_.who() + ": the card's own address " + to_string(own) +
                         " is not a valid unicast address; its EEPROM is damaged");
    mac_ = own;
    attachment_.emplace(domain_, device_->dma_space(), device_->numa_node());
}

void NicBase::start(std::shared_ptr<mem::PacketPool> pool, const NicConfig& config) {
    check(config);
    if (pool == nullptr || &pool->domain() != &domain_)
        throw hal::Error(info_.address + ": start() needs a packet pool of the domain the NIC was opened in");
    stop();
    pool_ = std::move(pool);
    config_ = config;
    past_ = {};
    try {
        bring_up();
        running_ = true;
    } catch (...) {
        let_go();
        throw;
    }
}

void NicBase::stop() noexcept {
    if (!running_) return;
    running_ = false;
    let_go();
}

// Also after a start() that failed half-way: each step copes with what was not done.
void NicBase::let_go() noexcept {
    WayDown down;
    down.step([this] { lines_.reset(); });
    clock_.reset();
    shut_down(down);
    down.step([this] { bus_master_off(); });
    if (down.failed()) down.step([this] { device_->reset(); });
    add_queue_counters(past_);
    rx_.clear();
    tx_.clear();
    rules_.clear();
    pool_.reset();
}

void NicBase::bus_master_on() { hal::PciConfig(*device_).set_command(hal::pci_command_bus_master); }

void NicBase::bus_master_off() { hal::PciConfig(*device_).clear_command(hal::pci_command_bus_master); }

void NicBase::check(const NicConfig& c) const {
    const auto in_range = [&](std::uint32_t value, std::uint32_t low, std::uint32_t high, const char* what) {
        if (value < low || value > high)
            throw hal::Error(info_.address + ": " + what + " = " + std::to_string(value) +
                             " is not possible on " + info_.model + ": choose " + std::to_string(low) +
                             (low == high ? "" : " to " + std::to_string(high)));
    };
    const auto ring_size = [&](std::uint32_t value, const char* what) {
        in_range(value, 64, 4096, what);
        if (!std::has_single_bit(value))
            throw hal::Error(info_.address + ": " + what + " = " + std::to_string(value) +
                             " is not a power of two; the nearest are " +
                             std::to_string(std::bit_floor(value)) + " and " +
                             std::to_string(std::bit_ceil(value)));
    };
    in_range(c.rx_queues, 1, info_.max_rx_queues, "rx_queues");
    in_range(c.tx_queues, 1, info_.max_tx_queues, "tx_queues");
    ring_size(c.rx_descriptors, "rx_descriptors");
    ring_size(c.tx_descriptors, "tx_descriptors");
    if (c.post_buffers) {
        in_range(c.post_buffers->at_least, mem::PostedBuffers::smallest, 4096, "post_buffers.at_least");
        in_range(c.post_buffers->at_most, c.post_buffers->at_least, ~0u, "post_buffers.at_most");
    }
    in_range(c.mtu, 68, info_.max_mtu, "mtu");
    in_range(c.flow_rules, 0, info_.features.has(Feature::flow_rules) ? 8190 : 0, "flow_rules");
    if (c.interrupt_gap < 0us || c.interrupt_gap > 1000us)
        throw hal::Error(info_.address + ": interrupt_gap = " + std::to_string(c.interrupt_gap.count()) +
                         " us is not possible: choose 0 to 1000");
    if (c.rss) check_rss(*c.rss, c.rx_queues);
    if (c.strip_vlan) need(Feature::vlan_strip);
    if (c.flow_control != FlowControl{}) need(Feature::flow_control);
    if (c.time_stamps) need(Feature::time_stamps);
    const auto has = [&](hal::InterruptKind kind) { return device_->interrupt_count(kind) > 0; };
    const bool possible = c.interrupts == Interrupts::off || c.interrupts == Interrupts::best ||
                          (c.interrupts == Interrupts::intx && has(hal::InterruptKind::intx)) ||
                          (c.interrupts == Interrupts::msi && has(hal::InterruptKind::msi)) ||
                          (c.interrupts == Interrupts::msix && has(hal::InterruptKind::msix));
    if (!possible)
        throw hal::Error(info_.address + ": " + info_.model +
                         " has no interrupts of the kind asked for; choose Interrupts::best");
}

std::optional<mem::PostedBuffers> NicBase::posting() const {
    if (!config_.post_buffers) return std::nullopt;
    return mem::PostedBuffers(std::min(config_.post_buffers->at_most, config_.rx_descriptors - 1),
                              config_.post_buffers->at_least);
}

RxQueue& NicBase::rx(std::uint32_t queue) {
    if (queue >= rx_.size())
        throw hal::Error(info_.address + ": there is no receive queue " + std::to_string(queue) + "; " +
                         std::to_string(rx_.size()) + " are running");
    return *rx_[queue];
}

TxQueue& NicBase::tx(std::uint32_t queue) {
    if (queue >= tx_.size())
        throw hal::Error(info_.address + ": there is no transmit queue " + std::to_string(queue) + "; " +
                         std::to_string(tx_.size()) + " are running");
    return *tx_[queue];
}

// ------------------------------------------------------------------------------------------------ The link

void NicBase::check_condition() {
    switch (device_->condition()) {
        case hal::Condition::working: return;
        case hal::Condition::wanted_back:
            throw hal::DeviceWanted(regs_.who() +
                                    ": the kernel wants the device back: somebody unbinds or unplugs it, and "
                                    "waits until this program has let go of it");
        case hal::Condition::failed:
            throw hal::Error(regs_.who() +
                             ": the device reports an error that only a reset mends (PCI Express AER); the "
                             "kernel's log says which");
        case hal::Condition::gone:
            throw hal::DeviceGone(regs_.who() +
                                  ": all registers read as ones: the device was removed, has lost power, or "
                                  "the process that simulates it has ended");
    }
}

Link NicBase::link() {
    check_condition();
    return read_link();
}

void NicBase::wait_for_link(hal::Clock::Duration limit) {
    const auto deadline = regs_.clock().now() + limit;
    for (;;) {
        // The time is taken before the look: a thread that was suspended in between looks once more.
        const bool last = regs_.clock().now() >= deadline;
        if (link().up) return;
        if (last) break;
        regs_.sleep(1ms);
    }
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
    throw hal::Timeout(regs_.who() + ": the link " +
                       (ms == 0 ? "is down; " : "did not come up within " + std::to_string(ms) + " ms; ") +
                       why_no_link());
}

// ---------------------------------------------------------------------------------------------- Interrupts

void NicBase::set_up_interrupts() {
    if (config_.interrupts == Interrupts::off) return;
    using Kind = hal::InterruptKind;
    const auto kind = [&] {
        switch (config_.interrupts) {
            case Interrupts::intx: return Kind::intx;
            case Interrupts::msi: return Kind::msi;
            case Interrupts::msix: return Kind::msix;
            default: break;
        }
        for (const Kind k : {Kind::msix, Kind::msi})
            if (device_->interrupt_count(k) > 0) return k;
        return Kind::intx;
    }();
    lines_.emplace(*device_, kind, config_.rx_queues);
    route_interrupts(*lines_);
}

InterruptLines& NicBase::lines() {
    if (!lines_)
        throw hal::Error(info_.address +
                         ": to sleep until the card calls, start() it with NicConfig::interrupts");
    return *lines_;
}

// Serves the vector of `own` if it has signalled; says whether `own` was called, by it or by another thread's
// word.
bool NicBase::service(InterruptSource own) {
    const std::lock_guard lock(interrupt_registers_);
    bool called = lines_->take_word(own);
    if (!lines_->take_vector(own)) return called;
    InterruptCauses causes{true, true};
    if (!lines_->has_messages_per_source()) causes = take_causes();
    called = called || (own.is_link() ? causes.link : causes.rx);
    // Others who share the cause get the word below, and arm it again.
    if (called) disarm(own);
    lines_->unmask();
    lines_->pass_on(lines_->vector_of(own), causes, own);
    return called;
}

bool NicBase::wait_for_frames(std::uint32_t queue, hal::Clock::Duration limit) {
    const RxSource own{*this, queue};
    return ringside::wait_for_frames({&own, 1}, limit, regs_.clock());
}

std::array<const hal::Event*, 2> NicBase::listen(std::uint32_t queue) {
    const auto events = lines().events(InterruptSource{queue});
    service({queue});  // a call of before, whose frames have been received meanwhile
    const std::lock_guard lock(interrupt_registers_);
    arm({queue});
    return events;
}

void NicBase::stop_listening(std::uint32_t queue) {
    if (service({queue})) return;
    // The program polls from now on: the card shall not call for every frame. Where queues share a cause,
    // somebody else may be waiting for it.
    const std::lock_guard lock(interrupt_registers_);
    if (lines_->is_alone({queue})) disarm({queue});
}

bool NicBase::wait_for_link_change(hal::Clock::Duration limit) {
    InterruptLines& lines = this->lines();
    const auto deadline = regs_.clock().now() + limit;
    for (;;) {
        {
            const std::lock_guard lock(interrupt_registers_);
            arm(link_source);
        }
        const auto left = deadline - regs_.clock().now();
        if (!lines.wait(link_source, std::max(left, hal::Clock::Duration::zero()))) return false;
        if (service(link_source)) return true;
        // Others who share the line may go on signalling: that does not extend the limit.
        if (left <= hal::Clock::Duration::zero()) return false;
    }
}

// ---------------------------------------------------------------------------------------------- Statistics

void NicBase::add_queue_counters(Statistics& s) const {
    for (const auto& queue : rx_) {
        const RxQueueCounters c = queue->counters();
        s.rx_dropped.by_driver += c.bad_descriptors + c.damaged + c.too_long;
        s.rx_no_buffers += c.no_buffers;
    }
    for (const auto& queue : tx_) s.tx_refused += queue->counters().refused;
}

Statistics NicBase::statistics() {
    Statistics s = read_counters();
    s.rx_dropped.by_driver += past_.rx_dropped.by_driver;
    s.rx_no_buffers += past_.rx_no_buffers;
    s.tx_refused += past_.tx_refused;
    add_queue_counters(s);
    return s;
}

}  // namespace ringside
