// The NIC's half of descriptor rings that exist in memory only, reduced to what a driver can notice: it
// fills receive descriptors up to the tail and writes transmit descriptors back that ask for it. Not timed.
#pragma once

#include "driver/rx_info.hpp"
#include "hal/barrier.hpp"
#include "hal/iova.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace ringside::bench {

// The tail registers of a pair of rings: words that the driver writes and the NIC reads.
struct Tails {
    alignas(64) volatile std::uint32_t rx = 0;
    alignas(64) volatile std::uint32_t tx = 0;
};

// Of every frame only the first line is written, whatever its length: that is what a forwarder touches. It
// carries a number, so that frames that are lost, repeated or swapped show. Card: tests/bench/cards.hpp.
template <class Card> class MemoryNic {
public:
    using Rx = typename Card::Rx;
    using Tx = typename Card::Tx;

    // `memory` is where the Iova `base` lies in this process.
    MemoryNic(std::span<Rx> rx, std::span<Tx> tx, Tails& tails, std::byte* memory, hal::Iova base)
        : rx_(rx), tx_(tx), tails_(&tails), memory_(memory), base_(base) {
        frame_.fill(std::byte{0x11});
        std::fill_n(frame_.begin(), 6, std::byte{0xAA});
        std::fill_n(frame_.begin() + 6, 6, std::byte{0xBB});
    }

    // Receives up to `count` frames of `length` bytes; returns how many descriptors there were for them.
    // `before_each()` is called just before the driver can see a frame.
    template <class BeforeEach>
    std::uint32_t deliver(std::uint32_t count, std::uint32_t length, BeforeEach before_each) {
        const auto mask = static_cast<std::uint32_t>(rx_.size()) - 1;
        const std::uint32_t tail = tails_->rx;
        hal::dma_acquire_fence();  // the tail first, then what it says is there
        std::uint32_t n = 0;
        for (; n < count && rx_head_ != tail; ++n, rx_head_ = (rx_head_ + 1) & mask) {
            write_frame(rx_[rx_head_], length);
            before_each();
            write_back(rx_[rx_head_], length);
        }
        return n;
    }
    std::uint32_t deliver(std::uint32_t count, std::uint32_t length) {
        return deliver(count, length, [] {});
    }

    // Descriptors that the driver has offered and no frame has taken yet.
    std::uint32_t rx_free() const {
        return (tails_->rx - rx_head_) & (static_cast<std::uint32_t>(rx_.size()) - 1);
    }

    // Sends everything up to the tail. Returns how many frames; those with wrong contents are counted.
    std::uint32_t drain() {
        const auto mask = static_cast<std::uint32_t>(tx_.size()) - 1;
        const std::uint32_t tail = tails_->tx;
        hal::dma_acquire_fence();
        if (tail != tx_head_) ++tail_writes_;
        std::uint32_t n = 0;
        for (; tx_head_ != tail; tx_head_ = (tx_head_ + 1) & mask) {
            Tx& d = tx_[tx_head_];
            if (Card::is_context(d.command)) continue;
            check(d);
            ++n;
            if (d.command & Tx::RS) {
                d.buffer = 0;
                std::atomic_ref(d.command).store(Tx::DD, std::memory_order_release);
            }
        }
        return n;
    }

    // Frames sent with wrong contents, or not in order.
    std::uint64_t wrong() const { return wrong_; }
    // How often the transmit tail was found to have moved.
    std::uint64_t tail_writes() const { return tail_writes_; }
    // What the metadata of all frames delivered so far adds up to.
    std::uint64_t metadata_sum() const { return metadata_sum_; }
    static std::uint64_t sum(const RxInfo& info) {
        return std::uint64_t{info.rss_hash} + info.vlan + info.flags;
    }

private:
    static constexpr std::size_t number_at = 16, length_at = 24;

    void write_frame(const Rx& d, std::uint32_t length) {
        std::byte* const data = memory_ + (d.low - value(base_));
        std::memcpy(data, frame_.data(), frame_.size());
        std::memcpy(data + number_at, &delivered_, sizeof delivered_);
        std::memcpy(data + length_at, &length, sizeof length);
    }
    void write_back(Rx& d, std::uint32_t length) {
        const auto hash = static_cast<std::uint32_t>(delivered_++);
        metadata_sum_ += sum(Card::info(hash));
        const auto [low, high] = Card::received(length, hash);
        d.low = low;
        std::atomic_ref(d.high).store(high, std::memory_order_release);
    }

    void check(const Tx& d) {
        const std::byte* const data = memory_ + (d.buffer - value(base_));
        std::uint64_t number;
        std::uint32_t length;
        std::memcpy(&number, data + number_at, sizeof number);
        std::memcpy(&length, data + length_at, sizeof length);
        const bool swapped = data[0] == std::byte{0xBB} && data[5] == std::byte{0xBB} &&
                             data[6] == std::byte{0xAA} && data[11] == std::byte{0xAA};
        const bool whole = (d.command & Tx::EOP) && Card::sent_length(d.command) == length;
        if (!swapped || !whole || number != sent_++) ++wrong_;
    }

    std::span<Rx> rx_;
    std::span<Tx> tx_;
    Tails* tails_;
    std::byte* memory_;
    hal::Iova base_;
    std::array<std::byte, 64> frame_;
    std::uint32_t rx_head_ = 0, tx_head_ = 0;
    std::uint64_t delivered_ = 0, sent_ = 0, wrong_ = 0, tail_writes_ = 0, metadata_sum_ = 0;
};

}  // namespace ringside::bench
