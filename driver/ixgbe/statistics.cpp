#include "driver/ixgbe/statistics.hpp"

#include "driver/ixgbe/register_list.hpp"

#include <algorithm>

namespace ringside::ixgbe {

namespace {

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
    bank_.limit<QPRC>(rx_used_);
    bank_.limit<QBRC_L>(rx_used_);
    bank_.limit<QPRDC>(rx_used_);
}

void HardwareCounters::map_dropped_by_rule(const hal::RegisterFile& regs, std::uint32_t drop_queue) {
    if (rx_used_ == queue_counters) return;
    regs.write(drop_queue / 4, RQSMR::raw((queue_counters - 1) << (8 * (drop_queue % 4))));
}

void HardwareCounters::map_transmit_queues(const hal::RegisterFile& regs, std::uint32_t queues) {
    map_queues<TQSM>(regs, queues);
    tx_used_ = std::min(queues, queue_counters);
    bank_.limit<QPTC>(tx_used_);
    bank_.limit<QBTC_L>(tx_used_);
}

void HardwareCounters::clear(const hal::RegisterFile& regs) {
    bank_.clear(regs, register_list());
    rx_used_ = tx_used_ = queue_counters;
}

void HardwareCounters::update(const hal::RegisterFile& regs) {
    bank_
        .update<QPRC, QBRC_L, QPRDC, QPTC, QBTC_L, MPC, GPRC, GPTC, GOTCL, CRCERRS, RUC, RFC, ROC, RJC, RLEC>(
            regs);
}

std::vector<CounterValue> HardwareCounters::all(const hal::RegisterFile& regs) {
    bank_.update(regs);
    return bank_.all();
}

Statistics HardwareCounters::totals(std::uint32_t rx_queues, std::uint32_t tx_queues) const {
    constexpr std::uint64_t crc_size = 4;
    Statistics s;
    for (std::uint32_t q = 0; q < std::min(rx_queues, queue_counters); ++q)
        s.rx_queues.push_back({bank_.total<QPRC>(q), bank_.total<QBRC_L>(q), bank_.total<QPRDC>(q)});
    for (std::uint32_t q = 0; q < std::min(tx_queues, queue_counters); ++q)
        s.tx_queues.push_back(
            {bank_.total<QPTC>(q), bank_.total<QBTC_L>(q) - crc_size * bank_.total<QPTC>(q), 0});
    s.rx_packets = bank_.sum<QPRC>();
    s.rx_bytes = bank_.sum<QBRC_L>();
    s.rx_dropped.no_descriptor = bank_.sum<QPRDC>();
    s.rx_wire_packets = bank_.total<GPRC>();
    s.tx_packets = bank_.total<GPTC>();
    s.tx_bytes = bank_.total<GOTCL>() - crc_size * s.tx_packets;
    s.rx_dropped.missed = bank_.sum<MPC>();
    s.rx_dropped.crc = bank_.total<CRCERRS>();
    s.rx_dropped.length = bank_.total<RUC>() + bank_.total<RFC>() + bank_.total<ROC>() + bank_.total<RJC>() +
                          bank_.total<RLEC>();
    return s;
}

}  // namespace ringside::ixgbe
