#include "hal/register_file.hpp"

#include "tests/hal/fake_bar.hpp"
#include "tests/hal/test_registers.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::hal {
namespace {

using namespace card;
using namespace std::chrono_literals;

struct RegisterFileTest : testing::Test {
    FakeBar bar;
    FakeClock clock;
    RegisterFile regs{bar, STATUS::offset(), clock, "sim:test"};
};

TEST_F(RegisterFileTest, reads_the_register_it_is_asked_for) {
    bar.registers[QCTL::offset(3)] = 0x02000024;
    const auto q = regs.read<QCTL>(3);
    EXPECT_EQ(q.raw(), 0x02000024u);
    EXPECT_TRUE(q[QCTL::ENABLE]);
    EXPECT_EQ(bar.loads, std::vector<std::uint32_t>{QCTL::offset(3)});
}

TEST_F(RegisterFileTest, a_write_sets_the_named_fields_and_clears_the_others) {
    bar.registers[QCTL::offset(1)] = ~0u;
    regs.write(1, QCTL::PTHRESH(4) | QCTL::ENABLE(true));
    EXPECT_EQ(bar.stores, (std::vector<FakeBar::Store>{{QCTL::offset(1), 4u | 1u << 25}}));
    EXPECT_TRUE(bar.loads.empty());
}

TEST_F(RegisterFileTest, an_update_leaves_the_other_fields_alone) {
    bar.registers[CTRL::offset()] = 0x04000003;
    regs.update(CTRL::RST(false) | CTRL::LRST(true));
    EXPECT_EQ(bar.stores, (std::vector<FakeBar::Store>{{0, 0x0000000B}}));
    bar.registers[QCTL::offset(2)] = 0x01;
    regs.update(2, QCTL::ENABLE(true));
    EXPECT_EQ(bar.registers[QCTL::offset(2)], 0x02000001u);
}

TEST_F(RegisterFileTest, a_wait_ends_as_soon_as_the_fields_have_their_values) {
    regs.write(0, QCTL::ENABLE(false));
    clock.on_sleep = [&] {
        if (clock.sleeps == 3) bar.registers[QCTL::offset(0)] = 0x02000000;
    };
    regs.wait_for(0, QCTL::ENABLE(true), 10ms, "is the link up?");
    EXPECT_EQ(clock.sleeps, 3u);
    EXPECT_EQ(clock.now(), 300us);
}

TEST_F(RegisterFileTest, a_wait_looks_at_the_named_fields_only) {
    bar.registers[QCTL::offset(0)] = 0x0200007F;
    regs.wait_for(0, QCTL::ENABLE(true), 0ms, "");
    EXPECT_TRUE(regs.reaches(0, QCTL::ENABLE(true) | QCTL::SPEED(Speed{}), 0ms));
}

TEST_F(RegisterFileTest, a_wait_that_runs_out_says_what_was_wanted_what_is_and_what_to_do) {
    bar.registers[QCTL::offset(2)] = 0x24;
    try {
        regs.wait_for(2, QCTL::ENABLE(true) | QCTL::PTHRESH(1), 10ms, "reset the card");
        FAIL() << "no Timeout";
    } catch (const Timeout& error) {
        EXPECT_STREQ(error.what(),
                     "sim:test: QCTL[2] did not become {PTHRESH=1 ENABLE=1} within 10 ms, it is {PTHRESH=36 "
                     "ENABLE=0}; reset "
                     "the card");
    }
    EXPECT_EQ(clock.now(), 10ms);
}

TEST_F(RegisterFileTest, a_limit_below_a_millisecond_is_named_in_microseconds) {
    try {
        regs.wait_for(CTRL::RST(true), 250us, "x");
        FAIL() << "no Timeout";
    } catch (const Timeout& error) {
        EXPECT_NE(std::string(error.what()).find("CTRL did not become {RST=1} within 250 us"),
                  std::string::npos);
    }
}

TEST_F(RegisterFileTest, a_wait_looks_once_more_after_its_last_sleep) {
    clock.on_sleep = [&] { bar.registers[QCTL::offset(0)] = 0x02000000; };
    EXPECT_TRUE(regs.reaches(0, QCTL::ENABLE(true), 50us));  // one sleep is longer than the whole limit
}

TEST_F(RegisterFileTest, all_ones_everywhere_is_a_device_that_is_gone) {
    bar.on_load = [](std::uint32_t) { return ~0u; };
    EXPECT_THROW(static_cast<void>(regs.read<GPRC>()), DeviceGone);
    EXPECT_THROW(regs.update(CTRL::RST(true)), DeviceGone);
    EXPECT_THROW(regs.wait_for(CTRL::RST(false), 1s, ""), DeviceGone);
    EXPECT_THROW(regs.flush<STATUS>(), DeviceGone);
    EXPECT_TRUE(bar.stores.empty());
    try {
        static_cast<void>(regs.read<GPRC>());
    } catch (const DeviceGone& error) {
        EXPECT_EQ(std::string(error.what()).find("sim:test: all registers read as ones"), 0u);
    }
}

TEST_F(RegisterFileTest, all_ones_in_one_register_is_a_value) {
    bar.registers[GPRC::offset()] = ~0u;
    bar.registers[STATUS::offset()] = 0x4;
    EXPECT_EQ(regs.read<GPRC>()[GPRC::COUNT], ~0u);
}

struct Recorder : RegisterObserver {
    void saw(const Event& e) override {
        lines.push_back(std::string(1, e.direction) + " " + register_name(e.name, e.count, e.index) + " " +
                        decode(e.raw, e.fields));
    }
    std::vector<std::string> lines;
};

TEST_F(RegisterFileTest, an_observer_sees_every_access_in_order) {
    Recorder recorder;
    regs.observe(&recorder);
    regs.update(5, QCTL::ENABLE(true));
    static_cast<void>(regs.read<STATUS>());
    regs.observe(nullptr);
    static_cast<void>(regs.read<STATUS>());
    EXPECT_EQ(recorder.lines, (std::vector<std::string>{"R QCTL[5] ", "W QCTL[5] ENABLE=1", "R STATUS "}));
}

TEST(Doorbell, rings_a_word_of_memory_or_a_trapped_register) {
    std::uint32_t word = 0;
    const Doorbell direct(word);
    direct.ring(7);
    EXPECT_TRUE(direct.is_direct());
    EXPECT_EQ(word, 7u);
    FakeBar bar;
    const Doorbell trapped(bar, 0x6018);
    trapped.ring(8);
    EXPECT_FALSE(trapped.is_direct());
    EXPECT_EQ(bar.stores, (std::vector<FakeBar::Store>{{0x6018, 8}}));
}

TEST(SystemClock, a_sleep_is_not_shorter_than_asked_for) {
    SystemClock& clock = SystemClock::instance();
    const auto start = clock.now();
    clock.sleep(1ms);
    EXPECT_GE(clock.now() - start, 1ms);
}

}  // namespace
}  // namespace ringside::hal
