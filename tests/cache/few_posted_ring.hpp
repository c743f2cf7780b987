// A receive ring that keeps only as many buffers posted as mem::PostedBuffers says, and takes them from a
// stack. Small and slow: it is here to show what that does to the cache.
#pragma once

#include "driver/ixgbe/descriptors.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"
#include "mem/posting.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace ringside::cache_model {

class FewPostedRing {
public:
    FewPostedRing(mem::DmaDomain& domain, mem::PacketPool& pool, std::uint32_t size, std::uint32_t least,
                  std::uint32_t most)
        : pool_(pool),
          memory_(domain.allocate(size * sizeof(ixgbe::RxDescriptor))),
          ring_(reinterpret_cast<ixgbe::RxDescriptor*>(memory_.bytes().data()), size),
          owner_(size),
          policy_(std::min(size - 1, most), least) {}
    ~FewPostedRing() {
        mem::PacketCache cache(pool_);
        for (; posted_ > 0; --posted_, ++next_) cache.give(owner_[slot(next_)]);
    }
    FewPostedRing(const FewPostedRing&) = delete;
    FewPostedRing& operator=(const FewPostedRing&) = delete;

    std::span<ixgbe::RxDescriptor> ring() const { return ring_; }
    hal::Iova ring_iova() const { return memory_.iova(); }
    std::uint32_t tail() const { return slot(next_ + posted_); }
    std::uint32_t posted() const { return posted_; }

    // Posts what is to be posted at the beginning.
    void fill(mem::PacketCache& cache) {
        while (posted_ < policy_.wanted()) {
            const std::optional<mem::Packet> packet = cache.allocate();
            if (!packet) return;
            post(packet->index);
        }
    }

    std::uint32_t receive(mem::PacketCache& cache, std::span<mem::Packet> out) {
        std::uint32_t n = 0;
        for (; n < out.size() && posted_ > 0; ++n, ++next_, --posted_) {
            const std::uint64_t high = ring_[slot(next_)].high;
            if (!ixgbe::RxDescriptor::done(high)) break;
            const std::uint32_t index = owner_[slot(next_)];
            out[n] = {pool_.data(index), index, ixgbe::RxDescriptor::length(high), 0};
        }
        policy_.after(n, n == out.size());
        fill(cache);
        return n;
    }

private:
    std::uint32_t slot(std::uint32_t position) const {
        return position & static_cast<std::uint32_t>(ring_.size() - 1);
    }
    void post(std::uint32_t buffer) {
        const std::uint32_t s = slot(next_ + posted_++);
        owner_[s] = buffer;
        ring_[s] = {value(pool_.iova(buffer)), 0};
    }

    mem::PacketPool& pool_;
    mem::DmaBuffer memory_;
    std::span<ixgbe::RxDescriptor> ring_;
    std::vector<std::uint32_t> owner_;
    mem::PostedBuffers policy_;
    std::uint32_t next_ = 0, posted_ = 0;
};

}  // namespace ringside::cache_model
