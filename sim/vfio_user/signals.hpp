// The signals that end the simulator, as something to poll.
#pragma once

#include "hal/fd.hpp"

#include <csignal>

namespace ringside::sim {

class StopSignals {
public:
    // From now on SIGTERM, and SIGINT unless it is to be ignored, no longer kill the process but show here;
    // SIGPIPE is ignored. Whatever blocks is interrupted once a second (SIGALRM, EINTR): a client that keeps
    // its own eventfd full can make a signal to it wait, but not for ever. To be made once, before any
    // thread.
    explicit StopSignals(bool ignore_interrupt);

    bool arrived();
    int fd() const { return fd_.get(); }

private:
    hal::Fd fd_;
};

}  // namespace ringside::sim
