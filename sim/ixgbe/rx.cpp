#include "sim/ixgbe/rx.hpp"

#include "sim/ixgbe/bytes.hpp"
#include "sim/ixgbe/crc32.hpp"

#include <algorithm>
#include <cstring>

namespace ringside::sim::ixgbe {
namespace {

constexpr std::size_t crc_size = 4, tag_size = 4, addresses_size = 12, shortest = 60, header_size = 14;
constexpr std::uint64_t pause_destination = 0x010000C28001;  // 01:80:C2:00:00:01, first byte lowest
constexpr std::uint16_t pause_ether_type = 0x8808;

// Second word of a descriptor.
constexpr std::uint64_t DD = 1, EOP = 2, VP = 8;
constexpr std::uint32_t TS = bit(16), RXE = bit(29);
// Status and errors as the legacy format has them: errors in 15:8.
constexpr std::uint64_t legacy_status(std::uint64_t status) {
    constexpr unsigned errors = 24;
    const std::uint64_t sums = (status >> errors & 0xC0) << 8;
    return (status & 0xFF) | sums | ((status & RXE) != 0 ? std::uint64_t{1} << 8 : 0);
}

}  // namespace

bool RxUnit::poll(Cable& cable) {
    active_.for_each([this](std::uint32_t n) {
        fetch(n);
        if (!queues_[n].held.empty()) release_held(queues_[n], false);
    });
    std::uint32_t budget = burst;
    bool worked = drain(budget);
    // A port that loops back internally does not listen to the wire.
    if (!core_.link_up || core_.loopback) {
        if (cable.forgets()) miss(cable);
        return worked;
    }
    const bool waits = cable.waits();
    for (; budget > 0; --budget) {
        const std::span<const std::byte> frame = cable.peek();
        if (frame.empty() || !take(frame, waits, false)) break;
        cable.pop();
        worked = true;
    }
    tell_partner(cable);
    return worked;
}

// What a partner sends to a deaf port is gone: kept, it would reach whatever listens next, as the self test
// of Linux's driver, which takes the first frame it did not send for damage.
void RxUnit::miss(Cable& cable) {
    for (std::uint32_t budget = burst; budget > 0 && !cable.peek().empty(); --budget) {
        cable.pop();
        ++not_receiving_;
    }
}

// That the packet buffer is nearly full, or has room again.
void RxUnit::tell_partner(Cable& cable) {
    const FlowControl::Signal signal = core_.flow_control.watch(buffer_.used());
    if (signal == FlowControl::Signal::none) [[likely]]
        return;
    core_.statistics.add(signal == FlowControl::Signal::off ? Counter::LXOFFTXC : Counter::LXONTXC);
    cable.transmit(core_.flow_control.frame(signal));
}

bool RxUnit::take(std::span<const std::byte> frame, bool may_wait, bool looped) {
    if (may_wait && !receiving_) return false;
    if (frame.size() < header_size || frame.size() > max_frame - crc_size) {
        core_.statistics.add(frame.size() < header_size ? Counter::RUC : Counter::ROC);
        return true;
    }
    frame = padded(frame, looped);
    const FrameView view = filters_.look_at(frame);
    const std::size_t wire_length = frame.size() + crc_size;
    const bool bad = damaged(view, wire_length);
    if ((bad && !filters_.stores_bad_packets()) || is_pause(view, frame)) return true;
    if (!filters_.accepts(view, core_.registers)) {
        count_seen(wire_length);
        ++filtered_;
        return true;
    }
    if (may_wait && !buffer_.empty()) return false;
    Verdict verdict = steering_.judge(frame, view, core_.registers);
    const std::uint32_t queue = verdict.queue;
    if (may_wait && !verdict.drop &&
        (!is_active(queues_[queue].state) ||
         !has_room(queue, posted_length(queues_[queue], view, frame.size()))))
        return false;
    if (bad) {
        verdict.status |= RXE;
    } else {
        count_seen(wire_length);
        count_good(view, wire_length);
        Steering::count(verdict, core_.statistics);
        if (core_.time_sync.stamps_received()) [[unlikely]]
            if (core_.time_sync.stamp_received(frame, view, verdict.time_stamp)) verdict.status |= TS;
    }
    if (!receiving_) {
        ++not_receiving_;
        return true;
    }
    if (!buffer_.empty() || place(verdict, view, frame) == Placed::no_room) store(frame, verdict);
    return true;
}

// On a wire there is nothing shorter than 60 bytes and a CRC. Cables carry frames without padding, as
// captures and kernel interfaces have them.
std::span<const std::byte> RxUnit::padded(std::span<const std::byte> frame, bool looped) {
    if (frame.size() >= shortest || looped || core_.options.drop_runts) return frame;
    short_frame_.fill(std::byte{0});
    std::copy(frame.begin(), frame.end(), short_frame_.begin());
    return short_frame_;
}

bool RxUnit::damaged(const FrameView& view, std::size_t wire_length) {
    const Length length = filters_.length(view, wire_length);
    if (length == Length::good) return false;
    core_.statistics.add(length == Length::short_frame   ? Counter::RUC
                         : length == Length::wrong_field ? Counter::RLEC
                                                         : Counter::ROC);
    core_.statistics.add(Counter::TPR);
    core_.statistics.add(Counter::TOR, wire_length);
    return true;
}

bool RxUnit::is_pause(const FrameView& view, std::span<const std::byte> frame) {
    if (view.ether_type != pause_ether_type || view.destination != pause_destination || frame.size() < 18)
        return false;
    const std::uint32_t quanta = big_endian16(&frame[16]);
    core_.statistics.add(quanta != 0 ? Counter::LXOFFRXCNT : Counter::LXONRXCNT);
    core_.flow_control.pause(quanta, core_.now);
    return true;
}

void RxUnit::count_seen(std::size_t wire_length) {
    Statistics& s = core_.statistics;
    s.add(Counter::TPR);
    s.add(Counter::TOR, wire_length);
    s.add(Counter::RXNFGPC);
    s.add(Counter::RXNFGBC, wire_length);
}

void RxUnit::count_good(const FrameView& view, std::size_t wire_length) {
    Statistics& s = core_.statistics;
    s.add(Counter::GPRC);
    s.add(Counter::GORC, wire_length);
    s.add_rx_size(wire_length);
    if (view.broadcast) s.add(Counter::BPRC);
    if (view.multicast) s.add(Counter::MPRC);
}

void RxUnit::store(std::span<const std::byte> frame, const Verdict& verdict) {
    if (buffer_.push(frame, verdict)) return;
    core_.statistics.add(Counter::MPC);
    core_.interrupts.other_event(EICR::RX_MISS);
}

bool RxUnit::drain(std::uint32_t& budget) {
    bool worked = false;
    while (budget > 0 && !buffer_.empty()) {
        const std::span<const std::byte> frame = buffer_.front();
        const FrameView view = filters_.look_at(frame);
        // One stuck queue holds up all frames behind its own.
        if (place(buffer_.front_note(), view, frame) == Placed::no_room) break;
        buffer_.pop();
        --budget;
        worked = true;
    }
    return worked;
}

std::size_t RxUnit::posted_length(const Queue& q, const FrameView& view, std::size_t length) const {
    return length + (keep_crc_ ? crc_size : 0) - (q.strip_vlan && view.tagged ? tag_size : 0);
}

bool RxUnit::has_room(std::uint32_t n, std::size_t length) {
    if (!core_.may_dma()) return false;
    Queue& q = queues_[n];
    const std::size_t needed = (length + q.buffer_size - 1) / q.buffer_size;
    if (q.fetched < needed) [[unlikely]]
        fetch(n);
    return q.fetched >= needed;
}

RxUnit::Placed RxUnit::place(const Verdict& verdict, const FrameView& view,
                             std::span<const std::byte> frame) {
    const std::uint32_t n = verdict.queue;
    Queue& q = queues_[n];
    const bool runs = is_active(q.state) && !verdict.drop;
    if (runs && has_room(n, posted_length(q, view, frame.size()))) [[likely]] {
        deliver(verdict, view, frame);
        return Placed::yes;
    }
    if (runs && !q.drop) return Placed::no_room;
    core_.statistics.add(Counter::QPRDC + counter_of(n));
    return Placed::dropped;
}

// The bytes that go to memory: the frame itself, or a copy without the tag, or with the CRC.
std::span<const std::byte> RxUnit::as_posted(const Queue& q, const FrameView& view,
                                             std::span<const std::byte> frame) {
    const bool strip = q.strip_vlan && view.tagged;
    if (!strip && !keep_crc_) return frame;
    std::byte* to = scratch_.data();
    const std::size_t skip = strip ? tag_size : 0;
    std::memcpy(to, frame.data(), addresses_size);
    std::memcpy(to + addresses_size, frame.data() + addresses_size + skip,
                frame.size() - addresses_size - skip);
    std::size_t length = frame.size() - skip;
    if (keep_crc_) {
        const std::uint32_t crc = crc32(frame);
        std::memcpy(to + length, &crc, crc_size);
        length += crc_size;
    }
    return {to, length};
}

void RxUnit::deliver(const Verdict& verdict, const FrameView& view, std::span<const std::byte> frame) {
    const std::uint32_t n = verdict.queue;
    Queue& q = queues_[n];
    const bool stripped = q.strip_vlan && view.tagged;
    std::span<const std::byte> rest = as_posted(q, view, frame);
    const std::uint32_t counter = counter_of(n);
    const std::size_t counted = rest.size() + (stripped ? tag_size : 0);
    core_.statistics.add(Counter::QPRC + counter);
    core_.statistics.add(Counter::QBRC + counter, counted);
    core_.statistics.add(Counter::RXDGPC);
    core_.statistics.add(Counter::RXDGBC, counted);
    core_.pool_counters.received(n, frame.size() + crc_size, view.multicast);

    // Only the last descriptor tells of the frame.
    const std::uint64_t tag = stripped ? static_cast<std::uint64_t>(view.tci) << 48 : 0;
    const std::uint64_t status = verdict.status | EOP | DD | (stripped ? VP : 0);
    while (true) {
        const std::size_t size = std::min<std::size_t>(rest.size(), q.buffer_size);
        core_.dma.write(q.buffers[q.first], rest.data(), size);
        rest = rest.subspan(size);
        const bool last = rest.empty();
        const std::uint64_t about = last ? status : DD;
        if (q.advanced)
            complete(n, last ? verdict.low : 0, (last ? tag : 0) | std::uint64_t{size} << 32 | about);
        else
            complete(n, 0, (last ? tag : 0) | legacy_status(about) << 32 | size);
        if (last) return;
    }
}

std::uint32_t RxUnit::counter_of(std::uint32_t n) const {
    return (core_.registers.get(reg::RQSMR, n / 4) >> (8 * (n % 4))) & 0xF;
}

}  // namespace ringside::sim::ixgbe
