#include "sim/ixgbe/pool_counters.hpp"

#include "sim/ixgbe/bits.hpp"

namespace ringside::sim::ixgbe {
namespace {

constexpr std::uint32_t pools = 64;
constexpr std::uint32_t VFGPRC = 0x0101C, VFGORC_L = 0x01020, VFMPRC = 0x0D01C, VFGORC_H = 0x0D020,
                        VFGPTC = 0x08300, VFGOTC_L = 0x08400, VFGOTC_H = 0x08404;
constexpr std::uint32_t block = 0x40, upper_half_bits = 0xF;

// MRQC's modes with pools.
std::uint32_t rx_queues(std::uint32_t mode) {
    switch (mode) {
        case 0x8:
        case 0xB: return 2;
        case 0xA:
        case 0xD: return 4;
        case 0xC: return 8;
        default: return 0;
    }
}

// MTQC: VT_ENA, and how many pools.
std::uint32_t tx_queues(std::uint32_t mtqc) {
    constexpr std::uint32_t queues[] = {0, 2, 4, 8};
    return (mtqc & bit(1)) != 0 ? queues[field(mtqc, 3, 2)] : 0;
}

}  // namespace

void PoolCounters::reload() noexcept {
    rx_queues_ = rx_queues(field(registers_.get(reg::MRQC), 3, 0));
    tx_queues_ = tx_queues(registers_.get(reg::MTQC));
}

void PoolCounters::add(std::uint32_t offset, std::uint32_t n) noexcept {
    registers_.set(offset, registers_.get(offset) + n);
}

// 36 bits in two registers.
void PoolCounters::add_long(std::uint32_t low, std::uint32_t high, std::size_t n) noexcept {
    const std::uint64_t sum = (std::uint64_t{registers_.get(high)} << 32 | registers_.get(low)) + n;
    registers_.set(low, static_cast<std::uint32_t>(sum));
    registers_.set(high, static_cast<std::uint32_t>(sum >> 32) & upper_half_bits);
}

void PoolCounters::count_received(std::uint32_t pool, std::size_t bytes, bool multicast) noexcept {
    if (pool >= pools) return;
    add(VFGPRC + block * pool, 1);
    add_long(VFGORC_L + block * pool, VFGORC_H + block * pool, bytes);
    if (multicast) add(VFMPRC + block * pool, 1);
}

void PoolCounters::count_sent(std::uint32_t pool, std::size_t bytes) noexcept {
    if (pool >= pools) return;
    add(VFGPTC + 4 * pool, 1);
    add_long(VFGOTC_L + 8 * pool, VFGOTC_H + 8 * pool, bytes);
}

}  // namespace ringside::sim::ixgbe
