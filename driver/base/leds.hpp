// A port that shows itself: all four LEDs of a card blink (LEDCTL has the same bits on all of them). Which
// LEDs a board has, and whether it shows them, is the board's business.
#pragma once

#include "hal/register_file.hpp"

#include <cstdint>

namespace ringside {

// What the register was before; it is to be written back.
template <class LEDCTL> std::uint32_t blink_all(const hal::RegisterFile& regs) {
    constexpr std::uint32_t lit = 0xE;
    const std::uint32_t before = regs.read<LEDCTL>().raw();
    regs.update(LEDCTL::LED0_MODE(lit) | LEDCTL::LED0_BLINK(true) | LEDCTL::LED1_MODE(lit) |
                LEDCTL::LED1_BLINK(true) | LEDCTL::LED2_MODE(lit) | LEDCTL::LED2_BLINK(true) |
                LEDCTL::LED3_MODE(lit) | LEDCTL::LED3_BLINK(true));
    return before;
}

}  // namespace ringside
