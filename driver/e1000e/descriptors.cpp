#include "driver/e1000e/descriptors.hpp"

#include "driver/rx_info.hpp"

namespace ringside::e1000e {

// Only the last descriptor of a frame says what the frame was.
RxInfo RxDescriptor::describe(std::uint64_t low, std::uint64_t high) noexcept {
    const Word word(high);
    RxInfo info;
    unsigned flags = 0;
    if (rss_type(low) != 0) {
        flags |= RxInfo::hash_valid;
        info.rss_hash = rss_hash(low);
    }
    if (word.any(VP)) {
        flags |= RxInfo::vlan_stripped;
        info.vlan = vlan(high);
    }
    if (!word.any(IXSM)) {
        if (word.any(IPCS)) flags |= word.any(IPE) ? RxInfo::ip_checked | RxInfo::ip_bad : RxInfo::ip_checked;
        if (word.any(TCPCS | UDPCS))
            flags |= word.any(TCPE) ? RxInfo::l4_checked | RxInfo::l4_bad : RxInfo::l4_checked;
    }
    info.flags = static_cast<std::uint16_t>(flags);
    return info;
}

}  // namespace ringside::e1000e
