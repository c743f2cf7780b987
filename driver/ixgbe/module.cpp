// The module in the SFP+ cage: SFF-8472, by I2C.
#include "driver/ixgbe/device.hpp"
#include "driver/ixgbe/firmware_lock.hpp"
#include "driver/ixgbe/module_bus.hpp"

#include "hal/error.hpp"

#include <algorithm>
#include <string>

namespace ringside::ixgbe {

namespace {

// In pieces, so that a module that is pulled out is noticed: the line would read as ones.
constexpr std::size_t piece = 32;

}  // namespace

void Device::read_module_bytes(ModulePage page, std::uint32_t first, std::span<std::uint8_t> out) {
    if (card_.media == Media::base_t) no_module("its port is copper, 10GBASE-T");
    if (card_.media == Media::parallel) no_module("its port is CX4 or a backplane's");
    const bool second_port = (regs_.read<STATUS>()[STATUS::LAN_ID] & 1) != 0;
    const FirmwareLock lock(regs_, second_port ? SW_FW_SYNC::SW_PHY1(true) : SW_FW_SYNC::SW_PHY0(true),
                            FirmwareLock::Guard::swesmbi, "the bus to the module");
    ModuleBus bus(regs_);
    const std::uint8_t address = page == ModulePage::identity ? 0xA0 : 0xA2;
    for (std::size_t at = 0; at < out.size(); at += piece) {
        const std::size_t length = std::min(piece, out.size() - at);
        if (bus.read(address, static_cast<std::uint8_t>(first + at), out.subspan(at, length))) continue;
        if (at > 0)
            throw hal::Error(regs_.who() + ": the module stopped answering after " + std::to_string(at) +
                             " of " + std::to_string(out.size()) + " bytes; was it pulled out?");
        if (page == ModulePage::identity)
            throw hal::Error(regs_.who() + ": no module answers in the cage; plug one in");
        throw hal::Error(
            regs_.who() +
            ": the module does not answer for its diagnostics (A2h); copper cables and old modules have "
            "none");
    }
}

}  // namespace ringside::ixgbe
