// The NIC's half of descriptor rings in memory, which tells a cache model of every access it makes. It moves
// no data: only addresses matter here.
#pragma once

#include "driver/ixgbe/descriptors.hpp"
#include "tests/cache/llc_model.hpp"

#include <cstdint>
#include <span>

namespace ringside::cache_model {

// What the NIC and the processor do to memory, by bus address.
class Recorder {
public:
    Recorder(LlcModel& llc, const PageMap& pages) : llc_(llc), pages_(pages) {}

    void device_writes(std::uint64_t iova, std::uint32_t bytes) {
        each_line(iova, bytes, [&](std::uint64_t p) { llc_.device_writes(p); });
    }
    void device_reads(std::uint64_t iova, std::uint32_t bytes) {
        each_line(iova, bytes, [&](std::uint64_t p) { llc_.device_reads(p); });
    }
    void core_uses(std::uint64_t iova, std::uint32_t bytes) {
        each_line(iova, bytes, [&](std::uint64_t p) { llc_.core_uses(p); });
    }

private:
    template <class Do> void each_line(std::uint64_t iova, std::uint32_t bytes, Do what) {
        for (std::uint64_t line = iova / 64; line <= (iova + bytes - 1) / 64; ++line)
            what(pages_.physical(line * 64));
    }
    LlcModel& llc_;
    const PageMap& pages_;
};

// The receive ring as the device has it.
class RecordingReceiver {
public:
    RecordingReceiver(std::span<ixgbe::RxDescriptor> ring, std::uint64_t iova, Recorder& recorder)
        : ring_(ring), iova_(iova), recorder_(recorder) {}

    // Receives up to `count` frames of `length` bytes into what is posted before `tail`. Returns how many.
    std::uint32_t deliver(std::uint32_t count, std::uint32_t length, std::uint32_t tail) {
        std::uint32_t n = 0;
        for (; n < count && head_ != tail; ++n) {
            ixgbe::RxDescriptor& d = ring_[head_];
            recorder_.device_reads(iova_ + head_ * sizeof d, sizeof d);
            recorder_.device_writes(d.low, length);
            d = {0, std::uint64_t{length} << 32 | ixgbe::RxDescriptor::DD | ixgbe::RxDescriptor::EOP};
            recorder_.device_writes(iova_ + head_ * sizeof d, sizeof d);
            head_ = (head_ + 1) & static_cast<std::uint32_t>(ring_.size() - 1);
        }
        return n;
    }

private:
    std::span<ixgbe::RxDescriptor> ring_;
    std::uint64_t iova_;
    Recorder& recorder_;
    std::uint32_t head_ = 0;
};

// The transmit ring as the device has it.
class RecordingSender {
public:
    RecordingSender(std::span<ixgbe::TxDescriptor> ring, std::uint64_t iova, Recorder& recorder)
        : ring_(ring), iova_(iova), recorder_(recorder) {}

    void send_up_to(std::uint32_t tail) {
        for (; head_ != tail; head_ = (head_ + 1) & static_cast<std::uint32_t>(ring_.size() - 1)) {
            ixgbe::TxDescriptor& d = ring_[head_];
            recorder_.device_reads(iova_ + head_ * sizeof d, sizeof d);
            recorder_.device_reads(d.buffer, static_cast<std::uint32_t>(d.command & 0xFFFF));
            if ((d.command & ixgbe::TxDescriptor::RS) == 0) continue;
            d = {0, ixgbe::TxDescriptor::DD};
            recorder_.device_writes(iova_ + head_ * sizeof d, sizeof d);
        }
    }

private:
    std::span<ixgbe::TxDescriptor> ring_;
    std::uint64_t iova_;
    Recorder& recorder_;
    std::uint32_t head_ = 0;
};

}  // namespace ringside::cache_model
