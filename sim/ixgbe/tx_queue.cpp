// Transmit queues: their registers, and telling the driver what is done.
#include "sim/ixgbe/tx.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace ringside::sim::ixgbe {
namespace {

constexpr std::uint32_t descriptor_size = 16;
constexpr std::uint64_t RS = 1u << 27, DD = 1ull << 32;

}  // namespace

TxUnit::TxUnit(Core& core, RxUnit& rx) : core_(core), rx_(rx), random_(core.options.seed ^ 0x7458) {}

void TxUnit::reset() {
    for (Queue& q : queues_) q = Queue();
    active_.clear();
    switches_.clear();
    touched_.clear();
    unreported_ = 0;
    reload();
}

void TxUnit::reset_queue(std::uint32_t n) {
    unreported_ -= queues_[n].unreported;
    queues_[n] = Queue();
    switches_.done(n, QueueState::off);
    active_.remove(n);
    touched_.remove(n);
}

void TxUnit::reload() {
    const RegisterStore& r = core_.registers;
    enabled_ = (r.get(reg::DMATXCTL) & 1) != 0;
    vlan_ether_type_ = static_cast<std::uint16_t>(r.get(reg::DMATXCTL) >> 16);
    const std::uint32_t hlreg0 = r.get(reg::HLREG0);
    pad_ = (hlreg0 & HLREG0::TXPADEN) != 0;
    add_crc_ = (hlreg0 & HLREG0::TXCRCEN) != 0;
    const std::uint32_t low = r.get(reg::DTXTCPFLGL), high = r.get(reg::DTXTCPFLGH);
    flag_masks_ = {static_cast<std::uint16_t>(field(low, 11, 0)),
                   static_cast<std::uint16_t>(field(low, 27, 16)),
                   static_cast<std::uint16_t>(field(high, 11, 0))};
}

void TxUnit::write(std::uint32_t n, std::uint32_t offset, std::uint32_t value, const RegisterRow& row) {
    Queue& q = queues_[n];
    const std::uint32_t at = reg::tx_base(n) + offset;
    const auto index = static_cast<int>(n);
    switch (offset) {
        case reg::TXDCTL: return write_control(n, value, row);
        case reg::TDT:
            if (q.state != QueueState::on && value != 0)
                core_.strict.flag(Mistake::tail_before_enable, row.name, index, value);
            break;
        case reg::TDH:
            if (is_active(q.state)) {
                core_.strict.flag(Mistake::head_written_while_enabled, row.name, index, value);
                return;
            }
            break;
        case reg::TDBAL:
        case reg::TDBAH:
        case reg::TDLEN:
        case reg::TDWBAL:
        case reg::TDWBAH:
            if (is_active(q.state))
                core_.strict.flag(Mistake::ring_written_while_enabled, row.name, index, value);
            if ((offset == reg::TDBAL || offset == reg::TDLEN) && (value & 0x7F) != 0)
                core_.strict.flag(Mistake::ring_misaligned, row.name, index, value);
            break;
        default: break;
    }
    core_.registers.set(
        at, (core_.registers.get(at) & ~row.writable) | (value & row.writable & ~row.self_clearing));
}

void TxUnit::write_control(std::uint32_t n, std::uint32_t value, const RegisterRow& row) {
    const Queue& q = queues_[n];
    const std::uint32_t at = reg::tx_base(n) + reg::TXDCTL;
    const std::uint32_t kept = core_.registers.get(at) & DCTL::ENABLE;
    core_.registers.set(at, (value & row.writable & ~row.self_clearing & ~DCTL::ENABLE) | kept);
    const bool wanted = (value & DCTL::ENABLE) != 0;
    if ((value & DCTL::SWFLSH) != 0 && is_active(q.state)) report_done(n);
    if (wanted && q.state == QueueState::off && !enabled_)
        core_.strict.flag(Mistake::enable_before_te, row.name, static_cast<int>(n), value);
    if (!switches_.ask(n, wanted, core_.now)) decode(n);
}

void TxUnit::settle() {
    switches_.settle(
        core_.now, !core_.options.enable_never && enabled_, [this](std::uint32_t n) { turn_on(n); },
        [this](std::uint32_t n) { turn_off(n); });
}

void TxUnit::decode(std::uint32_t n) {
    Queue& q = queues_[n];
    q.threshold = field(core_.registers.get(reg::tx_base(n) + reg::TXDCTL), 22, 16);
}

