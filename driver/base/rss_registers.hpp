// RSS in registers, as far as cards are alike. Key and table: four bytes in each register, the first in bits
// 7:0. Types: named bits of MRQC.
#pragma once

#include "driver/rss.hpp"
#include "hal/register_file.hpp"

#include <array>
#include <cstdint>

namespace ringside {

// `shift`: where in its byte a queue's number begins.
template <class RETA, class RSSRK>
void write_rss_tables(hal::RegisterFile& regs, const Rss& rss, unsigned shift = 0) {
    const auto word = [](const auto& bytes, std::uint32_t i, unsigned by) {
        std::uint32_t w = 0;
        for (unsigned b = 0; b < 4; ++b) w |= std::uint32_t{bytes[4 * i + b]} << by << (8 * b);
        return w;
    };
    for (std::uint32_t i = 0; i < RSSRK::count; ++i) regs.write(i, RSSRK::raw(word(rss.key.bytes, i, 0)));
    for (std::uint32_t i = 0; i < RETA::count; ++i) regs.write(i, RETA::raw(word(rss.table, i, shift)));
}

// Key and table; the types are elsewhere.
template <class RETA, class RSSRK> Rss read_rss_tables(hal::RegisterFile& regs, unsigned shift = 0) {
    Rss rss = Rss::off();
    const auto take = [](auto& bytes, std::uint32_t i, std::uint32_t w, unsigned by) {
        for (unsigned b = 0; b < 4; ++b)
            bytes[4 * i + b] = static_cast<std::uint8_t>((w >> (8 * b) & 0xFF) >> by);
    };
    for (std::uint32_t i = 0; i < RSSRK::count; ++i)
        take(rss.key.bytes, i, regs.template read<RSSRK>(i).raw(), 0);
    for (std::uint32_t i = 0; i < RETA::count; ++i)
        take(rss.table, i, regs.template read<RETA>(i).raw(), shift);
    return rss;
}

// The types as the 82599 and the 82576 have them; MODE is not among the fields.
template <class MRQC> constexpr hal::Value<MRQC> rss_types(const Rss& rss) {
    const auto has = [&](unsigned type) { return (rss.types & type) != 0; };
    return MRQC::IPV4(has(Rss::ipv4)) | MRQC::TCP_IPV4(has(Rss::ipv4_tcp)) |
           MRQC::UDP_IPV4(has(Rss::ipv4_udp)) | MRQC::IPV6(has(Rss::ipv6)) |
           MRQC::TCP_IPV6(has(Rss::ipv6_tcp)) | MRQC::UDP_IPV6(has(Rss::ipv6_udp));
}
template <class MRQC> constexpr unsigned rss_types(hal::Snapshot<MRQC> mode) {
    return (mode[MRQC::IPV4] ? Rss::ipv4 : 0u) | (mode[MRQC::TCP_IPV4] ? Rss::ipv4_tcp : 0u) |
           (mode[MRQC::UDP_IPV4] ? Rss::ipv4_udp : 0u) | (mode[MRQC::IPV6] ? Rss::ipv6 : 0u) |
           (mode[MRQC::TCP_IPV6] ? Rss::ipv6_tcp : 0u) | (mode[MRQC::UDP_IPV6] ? Rss::ipv6_udp : 0u);
}

}  // namespace ringside
