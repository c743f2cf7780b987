#include "sim/ixgbe/model.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace ringside::sim::ixgbe {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr hal::Clock::Duration reset_time = milliseconds(1);
constexpr hal::Clock::Duration scan_interval = microseconds(100);
constexpr std::uint32_t gone = 0xFFFFFFFF;

Eeprom::Options eeprom_options(const Options& o) {
    Eeprom::Options e;
    e.present = o.eeprom_present;
    e.auto_read_time = o.init_delay;
    e.access_time = microseconds(5);
    return e;
}

}  // namespace

Nic82599::Nic82599(const Options& options, std::unique_ptr<Cable> cable, hal::Clock& clock)
    : core_(options, clock),
      cable_(std::move(cable)),
      eeprom_(make_eeprom(options.mac, options.is_sfp()), eeprom_options(options), clock),
      semaphores_(Semaphores::default_fwsm, options.is_x540()),
      mdio_(options.is_x540()),
      module_(options.is_sfp() ? options.module : SfpKind::absent),
      link_(core_, module_),
      rx_(core_),
      tx_(core_, rx_) {
    core_.now = clock.now();
    // Powered up long ago: the first access need not wait.
    last_round_ = caught_up_at_ = quiet_until_ = init_ready_at_ = core_.now;
    reset_registers();
}

void Nic82599::attach(Dma& dma, Interrupts& interrupts) {
    core_.dma.attach(dma);
    core_.interrupts.attach(interrupts);
    core_.interrupts.set_bus_master(core_.bus_master);
}

bool Nic82599::dead() const noexcept {
    return core_.options.dead_after && accesses_ > *core_.options.dead_after;
}

bool Nic82599::begin_access() {
    ++accesses_;
    core_.now = core_.clock.now();
    if (dead()) return false;
    rx_.settle();
    tx_.settle();
    return true;
}

std::uint32_t Nic82599::mmio_read(std::uint32_t offset) {
    if (!begin_access()) return gone;
    if (core_.now < quiet_until_)
        core_.strict.flag(Mistake::access_during_reset, "read of offset", -1, offset);
    const RegisterRef ref = find_register(offset);
    if (ref) return read_register(ref);
    core_.strict.flag(Mistake::unknown_register, "read of offset", -1, offset);
    return 0;
}

void Nic82599::mmio_write(std::uint32_t offset, std::uint32_t value) {
    if (!begin_access()) return;
    if (core_.now < quiet_until_)
        core_.strict.flag(Mistake::access_during_reset, "write of offset", -1, offset);
    const RegisterRef ref = find_register(offset);
    if (ref)
        write_register(ref, value);
    else
        core_.strict.flag(Mistake::unknown_register, "write of offset", -1, offset);
}

std::uint32_t Nic82599::read_register(const RegisterRef& ref) {
    const std::uint32_t offset = ref.offset();
    switch (ref.row->unit) {
        case Unit::eeprom: return eeprom_.read(offset);
        case Unit::semaphores: return semaphores_.read(offset);
        case Unit::module: return module_.read();
        case Unit::interrupts: return core_.interrupts.read(offset);
        case Unit::link: return link_.read(offset);
        case Unit::statistics: return core_.statistics.read(ref);
        case Unit::control: return read_control(offset);
        case Unit::time_sync: return core_.time_sync.read(offset);
        case Unit::tx_rates: return core_.rates.read(offset);
        case Unit::mdio: mdio_.set_link(core_.link_up); return mdio_.read(offset);
        case Unit::settings:
            if (offset == reg::RDRXCTL && initialised() && !core_.options.dma_init_never)
                return core_.registers.get(offset) | bit(3);
            return core_.registers.get(offset);
        default: return core_.registers.get(offset);
    }
}

