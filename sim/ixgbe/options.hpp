// What a user may ask of a software 82599: "id=10fb,strict=report,link-delay=50".
#pragma once

#include "hal/clock.hpp"
#include "sim/ixgbe/sfp_module.hpp"
#include "sim/ixgbe/strict.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace ringside::sim::ixgbe {

struct Options {
    static constexpr std::uint16_t cx4 = 0x10F9, sfp = 0x10FB, x540 = 0x1528;

    std::uint16_t device_id = sfp;
    std::array<std::uint8_t, 6> mac{0x02, 0x00, 0x00, 0x82, 0x59, 0x90};
    StrictMode strict = StrictMode::report;
    hal::Clock::Duration link_delay = std::chrono::milliseconds(1);
    hal::Clock::Duration init_delay = std::chrono::milliseconds(2);  // from reset to EEC.ARD and DMAIDONE
    bool doorbells_mapped = true;
    bool eeprom_present = true;
    SfpKind module = SfpKind::sr;
    bool drop_runts = false;  // false: frames below 60 bytes are padded, as a partner's card would

    bool udp_zero_is_wrong = false;  // the 82599's erratum: UDP without a checksum is reported as wrong

    // Faults.
    bool reset_stuck = false;
    bool master_stuck = false;
    bool link_down = false;
    bool dma_init_never = false;
    bool enable_never = false;
    std::optional<std::uint64_t> dead_after;  // register accesses until the card is gone
    bool hold_completions = false;            // write-backs are held and released in random batches
    std::uint64_t seed = 1;

    bool is_sfp() const noexcept { return device_id == sfp; }
    bool is_x540() const noexcept { return device_id == x540; }
};

// Throws hal::Error with the options there are, if a key or a value is not among them.
Options parse_options(const std::string& text);
// The options for people, one line each.
std::string options_help();

}  // namespace ringside::sim::ixgbe
