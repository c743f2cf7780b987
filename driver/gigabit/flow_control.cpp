#include "driver/gigabit/flow_control.hpp"

#include "driver/gigabit/nic.hpp"
#include "hal/error.hpp"

namespace ringside::gigabit {

namespace {

constexpr std::uint32_t ANAR_PAUSE = 1u << 10, ANAR_ASM_DIR = 1u << 11;  // and of the partner's abilities
constexpr std::uint32_t BMSR_complete = 1u << 5;                         // negotiation

std::uint32_t bits_of(PauseAbility ability) {
    return (ability.pause ? ANAR_PAUSE : 0) | (ability.asymmetric ? ANAR_ASM_DIR : 0);
}

PauseAbility ability_of(std::uint32_t bits) {
    return {.pause = (bits & ANAR_PAUSE) != 0, .asymmetric = (bits & ANAR_ASM_DIR) != 0};
}

}  // namespace

// Off, unless asked for: a receiver that is too slow then drops and counts, it does not stop the network.
// CTRL, which turns it on, is set_up_link()'s. Nor does the buffer fill as long as frames for a full ring are
// dropped (igb: NicConfig::drop_when_full).
void GigabitNic::set_up_flow_control() {
    const FlowControl wanted = config_.flow_control;
    const bool any = wanted != FlowControl{};
    regs_.write(FCAL::raw(any ? 0x00C28001 : 0));  // 01:80:c2:00:00:01, low byte first
    regs_.write(FCAH::raw(any ? 0x00000100 : 0));
    regs_.write(FCT::raw(any ? 0x8808 : 0));
    regs_.write(FCTTV::raw(wanted.send ? longest_pause : 0));
    // CTRL says what was asked for until the link is seen to be up: settle_flow_control().
    flow_control_settled_ = !any || media_ != Media::copper;
    if (!wanted.send) {
        regs_.write(FCRTL::raw(0));
        regs_.write(FCRTH::raw(0));
        return;
    }
    const std::uint32_t buffer = receive_buffer_kib() * 1024, frame = largest_frame() + 4;
    if (buffer < 2 * frame)
        throw hal::Error(regs_.who() + ": the card's receive packet buffer of " +
                         std::to_string(buffer / 1024) +
                         " KiB is too small to send pause frames in time for frames of " +
                         std::to_string(frame) + " bytes: choose a smaller mtu, or no flow_control.send");
    const PauseMarks marks = pause_marks(buffer, frame);
    regs_.write(FCRTL::RTL(marks.low / 8) | FCRTL::XONE(true));
    regs_.write(FCRTH::RTH(marks.high / 8));
}

std::uint32_t GigabitNic::receive_buffer_kib() { return regs_.read<PBA>()[PBA::RXA]; }

// Whether that is not what the PHY said of itself so far.
bool GigabitNic::advertise_flow_control() {
    const std::uint32_t before = read_phy(ANAR);
    const std::uint32_t wanted =
        (before & ~(ANAR_PAUSE | ANAR_ASM_DIR)) | bits_of(advertised(config_.flow_control));
    if (wanted != before) write_phy(ANAR, wanted);
    return wanted != before;
}

// As the two ports have agreed, and no further than we were asked to. A partner that does not negotiate is
// taken to have been told the same as we; half duplex has no pauses.
void GigabitNic::settle_flow_control(bool full_duplex) {
    flow_control_settled_ = true;
    const FlowControl wanted = config_.flow_control;
    FlowControl both{full_duplex, full_duplex};
    if (full_duplex && (read_phy(BMSR) & BMSR_complete) != 0)
        both = agreed(advertised(wanted), ability_of(read_phy(ANLPAR)));
    regs_.update(CTRL::RFCE(wanted.honour && both.honour) | CTRL::TFCE(wanted.send && both.send));
}

}  // namespace ringside::gigabit