void Nic82599::write_register(const RegisterRef& ref, std::uint32_t value) {
    const RegisterRow& row = *ref.row;
    const std::uint32_t offset = ref.offset();
    if (row.access == Access::ro && row.unit != Unit::control) {
        core_.strict.flag(Mistake::read_only_written, row.name,
                          row.count > 1 ? static_cast<int>(ref.index()) : -1, value);
        return;
    }
    switch (row.unit) {
        case Unit::eeprom: return write_eeprom(offset, value);
        case Unit::semaphores: return write_semaphore(offset, value);
        case Unit::module: return module_.write(value);
        case Unit::interrupts: return core_.interrupts.write(offset, value);
        case Unit::link: return link_.write(offset, value);
        case Unit::statistics: return core_.statistics.write(ref, value);
        case Unit::control: return write_control(ref, value);
        case Unit::settings: return write_setting(ref, value);
        case Unit::rx_queue: return rx_.write(ref.index(), offset - reg::rx_base(ref.index()), value, row);
        case Unit::tx_queue: return tx_.write(ref.index(), offset - reg::tx_base(ref.index()), value, row);
        case Unit::time_sync: return core_.time_sync.write(offset, value, row.writable);
        case Unit::tx_rates: return core_.rates.write(offset, value & row.writable);
        case Unit::mdio: mdio_.set_link(core_.link_up); return mdio_.write(offset, value);
        case Unit::flow_director: return rx_.write_flow_director(offset, value, row);
        case Unit::steering: return write_filter(ref, value);
        case Unit::storage: break;
    }
    const std::uint32_t kept = core_.registers.get(offset) & ~row.writable;
    core_.registers.set(offset, kept | (value & row.writable & ~row.self_clearing));
}

std::uint32_t Nic82599::read_control(std::uint32_t offset) {
    const std::uint32_t value = core_.registers.get(offset);
    switch (offset) {
        case reg::CTRL:
            if (core_.now >= quiet_until_ && !core_.options.reset_stuck) reset_bits_ = 0;
            return value | reset_bits_;
        case reg::STATUS: {
            const bool draining = core_.options.hold_completions && (rx_.waiting() || tx_.waiting());
            return core_.master_disabled && !draining && !core_.options.master_stuck ? 0 : bit(19);
        }
        case reg::FRTIMER:
            return static_cast<std::uint32_t>(std::chrono::duration_cast<milliseconds>(core_.now).count());
        case reg::EEMNGCTL: return initialised() ? bit(18) | bit(19) : 0;
        default: return value;
    }
}

void Nic82599::write_control(const RegisterRef& ref, std::uint32_t value) {
    const std::uint32_t offset = ref.offset();
    switch (offset) {
        case reg::CTRL:
            core_.master_disabled = (value & CTRL::MASTER_DISABLE) != 0;
            core_.registers.set(offset, value & CTRL::MASTER_DISABLE);
            if ((value & (CTRL::RST | CTRL::LRST)) == 0) return;
            reset_registers();
            reset_bits_ = value & (CTRL::RST | CTRL::LRST);
            // The write may have waited in a socket: the driver counts from when it sent it.
            quiet_until_ = caught_up_at_ + reset_time;
            init_ready_at_ = core_.now + core_.options.init_delay;
            return;
        case reg::GCR_EXT: return core_.registers.set(offset, value & ref.row->writable);
        case reg::WUS: return;  // no cause to clear
        case reg::STATUS:
        case reg::FRTIMER: core_.strict.flag(Mistake::read_only_written, ref.row->name, -1, value); return;
        default: return;
    }
}

void Nic82599::write_setting(const RegisterRef& ref, std::uint32_t value) {
    const std::uint32_t offset = ref.offset();
    const std::uint32_t before = core_.registers.get(offset);
    core_.registers.set(offset, (before & ~ref.row->writable) | (value & ref.row->writable));
    if (offset == reg::RXCTRL && (before & 1) == 0 && (value & 1) != 0) check_receive_enable();
    if (offset == reg::MTQC && (core_.registers.get(reg::RTTDCS) & bit(6)) == 0)
        core_.strict.flag(Mistake::mtqc_without_arbdis, "MTQC", -1, value);
    reload_settings();
}

void Nic82599::check_receive_enable() {
    const RegisterStore& r = core_.registers;
    const bool mac_strips = (r.get(reg::HLREG0) & HLREG0::RXCRCSTRP) != 0;
    const bool dma_strips = (r.get(reg::RDRXCTL) & bit(1)) != 0;
    if (mac_strips != dma_strips)
        core_.strict.flag(Mistake::crc_strip_unequal, "RDRXCTL", -1, r.get(reg::RDRXCTL));
    if ((r.get(reg::SECRXCTRL) & bit(1)) == 0)
        core_.strict.flag(Mistake::secrx_not_stopped, "SECRXCTRL", -1, r.get(reg::SECRXCTRL));
    if (r.get(reg::FCRTH) == 0) core_.strict.flag(Mistake::flow_control_threshold_zero, "FCRTH", 0, 0);
}

