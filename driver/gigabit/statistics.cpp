#include "driver/gigabit/statistics.hpp"

#include "driver/gigabit/registers.hpp"

#include <algorithm>

namespace ringside::gigabit {

namespace {

template <class R> std::uint64_t count(const hal::RegisterFile& regs) { return regs.read<R>().raw(); }

// Low first: reading the high part clears both.
template <class Low, class High> std::uint64_t wide(const hal::RegisterFile& regs) {
    const std::uint64_t low = count<Low>(regs);
    return low | count<High>(regs) << 32;
}

// The counters are read one after the other: those of packets may be a frame ahead of those of bytes.
std::uint64_t without_crc(std::uint64_t bytes, std::uint64_t packets) {
    constexpr std::uint64_t crc_size = 4;
    return bytes - std::min(bytes, crc_size * packets);
}

}  // namespace

void HardwareCounters::clear(const hal::RegisterFile& regs) {
    update(regs);
    *this = {};
}

// Sent frames are the totals (TPT, TOT), not the good ones (GPTC, GOTC): in full duplex all are good. Where
// good frames have come but no good bytes, the totals of receive (TOR) stand in: QEMU's 82540EM does not
// count GORC.
void HardwareCounters::update(const hal::RegisterFile& regs) {
    const std::uint64_t frames = count<GPRC>(regs);
    const std::uint64_t bytes = wide<GORCL, GORCH>(regs);
    const std::uint64_t all_bytes = wide<TORL, TORH>(regs);
    good_rx_ += frames;
    good_rx_bytes_ += bytes == 0 && frames != 0 ? all_bytes : bytes;
    tx_ += count<TPT>(regs);
    tx_bytes_ += wide<TOTL, TOTH>(regs);
    missed_ += count<MPC>(regs);
    crc_ += count<CRCERRS>(regs);
    length_ += count<RUC>(regs) + count<RFC>(regs) + count<ROC>(regs) + count<RJC>(regs) + count<RLEC>(regs);
}

// The card counts from the destination address to the CRC. A frame that was missed is not among the good
// ones.
Statistics HardwareCounters::totals() const {
    Statistics s;
    s.rx_packets = good_rx_;
    s.rx_bytes = without_crc(good_rx_bytes_, good_rx_);
    s.tx_packets = tx_;
    s.tx_bytes = without_crc(tx_bytes_, tx_);
    s.rx_wire_packets = good_rx_ + missed_;
    s.rx_dropped.missed = missed_;
    s.rx_dropped.crc = crc_;
    s.rx_dropped.length = length_;
    s.rx_queues.push_back({s.rx_packets, s.rx_bytes, 0});
    s.tx_queues.push_back({s.tx_packets, s.tx_bytes, 0});
    return s;
}

}  // namespace ringside::gigabit
