// Starts a NIC so that it takes every frame, listens for a while, and looks at everything that a frame
// passes.
#pragma once

#include "driver/nic.hpp"
#include "examples/support/diagnosis.hpp"
#include "hal/clock.hpp"
#include "mem/dma_domain.hpp"

#include <chrono>

namespace ringside::examples {

struct Listening {
    std::chrono::nanoseconds duration = std::chrono::seconds(3);
    std::chrono::nanoseconds link_timeout = std::chrono::seconds(5);
    bool interrupts = false;  // also see whether one comes
};

// The NIC is stopped afterwards. Throws hal::DeviceGone and hal::DeviceWanted; a card that does not start is
// no error here, but evidence.
Evidence listen_to(Nic& nic, mem::DmaDomain& domain, const Listening& how,
                   hal::Clock& clock = hal::SystemClock::instance());

}  // namespace ringside::examples
