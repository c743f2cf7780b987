#include "driver/ixgbe/statistics.hpp"

#include <algorithm>

namespace ringside::ixgbe {

namespace {

template <class R> std::uint64_t count(const hal::RegisterFile& regs, std::uint32_t i = 0) {
    return regs.read<R>(i).raw();
}

// Low first: reading it latches the high part.
template <class Low, class High> std::uint64_t wide(const hal::RegisterFile& regs, std::uint32_t i = 0) {
    const std::uint64_t low = count<Low>(regs, i);
    return low | (count<High>(regs, i) & 0xF) << 32;
}

template <class R> void map_queues(const hal::RegisterFile& regs, std::uint32_t queues) {
    for (std::uint32_t first = 0; first < queues; first += 4) {
        std::uint32_t map = 0;
        for (std::uint32_t i = 0; i < 4; ++i) map |= ((first + i) % queue_counters) << (8 * i);
        regs.write(first / 4, R::raw(map));
    }
}

}  // namespace

void HardwareCounters::map_receive_queues(const hal::RegisterFile& regs, std::uint32_t queues) {
    map_queues<RQSMR>(regs, queues);
    rx_used_ = std::min(queues, queue_counters);
}

void HardwareCounters::map_dropped_by_rule(const hal::RegisterFile& regs, std::uint32_t drop_queue) {
    if (rx_used_ == queue_counters) return;
    regs.write(drop_queue / 4, RQSMR::raw((queue_counters - 1) << (8 * (drop_queue % 4))));
}

void HardwareCounters::map_transmit_queues(const hal::RegisterFile& regs, std::uint32_t queues) {
    map_queues<TQSM>(regs, queues);
    tx_used_ = std::min(queues, queue_counters);
}

void HardwareCounters::clear(const hal::RegisterFile& regs) {
    *this = {};
    update(regs);
    *this = {};
}

void HardwareCounters::update(const hal::RegisterFile& regs) {
    for (std::uint32_t i = 0; i < rx_used_; ++i) {
        rx_[i].packets += count<QPRC>(regs, i);
        rx_[i].bytes += wide<QBRC_L, QBRC_H>(regs, i);
        rx_[i].dropped += count<QPRDC>(regs, i);
    }
    for (std::uint32_t i = 0; i < tx_used_; ++i) {
        tx_[i].packets += count<QPTC>(regs, i);
        tx_[i].bytes += wide<QBTC_L, QBTC_H>(regs, i);
    }
    for (std::uint32_t i = 0; i < MPC::count; ++i) missed_ += count<MPC>(regs, i);
    good_rx_ += count<GPRC>(regs);
    good_tx_ += count<GPTC>(regs);
    good_tx_bytes_ += wide<GOTCL, GOTCH>(regs);
    crc_ += count<CRCERRS>(regs);
    length_ += count<RUC>(regs) + count<RFC>(regs) + count<ROC>(regs) + count<RJC>(regs) + count<RLEC>(regs);
}

Statistics HardwareCounters::totals(std::uint32_t rx_queues, std::uint32_t tx_queues) const {
    constexpr std::uint64_t crc_size = 4;
    Statistics s;
    for (std::uint32_t q = 0; q < std::min(rx_queues, queue_counters); ++q)
        s.rx_queues.push_back({rx_[q].packets, rx_[q].bytes, rx_[q].dropped});
    for (std::uint32_t q = 0; q < std::min(tx_queues, queue_counters); ++q)
        s.tx_queues.push_back({tx_[q].packets, tx_[q].bytes - crc_size * tx_[q].packets, 0});
    for (const Queue& q : rx_) {
        s.rx_packets += q.packets;
        s.rx_bytes += q.bytes;
        s.rx_dropped.no_descriptor += q.dropped;
    }
    s.rx_wire_packets = good_rx_;
    s.tx_packets = good_tx_;
    s.tx_bytes = good_tx_bytes_ - crc_size * good_tx_;
    s.rx_dropped.missed = missed_;
    s.rx_dropped.crc = crc_;
    s.rx_dropped.length = length_;
    return s;
}

}  // namespace ringside::ixgbe
