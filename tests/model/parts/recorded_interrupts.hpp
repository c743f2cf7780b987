// Interrupts that go nowhere but into a list.
#pragma once

#include "sim/ports.hpp"

#include <utility>
#include <vector>

namespace ringside::sim::test {

class RecordedInterrupts final : public Interrupts {
public:
    enum class Mode { line, msi, msix };
    explicit RecordedInterrupts(Mode mode) : mode_(mode) {}

    bool msix_enabled() const override { return mode_ == Mode::msix; }
    bool msi_enabled() const override { return mode_ == Mode::msi; }
    void message(unsigned vector) override { messages_.push_back(vector); }
    void line(bool high) override { levels_.push_back(high); }

    void set_mode(Mode mode) { mode_ = mode; }
    // What came since this was last asked.
    std::vector<unsigned> messages() { return std::exchange(messages_, {}); }
    std::vector<bool> levels() { return std::exchange(levels_, {}); }

private:
    Mode mode_;
    std::vector<unsigned> messages_;
    std::vector<bool> levels_;
};

}  // namespace ringside::sim::test
