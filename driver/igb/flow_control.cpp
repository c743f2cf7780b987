// Pause frames: what igb cards have besides driver/gigabit/flow_control.cpp.
#include "driver/gigabit/flow_control.hpp"
#include "driver/igb/device.hpp"

#include <array>

namespace ringside::igb {

// On the 82580 and I350 the register holds the row of a table; a row that it does not have is no buffer.
std::uint32_t Device::receive_buffer_kib() {
    static constexpr std::array<std::uint32_t, 11> table{36, 72, 144, 1, 2, 4, 8, 16, 35, 70, 140};
    const std::uint32_t size = regs_.read<RXPBS>()[RXPBS::SIZE];
    if (!card_.coded_packet_buffer) return size;
    const std::uint32_t row = size & 0xF;
    return row < table.size() ? table[row] : 0;
}

// The card asks again when half of the time it asked for is over, and the buffer has not emptied.
void Device::set_up_pause_refresh() {
    regs_.write(FCRTV::FC_REFRESH_TH(config_.flow_control.send ? gigabit::longest_pause / 2 : 0));
}

}  // namespace ringside::igb
