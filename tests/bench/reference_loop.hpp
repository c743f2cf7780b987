// The least any 82599 driver must do, written by hand and by nothing else: no check of what the device says,
// no metadata, no frames of several parts, one thread, one stack of buffers. The measure for the real driver.
#pragma once

#include "driver/ixgbe/descriptors.hpp"
#include "hal/iova.hpp"
#include "mem/packet.hpp"

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace ringside::bench {

class ReferenceLoop {
public:
    ReferenceLoop(std::uint32_t ring, std::uint32_t buffers, std::byte* memory, hal::Iova base,
                  std::uint32_t stride, ixgbe::RxDescriptor* rx, ixgbe::TxDescriptor* tx,
                  volatile std::uint32_t& rx_tail, volatile std::uint32_t& tx_tail)
        : rx_(rx),
          tx_(tx),
          rx_tail_(&rx_tail),
          tx_tail_(&tx_tail),
          mask_(ring - 1),
          tx_free_(ring),
          memory_(memory),
          base_(value(base)),
          stride_(stride),
          stack_(buffers),
          rx_owner_(ring),
          tx_owner_(ring) {
        for (std::uint32_t i = 0; i < buffers; ++i) stack_[top_++] = i;
        for (std::uint32_t i = 0; i < ring; ++i) {
            rx_owner_[i] = stack_[--top_];
            rx_[i] = {base_ + std::uint64_t{rx_owner_[i]} * stride_, 0};
        }
        *rx_tail_ = mask_;
    }

    std::uint32_t receive(mem::Packet* out, std::uint32_t count) {
        std::uint32_t at = rx_at_, top = top_, n = 0;
        if (top < count) count = top;
        for (; n < count; ++n) {
            volatile std::uint64_t* d = reinterpret_cast<volatile std::uint64_t*>(rx_ + at);
            const std::uint64_t high = d[1];
            if (!(high & ixgbe::RxDescriptor::DD)) break;
            const std::uint32_t old = rx_owner_[at], fresh = stack_[--top];
            out[n] = {memory_ + std::size_t{old} * stride_, old, static_cast<std::uint16_t>(high >> 32), 0};
            rx_owner_[at] = fresh;
            d[0] = base_ + std::uint64_t{fresh} * stride_;
            d[1] = 0;
            at = (at + 1) & mask_;
        }
        if (n != 0) {
            top_ = top;
            rx_at_ = at;
            asm volatile("" ::: "memory");
            *rx_tail_ = (at - 1) & mask_;
        }
        return n;
    }

    std::uint32_t send(const mem::Packet* in, std::uint32_t count) {
        while (tx_free_ < count + group) {
            const std::uint32_t last = (tx_clean_ + group - 1) & mask_;
            if (!(static_cast<volatile std::uint64_t&>(tx_[last].command) & ixgbe::TxDescriptor::DD)) break;
            std::memcpy(stack_.data() + top_, tx_owner_.data() + tx_clean_, group * sizeof(std::uint32_t));
            top_ += group;
            tx_clean_ = (tx_clean_ + group) & mask_;
            tx_free_ += group;
        }
        if (count > tx_free_ - 1) count = tx_free_ - 1;
        std::uint32_t at = tx_at_;
        for (std::uint32_t n = 0; n < count; ++n) {
            volatile std::uint64_t* d = reinterpret_cast<volatile std::uint64_t*>(tx_ + at);
            tx_owner_[at] = in[n].index;
            const std::uint64_t report = (at & (group - 1)) == group - 1 ? ixgbe::TxDescriptor::RS : 0;
            const std::uint64_t length = in[n].length;
            d[0] = base_ + static_cast<std::uint64_t>(in[n].data - memory_);
            d[1] = length << 46 | ixgbe::TxDescriptor::plain | ixgbe::TxDescriptor::EOP | report | length;
            at = (at + 1) & mask_;
        }
        tx_free_ -= count;
        tx_at_ = at;
        asm volatile("" ::: "memory");
        *tx_tail_ = at;
        return count;
    }

private:
    static constexpr std::uint32_t group = 32;
    ixgbe::RxDescriptor* rx_;
    ixgbe::TxDescriptor* tx_;
    volatile std::uint32_t *rx_tail_, *tx_tail_;
    std::uint32_t mask_, rx_at_ = 0, tx_at_ = 0, tx_free_, tx_clean_ = 0, top_ = 0;
    std::byte* memory_;
    std::uint64_t base_;
    std::uint32_t stride_;
    std::vector<std::uint32_t> stack_, rx_owner_, tx_owner_;
};

}  // namespace ringside::bench
