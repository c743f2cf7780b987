#include "sim/ixgbe/tx.hpp"

#include <algorithm>
#include <cstring>

namespace ringside::sim::ixgbe {
namespace {

constexpr std::uint32_t descriptor_size = 16;
constexpr std::size_t crc_size = 4, tag_size = 4, addresses_size = 12, shortest = 60;

// The second word of a transmit descriptor.
constexpr std::uint64_t EOP = 1u << 24, IFCS = 1u << 25, DEXT = 1u << 29, VLE = 1u << 30;
constexpr std::uint64_t dtyp(std::uint64_t command) { return (command >> 20) & 0xF; }
constexpr std::uint64_t dtyp_context = 2, dtyp_data = 3;
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
    if (!core_.dma.read(q.base + std::uint64_t{q.head} * descriptor_size, to, first * descriptor_size))
        return 0;
    if (first < wanted &&
        !core_.dma.read(q.base, to + first * descriptor_size, (wanted - first) * descriptor_size))
        return first;
    return wanted;
}

// Sends the whole frames among the first `available` fetched descriptors; returns how many descriptors these
// were.
std::uint32_t TxUnit::send_all(std::uint32_t n, std::uint32_t available, Cable& cable) {
    std::span<const Descriptor> rest(fetched_.data(), available);
    while (!rest.empty()) {
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

// How many descriptors the first frame has; 0 if its end is not among them.
std::size_t TxUnit::end_of_packet(std::span<const Descriptor> from) const {
    for (std::size_t i = 0; i < from.size(); ++i)
        if ((from[i].command & EOP) != 0) return i + 1;
    return 0;
}

TxUnit::Parts TxUnit::examine(std::uint32_t n, std::span<const Descriptor> descriptors) {
    Parts parts;
    parts.descriptors = descriptors;
    for (const Descriptor& d : descriptors) {
        if (is_context(d.command))
            take_context(n, d);
        else
            examine_data(n, d, parts);
    }
    const auto index = static_cast<int>(n);
    const std::uint64_t last = descriptors.back().command;
    if (is_context(last)) {
        core_.strict.flag(Mistake::context_with_end_of_packet, "transmit context", index, last);
        parts.good = false;
        return parts;
    }
    parts.insert_crc = add_crc_ && (last & IFCS) != 0;
    if (descriptors.size() > max_descriptors || (last & EOP) == 0) {
        core_.strict.flag(Mistake::too_many_descriptors, "transmit queue", index, descriptors.size());
        parts.good = parts.good && (last & EOP) != 0;
    }
    if (parts.good && parts.length < min_frame) {
        core_.strict.flag(Mistake::frame_too_short, "transmit queue", index, parts.length);
        parts.good = parts.length >= 14;
    }
    if (parts.length > max_frame) {
        core_.strict.flag(Mistake::frame_too_long, "transmit queue", index, parts.length);
        parts.good = false;
    }
    return parts;
}

void TxUnit::examine_data(std::uint32_t n, const Descriptor& d, Parts& parts) {
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
    if ((d.command & VLE) == 0 || parts.insert_tag) return;
    parts.insert_tag = true;
    if (!advanced) {
        parts.tag = static_cast<std::uint16_t>(d.command >> 48);
        return;
    }
    const std::size_t slot = (d.command >> 36) & 1;
    if (!queues_[n].context_valid[slot])
        core_.strict.flag(Mistake::stale_context, "transmit descriptor", index, d.command);
    parts.tag = queues_[n].context_tags[slot];
}

// Checksum and segmentation settings of a context belong here too, once they are modelled.
void TxUnit::take_context(std::uint32_t n, const Descriptor& d) {
    const std::size_t slot = (d.command >> 36) & 1;
    queues_[n].context_valid[slot] = true;
    queues_[n].context_tags[slot] = static_cast<std::uint16_t>(d.address >> 16);
}

void TxUnit::send(std::uint32_t n, const Parts& parts, Cable& cable) {
    if (!parts.good) {
        ++refused_;
        return;
    }
    std::span<const std::byte> frame = one_piece(parts);
    if (frame.empty()) frame = assemble(parts);
    if (frame.empty()) {
        ++refused_;
        return;
    }
    put(n, frame, cable);
}

// The frame where it lies, if it needs no change; else empty.
std::span<const std::byte> TxUnit::one_piece(const Parts& parts) {
    if (parts.descriptors.size() != 1 || parts.length < shortest || parts.insert_tag || !parts.insert_crc)
        return {};
    const std::byte* at = core_.dma.at(parts.descriptors[0].address, parts.length, DmaAccess::read);
    return at == nullptr ? std::span<const std::byte>() : std::span(at, parts.length);
}

// The frame in one piece, with tag and padding. Empty if its memory is not mapped.
std::span<const std::byte> TxUnit::assemble(const Parts& parts) {
    std::byte* const start = scratch_.data();
    std::size_t length = 0;
    for (const Descriptor& d : parts.descriptors) {
        if (is_context(d.command)) continue;
        const std::size_t size = d.command & 0xFFFF;
        if (!core_.dma.read(d.address, start + length, size)) return {};
        length += size;
    }
    if (!parts.insert_crc) return {start, length - crc_size};  // the driver's own CRC ends it
    if (parts.insert_tag) {
        std::memmove(start + addresses_size + tag_size, start + addresses_size, length - addresses_size);
        const std::uint16_t words[] = {vlan_ether_type_, parts.tag};
        for (std::size_t i = 0; i < 2; ++i) {
            start[addresses_size + 2 * i] = static_cast<std::byte>(words[i] >> 8);
            start[addresses_size + 2 * i + 1] = static_cast<std::byte>(words[i]);
        }
        length += tag_size;
    }
    if (pad_ && length < shortest) {
        std::fill(start + length, start + shortest, std::byte{0});
        length = shortest;
    }
    return {start, length};
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
