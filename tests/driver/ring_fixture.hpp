// What the tests of the queues share: packet memory without a device, and the device's half of the rings.
#pragma once

#include "driver/ixgbe/descriptors.hpp"
#include "hal/iova.hpp"
#include "mem/dma_domain.hpp"
#include "mem/packet_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <span>
#include <vector>

namespace ringside::test {

using ixgbe::RxDescriptor;
using ixgbe::TxDescriptor;
using Bytes = std::vector<std::byte>;

// A frame whose bytes say which one it is.
inline Bytes pattern(std::uint64_t number, std::size_t length) {
    Bytes frame(length);
    for (std::size_t i = 0; i < length; ++i)
        frame[i] = static_cast<std::byte>((number >> (8 * (i % 4))) + i * 7 + i / 251);
    return frame;
}

inline Bytes bytes_of(const mem::Packet& packet) {
    const auto bytes = packet.bytes();
    return {bytes.begin(), bytes.end()};
}

// A pool in memory that no device sees: an Iova is found by its distance from the first buffer's.
struct PacketMemory {
    explicit PacketMemory(mem::PoolOptions options = {})
        : pool(std::make_shared<mem::PacketPool>(domain, options)) {}

    std::byte* at(std::uint64_t iova) const { return pool->data(0) + (iova - hal::value(pool->iova(0u))); }
    std::uint64_t iova_of(const mem::Packet& packet) const { return hal::value(pool->iova(packet.data)); }

    mem::DmaDomain domain{{.page_size = mem::PageSize::small, .numa_node = -1}};
    std::shared_ptr<mem::PacketPool> pool;
};

// The receiving half of a device: fills descriptors from the head up to the tail.
class RxDevice {
public:
    RxDevice(const PacketMemory& memory, std::span<RxDescriptor> ring, const volatile std::uint32_t& tail)
        : memory_(memory), ring_(ring), tail_(tail) {}

    // How many descriptors it may fill.
    std::uint32_t owned() const { return (tail_ - head_) & mask(); }
    std::uint32_t head() const { return head_; }

    // Fills the next descriptor: `data` goes to its buffer, `status` and `length` into the write-back. False
    // if there is no descriptor.
    bool complete(std::span<const std::byte> data, std::uint64_t status, std::uint16_t length,
                  std::uint64_t low = 0) {
        if (owned() == 0) return false;
        RxDescriptor& d = ring_[head_];
        EXPECT_EQ(d.high, 0u) << "a descriptor was handed over that is not empty: slot " << head_;
        std::copy(data.begin(), data.end(), memory_.at(d.low));
        d.low = low;
        d.high = status | std::uint64_t{length} << 32;
        head_ = (head_ + 1) & mask();
        return true;
    }
    bool complete(std::span<const std::byte> data) {
        return complete(data, RxDescriptor::DD | RxDescriptor::EOP, static_cast<std::uint16_t>(data.size()));
    }
    // A frame in as many descriptors as it takes; `errors` go into the last one.
    bool complete_chain(std::span<const std::byte> data, std::uint64_t errors = 0) {
        const std::size_t room = memory_.pool->room();
        if (owned() < (data.size() + room - 1) / room) return false;
        for (; data.size() > room; data = data.subspan(room))
            complete(data.first(room), RxDescriptor::DD, static_cast<std::uint16_t>(room));
        return complete(data, RxDescriptor::DD | RxDescriptor::EOP | errors,
                        static_cast<std::uint16_t>(data.size()));
    }

private:
    std::uint32_t mask() const { return static_cast<std::uint32_t>(ring_.size()) - 1; }
    const PacketMemory& memory_;
    std::span<RxDescriptor> ring_;
    const volatile std::uint32_t& tail_;
    std::uint32_t head_ = 0;
};

// The sending half of a device: reads descriptors from the head up to the tail, and reports them when told
// to.
class TxDevice {
public:
    TxDevice(const PacketMemory& memory, std::span<TxDescriptor> ring, const volatile std::uint32_t& tail)
        : memory_(memory), ring_(ring), tail_(tail) {}

    std::uint32_t waiting() const { return (tail_ - head_) & mask(); }
    std::uint32_t unreported() const { return (head_ - reported_) & mask(); }

    // Sends up to `limit` descriptors; whole frames go to `sent`.
    void fetch(std::uint32_t limit = ~0u) {
        for (; limit > 0 && waiting() > 0; --limit, head_ = (head_ + 1) & mask()) {
            const TxDescriptor d = ring_[head_];
            const std::size_t length = d.command & TxDescriptor::dtalen_mask;
            ASSERT_EQ(d.command & (TxDescriptor::DD | TxDescriptor::plain), TxDescriptor::plain);
            if (d.command & TxDescriptor::RS) {
                ASSERT_TRUE(d.command & TxDescriptor::EOP) << "RS counts only with EOP";
            }
            ASSERT_GT(length, 0u);
            const std::byte* data = memory_.at(d.buffer);
            if (frame_.empty()) announced_ = d.command >> TxDescriptor::paylen_shift;
            ASSERT_EQ(d.command >> TxDescriptor::paylen_shift, announced_) << "PAYLEN is that of the frame";
            frame_.insert(frame_.end(), data, data + length);
            if ((d.command & TxDescriptor::EOP) == 0) continue;
            ASSERT_EQ(frame_.size(), announced_);
            sent.push_back(std::move(frame_));
            frame_.clear();
        }
    }
    // Writes back up to `limit` of the descriptors it has sent: all 16 bytes of those that ask for it.
    void report(std::uint32_t limit = ~0u) {
        for (; limit > 0 && unreported() > 0; --limit, reported_ = (reported_ + 1) & mask())
            if (ring_[reported_].command & TxDescriptor::RS)
                ring_[reported_] = {0xDEADDEADDEADDEAD, TxDescriptor::DD};
    }
    void finish() {
        fetch();
        report();
    }

    std::deque<Bytes> sent;

private:
    std::uint32_t mask() const { return static_cast<std::uint32_t>(ring_.size()) - 1; }
    const PacketMemory& memory_;
    std::span<TxDescriptor> ring_;
    const volatile std::uint32_t& tail_;
    std::uint32_t head_ = 0, reported_ = 0;
    std::uint64_t announced_ = 0;
    Bytes frame_;
};

}  // namespace ringside::test
