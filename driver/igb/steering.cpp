// Which queue a frame goes to by RSS. Rules come before it: rules.cpp.
#include "driver/base/rss_registers.hpp"
#include "driver/igb/device.hpp"

namespace ringside::igb {

namespace {

constexpr std::uint32_t rss_mode = 2;

}  // namespace

// Key and table first: frames are hashed from the moment the mode says so.
void Device::write_rss(const Rss& rss) {
    if (!rss.on()) {
        regs_.write(MRQC::MODE(0));
        return;
    }
    write_rss_tables<RETA, RSSRK>(regs_, rss);
    regs_.write(MRQC::MODE(rss_mode) | rss_types<MRQC>(rss));
}

Rss Device::read_rss() {
    const auto mode = regs_.read<MRQC>();
    if (mode[MRQC::MODE] != rss_mode) return Rss::off();
    Rss rss = read_rss_tables<RETA, RSSRK>(regs_);
    rss.types = rss_types(mode);
    return rss;
}

}  // namespace ringside::igb
