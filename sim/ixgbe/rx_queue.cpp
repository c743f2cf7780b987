// Receive queues: their registers, and the descriptors in the driver's memory.
#include "sim/ixgbe/rx.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace ringside::sim::ixgbe {
namespace {

constexpr std::uint32_t descriptor_size = 16;
constexpr std::uint32_t longest_hold = 500;  // µs

struct Descriptor {
    std::uint64_t low, high;
};

}  // namespace

RxUnit::RxUnit(Core& core)
    : core_(core), steering_(core.options.udp_zero_is_wrong), random_(core.options.seed) {
    if (core.options.hold_completions)
        for (Queue& q : queues_) q.held.reserve(64);
}

void RxUnit::reset() {
    for (Queue& q : queues_) q = Queue();
    active_.clear();
    switches_.clear();
    touched_.clear();
    buffer_.clear();
    held_ = 0;
    steering_.flow_director().reset();
    reload();
}

void RxUnit::reset_queue(std::uint32_t n) {
    held_ -= queues_[n].held.size();
    queues_[n] = Queue();
    switches_.done(n, QueueState::off);
    active_.remove(n);
    touched_.remove(n);
}

void RxUnit::reload() {
    const RegisterStore& r = core_.registers;
    receiving_ = (r.get(reg::RXCTRL) & 1) != 0 && (r.get(reg::SECRXCTRL) & 2) == 0;
    keep_crc_ = (r.get(reg::HLREG0) & HLREG0::RXCRCSTRP) == 0;
    buffer_.set_limit(static_cast<std::size_t>(field(r.get(reg::RXPBSIZE), 19, 10)) * 1024);
    filters_.reload(r);
    steering_.invalidate();
}

void RxUnit::write_flow_director(std::uint32_t offset, std::uint32_t value, const RegisterRow& row) {
    using Outcome = FlowDirector::Outcome;
    FlowDirector& director = steering_.flow_director();
    Statistics& s = core_.statistics;
    switch (director.write(core_.registers, offset, value, row.writable)) {
        case Outcome::added:
            s.add_half(Counter::FDIRUSTAT, 0, 0xFFFF);
            if (director.nearly_full()) core_.interrupts.other_event(EICR::FLOW_DIRECTOR);
            break;
        case Outcome::removed: s.add_half(Counter::FDIRUSTAT, 16, 0xFFFF); break;
        case Outcome::not_added: s.add_half(Counter::FDIRFSTAT, 0, 0xFF); break;
        case Outcome::not_removed: s.add_half(Counter::FDIRFSTAT, 8, 0xFF); break;
        case Outcome::nothing: break;
    }
}

void RxUnit::write(std::uint32_t n, std::uint32_t offset, std::uint32_t value, const RegisterRow& row) {
    Queue& q = queues_[n];
    const std::uint32_t at = reg::rx_base(n) + offset;
    const auto index = static_cast<int>(n);
    switch (offset) {
        case reg::RXDCTL: return write_control(n, value, row);
        case reg::RDT:
            if (q.state != QueueState::on && value != 0)
                core_.strict.flag(Mistake::tail_before_enable, row.name, index, value);
            break;
        case reg::RDH:
            if (is_active(q.state)) {
                core_.strict.flag(Mistake::head_written_while_enabled, row.name, index, value);
                return;
            }
            q.head = value & row.writable;
            break;
        case reg::RDBAL:
        case reg::RDBAH:
        case reg::RDLEN:
            if (is_active(q.state))
                core_.strict.flag(Mistake::ring_written_while_enabled, row.name, index, value);
            if (offset != reg::RDBAH && (value & 0x7F) != 0)
                core_.strict.flag(Mistake::ring_misaligned, row.name, index, value);
            break;
        default: break;
    }
    core_.registers.set(
        at, (core_.registers.get(at) & ~row.writable) | (value & row.writable & ~row.self_clearing));
    if (is_active(q.state) && offset == reg::SRRCTL) decode(n);
}

