// Pause frames: datasheet §3.7.7, §4.6.3.2, IEEE 802.3 annex 31B.
#include "driver/ixgbe/device.hpp"

namespace ringside::ixgbe {

namespace {

// What may still arrive after we have decided to ask for silence: our request waits for the frame that we are
// sending, the partner finishes the one it is sending, and one may be on its way into the buffer; and besides
// that what is sent in the time that it takes, 24 KiB at 10 Gb/s: 60 pause quanta (3840 bytes) for the
// partner to obey, the rest for 100 m of cable both ways and the delays of MACs and PHYs, X540's being the
// longest.
constexpr std::uint32_t margin(std::uint32_t largest_frame) { return 3 * largest_frame + 24 * 1024; }

// In 512 bit times: 3.4 ms at 10 Gb/s. The card asks again when half of it is over.
constexpr std::uint32_t pause_time = 0xFFFF;

}  // namespace

// Off, unless asked for: a receiver that is too slow then drops and counts, it does not stop the network.
// SFP+ links do not negotiate it: both ends must be told.
// Nor does the buffer fill as long as frames for a full ring are dropped (NicConfig::drop_when_full).
//
// High mark, at which the card asks for silence: packet buffer - margin(largest frame).
// Low mark, at which it has the partner go on: margin(largest frame), as much as we can work off meanwhile.
void Device::set_up_flow_control() {
    const FlowControl wanted = config_.flow_control;
    for (std::uint32_t i = 0; i < FCTTV::count; ++i)
        regs_.write(i, FCTTV::TTV(i == 0 && wanted.send ? pause_time : 0) | FCTTV::TTV_ODD(0));
    for (std::uint32_t i = 0; i < FCRTL::count; ++i) {
        regs_.write(i, FCRTL::raw(0));
        regs_.write(i, FCRTH::RTH(0) | FCRTH::FCEN(false));
    }
    regs_.write(FCRTV::FC_REFRESH_TH(wanted.send ? pause_time / 2 : 0));
    regs_.write(FCCFG::TFCE(wanted.send ? 1 : 0));
    regs_.update(MFLCN::RPFCE(false) | MFLCN::RFCE(wanted.honour) | MFLCN::DPF(wanted.honour));

    const std::uint32_t buffer = packet_buffer_kib() * 1024;
    if (!wanted.send) {
        // Erratum: with a threshold of 0 the internal switch can hang, flow control or not.
        regs_.write(0, FCRTH::RTH((buffer - 0x6000) / 32) | FCRTH::FCEN(false));
        return;
    }
    constexpr std::uint32_t around_payload = 14 + 4 + 4;  // header, tag, CRC
    const std::uint32_t reserve = margin(config_.mtu + around_payload);
    regs_.write(0, FCRTL::RTL(reserve / 32) | FCRTL::XONE(true));
    regs_.write(0, FCRTH::RTH((buffer - reserve) / 32) | FCRTH::FCEN(true));
}

}  // namespace ringside::ixgbe
