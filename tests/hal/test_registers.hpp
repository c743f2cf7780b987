// Registers of a card that does not exist.
#pragma once

#include "hal/register.hpp"

namespace ringside::hal::card {

struct CTRL : Register<CTRL, 0x00000, Access::rw> {
    static constexpr auto name = "CTRL";
    static constexpr auto RST = bit<26>("RST");
    static constexpr auto LRST = bit<3>("LRST");
    static constexpr auto fields = layout(RST, LRST);
};
struct STATUS : Register<STATUS, 0x00008, Access::ro> {
    static constexpr auto name = "STATUS";
    static constexpr auto LAN_ID = field<3, 2>("LAN_ID");
    static constexpr auto fields = layout(LAN_ID);
};
enum class Speed : std::uint32_t { m100 = 1, g1 = 2, g10 = 3 };
struct QCTL : RegisterArray<QCTL, 0x06028, 0x40, 128, Access::rw> {
    static constexpr auto name = "QCTL";
    static constexpr auto PTHRESH = field<6, 0>("PTHRESH");
    static constexpr auto SPEED = field<9, 8, Speed>("SPEED");
    static constexpr auto COUNT = field<24, 10>("COUNT");
    static constexpr auto ENABLE = bit<25>("ENABLE");
    static constexpr auto fields = layout(PTHRESH, SPEED, COUNT, ENABLE);
};
struct BANKED : BankedRegisterArray<BANKED, 0x1000, 0x40, 64, 0xD000, 128, Access::rw> {
    static constexpr auto name = "BANKED";
    static constexpr auto ALL = field<31, 0>("ALL");
    static constexpr auto fields = layout(ALL);
};
struct GPRC : Register<GPRC, 0x04074, Access::rc> {
    static constexpr auto name = "GPRC";
    static constexpr auto COUNT = field<31, 0>("COUNT");
    static constexpr auto fields = layout(COUNT);
};
struct EIMS : Register<EIMS, 0x00880, Access::w1s> {
    static constexpr auto name = "EIMS";
};

}  // namespace ringside::hal::card
