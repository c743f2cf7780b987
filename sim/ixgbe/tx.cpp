#include "sim/ixgbe/tx.hpp"

#include "sim/ixgbe/bytes.hpp"
#include "sim/ixgbe/insertion.hpp"

#include <algorithm>
#include <cstring>

namespace ringside::sim::ixgbe {
namespace {

constexpr std::uint32_t descriptor_size = 16;
constexpr std::size_t header_size = 14, crc_size = 4, tag_size = 4, addresses_size = 12, shortest = 60;

// The second word of a transmit descriptor.
constexpr std::uint64_t dtyp(std::uint64_t command) { return (command >> 20) & 0xF; }
constexpr std::uint64_t dtyp_context = 2, dtyp_data = 3;
constexpr std::uint64_t TIME_STAMP = 1u << 19, EOP = 1u << 24, IFCS = 1u << 25, IC = 1u << 26,
                        DEXT = 1u << 29, VLE = 1u << 30, TSE = 1u << 31;
constexpr std::uint64_t IXSM = std::uint64_t{1} << 40, TXSM = std::uint64_t{1} << 41;
// A frame in one advanced descriptor that asks for nothing but the CRC: most of them.
constexpr std::uint64_t plain = EOP | IFCS | DEXT | dtyp_data << 20;
constexpr std::uint64_t plain_mask = plain | VLE | TSE | TIME_STAMP | IXSM | TXSM | std::uint64_t{0xF} << 20;
constexpr unsigned context_index = 36, payload_length = 46;
constexpr bool is_context(std::uint64_t command) {
    return (command & DEXT) != 0 && dtyp(command) == dtyp_context;
}

}  // namespace

bool TxUnit::poll(Cable& cable) {
    bool worked = false;
    active_.for_each([&](std::uint32_t n) { worked |= run(n, cable); });
    return worked;
}

bool TxUnit::run(std::uint32_t n, Cable& cable) {
    Queue& q = queues_[n];
    if (q.unreported != 0 && core_.bus_master && due(q, n)) report_done(n);
    if (!enabled_ || q.faulted || !core_.may_dma()) return false;
    if (!core_.link_up && !core_.loopback) return false;
    if (core_.flow_control.paused(core_.now) && !core_.loopback) [[unlikely]]
        return false;
    if (core_.rates.holds(n, core_.now)) [[unlikely]]
        return false;
    const std::uint32_t available = fetch(n);
    return available != 0 && send_all(n, available, cable) != 0;
}

// Copies descriptors from the head to `fetched_`: at most a burst.
std::uint32_t TxUnit::fetch(std::uint32_t n) {
    Queue& q = queues_[n];
    const std::uint32_t tail = core_.registers.take_tail(reg::tx_base(n) + reg::TDT) & 0xFFFF;
    if (tail < q.count) [[likely]] {
        q.tail = tail;
    } else if (tail != q.bad_tail) {
        q.bad_tail = tail;
        core_.strict.flag(Mistake::tail_out_of_range, "TDT", static_cast<int>(n), tail);
    }
    if (q.tail == q.head) return 0;
    const std::uint32_t all = q.tail > q.head ? q.tail - q.head : q.count - q.head + q.tail;
    const std::uint32_t wanted = std::min(all, burst);
    const std::uint32_t first = std::min(wanted, q.count - q.head);
    auto* to = reinterpret_cast<std::byte*>(fetched_.data());
    if (!core_.dma.read(q.base + std::uint64_t{q.head} * descriptor_size, to, first * descriptor_size)) {
        q.faulted = true;
        return 0;
    }
    if (first < wanted &&
        !core_.dma.read(q.base, to + first * descriptor_size, (wanted - first) * descriptor_size))
        return first;
    return wanted;
}

// Sends the whole frames among the first `available` fetched descriptors; returns how many descriptors these
// were.
std::uint32_t TxUnit::send_all(std::uint32_t n, std::uint32_t available, Cable& cable) {
    std::span<const Descriptor> rest(fetched_.data(), available);
    frames_ = 0;
    while (!rest.empty() && frames_ < burst && !core_.rates.holds(n, core_.now)) {
        if (send_plain(n, rest.front(), cable)) [[likely]] {
            advance(n, rest.first(1));
            rest = rest.subspan(1);
            continue;
        }
        std::size_t size = end_of_packet(rest);
        if (size == 0) {
            Queue& q = queues_[n];
            if (rest.size() < burst) {
                const bool at_tail = (q.head + rest.size()) % q.count == q.tail;
                if (at_tail && q.flagged_tail != q.tail) {
                    q.flagged_tail = q.tail;
                    core_.strict.flag(Mistake::missing_end_of_packet, "TDT", static_cast<int>(n), q.tail);
                }
                break;
            }
            size = rest.size();  // a frame that never ends: it is dropped piece by piece
        }
        const std::span<const Descriptor> descriptors = rest.first(size);
        send(n, examine(n, descriptors), cable);
        advance(n, descriptors);
        rest = rest.subspan(size);
    }
    return available - static_cast<std::uint32_t>(rest.size());
}

// Sends the frame where it lies, if there is nothing to do to it. False: nothing was done.
bool TxUnit::send_plain(std::uint32_t n, const Descriptor& d, Cable& cable) {
    const std::size_t length = d.command & 0xFFFF;
    if ((d.command & plain_mask) != plain || length < shortest || length > max_frame || !add_crc_)
        return false;
    const std::byte* at = core_.dma.at(d.address, length, DmaAccess::read);
    if (at == nullptr) return false;
    put(n, {at, length}, cable);
    return true;
}

// How many descriptors the first frame has; 0 if its end is not among them.
std::size_t TxUnit::end_of_packet(std::span<const Descriptor> from) const {
    for (std::size_t i = 0; i < from.size(); ++i)
        if ((from[i].command & EOP) != 0) return i + 1;
    return 0;
}

TxUnit::Parts TxUnit::examine(std::uint32_t n, std::span<const Descriptor> descriptors) {
    Parts parts;
    parts.descriptors = descriptors;
    bool first = true;
    for (const Descriptor& d : descriptors) {
        if (is_context(d.command)) {
            queues_[n].contexts[(d.command >> context_index) & 1] = TxContext::decode(d.address, d.command);
        } else {
            examine_data(n, d, first, parts);
            first = false;
        }
    }
    const std::uint64_t last = descriptors.back().command;
    if (is_context(last)) {
        core_.strict.flag(Mistake::context_with_end_of_packet, "transmit context", static_cast<int>(n), last);
        parts.good = false;
        return parts;
    }
    parts.insert_crc = add_crc_ && (last & IFCS) != 0;
    examine_length(n, parts);
    return parts;
}

void TxUnit::examine_data(std::uint32_t n, const Descriptor& d, bool first, Parts& parts) {
    const auto index = static_cast<int>(n);
    const bool advanced = (d.command & DEXT) != 0;
    if (advanced && dtyp(d.command) != dtyp_data) {
        core_.strict.flag(Mistake::unknown_descriptor, "transmit descriptor", index, d.command);
        parts.good = false;
        return;
    }
    const std::size_t length = d.command & 0xFFFF;
    if (length == 0) core_.strict.flag(Mistake::zero_length, "transmit descriptor", index, d.command);
    parts.length += length;
    if (advanced) {
        if (first) examine_offloads(n, d, parts);
        return;
    }
    if (first && (d.command & IC) != 0) {
        parts.legacy_sum = true;
        parts.sum_start = static_cast<std::uint8_t>(d.command >> 40);
        parts.sum_place = static_cast<std::uint8_t>(d.command >> 16);
    }
    if ((d.command & VLE) == 0 || parts.insert_tag) return;
    parts.insert_tag = true;
    parts.tag = static_cast<std::uint16_t>(d.command >> 48);
}

// The first data descriptor of a frame says what is to be done with all of it.
void TxUnit::examine_offloads(std::uint32_t n, const Descriptor& d, Parts& parts) {
    parts.promised = d.command >> payload_length;
    parts.time_stamp = (d.command & TIME_STAMP) != 0;
    if ((d.command & (VLE | TSE | IXSM | TXSM)) == 0) [[likely]]
        return;
    parts.context = queues_[n].contexts[(d.command >> context_index) & 1];
    if (!parts.context.valid)
        core_.strict.flag(Mistake::stale_context, "transmit descriptor", static_cast<int>(n), d.command);
    parts.ip_sum = (d.command & IXSM) != 0;
    parts.l4_sum = (d.command & TXSM) != 0;
    parts.segment = (d.command & TSE) != 0;
    parts.insert_tag = (d.command & VLE) != 0;
    parts.tag = parts.context.tag;
}

void TxUnit::examine_length(std::uint32_t n, Parts& parts) {
    const auto index = static_cast<int>(n);
    const std::uint64_t last = parts.descriptors.back().command;
    if (parts.descriptors.size() > max_descriptors || (last & EOP) == 0) {
        core_.strict.flag(Mistake::too_many_descriptors, "transmit queue", index, parts.descriptors.size());
        parts.good = parts.good && (last & EOP) != 0;
    }
    if (parts.good && parts.length < min_frame) {
        core_.strict.flag(Mistake::frame_too_short, "transmit queue", index, parts.length);
        parts.good = parts.length >= header_size;
    }
    if (parts.segment) {
        if (parts.good) examine_segmentation(n, parts);
    } else if (parts.length > max_frame) {
        core_.strict.flag(Mistake::frame_too_long, "transmit queue", index, parts.length);
        parts.good = false;
    }
}

// The card looks for the header in the first few data descriptors only.
bool TxUnit::begins_with(std::span<const Descriptor> descriptors, std::size_t header) {
    constexpr int header_descriptors = 4;
    std::size_t length = 0;
    int seen = 0;
    for (const Descriptor& d : descriptors)
        if (!is_context(d.command) && seen++ < header_descriptors) length += d.command & 0xFFFF;
    return length >= header;
}

void TxUnit::examine_segmentation(std::uint32_t n, Parts& parts) {
    const auto index = static_cast<int>(n);
    const std::size_t header = parts.context.header_length();
    const std::size_t payload = parts.length > header ? parts.length - header : 0;
    const Segmenter::Fault fault = Segmenter::check(parts.context, payload, max_frame);
    if (fault == Segmenter::Fault::bad_header || !begins_with(parts.descriptors, header))
        core_.strict.flag(Mistake::segmentation_header, "transmit queue", index, header);
    if (fault == Segmenter::Fault::bad_size)
        core_.strict.flag(Mistake::segmentation_size, "transmit queue", index, parts.context.segment_size);
    if (parts.promised != payload)
        core_.strict.flag(Mistake::payload_length_wrong, "transmit queue", index, parts.promised);
    parts.good = fault == Segmenter::Fault::none && parts.insert_crc;
}

void TxUnit::send(std::uint32_t n, const Parts& parts, Cable& cable) {
    if (parts.good) [[likely]] {
        if (parts.segment) {
            if (send_segments(n, parts, cable)) return;
        } else {
            const std::span<const std::byte> frame = assemble(n, parts);
            if (!frame.empty()) {
                if (parts.time_stamp) core_.time_sync.stamp_sent(n);
                return put(n, frame, cable);
            }
        }
    }
    ++refused_;
}

// False if the memory of the first segment is not mapped; what comes after an unmapped piece is not sent.
bool TxUnit::send_segments(std::uint32_t n, const Parts& parts, Cable& cable) {
    const std::size_t header = parts.context.header_length();
    Gather gather(core_.dma, parts.descriptors);
    std::array<std::byte, Segmenter::longest_header> bytes;
    if (!gather.read(bytes.data(), header)) return false;
    Segmenter segmenter({bytes.data(), header}, parts.context, parts.length - header,
                        {parts.ip_sum, parts.l4_sum, flag_masks_});
    bool any = false;
    while (segmenter.more()) {
        std::size_t length = header + segmenter.next_payload();
        if (!gather.read(scratch_.data() + header, segmenter.next_payload())) break;
        segmenter.dress({scratch_.data(), length});
        if (parts.insert_tag) length = insert_tag(parts, length);
        put(n, {scratch_.data(), pad(length)}, cable);
        any = true;
    }
    return any;
}

bool TxUnit::Gather::read(std::byte* to, std::size_t size) {
    while (size != 0) {
        if (rest_.empty()) return false;
        const Descriptor& d = rest_.front();
        const std::size_t here = is_context(d.command) ? 0 : (d.command & 0xFFFF) - taken_;
        if (here == 0) {
            rest_ = rest_.subspan(1);
            taken_ = 0;
            continue;
        }
        const std::size_t piece = std::min(here, size);
        if (!dma_.read(d.address + taken_, to, piece)) return false;
        taken_ += piece;
        to += piece;
        size -= piece;
    }
    return true;
}

// The frame in one piece, with checksums, tag and padding. Empty if its memory is not mapped.
std::span<const std::byte> TxUnit::assemble(std::uint32_t n, const Parts& parts) {
    Gather gather(core_.dma, parts.descriptors);
    if (!gather.read(scratch_.data(), parts.length)) return {};
    if (!parts.insert_crc) {  // the driver's own CRC ends it
        if (parts.length < header_size + crc_size) return {};
        return {scratch_.data(), parts.length - crc_size};
    }
    insert_sums(n, parts, {scratch_.data(), parts.length});
    const std::size_t length = parts.insert_tag ? insert_tag(parts, parts.length) : parts.length;
    return {scratch_.data(), pad(length)};
}

void TxUnit::insert_sums(std::uint32_t n, const Parts& parts, std::span<std::byte> frame) {
    bool inside = true;
    if (parts.ip_sum && parts.context.ipv4) inside = insert_ip_sum(frame, parts.context);
    if (parts.l4_sum) inside = insert_l4_sum(frame, parts.context) && inside;
    if (!inside)
        core_.strict.flag(Mistake::checksum_outside_frame, "transmit queue", static_cast<int>(n),
                          frame.size());
    if (parts.legacy_sum) insert_legacy_sum(frame, parts.sum_start, parts.sum_place);
}

// Into the frame in `scratch_`; returns its new length.
std::size_t TxUnit::insert_tag(const Parts& parts, std::size_t length) {
    std::byte* at = scratch_.data() + addresses_size;
    std::memmove(at + tag_size, at, length - addresses_size);
    put_big_endian16(at, vlan_ether_type_);
    put_big_endian16(at + 2, parts.tag);
    return length + tag_size;
}

std::size_t TxUnit::pad(std::size_t length) {
    if (!pad_ || length >= shortest) return length;
    std::fill(scratch_.data() + length, scratch_.data() + shortest, std::byte{0});
    return shortest;
}

void TxUnit::put(std::uint32_t n, std::span<const std::byte> frame, Cable& cable) {
    const std::size_t wire_length = frame.size() + crc_size;
    const std::uint32_t counter = (core_.registers.get(reg::TQSM, n / 4) >> (8 * (n % 4))) & 0xF;
    Statistics& s = core_.statistics;
    s.add(Counter::GPTC);
    s.add(Counter::TPT);
    s.add(Counter::GOTC, wire_length);
    s.add(Counter::QPTC + counter);
    s.add(Counter::QBTC + counter, wire_length);
    s.add(Counter::TXDGPC);
    s.add(Counter::TXDGBC, wire_length);
    s.add_tx_size(wire_length);
    core_.pool_counters.sent(n, wire_length);
    core_.rates.sent(n, wire_length, core_.now);
    ++frames_;
    if ((frame[0] & std::byte{1}) != std::byte{0}) {
        const bool broadcast =
            std::all_of(frame.begin(), frame.begin() + 6, [](std::byte b) { return b == std::byte{0xFF}; });
        s.add(broadcast ? Counter::BPTC : Counter::MPTC);
    }
    if (core_.loopback)
        rx_.loop_back(frame);
    else
        cable.transmit(frame);
}

}  // namespace ringside::sim::ixgbe
