// Receive and transmit, as far as it is not a queue's.
#include "driver/gigabit/nic.hpp"

#include <bit>

namespace ringside::gigabit {

hal::Value<RCTL> GigabitNic::buffer_size() const {
    // Longer buffers than RCTL knows are used in part.
    switch (std::bit_floor(pool_->room())) {
        case 1024: return RCTL::BSIZE(BufferSize::bytes_1024) | RCTL::BSEX(false);
        case 2048: return RCTL::BSIZE(BufferSize::bytes_2048) | RCTL::BSEX(false);
        case 4096: return RCTL::BSIZE(BufferSize::bytes_256) | RCTL::BSEX(true);
        case 8192: return RCTL::BSIZE(BufferSize::bytes_512) | RCTL::BSEX(true);
        default: return RCTL::BSIZE(BufferSize::bytes_1024) | RCTL::BSEX(true);
    }
}

// The CRC is taken off; bad frames are not stored. Frames above 1522 bytes need LPE, which sets no other
// limit than the card's own: a frame between the program's MTU and that comes through.
void GigabitNic::enable_receive() {
    regs_.update(RCTL::EN(true) | RCTL::SBP(false) | RCTL::LPE(largest_frame() > 1518) | RCTL::LBM(0) |
                 RCTL::DTYP(0) | RCTL::VFE(filters_vlans()) | RCTL::SECRC(true) | RCTL::FLXBUF(0) |
                 buffer_size());
    regs_.flush<STATUS>();
}

void GigabitNic::enable_transmit() {
    regs_.update(TCTL::EN(true) | TCTL::PSP(true) | TCTL::CT(15) | TCTL::COLD(0x40) | TCTL::SWXOFF(false) |
                 TCTL::RTLC(true));
}

}  // namespace ringside::gigabit
