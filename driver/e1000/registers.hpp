// Registers that are the 8254x's own; all others are in driver/gigabit/registers.hpp. Datasheet: PCI/PCI-X
// Family of Gigabit Ethernet Controllers Software Developer's Manual (317453), chapter 13.
#pragma once

#include "driver/gigabit/registers.hpp"

namespace ringside::e1000 {

using namespace gigabit;

// EEPROM Read: DONE and ADDR are elsewhere than on the 82541, the 82547, and all PCI Express cards.
struct EERD : Register<EERD, 0x00014, Access::rw> {
    static constexpr auto name = "EERD";
    static constexpr auto START = bit<0>("START");
    static constexpr auto DONE = bit<4>("DONE");
    static constexpr auto ADDR = field<15, 8>("ADDR");
    static constexpr auto DATA = field<31, 16>("DATA");
    static constexpr auto fields = layout(START, DONE, ADDR, DATA);
};
// Transmit Configuration Word: what a fiber port advertises
struct TXCW : Register<TXCW, 0x00178, Access::rw> {
    static constexpr auto name = "TXCW";
    static constexpr auto FD = bit<5>("FD");
    static constexpr auto PAUSE = bit<7>("PAUSE");
    static constexpr auto ASM_DIR = bit<8>("ASM_DIR");
    static constexpr auto ANE = bit<31>("ANE");  // autonegotiation
    static constexpr auto fields = layout(FD, PAUSE, ASM_DIR, ANE);
};

}  // namespace ringside::e1000
