#include "hal/register.hpp"

#include "tests/hal/test_registers.hpp"

#include <gtest/gtest.h>

namespace ringside::hal {
namespace {

using namespace card;

// Layout and arithmetic are settled while compiling.
static_assert(CTRL::RST(true).bits == 1u << 26);
static_assert(CTRL::RST(false).bits == 0 && CTRL::RST(false).mask == 1u << 26);
static_assert((QCTL::PTHRESH(36) | QCTL::ENABLE(true)).bits == (36u | 1u << 25));
static_assert((QCTL::PTHRESH(36) | QCTL::ENABLE(true)).mask == (0x7Fu | 1u << 25));
static_assert(QCTL::SPEED(Speed::g10).bits == 3u << 8);
static_assert(Snapshot<QCTL>(0x02000324)[QCTL::PTHRESH] == 36);
static_assert(Snapshot<QCTL>(0x02000324)[QCTL::SPEED] == Speed::g10);
static_assert(Snapshot<QCTL>(0x02000324)[QCTL::ENABLE]);
static_assert(GPRC::COUNT.extract(~0u) == ~0u && decltype(GPRC::COUNT)::max == ~0u);
static_assert(CTRL::raw(5).mask == ~0u);

static_assert(QCTL::offset(0) == 0x06028 && QCTL::offset(127) == 0x06028 + 127 * 0x40);
static_assert(BANKED::offset(63) == 0x1FC0 && BANKED::offset(64) == 0xD000 && BANKED::offset(127) == 0xDFC0);

// Which access compiles is decided by the kind of register.
static_assert(Readable<STATUS> && !Writable<STATUS> && !Updatable<STATUS>);
static_assert(Readable<GPRC> && !Writable<GPRC>);
static_assert(Writable<EIMS> && !Updatable<EIMS>);
static_assert(Updatable<CTRL> && Single<CTRL> && !Single<QCTL>);

template <class Of, class F>
concept Indexable = requires(Snapshot<Of> s, F f) {
    s[f];
};
static_assert(Indexable<QCTL, decltype(QCTL::ENABLE)>);
static_assert(!Indexable<CTRL, decltype(QCTL::ENABLE)>);
template <class A, class B>
concept Joinable = requires(A a, B b) {
    a | b;
};
static_assert(!Joinable<Value<CTRL>, Value<QCTL>>);

TEST(Register, decode_names_the_fields_that_are_not_zero) {
    EXPECT_EQ(decode(0x02000324, fields_of<QCTL>()), "PTHRESH=36 SPEED=3 ENABLE=1");
    EXPECT_EQ(decode(0, fields_of<QCTL>()), "");
}

TEST(Register, decode_prints_wide_fields_in_hexadecimal) {
    EXPECT_EQ(decode(0xDEADBEEF, fields_of<GPRC>()), "COUNT=0xdeadbeef");
    EXPECT_EQ(decode(0x1000u << 10, fields_of<QCTL>()), "COUNT=0x1000");
}

TEST(Register, decode_of_a_register_without_named_fields_is_empty) {
    EXPECT_EQ(decode(~0u, fields_of<EIMS>()), "");
}

TEST(Register, names_carry_an_index_only_in_arrays) {
    EXPECT_EQ(register_name(CTRL::name, CTRL::count, 0), "CTRL");
    EXPECT_EQ(register_name(QCTL::name, QCTL::count, 2), "QCTL[2]");
}

#ifndef NDEBUG
TEST(RegisterDeathTest, an_index_beyond_the_array_is_caught) {
    std::uint32_t index = 128;
    EXPECT_DEATH(static_cast<void>(QCTL::offset(index)), "ok");
    EXPECT_DEATH(static_cast<void>(BANKED::offset(index)), "ok");
}
TEST(RegisterDeathTest, a_value_too_wide_for_its_field_is_caught) {
    std::uint32_t value = 128;
    EXPECT_DEATH(static_cast<void>(QCTL::PTHRESH(value)), "ok");
}
#endif

}  // namespace
}  // namespace ringside::hal
