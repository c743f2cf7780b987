#include "sim/ixgbe/queue_filters.hpp"

#include "sim/ixgbe/bits.hpp"
#include "sim/ixgbe/bytes.hpp"

#include <algorithm>

namespace ringside::sim::ixgbe {
namespace {

constexpr std::uint32_t tuple_filters = 128;
constexpr std::uint32_t filter_enable = bit(31);

namespace ETQF {
constexpr std::uint32_t IEEE1588 = bit(30);
}
namespace ignore {  // FTQF 29:25
constexpr unsigned source = 1, destination = 2, source_port = 4, destination_port = 8, protocol = 16;
}
// FTQF's numbers of protocols; 3 is any other.
constexpr std::uint8_t tcp = 0, udp = 1, sctp = 2, other = 3;

std::uint8_t protocol_of(const Headers& h) {
    switch (h.protocol) {
        case protocol::tcp: return tcp;
        case protocol::udp: return udp;
        case protocol::sctp: return sctp;
        default: return other;
    }
}

}  // namespace

void QueueFilters::reload(const RegisterStore& r) {
    ether_type_count_ = 0;
    for (std::uint32_t i = 0; i < ether_types_.size(); ++i) {
        const std::uint32_t filter = r.get(reg::ETQF, i), queue = r.get(reg::ETQS, i);
        if ((filter & filter_enable) == 0) continue;
        ether_types_[ether_type_count_++] = {
            static_cast<std::uint16_t>(filter),
            {static_cast<std::uint8_t>(i), (queue & filter_enable) != 0,
             static_cast<std::uint8_t>(field(queue, 22, 16)), (filter & ETQF::IEEE1588) != 0}};
    }
    const std::uint32_t syn = r.get(reg::SYNQF);
    syn_ = (syn & 1) != 0;
    syn_first_ = (syn & bit(31)) != 0;
    syn_queue_ = static_cast<std::uint8_t>(field(syn, 7, 1));
    tuples_.clear();
    for (std::uint32_t i = 0; i < tuple_filters; ++i) {
        const std::uint32_t filter = r.get(reg::FTQF, i);
        if ((filter & filter_enable) == 0) continue;
        tuples_.push_back({r.get(reg::SAQF, i), r.get(reg::DAQF, i), r.get(reg::SDPQF, i),
                           static_cast<std::uint8_t>(field(filter, 1, 0)),
                           static_cast<std::uint8_t>(field(filter, 4, 2)),
                           static_cast<std::uint8_t>(field(filter, 29, 25)),
                           static_cast<std::uint8_t>(field(r.get(reg::L34T_IMIR, i), 27, 21))});
    }
    std::stable_sort(tuples_.begin(), tuples_.end(),
                     [](const TupleFilter& a, const TupleFilter& b) { return a.priority > b.priority; });
}

std::optional<QueueFilters::EtherTypeMatch> QueueFilters::match_ether_type(
    std::uint16_t type) const noexcept {
    for (std::size_t i = 0; i < ether_type_count_; ++i)
        if (ether_types_[i].type == type) return ether_types_[i].match;
    return std::nullopt;
}

std::optional<std::uint8_t> QueueFilters::match_packet(std::span<const std::byte> frame,
                                                       const Headers& h) const noexcept {
    const auto first = syn_first_ ? match_syn(frame, h) : match_tuple(frame, h);
    if (first) return first;
    return syn_first_ ? match_tuple(frame, h) : match_syn(frame, h);
}

std::optional<std::uint8_t> QueueFilters::match_syn(std::span<const std::byte> frame,
                                                    const Headers& h) const noexcept {
    constexpr unsigned SYN = 0x02, ACK = 0x10;
    if (!syn_ || !h.tcp()) return std::nullopt;
    const auto flags = std::to_integer<unsigned>(frame[h.l4 + 13u]);
    if ((flags & (SYN | ACK)) != SYN) return std::nullopt;
    return syn_queue_;
}

std::optional<std::uint8_t> QueueFilters::match_tuple(std::span<const std::byte> frame,
                                                      const Headers& h) const noexcept {
    if (tuples_.empty() || !h.ipv4() || h.fragment) return std::nullopt;
    const std::uint32_t source = network_order32(&frame[h.l3 + 12u]);
    const std::uint32_t destination = network_order32(&frame[h.l3 + 16u]);
    const std::uint32_t ports = h.l4 == 0 ? 0 : network_order32(&frame[h.l4]);
    const std::uint8_t protocol = protocol_of(h);
    for (const TupleFilter& f : tuples_) {
        const auto counts = [&f](unsigned what) { return (f.ignored & what) == 0; };
        if (counts(ignore::source) && f.source != source) continue;
        if (counts(ignore::destination) && f.destination != destination) continue;
        if (counts(ignore::protocol) && f.protocol != protocol) continue;
        if (counts(ignore::source_port) && (h.l4 == 0 || ((f.ports ^ ports) & 0x0000FFFF) != 0)) continue;
        if (counts(ignore::destination_port) && (h.l4 == 0 || ((f.ports ^ ports) & 0xFFFF0000) != 0))
            continue;
        return f.queue;
    }
    return std::nullopt;
}

}  // namespace ringside::sim::ixgbe
