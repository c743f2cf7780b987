#include "sim/ixgbe/steering.hpp"

#include "sim/ixgbe/bits.hpp"
#include "sim/ixgbe/bytes.hpp"
#include "sim/ixgbe/checksum.hpp"

namespace ringside::sim::ixgbe {
namespace {

namespace RXCSUM {
constexpr std::uint32_t IPPCSE = bit(12), PCSD = bit(13);
}
constexpr unsigned packet_type_shift = 4, upper_half_shift = 32;
constexpr std::uint64_t flow_director_type = 0xF;  // in place of an RSS type
constexpr std::uint32_t FLM = bit(2), flow_too_deep = bit(20);

}  // namespace

void Steering::reload(const RegisterStore& registers) {
    rss_.reload(registers);
    filters_.reload(registers);
    const std::uint32_t rxcsum = registers.get(reg::RXCSUM);
    shows_hash_ = (rxcsum & RXCSUM::PCSD) != 0;
    sums_fragments_ = (rxcsum & RXCSUM::IPPCSE) != 0;
    valid_ = true;
}

void Steering::count(const Verdict& verdict, Statistics& statistics) noexcept {
    using namespace checksum_status;
    if ((verdict.status & (IPE | L4E)) != 0) statistics.add(Counter::XEC);
    if (verdict.flow_looked_up) statistics.add(verdict.flow_found ? Counter::FDIRMATCH : Counter::FDIRMISS);
}

Verdict Steering::judge(std::span<const std::byte> frame, const FrameView& view, const Headers& h) const {
    Verdict v;
    std::uint64_t type = h.packet_type;
    bool chosen = false;
    if (filters_.any_ether_type()) [[unlikely]]
        if (const auto match = filters_.match_ether_type(h.ether_type)) {
            type = packet_type::l2 | match->index;
            v.time_stamp = match->time_stamp;
            chosen = match->has_queue;
            v.queue = match->queue;
        }
    if (h.l3 != 0) v.status = check_sums(frame, h, udp_zero_is_wrong_);
    const Rss::Result rss = rss_.choose(frame, h);
    if (shows_hash_ && rss.type != 0) v.low = std::uint64_t{rss.hash} << upper_half_shift | rss.type;
    if (!shows_hash_) describe_fragment(frame, h, v);
    if (!chosen && filters_.any_packet() && h.l3 != 0) [[unlikely]]
        if (const auto queue = filters_.match_packet(frame, h)) {
            chosen = true;
            v.queue = *queue;
        }
    if (flow_director_.enabled() && h.l3 != 0 && !chosen) [[unlikely]]
        chosen = choose_by_flow(frame, view, h, v);
    if (!chosen) v.queue = rss.queue;
    v.low |= type << packet_type_shift;
    return v;
}

// True if a filter has chosen the queue, or to drop the frame.
bool Steering::choose_by_flow(std::span<const std::byte> frame, const FrameView& view, const Headers& h,
                              Verdict& v) const {
    const FlowDirector::Match match =
        flow_director_.find(frame, h, view.tagged ? view.tci : std::uint16_t{0});
    v.flow_looked_up = true;
    v.flow_found = match.found;
    if (match.found) v.status |= FLM | (match.too_deep ? flow_too_deep : 0);
    if (flow_director_.reports_always() || (match.found && flow_director_.reports_matches()))
        v.low = std::uint64_t{match.bucket & 0x1FFFu} << 48 | std::uint64_t{match.index & 0x1FFFu} << 32 |
                flow_director_type;
    if (!match.found) return false;
    if (match.drop) {
        v.drop = true;
        v.queue = flow_director_.drop_queue();
        return true;
    }
    if (!match.has_queue) return false;
    v.queue = match.queue;
    return true;
}

// Identification and sum of an IPv4 packet, for software that puts fragments together.
void Steering::describe_fragment(std::span<const std::byte> frame, const Headers& h, Verdict& v) const {
    if (!h.ipv4()) return;
    v.low = std::uint64_t{big_endian16(&frame[h.l3 + 4u])} << upper_half_shift;
    if (!h.fragment || !sums_fragments_ || h.protocol != protocol::udp) return;
    const std::span<const std::byte> carried = frame.subspan(h.l3_end, std::size_t{h.end} - h.l3_end);
    v.low |= std::uint64_t{ones_sum(carried)} << 48;
    v.status |= checksum_status::UDPCS;
    if (h.first_fragment && carried.size() >= 8 && big_endian16(&carried[6]) != 0)
        v.status |= checksum_status::UDPV;
}

}  // namespace ringside::sim::ixgbe
