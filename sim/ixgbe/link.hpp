// The link: what it takes to come up on a CX4 and on an SFP+ card, and what LINKS says about it.
#pragma once

#include "sim/ixgbe/core.hpp"
#include "sim/ixgbe/sfp_module.hpp"

#include <cstdint>
#include <optional>

namespace ringside::sim::ixgbe {

class Link {
public:
    Link(Core& core, const SfpModule& module) : core_(core), module_(module) {}

    void reset();
    std::uint32_t read(std::uint32_t offset);
    void write(std::uint32_t offset, std::uint32_t value);
    // Takes the link up or down if it is time, and raises LSC.
    void poll(bool cable_connected);
    bool waiting() const noexcept { return up_at_.has_value(); }

private:
    bool possible(bool cable_connected) const;
    void change(bool up);

    Core& core_;
    const SfpModule& module_;
    std::optional<hal::Clock::Duration> up_at_;
    bool restart_ = false;
    bool was_down_ = true;  // since LINKS was last read
};

}  // namespace ringside::sim::ixgbe
