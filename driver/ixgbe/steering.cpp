// Which queue a frame goes to by RSS: datasheet §7.1.2 (Rx Queues Assignment), §4.6.10.
#include "driver/base/rss_registers.hpp"
#include "driver/ixgbe/device.hpp"

namespace ringside::ixgbe {

// §4.6.10.1.1, §7.1.2.8. Key and table first: frames are hashed from the moment the mode says so.
void Device::write_rss(const Rss& rss) {
    if (!rss.on()) {
        regs_.write(MRQC::MODE(0));
        return;
    }
    write_rss_tables<RETA, RSSRK>(regs_, rss);
    regs_.write(MRQC::MODE(1) | rss_types<MRQC>(rss));
}

Rss Device::read_rss() {
    const auto mode = regs_.read<MRQC>();
    if (mode[MRQC::MODE] != 1) return Rss::off();
    Rss rss = read_rss_tables<RETA, RSSRK>(regs_);
    rss.types = rss_types(mode);
    return rss;
}

}  // namespace ringside::ixgbe
