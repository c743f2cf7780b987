// The processor's event counters, where the machine has them: most virtual machines do not.
#pragma once

#include "hal/fd.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace ringside::bench {

// Of the thread that opened them, in user mode, between on() and off().
class Counters {
public:
    struct Totals {
        std::uint64_t instructions = 0, core_cycles = 0, cache_misses = 0;
    };
    // Nothing if the machine does not count, and in `why` the end of a sentence "they are not counted: …".
    static std::optional<Counters> open(std::string& why);

    void on() noexcept;
    void off() noexcept;
    Totals totals() const noexcept;

private:
    Counters() = default;
    hal::Fd instructions_, core_cycles_, cache_misses_;
};

}  // namespace ringside::bench