void Nic82599::write_filter(const RegisterRef& ref, std::uint32_t value) {
    core_.registers.set(ref.offset(), value & ref.row->writable);
    rx_.filters_changed();
    core_.pool_counters.reload();
}

void Nic82599::write_semaphore(std::uint32_t offset, std::uint32_t value) {
    const std::uint64_t unguarded = semaphores_.unguarded_writes(), foreign = semaphores_.foreign_bits();
    semaphores_.write(offset, value);
    if (semaphores_.unguarded_writes() != unguarded)
        core_.strict.flag(Mistake::sync_without_semaphore, "SW_FW_SYNC", -1, value);
    if (semaphores_.foreign_bits() != foreign)
        core_.strict.flag(Mistake::sync_foreign_bits, "SW_FW_SYNC", -1, value);
}

void Nic82599::write_eeprom(std::uint32_t offset, std::uint32_t value) {
    const std::uint64_t outside = eeprom_.out_of_range(), interrupted = eeprom_.interrupted();
    const char* const name = offset == reg::EEWR ? "EEWR" : "EERD";
    eeprom_.write(offset, value);
    if (eeprom_.out_of_range() != outside) core_.strict.flag(Mistake::eeprom_out_of_range, name, -1, value);
    if (eeprom_.interrupted() != interrupted) core_.strict.flag(Mistake::eeprom_interrupted, name, -1, value);
}

void Nic82599::reload_settings() {
    core_.loopback = (core_.registers.get(reg::HLREG0) & HLREG0::LPBK) != 0;
    core_.flow_control.reload(core_.registers);
    core_.pool_counters.reload();
    rx_.reload();
    tx_.reload();
}

void Nic82599::reset_registers() {
    const std::uint32_t pins = core_.registers.get(reg::ESDP);
    core_.registers.reset();
    if (accesses_ != 0)
        core_.registers.set(reg::ESDP, pins);  // survives: other parts of the board hang on it
    core_.registers.set(reg::TXPBTHRESH, 0x96);
    if (core_.options.is_x540()) core_.registers.set(reg::RXPBSIZE, 384u << 10);
    if (core_.options.eeprom_present) {
        const std::array<std::uint8_t, 6>& mac = core_.options.mac;
        const auto byte = [&mac](std::size_t i, unsigned shift) { return std::uint32_t{mac[i]} << shift; };
        core_.registers.set(reg::RAL, byte(0, 0) | byte(1, 8) | byte(2, 16) | byte(3, 24));
        core_.registers.set(reg::RAH, byte(4, 0) | byte(5, 8) | bit(31));
    }
    core_.master_disabled = false;
    core_.loopback = false;
    core_.statistics.reset();
    core_.time_sync.reset();
    core_.rates.reset();
    core_.flow_control.reset();
    core_.pool_counters.reload();
    core_.interrupts.reset();
    eeprom_.reset();
    mdio_.reset();
    module_.reset();
    link_.reset();
    rx_.reset();
    tx_.reset();
}

void Nic82599::reset_function() {
    core_.now = core_.clock.now();
    reset_registers();
    semaphores_.reset();
    core_.interrupts.reset_function();
    reset_bits_ = 0;
    quiet_until_ = core_.now;  // who resets the function waits for it
    init_ready_at_ = core_.now + core_.options.init_delay;
}

void Nic82599::reset_queues(std::uint32_t count) {
    core_.now = core_.clock.now();
    for (std::uint32_t n = 0; n < count; ++n) {
        rx_.reset_queue(n);
        tx_.reset_queue(n);
    }
    for (const RegisterRow& row : register_rows()) {
        if ((row.unit != Unit::rx_queue && row.unit != Unit::tx_queue) || row.first != 0) continue;
        for (std::uint32_t n = 0; n < count; ++n) core_.registers.set(row.offset + n * row.stride, row.reset);
    }
    core_.interrupts.reset();
}

void Nic82599::set_bus_master(bool on) {
    core_.bus_master = on;
    core_.interrupts.set_bus_master(on);
}

