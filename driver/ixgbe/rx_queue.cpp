#include "driver/ixgbe/rx_queue.hpp"

#include "hal/error.hpp"

#include <string>

namespace ringside::ixgbe {

RxQueue::RxQueue(mem::DmaDomain& domain, std::shared_ptr<mem::PacketPool> pool, std::uint32_t size,
                 hal::Doorbell doorbell)
    : first_data_(pool->data(0)),
      first_buffer_(pool->iova(0u)),
      stride_(pool->stride()),
      room_(pool->room()),
      mask_(size - 1),
      doorbell_(doorbell),
      pool_(std::move(pool)),
      memory_(domain.allocate(size * sizeof(RxDescriptor))),
      owners_(std::make_unique<std::uint32_t[]>(size)) {
    ring_ = reinterpret_cast<RxDescriptor*>(memory_.bytes().data());
    owner_ = owners_.get();
    mem::PacketCache cache(*pool_);
    for (std::uint32_t slot = 0; slot < size; ++slot) {
        if (cache.prepare(1) == 0) {
            for (std::uint32_t filled = 0; filled < slot; ++filled) cache.give(owner_[filled]);
            throw hal::Error("the packet pool of " + std::to_string(pool_->size()) +
                             " buffers is too small to fill a receive ring of " + std::to_string(size) +
                             "; mem::buffers_needed() says how many it takes");
        }
        offer(slot, *(cache.end_of_stock() - 1));
        cache.taken(1);
    }
}

RxQueue::~RxQueue() {
    mem::PacketCache cache(*pool_);
    for (std::uint32_t slot = 0; slot < size(); ++slot) cache.give(owner_[slot]);
}

RxQueue::Unusual RxQueue::drop(std::uint32_t parts, hal::Count& count) noexcept {
    count.add(1);
    for (; parts > 0; --parts) {
        offer(next_, owner_[next_]);
        next_ = (next_ + 1) & mask_;
    }
    return {0, false};
}

RxQueue::Unusual RxQueue::unusual(const std::uint32_t* fresh, std::span<mem::Packet> out, RxInfo* info,
                                  std::uint32_t burst, bool first) noexcept {
    // How many descriptors the frame takes, and whether what they say is possible.
    std::uint32_t parts = 0;
    std::uint64_t high = 0;
    bool possible = true;
    std::array<std::uint16_t, max_parts> lengths{};
    do {
        // All descriptors that the device has, and no end.
        if (parts == mask_) return drop(parts, bad_descriptors_);
        high = load(ring_[(next_ + parts) & mask_].high);
        if (!(high & RxDescriptor::DD)) return {0, true};  // the rest of the frame is on its way
        const std::uint16_t length = RxDescriptor::length(high);
        // A chain that is too long is followed to its end all the same: what is left of it is not a frame.
        possible = possible && parts < max_parts && length - 1u < room_;
        if (possible) lengths[parts] = length;
        ++parts;
    } while (!(high & RxDescriptor::EOP));

    if (!possible) return drop(parts, bad_descriptors_);
    if (high & RxDescriptor::frame_errors) return drop(parts, damaged_);  // valid in the last part only
    if (parts > out.size()) {
        if (first && parts > burst) return drop(parts, too_long_);
        if (first) no_buffers_.add(1);  // it would fit if the pool had enough
        return {0, true};
    }
    hal::dma_acquire_fence();
    if (info != nullptr) *info = describe(load(ring_[(next_ + parts - 1) & mask_].low), high);
    for (std::uint32_t i = 0; i < parts; ++i, next_ = (next_ + 1) & mask_) {
        const std::uint32_t buffer = owner_[next_];
        const std::uint16_t flags = i + 1 < parts ? mem::Packet::more : 0;
        out[i] = {first_data_ + std::size_t{buffer} * stride_, buffer, lengths[i], flags};
        offer(next_, *--fresh);
    }
    return {parts, false};
}

// §7.1.6.2: only the last descriptor of a frame says what the frame was.
RxInfo RxQueue::describe(std::uint64_t low, std::uint64_t high) noexcept {
    using D = RxDescriptor;
    RxInfo info;
    unsigned flags = 0;
    const unsigned type = D::packet_type(low);
    if (!(type & D::type_l2)) {
        if (type & D::type_ipv4) flags |= RxInfo::ipv4;
        if (type & D::type_ipv6) flags |= RxInfo::ipv6;
        if (type & D::type_tcp) flags |= RxInfo::tcp;
        if (type & D::type_udp) flags |= RxInfo::udp;
        if (type & D::type_sctp) flags |= RxInfo::sctp;
    }
    if (D::rss_type(low) >= 1 && D::rss_type(low) <= 9) {
        flags |= RxInfo::hash_valid;
        info.rss_hash = D::rss_hash(low);
    }
    if (high & D::VP) {
        flags |= RxInfo::vlan_stripped;
        info.vlan = D::vlan(high);
    }
    if (high & D::IPCS) flags |= RxInfo::ip_checked;
    if ((high & D::IPCS) && (high & D::IPE)) flags |= RxInfo::ip_bad;
    // Erratum: UDP frames without a checksum may be flagged as wrong; so a UDP verdict "wrong" says nothing.
    const bool l4_bad = (high & D::L4E) != 0;
    const bool believed = (high & D::L4I) && !(l4_bad && (flags & RxInfo::udp));
    if (believed) flags |= RxInfo::l4_checked;
    if (believed && l4_bad) flags |= RxInfo::l4_bad;
    info.flags = static_cast<std::uint16_t>(flags);
    return info;
}

}  // namespace ringside::ixgbe
