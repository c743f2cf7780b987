// The NIC's half of descriptor rings that exist in memory only, reduced to what a driver can notice: it fills
// receive descriptors up to the tail and writes transmit descriptors back that ask for it. Not timed.
#pragma once

#include "driver/ixgbe/descriptors.hpp"
#include "hal/iova.hpp"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <span>

namespace ringside::bench {

class MemoryNic {
public:
    // `memory` is where the Iova `base` lies in this process.
    MemoryNic(std::span<ixgbe::RxDescriptor> rx, std::span<ixgbe::TxDescriptor> tx, std::byte* memory,
              hal::Iova base)
        : rx_(rx), tx_(tx), memory_(memory), base_(base) {
        frame_.fill(std::byte{0x11});
        std::fill_n(frame_.begin(), 6, std::byte{0xAA});
        std::fill_n(frame_.begin() + 6, 6, std::byte{0xBB});
    }

    volatile std::uint32_t& rx_tail() { return rx_tail_; }
    volatile std::uint32_t& tx_tail() { return tx_tail_; }

    // Receives up to `count` frames of `length` bytes; returns how many descriptors there were for them.
    std::uint32_t deliver(std::uint32_t count, std::uint32_t length) {
        const auto mask = static_cast<std::uint32_t>(rx_.size()) - 1;
        std::uint32_t n = 0;
        for (; n < count && rx_head_ != rx_tail_; ++n, rx_head_ = (rx_head_ + 1) & mask) {
            ixgbe::RxDescriptor& d = rx_[rx_head_];
            std::memcpy(memory_ + (d.low - value(base_)), frame_.data(), frame_.size());
            d.low = 0;
            std::atomic_ref(d.high).store(
                std::uint64_t{length} << 32 | ixgbe::RxDescriptor::DD | ixgbe::RxDescriptor::EOP,
                std::memory_order_release);
        }
        return n;
    }

    // Sends everything up to the tail. Returns how many frames; those with wrong contents are counted.
    std::uint32_t drain() {
        const auto mask = static_cast<std::uint32_t>(tx_.size()) - 1;
        std::uint32_t n = 0;
        for (; tx_head_ != tx_tail_; ++n, tx_head_ = (tx_head_ + 1) & mask) {
            ixgbe::TxDescriptor& d = tx_[tx_head_];
            const std::byte* data = memory_ + (d.buffer - value(base_));
            if (data[0] != std::byte{0xBB} || data[6] != std::byte{0xAA}) ++wrong_;
            if (d.command & ixgbe::TxDescriptor::RS) {
                d.buffer = 0;
                std::atomic_ref(d.command).store(ixgbe::TxDescriptor::DD, std::memory_order_release);
            }
        }
        return n;
    }
    std::uint64_t wrong() const { return wrong_; }

private:
    std::span<ixgbe::RxDescriptor> rx_;
    std::span<ixgbe::TxDescriptor> tx_;
    std::byte* memory_;
    hal::Iova base_;
    std::array<std::byte, 64> frame_;
    alignas(64) volatile std::uint32_t rx_tail_ = 0;
    alignas(64) volatile std::uint32_t tx_tail_ = 0;
    alignas(64) std::uint32_t rx_head_ = 0, tx_head_ = 0;
    std::uint64_t wrong_ = 0;
};

}  // namespace ringside::bench
