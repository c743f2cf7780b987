// Where a virtual function's registers are, and which of the card's they are (82599 datasheet 8.3). Typed by
// another hand than driver/ixgbevf/registers.hpp.
#pragma once

#include <cstdint>
#include <optional>

namespace ringside::sim::ixgbe_vf {

inline constexpr std::uint32_t register_space = 16 * 1024;

namespace reg {
inline constexpr std::uint32_t VFCTRL = 0x0000, VFSTATUS = 0x0008, VTIVAR_MISC = 0x0140, VFMBMEM = 0x0200,
                               VFMAILBOX = 0x02FC, VFPSRTYPE = 0x0300;
inline constexpr std::uint32_t VFCTRL_RST = 1u << 26;
}  // namespace reg

constexpr bool is_mailbox_memory(std::uint32_t offset) {
    return offset >= reg::VFMBMEM && offset < reg::VFMBMEM + 16 * 4;
}

enum class Part : std::uint8_t { other, rx_control, tx_control, tail };  // of a queue

// A register of the card that the function sees as its own.
struct Place {
    std::uint32_t offset;      // in the card
    std::uint32_t mask = ~0u;  // the bits that are the function's
    Part part = Part::other;
};

// Nothing if there is no such register among those, or if it is a queue's beyond `queues`.
std::optional<Place> place_of(std::uint32_t offset, std::uint32_t queues);

}  // namespace ringside::sim::ixgbe_vf