void TxUnit::turn_on(std::uint32_t n) {
    Queue& q = queues_[n];
    const std::uint32_t base = reg::tx_base(n);
    const RegisterStore& r = core_.registers;
    q.base = static_cast<std::uint64_t>(r.get(base + reg::TDBAH)) << 32 | r.get(base + reg::TDBAL);
    q.count = r.get(base + reg::TDLEN) / descriptor_size;
    q.head = q.count == 0 ? 0 : r.get(base + reg::TDH) % q.count;
    q.tail = q.reported = q.head;
    q.bad_tail = q.unreported = 0;
    q.faulted = false;
    q.flagged_tail = ~0u;
    q.contexts = {};
    const std::uint32_t low = r.get(base + reg::TDWBAL);
    q.head_write_back = (low & 1) != 0;
    q.head_address = static_cast<std::uint64_t>(r.get(base + reg::TDWBAH)) << 32 | (low & ~3u);
    q.report.assign((q.count + 63) / 64, 0);
    decode(n);
    if (q.count == 0) core_.strict.flag(Mistake::ring_misaligned, "TDLEN", static_cast<int>(n), 0);
    core_.registers.set(base + reg::TXDCTL, r.get(base + reg::TXDCTL) | DCTL::ENABLE);
    switches_.done(n, QueueState::on);
    active_.add(n);
}

void TxUnit::turn_off(std::uint32_t n) {
    const std::uint32_t at = reg::tx_base(n) + reg::TXDCTL;
    report_done(n);
    core_.registers.set(at, core_.registers.get(at) & ~DCTL::ENABLE);
    switches_.done(n, QueueState::off);
    active_.remove(n);
}

// Descriptors at the head have been sent. With a write-back threshold (or the fault option) they are reported
// in groups, else at once.
void TxUnit::advance(std::uint32_t n, std::span<const Descriptor> done) {
    Queue& q = queues_[n];
    if (q.unreported == 0) {
        q.oldest = core_.now;
        q.release = core_.options.hold_completions ? 1 + random_.below(32) : std::max(q.threshold, 1u);
    }
    for (const Descriptor& d : done) {
        if ((d.command & RS) != 0) q.report[q.head / 64] |= std::uint64_t{1} << (q.head % 64);
        q.head = q.head + 1 == q.count ? 0 : q.head + 1;
    }
    const auto size = static_cast<std::uint32_t>(done.size());
    q.unreported += size;
    unreported_ += size;
    touched_.add(n);
    if (due(q, n)) report_done(n);
}

bool TxUnit::due(const Queue& q, std::uint32_t n) const {
    if (q.unreported == 0) return false;
    if (q.unreported >= q.release) return true;
    if (core_.options.hold_completions) return core_.now - q.oldest >= std::chrono::microseconds(500);
    // How long the vector of the queue holds back interrupts, and with them write-backs. 0: for ever.
    const hal::Clock::Duration interval = core_.interrupts.tx_interval(n);
    return interval.count() != 0 && core_.now - q.oldest >= interval;
}

void TxUnit::report_done(std::uint32_t n) {
    Queue& q = queues_[n];
    if (!core_.bus_master) return;
    bool any = false;
    for (; q.reported != q.head; q.reported = q.reported + 1 == q.count ? 0 : q.reported + 1) {
        std::uint64_t& word = q.report[q.reported / 64];
        const std::uint64_t mark = std::uint64_t{1} << (q.reported % 64);
        if ((word & mark) == 0) continue;
        word &= ~mark;
        any = true;
        if (!q.head_write_back) write_back(q, q.reported);
    }
    unreported_ -= q.unreported;
    q.unreported = 0;
    if (!any) return;
    if (q.head_write_back) {
        const std::uint32_t head = q.head;
        core_.dma.write(q.head_address, reinterpret_cast<const std::byte*>(&head), sizeof head);
    }
    core_.interrupts.tx_event(n);
}

// All 16 bytes: the driver's address is gone. DD comes last, after everything was read.
void TxUnit::write_back(Queue& q, std::uint32_t index) {
    const std::uint64_t at = q.base + std::uint64_t{index} * descriptor_size;
    std::byte* p = core_.dma.at(at, descriptor_size, DmaAccess::write);
    if (p == nullptr || reinterpret_cast<std::uintptr_t>(p) % 8 != 0) [[unlikely]] {
        const Descriptor d{0, DD};
        core_.dma.write(at, reinterpret_cast<const std::byte*>(&d), descriptor_size);
        return;
    }
    auto* words = reinterpret_cast<std::uint64_t*>(p);
    std::atomic_ref<std::uint64_t>(words[0]).store(0, std::memory_order_relaxed);
    std::atomic_ref<std::uint64_t>(words[1]).store(DD, std::memory_order_release);
}

void TxUnit::finish_round() {
    if (touched_.empty()) return;
    touched_.for_each(
        [this](std::uint32_t n) { core_.registers.set(reg::tx_base(n) + reg::TDH, queues_[n].head); });
    touched_.clear();
}

}  // namespace ringside::sim::ixgbe
