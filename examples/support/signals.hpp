// Ctrl-C and the like, as something a program can ask about.
#pragma once

namespace ringside::examples {

// While one of these lives, SIGINT and SIGTERM do not end the process but are remembered. A second one ends
// it the hard way, in case the clean way hangs. One at a time.
class Signals {
public:
    Signals();
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    bool received() const noexcept;
};

}  // namespace ringside::examples
