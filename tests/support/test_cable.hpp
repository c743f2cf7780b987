// A cable whose other end is the test: frames put into `to_nic` arrive, frames sent are kept in `from_nic`.
#pragma once

#include "sim/cable.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ringside::test {

using Frame = std::vector<std::byte>;

// The test's end. Shared with the cable, which belongs to the NIC.
struct Wire {
    bool connected = true;
    bool waits = false;    // see sim::Cable::waits()
    bool forgets = false;  // see sim::Cable::forgets()
    bool loop = false;     // what the NIC sends comes back to it, instead of to from_nic
    Wire* peer = nullptr;  // what the NIC sends goes to the peer's to_nic instead; must outlive the cable
    std::deque<Frame> to_nic;
    std::deque<Frame> from_nic;
};

class TestCable final : public sim::Cable {
public:
    explicit TestCable(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}

    bool connected() override { return wire_->connected; }
    bool waits() const override { return wire_->waits; }
    bool forgets() const override { return wire_->forgets; }
    std::span<const std::byte> peek() override {
        return wire_->to_nic.empty() ? std::span<const std::byte>()
                                     : std::span<const std::byte>(wire_->to_nic.front());
    }
    void pop() override { wire_->to_nic.pop_front(); }
    void transmit(std::span<const std::byte> frame) override {
        auto& queue = wire_->peer != nullptr ? wire_->peer->to_nic
                      : wire_->loop          ? wire_->to_nic
                                             : wire_->from_nic;
        queue.emplace_back(frame.begin(), frame.end());
    }
    std::string report() const override { return "test cable"; }
    std::string report_json() const override { return "{}"; }

private:
    std::shared_ptr<Wire> wire_;
};

}  // namespace ringside::test
