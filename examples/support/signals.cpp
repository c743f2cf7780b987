#include "examples/support/signals.hpp"

#include <csignal>

namespace ringside::examples {

namespace {

volatile std::sig_atomic_t received_signal = 0;

void remember(int signal) {
    if (received_signal != 0) {
        std::signal(signal, SIG_DFL);
        std::raise(signal);
    }
    received_signal = signal;
}

}  // namespace

Signals::Signals() {
    std::signal(SIGINT, remember);
    std::signal(SIGTERM, remember);
}

Signals::~Signals() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

bool Signals::received() const noexcept { return received_signal != 0; }

}  // namespace ringside::examples