bool Nic82599::poll() {
    if (dead()) return false;
    last_round_ = core_.now = core_.clock.now();
    core_.dma.new_round();
    rx_.settle();
    tx_.settle();
    cable_->poll();
    link_.poll(cable_->connected());
    if (core_.registers.doorbells() != nullptr) adopt_direct_writes();
    bool worked = tx_.poll(*cable_);
    worked |= rx_.poll(*cable_);
    tx_.finish_round();
    rx_.finish_round();
    core_.interrupts.poll();
    return worked;
}

bool Nic82599::must_be_polled() const {
    if (dead()) return false;
    return doorbells() != nullptr || cable_->timed() || rx_.waiting() || tx_.waiting() || link_.waiting() ||
           core_.flow_control.pausing() || core_.rates.any() || core_.interrupts.next_deadline().has_value();
}

// What a client wrote to the mapped pages without a message, other than tails: applied as if it had come by
// message. Looking at everything takes a few microseconds, so it is done seldom; but a queue that runs must
// stop when it is told.
void Nic82599::adopt_direct_writes() {
    rx_.active().for_each([this](std::uint32_t n) { adopt_control(reg::rx_base(n), reg::RDT); });
    tx_.active().for_each([this](std::uint32_t n) { adopt_control(reg::tx_base(n), reg::TDT); });
    if (core_.now < next_scan_) return;
    next_scan_ = core_.now + scan_interval;
    refresh_counters();
    for (std::uint32_t n = 0; n < queue_count; ++n) {
        adopt_block(reg::rx_base(n), reg::RDT);
        adopt_block(reg::tx_base(n), reg::TDT);
    }
}

void Nic82599::adopt_control(std::uint32_t base, std::uint32_t tail) {
    const std::uint32_t control = base + reg::RXDCTL;
    if (core_.registers.seen(control) != core_.registers.get(control)) [[unlikely]]
        adopt_block(base, tail);
}

void Nic82599::adopt_block(std::uint32_t base, std::uint32_t tail) {
    if (core_.registers.block_unchanged(base)) [[likely]]
        return;
    for (std::uint32_t at = base; at < base + 0x40; at += 4) {
        const std::uint32_t seen = core_.registers.seen(at);
        const std::uint32_t held = core_.registers.get(at);
        if (seen == held) [[likely]]
            continue;
        if (at == base + tail) {
            core_.registers.take_tail(at);
            continue;
        }
        core_.registers.set(at, held);
        if (const RegisterRef ref = find_register(at)) write_register(ref, seen);
    }
}

// Counters count elsewhere: the mapped pages show them as of the last look.
void Nic82599::refresh_counters() {
    constexpr std::uint32_t counters = 16;
    constexpr std::uint32_t first[] = {0x01030, 0x01034, 0x01038, 0x01430, 0x06030};
    for (std::uint32_t n = 0; n < counters; ++n)
        for (const std::uint32_t offset : first) {
            const std::uint32_t at = offset + 0x40 * n;
            if (core_.registers.seen(at) == core_.registers.get(at))
                core_.registers.set(at, core_.statistics.peek(find_register(at)));
        }
}

std::string Nic82599::report() const {
    std::string text = cable_->report() + "\n";
    char line[160];
    std::snprintf(line, sizeof line,
                  "82599: %llu frames filtered out, %llu while not receiving, %llu refused for sending, "
                  "%llu DMA accesses refused\n",
                  static_cast<unsigned long long>(rx_.filtered()),
                  static_cast<unsigned long long>(rx_.not_receiving()),
                  static_cast<unsigned long long>(tx_.refused()),
                  static_cast<unsigned long long>(core_.dma.refusals()));
    return text + line + core_.strict.report();
}

std::string Nic82599::report_json() const {
    const std::string cable = cable_->report_json();
    return "{\"cable\":" + (cable.empty() ? std::string("null") : cable) +
           ",\"filtered\":" + std::to_string(rx_.filtered()) +
           ",\"not_receiving\":" + std::to_string(rx_.not_receiving()) +
           ",\"tx_refused\":" + std::to_string(tx_.refused()) +
           ",\"dma_refused\":" + std::to_string(core_.dma.refusals()) +
           ",\"strict_total\":" + std::to_string(core_.strict.total()) +
           ",\"strict\":" + core_.strict.report_json() + "}";
}

}  // namespace ringside::sim::ixgbe
