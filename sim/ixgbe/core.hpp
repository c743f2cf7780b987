// What all parts of the model share.
#pragma once

#include "hal/clock.hpp"
#include "sim/ixgbe/bits.hpp"
#include "sim/ixgbe/dma_view.hpp"
#include "sim/ixgbe/flow_control.hpp"
#include "sim/ixgbe/interrupt_controller.hpp"
#include "sim/ixgbe/options.hpp"
#include "sim/ixgbe/pool_counters.hpp"
#include "sim/ixgbe/rate_limiter.hpp"
#include "sim/ixgbe/register_store.hpp"
#include "sim/ixgbe/statistics.hpp"
#include "sim/ixgbe/strict.hpp"
#include "sim/ixgbe/time_sync.hpp"

#include <cstdint>

namespace ringside::sim::ixgbe {

struct Core {
    Core(const Options& o, hal::Clock& c)
        : options(o),
          clock(c),
          strict(o.strict),
          registers(o.doorbells_mapped),
          interrupts(c),
          pool_counters(registers),
          rates(registers, strict),
          time_sync(registers, c, strict, o.is_x540()),
          dma(strict) {}
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    // PCI lets us, and CTRL does not forbid it.
    bool may_dma() const noexcept { return bus_master && !master_disabled; }

    const Options options;
    hal::Clock& clock;
    Strict strict;
    RegisterStore registers;
    Statistics statistics;
    InterruptController interrupts;
    PoolCounters pool_counters;
    RateLimiter rates;
    TimeSync time_sync;
    FlowControl flow_control;
    DmaView dma;
    hal::Clock::Duration now{};  // of the current round or access
    bool bus_master = false;
    bool master_disabled = false;  // CTRL.2
    bool link_up = false;
    bool loopback = false;  // HLREG0.LPBK
};

}  // namespace ringside::sim::ixgbe
