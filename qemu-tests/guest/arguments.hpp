// The command line that the programs here share: PORT [INTERRUPTS].
#pragma once

#include "driver/nic.hpp"
#include "hal/error.hpp"

#include <string>

namespace ringside::guest {

struct Arguments {
    std::string port;
    Interrupts interrupts = Interrupts::best;
};

inline Arguments parse(int argc, char** argv) {
    if (argc < 2 || argc > 3)
        throw hal::Error("usage: " + std::string(argv[0]) + " PORT [best|intx|msi|msix|off]");
    const std::string kind = argc == 3 ? argv[2] : "best";
    if (kind == "best") return {argv[1], Interrupts::best};
    if (kind == "intx") return {argv[1], Interrupts::intx};
    if (kind == "msi") return {argv[1], Interrupts::msi};
    if (kind == "msix") return {argv[1], Interrupts::msix};
    if (kind == "off") return {argv[1], Interrupts::off};
    throw hal::Error(kind + " is no kind of interrupt; there are best, intx, msi, msix and off");
}

}  // namespace ringside::guest
