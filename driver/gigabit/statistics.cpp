#include "driver/gigabit/statistics.hpp"

#include "driver/gigabit/registers.hpp"

#include <algorithm>

namespace ringside::gigabit {

namespace {

// The counters are read one after the other: those of packets may be a frame ahead of those of bytes.
std::uint64_t without_crc(std::uint64_t bytes, std::uint64_t packets) {
    constexpr std::uint64_t crc_size = 4;
    return bytes - std::min(bytes, crc_size * packets);
}

}  // namespace

void HardwareCounters::clear(const hal::RegisterFile& regs, std::span<const hal::RegisterInfo> registers) {
    bank_.clear(regs, registers);
    good_rx_bytes_ = 0;
}

// Sent frames are the totals (TPT, TOT), not the good ones (GPTC, GOTC): in full duplex all are good.
void HardwareCounters::update(const hal::RegisterFile& regs) {
    bank_.update<GPRC, GORCL, TORL, TPT, TOTL, MPC, CRCERRS, RUC, RFC, ROC, RJC, RLEC>(regs);
    count_bytes();
}

std::vector<CounterValue> HardwareCounters::all(const hal::RegisterFile& regs) {
    bank_.update(regs);
    count_bytes();
    return bank_.all();
}

// Where good frames have come but no good bytes, the totals of receive (TOR) stand in: QEMU's 82540EM does
// not count GORC.
void HardwareCounters::count_bytes() {
    const std::uint64_t bytes = bank_.news<GORCL>();
    good_rx_bytes_ += bytes == 0 && bank_.news<GPRC>() != 0 ? bank_.news<TORL>() : bytes;
}

// The card counts from the destination address to the CRC. A frame that was missed is not among the good
// ones.
Statistics HardwareCounters::totals() const {
    Statistics s;
    s.rx_packets = bank_.total<GPRC>();
    s.rx_bytes = without_crc(good_rx_bytes_, s.rx_packets);
    s.tx_packets = bank_.total<TPT>();
    s.tx_bytes = without_crc(bank_.total<TOTL>(), s.tx_packets);
    s.rx_dropped.missed = bank_.total<MPC>();
    s.rx_wire_packets = s.rx_packets + s.rx_dropped.missed;
    s.rx_dropped.crc = bank_.total<CRCERRS>();
    s.rx_dropped.length = bank_.total<RUC>() + bank_.total<RFC>() + bank_.total<ROC>() + bank_.total<RJC>() +
                          bank_.total<RLEC>();
    s.rx_queues.push_back({s.rx_packets, s.rx_bytes, 0});
    s.tx_queues.push_back({s.tx_packets, s.tx_bytes, 0});
    return s;
}

}  // namespace ringside::gigabit
