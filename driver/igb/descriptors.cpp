#include "driver/igb/descriptors.hpp"

#include "driver/rx_info.hpp"

namespace ringside::igb {

namespace {

unsigned protocols(unsigned type) {
    using D = RxDescriptor;
    if (type & D::type_l2) return 0;
    unsigned flags = 0;
    if (type & D::type_ipv4) flags |= RxInfo::ipv4;
    if (type & D::type_ipv6) flags |= RxInfo::ipv6;
    if (type & D::type_tcp) flags |= RxInfo::tcp;
    if (type & D::type_udp) flags |= RxInfo::udp;
    if (type & D::type_sctp) flags |= RxInfo::sctp;
    return flags;
}

}  // namespace

// Only the last descriptor of a frame says what the frame was.
RxInfo RxDescriptor::describe(std::uint64_t low, std::uint64_t high) noexcept {
    const Word word(high);
    RxInfo info;
    unsigned flags = protocols(packet_type(low));
    if (rss_type(low) >= 1 && rss_type(low) <= 9) {
        flags |= RxInfo::hash_valid;
        info.rss_hash = rss_hash(low);
    }
    if (word.any(VP)) {
        flags |= RxInfo::vlan_stripped;
        info.vlan = vlan(high);
    }
    if (word.any(IPCS)) flags |= word.any(IPE) ? RxInfo::ip_checked | RxInfo::ip_bad : RxInfo::ip_checked;
    // Erratum: short SCTP frames are flagged as wrong; so an SCTP verdict "wrong" says nothing.
    const bool wrong = word.any(L4E);
    if (word.any(L4I | UDPCS) && !(wrong && (flags & RxInfo::sctp)))
        flags |= wrong ? RxInfo::l4_checked | RxInfo::l4_bad : RxInfo::l4_checked;
    info.flags = static_cast<std::uint16_t>(flags);
    return info;
}

}  // namespace ringside::igb
