#include "driver/ixgbe/descriptors.hpp"

#include "driver/rx_info.hpp"

namespace ringside::ixgbe {

// §7.1.6.2: only the last descriptor of a frame says what the frame was.
RxInfo RxDescriptor::describe(std::uint64_t low, std::uint64_t high) noexcept {
    using D = RxDescriptor;
    RxInfo info;
    unsigned flags = 0;
    const unsigned type = D::packet_type(low);
    if (!(type & D::type_l2)) {
        if (type & D::type_ipv4) flags |= RxInfo::ipv4;
        if (type & D::type_ipv6) flags |= RxInfo::ipv6;
        if (type & D::type_tcp) flags |= RxInfo::tcp;
        if (type & D::type_udp) flags |= RxInfo::udp;
        if (type & D::type_sctp) flags |= RxInfo::sctp;
    }
    if (D::rss_type(low) >= 1 && D::rss_type(low) <= 9) {
        flags |= RxInfo::hash_valid;
        info.rss_hash = D::rss_hash(low);
    }
    if (high & D::VP) {
        flags |= RxInfo::vlan_stripped;
        info.vlan = D::vlan(high);
    }
    if (high & D::IPCS) flags |= RxInfo::ip_checked;
    if ((high & D::IPCS) && (high & D::IPE)) flags |= RxInfo::ip_bad;
    // Erratum: UDP frames without a checksum may be flagged as wrong; so a UDP verdict "wrong" says nothing.
    const bool l4_bad = (high & D::L4E) != 0;
    const bool believed = (high & D::L4I) && !(l4_bad && (flags & RxInfo::udp));
    if (believed) flags |= RxInfo::l4_checked;
    if (believed && l4_bad) flags |= RxInfo::l4_bad;
    info.flags = static_cast<std::uint16_t>(flags);
    return info;
}

}  // namespace ringside::ixgbe
