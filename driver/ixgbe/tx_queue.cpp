#include "driver/ixgbe/tx_queue.hpp"

namespace ringside::ixgbe {

TxQueue::TxQueue(mem::DmaDomain& domain, std::shared_ptr<mem::PacketPool> pool, std::uint32_t size,
                 hal::Doorbell doorbell, std::uint32_t first)
    : first_data_(pool->data(0)),
      first_buffer_(pool->iova(0u)),
      mask_(size - 1),
      next_(first),
      clean_(first),
      doorbell_(doorbell),
      pool_(std::move(pool)),
      memory_(domain.allocate(size * sizeof(TxDescriptor))),
      owners_(std::make_unique<std::uint32_t[]>(size)),
      reports_(std::make_unique<std::uint32_t[]>(size / group)) {
    ring_ = reinterpret_cast<TxDescriptor*>(memory_.bytes().data());
    owner_ = owners_.get();
    report_ = reports_.get();
}

TxQueue::~TxQueue() {
    mem::PacketCache cache(*pool_);
    free_up_to(next_, cache);
}

void TxQueue::free_up_to(std::uint32_t position, mem::PacketCache& cache) noexcept {
    for (; clean_ != position; ++clean_) {
        report_[(clean_ & mask_) / group] = 0;
        cache.give(owner_[clean_ & mask_]);
    }
}

std::uint32_t TxQueue::reclaim(mem::PacketCache& cache) noexcept {
    free_done_groups(cache);
    // The last descriptor of every send() reports, and the device works in order.
    if (next_ != clean_ && done(next_ - 1)) free_up_to(next_, cache);
    return next_ - clean_;
}

std::uint32_t TxQueue::send_unusual(mem::PacketCache& cache, std::span<const mem::Packet> in) noexcept {
    std::uint32_t parts = 0, total = 0;
    bool possible = true;
    do {
        if (parts == in.size()) {  // the frame's end is not here yet, or will never fit
            if (parts <= max_parts) return 0;
            possible = false;
            break;
        }
        possible = possible && in[parts].length - 1u < max_length;
        total += in[parts].length;
    } while (in[parts++].flags & mem::Packet::more);

    if (!possible || total < min_length || total > max_length || parts > max_parts || parts > mask_) {
        for (const mem::Packet& packet : in.first(parts)) cache.give(packet.index);
        refused_.add(1);
        return parts;
    }
    if (parts > mask_ - (next_ - clean_)) return 0;

    const std::uint32_t last = next_ + parts - 1;
    std::uint64_t end_of_frame = TxDescriptor::EOP;
    for (std::uint32_t i = 0; i < parts; ++i, ++next_) {
        const std::uint32_t slot = next_ & mask_;
        // RS counts only together with EOP: a group that ends inside the frame is reported by the frame's
        // end.
        if (next_ == group_end(next_)) {
            report_[slot / group] = last - next_;
            end_of_frame |= TxDescriptor::RS;
        }
        owner_[slot] = in[i].index;
        ring_[slot] = {value(pool_->iova(in[i].data)), std::uint64_t{total} << TxDescriptor::paylen_shift |
                                                           TxDescriptor::plain |
                                                           (next_ == last ? end_of_frame : 0) | in[i].length};
    }
    return parts;
}

}  // namespace ringside::ixgbe