void RxUnit::write_control(std::uint32_t n, std::uint32_t value, const RegisterRow& row) {
    const std::uint32_t at = reg::rx_base(n) + reg::RXDCTL;
    const std::uint32_t kept = core_.registers.get(at) & DCTL::ENABLE;
    core_.registers.set(at, (value & row.writable & ~row.self_clearing & ~DCTL::ENABLE) | kept);
    const bool wanted = (value & DCTL::ENABLE) != 0;
    if (!switches_.ask(n, wanted, core_.now)) decode(n);
}

void RxUnit::settle() {
    switches_.settle(
        core_.now, !core_.options.enable_never, [this](std::uint32_t n) { turn_on(n); },
        [this](std::uint32_t n) { turn_off(n); });
}

void RxUnit::decode(std::uint32_t n) {
    Queue& q = queues_[n];
    const std::uint32_t base = reg::rx_base(n);
    const std::uint32_t srrctl = core_.registers.get(base + reg::SRRCTL);
    q.buffer_size = std::max(field(srrctl, 4, 0), 1u) * 1024;
    q.advanced = field(srrctl, 27, 25) != 0;
    q.drop = (srrctl & bit(28)) != 0;
    q.low_mark = 64 * field(srrctl, 24, 22);
    q.strip_vlan = (core_.registers.get(base + reg::RXDCTL) & DCTL::VME) != 0;
}

void RxUnit::turn_on(std::uint32_t n) {
    Queue& q = queues_[n];
    const std::uint32_t base = reg::rx_base(n);
    const RegisterStore& r = core_.registers;
    const auto index = static_cast<int>(n);
    q.base = static_cast<std::uint64_t>(r.get(base + reg::RDBAH)) << 32 | r.get(base + reg::RDBAL);
    q.count = r.get(base + reg::RDLEN) / descriptor_size;
    q.head = q.count == 0 ? 0 : r.get(base + reg::RDH) % q.count;
    q.tail = q.head;
    q.bad_tail = 0;
    q.first = q.fetched = 0;
    q.told_low = false;
    q.faulted = false;
    decode(n);
    if (q.count == 0) core_.strict.flag(Mistake::ring_misaligned, "RDLEN", index, 0);
    const std::uint32_t dca = r.get(base + reg::DCA_RXCTRL);
    if ((dca & bit(12)) != 0) core_.strict.flag(Mistake::dca_bit_12, "DCA_RXCTRL", index, dca);
    core_.registers.set(base + reg::RXDCTL, r.get(base + reg::RXDCTL) | DCTL::ENABLE);
    switches_.done(n, QueueState::on);
    active_.add(n);
}

void RxUnit::turn_off(std::uint32_t n) {
    Queue& q = queues_[n];
    const std::uint32_t at = reg::rx_base(n) + reg::RXDCTL;
    release_held(q, true);
    q.fetched = 0;
    core_.registers.set(at, core_.registers.get(at) & ~DCTL::ENABLE);
    switches_.done(n, QueueState::off);
    active_.remove(n);
}

void RxUnit::accept_tail(std::uint32_t n) {
    Queue& q = queues_[n];
    const std::uint32_t tail = core_.registers.take_tail(reg::rx_base(n) + reg::RDT) & 0xFFFF;
    if (tail < q.count) [[likely]] {
        q.tail = tail;
    } else if (tail != q.bad_tail) {
        q.bad_tail = tail;
        core_.strict.flag(Mistake::tail_out_of_range, "RDT", static_cast<int>(n), tail);
    }
}

// Descriptors are read as soon as the tail lets us, and never again.
void RxUnit::fetch(std::uint32_t n) {
    Queue& q = queues_[n];
    if (q.state != QueueState::on || q.count == 0 || q.faulted || !core_.may_dma()) return;
    accept_tail(n);
    while (q.fetched < prefetch) {
        std::uint32_t from = q.head + q.fetched;
        if (from >= q.count) from -= q.count;
        const std::uint32_t ready = q.tail >= from ? q.tail - from : q.count - from;
        const std::uint32_t limit = std::min(ready, prefetch - q.fetched);
        if (q.fetched + 1 >= q.count || limit == 0 || fetch_some(n, from, limit) == 0) return;
    }
}

