// What a user may ask of a software 82599's virtual function: "id=1515,trust=on,strict=report".
#pragma once

#include "hal/clock.hpp"
#include "sim/ixgbe/options.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace ringside::sim::ixgbe_vf {

struct Options {
    static constexpr std::uint16_t vf_82599 = 0x10ED, vf_x540 = 0x1515;

    std::uint16_t device_id = vf_82599;
    // What the administrator has chosen for it; nothing: he leaves the address to the function.
    std::optional<std::array<std::uint8_t, 6>> mac{{0x02, 0x00, 0x00, 0x82, 0x59, 0x90}};
    bool trusted = false;
    std::uint32_t queues = 4;
    std::uint32_t mtu = 9710;  // of the physical function's interface

    // Faults.
    bool pf_absent = false;                        // RSTI stays
    bool pf_silent = false;                        // never answers
    std::optional<hal::Clock::Duration> pf_reset;  // so long after it has first met the function
    std::optional<std::uint64_t> dead_after;       // register accesses until the function is gone

    ixgbe::Options card;  // the card that it is a part of

    bool is_x540() const noexcept { return device_id == vf_x540; }
};

// Throws hal::Error with the options there are, if a key or a value is not among them.
Options parse_options(const std::string& text);
// The options for people, one line each.
std::string options_help();

}  // namespace ringside::sim::ixgbe_vf
