#include "sim/ixgbe/flow_director.hpp"

#include "sim/ixgbe/bits.hpp"
#include "sim/ixgbe/bytes.hpp"

#include <algorithm>

namespace ringside::sim::ixgbe {
namespace {

namespace FDIRCTRL {
constexpr std::uint32_t INIT_DONE = bit(3), PERFECT_MATCH = bit(4), REPORT_STATUS = bit(5),
                        REPORT_ALWAYS = bit(7);
constexpr std::uint32_t pballoc(std::uint32_t v) { return field(v, 1, 0); }
constexpr std::uint32_t drop_queue(std::uint32_t v) { return field(v, 14, 8); }
constexpr std::uint32_t flexible_offset(std::uint32_t v) { return field(v, 20, 16); }  // in words
constexpr std::uint32_t longest_bucket(std::uint32_t v) { return field(v, 27, 24); }
constexpr std::uint32_t threshold(std::uint32_t v) { return field(v, 31, 28); }  // times 16
}  // namespace FDIRCTRL
namespace FDIRCMD {
constexpr std::uint32_t FILTER_VALID = bit(2), CLEARHT = bit(8), DROP = bit(9), QUEUE_EN = bit(15);
constexpr std::uint32_t add = 1, remove = 2, query = 3;
constexpr std::uint32_t command(std::uint32_t v) { return field(v, 1, 0); }
constexpr std::uint32_t flow_type(std::uint32_t v) { return field(v, 7, 5); }
constexpr std::uint32_t queue(std::uint32_t v) { return field(v, 22, 16); }
}  // namespace FDIRCMD
namespace FDIRM {
constexpr unsigned VLAN_ID = 0, VLAN_PRIORITY = 1, L4_TYPE = 3, FLEXIBLE = 4, DESTINATION_IPV6 = 5;
}
constexpr std::uint32_t hash_bits = 0x7FFF, perfect_hash_bits = 0x1FFF, index_shift = 16;
constexpr std::uint32_t flow_udp = 1, flow_tcp = 2, flow_sctp = 3, flow_ipv6 = 4;

// Each half of the port masks has its bits in reverse order.
constexpr std::uint32_t reversed_halves(std::uint32_t v) {
    std::uint32_t out = 0;
    for (unsigned i = 0; i < 16; ++i) {
        out |= (v >> i & 1) << (15 - i);
        out |= (v >> (16 + i) & 1) << (31 - i);
    }
    return out;
}
// FDIRPORT and the port masks have the source in 15:0; the hash has it first.
constexpr std::uint32_t source_first(std::uint32_t v) { return v << 16 | v >> 16; }
constexpr std::uint32_t big_endian(std::uint32_t v) { return __builtin_bswap32(v); }

// Bit i of the half covers byte i of the address.
constexpr std::uint32_t byte_mask(std::uint32_t ignored, unsigned word) {
    std::uint32_t mask = 0;
    for (unsigned i = 0; i < 4; ++i)
        if ((ignored >> (4 * word + i) & 1) == 0) mask |= 0xFF000000u >> (8 * i);
    return mask;
}

}  // namespace

std::uint32_t flow_hash(std::uint32_t key, std::uint32_t flow, std::uint32_t mixed) noexcept {
    const std::uint32_t high = mixed ^ flow ^ flow >> 16;
    const std::uint32_t swapped = mixed >> 16 | mixed << 16;
    const std::uint32_t low = swapped ^ flow ^ flow << 16;
    std::uint32_t hash = (key & 1) != 0 ? swapped : 0;  // bit 0 goes without the flow's word
    for (unsigned i = 1; i < 16; ++i) hash ^= (0u - (key >> i & 1)) & low >> i;
    for (unsigned i = 0; i < 16; ++i) hash ^= (0u - (key >> (16 + i) & 1)) & high >> i;
    return hash & hash_bits;
}

void FlowDirector::reset() { *this = FlowDirector(); }

FlowDirector::Outcome FlowDirector::write(RegisterStore& registers, std::uint32_t offset, std::uint32_t value,
                                          std::uint32_t writable) {
    Outcome outcome = Outcome::nothing;
    if (offset == reg::FDIRCMD) {
        outcome = command(registers, value & writable);
        show(registers);
        return outcome;
    }
    registers.set(offset, (registers.get(offset) & ~writable) | (value & writable));
    if (offset == reg::FDIRCTRL) {
        take_control(value);
        // Initialised at once.
        registers.set(offset, (value & writable & ~FDIRCTRL::INIT_DONE) | FDIRCTRL::INIT_DONE);
        show(registers);
    }
    take_masks(registers);
    return outcome;
}

void FlowDirector::take_control(std::uint32_t value) {
    const bool was_perfect = perfect_;
    const std::uint32_t before = capacity_;
    perfect_ = (value & FDIRCTRL::PERFECT_MATCH) != 0;
    report_ = (value & FDIRCTRL::REPORT_STATUS) != 0;
    report_always_ = (value & FDIRCTRL::REPORT_ALWAYS) != 0;
    drop_queue_ = static_cast<std::uint8_t>(FDIRCTRL::drop_queue(value));
    flexible_offset_ = 2 * FDIRCTRL::flexible_offset(value);
    longest_bucket_ = FDIRCTRL::longest_bucket(value);
    threshold_ = 16 * FDIRCTRL::threshold(value);
    const std::uint32_t allocated = FDIRCTRL::pballoc(value);
    // 64, 128 or 256 KiB of the packet buffer; two filters' room is not for filters.
    capacity_ = allocated == 0 ? 0 : ((perfect_ ? 1024u : 4096u) << allocated) - 2;
    if (perfect_ != was_perfect || capacity_ != before) clear();
}

void FlowDirector::take_masks(const RegisterStore& registers) noexcept {
    bucket_key_ = registers.get(reg::FDIRHKEY);
    signature_key_ = registers.get(reg::FDIRSKEY);
    masks_ = registers.get(reg::FDIRM);
    vlan_mask_ = (masked(FDIRM::VLAN_ID) ? 0 : 0x0FFFu) | (masked(FDIRM::VLAN_PRIORITY) ? 0 : 0xE000u);
    source_mask_ = big_endian(~registers.get(reg::FDIRSIP4M));
    destination_mask_ = big_endian(~registers.get(reg::FDIRDIP4M));
    tcp_mask_ = source_first(reversed_halves(~registers.get(reg::FDIRTCPM)));
    udp_mask_ = source_first(reversed_halves(~registers.get(reg::FDIRUDPM)));
    const std::uint32_t ipv6 = registers.get(reg::FDIRIP6M);
    for (unsigned word = 0; word < 4; ++word) {
        ipv6_masks_[word] = byte_mask(ipv6 & 0xFFFF, word);
        ipv6_masks_[4 + word] = masked(FDIRM::DESTINATION_IPV6) ? 0 : byte_mask(ipv6 >> 16, word);
    }
}

void FlowDirector::clear() {
    used_ = 0;
    heads_.clear();
    filters_.clear();
    free_.clear();
    if (capacity_ == 0) return;
    heads_.assign(buckets, nothing);
    filters_.reserve(64);
}

// Registers that tell of the table.
void FlowDirector::show(RegisterStore& registers) const {
    registers.set(reg::FDIRFREE, (registers.get(reg::FDIRFREE) & 0x7FFF0000) | (free_filters() & 0xFFFF));
}

FlowDirector::Outcome FlowDirector::command(RegisterStore& registers, std::uint32_t value) {
    const std::uint32_t hash = registers.get(reg::FDIRHASH);
    std::uint32_t shown = value & ~(FDIRCMD::FILTER_VALID | 3u);  // done at once
    Outcome outcome = Outcome::nothing;
    if ((value & FDIRCMD::CLEARHT) != 0) clear();
    switch (FDIRCMD::command(value)) {
        case FDIRCMD::add: outcome = add(registers, value); break;
        case FDIRCMD::remove: outcome = remove(hash); break;
        case FDIRCMD::query:
            if (const std::uint16_t* link = link_to(hash)) {
                const Filter& filter = filters_[*link];
                shown = (filter.command & ~3u) | FDIRCMD::FILTER_VALID;
            }
            break;
        default: break;
    }
    registers.set(reg::FDIRCMD, shown);
    return outcome;
}

// Where the number of the filter with this FDIRHASH is kept, or nullptr.
std::uint16_t* FlowDirector::link_to(std::uint32_t hash) noexcept {
    if (heads_.empty()) return nullptr;
    const std::uint32_t bucket = hash & hash_bits, index = hash >> index_shift;
    for (std::uint16_t* link = &heads_[bucket]; *link != nothing; link = &filters_[*link].next)
        if (filters_[*link].index == index) return link;
    return nullptr;
}

FlowDirector::Flow FlowDirector::programmed(const RegisterStore& registers,
                                            std::uint32_t value) const noexcept {
    const std::uint32_t type = FDIRCMD::flow_type(value);
    Flow flow;
    flow.head = (masked(FDIRM::L4_TYPE) ? type & flow_ipv6 : type) << 16 |
                (registers.get(reg::FDIRVLAN) & vlan_mask_);
    flow.source = big_endian(registers.get(reg::FDIRIPSA)) & source_mask_;
    flow.destination = big_endian(registers.get(reg::FDIRIPDA)) & destination_mask_;
    const std::uint32_t ports = source_first(registers.get(reg::FDIRPORT));
    const std::uint32_t l4 = type & 3;
    flow.ports = l4 == 0 || masked(FDIRM::L4_TYPE) ? 0 : ports & (l4 == flow_udp ? udp_mask_ : tcp_mask_);
    if (!masked(FDIRM::FLEXIBLE))
        flow.flexible = __builtin_bswap16(static_cast<std::uint16_t>(registers.get(reg::FDIRVLAN) >> 16));
    return flow;
}

FlowDirector::Outcome FlowDirector::add(const RegisterStore& registers, std::uint32_t value) {
    if (!enabled()) return Outcome::not_added;
    const std::uint32_t hash = registers.get(reg::FDIRHASH);
    Filter filter;
    filter.bucket = static_cast<std::uint16_t>(hash & hash_bits);
    filter.index = static_cast<std::uint16_t>(hash >> index_shift);
    filter.command = value;
    filter.flow = programmed(registers, value);
    if (const std::uint16_t* link = link_to(hash)) {
        filter.next = filters_[*link].next;
        filters_[*link] = filter;
        return Outcome::added;
    }
    if (free_filters() == 0) return Outcome::not_added;
    std::uint16_t* end = &heads_[filter.bucket];
    while (*end != nothing) end = &filters_[*end].next;
    std::uint16_t place = static_cast<std::uint16_t>(filters_.size());
    if (!free_.empty()) {
        place = free_.back();
        free_.pop_back();
        *end = place;
        filters_[place] = filter;
    } else {
        *end = place;
        filters_.push_back(filter);  // after the link is set: it may lie in the vector that moves
    }
    ++used_;
    return Outcome::added;
}

FlowDirector::Outcome FlowDirector::remove(std::uint32_t hash) {
    std::uint16_t* link = link_to(hash);
    if (link == nullptr) return Outcome::not_removed;
    const std::uint16_t place = *link;
    *link = filters_[place].next;
    free_.push_back(place);
    --used_;
    return Outcome::removed;
}

// The fields of a received frame that count, and the exclusive or of all that the hash takes besides `head`.
FlowDirector::Flow FlowDirector::flow_of(std::span<const std::byte> frame, const Headers& h,
                                         std::uint16_t tci, std::uint32_t& mixed) const noexcept {
    Flow flow;
    std::uint32_t type = h.tcp() ? flow_tcp : h.udp() ? flow_udp : h.sctp() ? flow_sctp : 0;
    if (masked(FDIRM::L4_TYPE)) type = 0;
    if (type != 0) flow.ports = big_endian32(&frame[h.l4]) & (type == flow_udp ? udp_mask_ : tcp_mask_);
    if (h.ipv6()) {
        type |= flow_ipv6;
        for (unsigned word = 0; word < 8; ++word)
            mixed ^= big_endian32(&frame[h.l3 + 8u + 4 * word]) & ipv6_masks_[word];
    } else {
        flow.source = big_endian32(&frame[h.l3 + 12u]) & source_mask_;
        flow.destination = big_endian32(&frame[h.l3 + 16u]) & destination_mask_;
    }
    flow.head = type << 16 | (tci & vlan_mask_);
    if (!masked(FDIRM::FLEXIBLE) && flexible_offset_ + 2 <= frame.size())
        flow.flexible = big_endian16(&frame[flexible_offset_]);
    mixed ^= flow.source ^ flow.destination ^ flow.ports ^ flow.flexible << 16;
    return flow;
}

FlowDirector::Match FlowDirector::find(std::span<const std::byte> frame, const Headers& h,
                                       std::uint16_t tci) const noexcept {
    Match match;
    std::uint32_t mixed = 0;
    const Flow flow = flow_of(frame, h, tci, mixed);
    const std::uint32_t bits = perfect_ ? perfect_hash_bits : hash_bits;
    match.bucket = static_cast<std::uint16_t>(flow_hash(bucket_key_, flow.head, mixed) & bits);
    const std::uint32_t signature = perfect_ ? 0 : flow_hash(signature_key_, flow.head, mixed);
    match.index = static_cast<std::uint16_t>(signature);
    if (perfect_ && h.ipv6()) return match;
    std::uint32_t depth = 0;
    for (std::uint16_t i = heads_[match.bucket]; i != nothing; i = filters_[i].next, ++depth) {
        const Filter& filter = filters_[i];
        if (perfect_ ? filter.flow != flow : filter.index != signature) continue;
        match.found = true;
        match.too_deep = longest_bucket_ != 0 && depth >= longest_bucket_;
        match.drop = (filter.command & FDIRCMD::DROP) != 0;
        match.has_queue = (filter.command & FDIRCMD::QUEUE_EN) != 0;
        match.queue = static_cast<std::uint8_t>(FDIRCMD::queue(filter.command));
        match.index = filter.index;
        return match;
    }
    return match;
}

}  // namespace ringside::sim::ixgbe
