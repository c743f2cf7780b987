// Names of the statistics counters, one for each RC register (or low and high pair). Arrays leave room after
// their first name.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside::sim::ixgbe {

enum class Counter : std::uint16_t {
    CRCERRS,
    ILLERRC,
    ERRBC,
    MSPDC,
    MLFC,
    MRFC,
    RLEC,
    LXONTXC,
    LXOFFTXC,
    LXONRXCNT,
    LXOFFRXCNT,
    PRC64,
    PRC127,
    PRC255,
    PRC511,
    PRC1023,
    PRC1522,
    GPRC,
    BPRC,
    MPRC,
    GPTC,
    GORC,
    GOTC,
    RUC,
    RFC,
    ROC,
    RJC,
    MNGPRC,
    MNGPDC,
    MNGPTC,
    TOR,
    TPR,
    TPT,
    PTC64,
    PTC127,
    PTC255,
    PTC511,
    PTC1023,
    PTC1522,
    MPTC,
    BPTC,
    XEC,
    SSVPC,
    RXNFGPC,
    RXNFGBC,
    RXDGPC,
    RXDGBC,
    TXDGPC,
    TXDGBC,
    FCCRC,
    FCOERPDC,
    FDIRUSTAT,
    FDIRFSTAT,
    FDIRMATCH,
    FDIRMISS,
    MPC,                // 8
    PXONTXC = MPC + 8,  // 8
    PXOFFTXC = PXONTXC + 8,
    PXONRXCNT = PXOFFTXC + 8,
    PXOFFRXCNT = PXONRXCNT + 8,
    PXON2OFFCNT = PXOFFRXCNT + 8,
    QPRC = PXON2OFFCNT + 8,  // 16
    QBRC = QPRC + 16,
    QPRDC = QBRC + 16,
    QPTC = QPRDC + 16,
    QBTC = QPTC + 16,
    none = QBTC + 16,
};
inline constexpr std::size_t counter_count = static_cast<std::size_t>(Counter::none);

constexpr Counter operator+(Counter first, std::uint32_t n) noexcept {
    return static_cast<Counter>(static_cast<std::uint32_t>(first) + n);
}

}  // namespace ringside::sim::ixgbe