// Reads up to `limit` descriptors that lie in one piece; returns how many.
std::uint32_t RxUnit::fetch_some(std::uint32_t n, std::uint32_t from, std::uint32_t limit) {
    Queue& q = queues_[n];
    std::array<Descriptor, prefetch> copy;
    const std::uint64_t at = q.base + std::uint64_t{from} * descriptor_size;
    if (!core_.dma.read(at, reinterpret_cast<std::byte*>(copy.data()), limit * descriptor_size)) {
        q.faulted = true;
        return 0;
    }
    // As it was written back: a driver may look at DD or, as Linux does, at the length, and clear only that.
    const std::uint64_t done = q.advanced ? 1 : std::uint64_t{1} << 32;
    const std::uint64_t length = q.advanced ? std::uint64_t{0xFFFF} << 32 : 0xFFFF;
    for (std::uint32_t i = 0; i < limit; ++i) {
        if ((copy[i].high & done) != 0 && (copy[i].high & length) != 0) [[unlikely]]
            core_.strict.flag(Mistake::rx_descriptor_done, "receive descriptor", static_cast<int>(from + i),
                              copy[i].high);
        q.buffers[(q.first + q.fetched++) % prefetch] = copy[i].low;
    }
    return limit;
}

void RxUnit::complete(std::uint32_t n, std::uint64_t low, std::uint64_t high) {
    Queue& q = queues_[n];
    const std::uint32_t index = q.head;
    q.head = q.head + 1 == q.count ? 0 : q.head + 1;
    q.first = (q.first + 1) % prefetch;
    --q.fetched;
    if (!core_.options.hold_completions) [[likely]] {
        touched_.add(n);
        write_back(q, index, low, high);
        return;
    }
    if (q.held.empty()) {
        q.release = 1 + random_.below(32);
        q.release_at = core_.now + std::chrono::microseconds(random_.below(longest_hold));
    }
    q.held.push_back({index, low, high});
    ++held_;
}

void RxUnit::release_held(Queue& q, bool all) {
    if (!core_.bus_master) return;
    if (!all && q.held.size() < q.release && core_.now < q.release_at) return;
    for (const WriteBack& w : q.held) write_back(q, w.index, w.low, w.high);
    held_ -= q.held.size();
    q.held.clear();
    touched_.add(static_cast<std::uint32_t>(&q - queues_.data()));
}

// Data first, then the first word, then the second with DD in one store: a driver that sees DD sees all.
void RxUnit::write_back(Queue& q, std::uint32_t index, std::uint64_t low, std::uint64_t high) {
    const std::uint64_t at = q.base + std::uint64_t{index} * descriptor_size;
    std::byte* p = core_.dma.at(at, descriptor_size, DmaAccess::write);
    if (p == nullptr || reinterpret_cast<std::uintptr_t>(p) % 8 != 0) [[unlikely]] {
        const Descriptor d{low, high};
        const std::uint32_t kept = q.advanced ? 0 : sizeof d.low;  // the legacy format keeps the address
        core_.dma.write(at + kept, reinterpret_cast<const std::byte*>(&d) + kept, descriptor_size - kept);
        return;
    }
    auto* words = reinterpret_cast<std::uint64_t*>(p);
    if (q.advanced) std::atomic_ref<std::uint64_t>(words[0]).store(low, std::memory_order_relaxed);
    std::atomic_ref<std::uint64_t>(words[1]).store(high, std::memory_order_release);
}

// True when the free descriptors have become few.
bool RxUnit::runs_low(Queue& q) {
    const std::uint32_t free = q.tail >= q.head ? q.tail - q.head : q.tail + q.count - q.head;
    const bool before = q.told_low;
    q.told_low = free <= q.low_mark;
    return q.told_low && !before;
}

void RxUnit::finish_round() {
    if (touched_.empty()) return;
    touched_.for_each([this](std::uint32_t n) {
        core_.registers.set(reg::rx_base(n) + reg::RDH, queues_[n].head);
        if (runs_low(queues_[n]))
            core_.interrupts.rx_low_event(n);
        else
            core_.interrupts.rx_event(n);
    });
    touched_.clear();
}

}  // namespace ringside::sim::ixgbe
