#include "sim/ixgbe/sfp_module.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace ringside::sim {
namespace {

constexpr std::uint32_t CLK_IN = 1, CLK_OUT = 2, DATA_IN = 4, DATA_OUT = 8;

// An I2C master as drivers write it: one register, one edge at a time.
class Master {
public:
    explicit Master(SfpModule& module) : module_(module) {}

    void start() {
        data(true);
        clock(true);
        data(false);
        clock(false);
    }
    void stop() {
        data(false);
        clock(true);
        data(true);
    }
    bool send(unsigned byte) {  // true if acknowledged
        for (int i = 7; i >= 0; --i) send_bit((byte >> i & 1) != 0);
        return !receive_bit();
    }
    unsigned receive(bool acknowledge) {
        unsigned byte = 0;
        for (int i = 0; i < 8; ++i) byte = byte << 1 | (receive_bit() ? 1u : 0u);
        send_bit(!acknowledge);
        return byte;
    }
    // Random read of some bytes in a row; nothing if something was not acknowledged.
    std::optional<std::vector<unsigned>> read(unsigned device, unsigned from, std::size_t count) {
        start();
        const bool there = send(device) && send(from);
        if (there) start();
        if (!there || !send(device | 1)) {
            stop();
            return {};
        }
        return read_on(count);
    }
    std::optional<std::vector<unsigned>> read_current(unsigned device, std::size_t count) {
        start();
        if (!send(device | 1)) {
            stop();
            return {};
        }
        return read_on(count);
    }
    unsigned byte(unsigned device, unsigned at) {
        const auto bytes = read(device, at, 1);
        return bytes ? bytes->front() : 0x100;
    }

private:
    std::vector<unsigned> read_on(std::size_t count) {
        std::vector<unsigned> bytes;
        for (std::size_t i = 0; i < count; ++i) bytes.push_back(receive(i + 1 < count));
        stop();
        return bytes;
    }
    void send_bit(bool bit) {
        data(bit);
        clock(true);
        EXPECT_EQ((module_.read() & CLK_IN) != 0, true) << "nobody holds the clock";
        clock(false);
    }
    bool receive_bit() {
        data(true);
        clock(true);
        const bool bit = (module_.read() & DATA_IN) != 0;
        clock(false);
        return bit;
    }
    void clock(bool high) { put(CLK_OUT, high); }
    void data(bool high) { put(DATA_OUT, high); }
    void put(std::uint32_t bit, bool high) {
        const std::uint32_t now = module_.read();
        module_.write(high ? now | bit : now & ~bit);
    }
    SfpModule& module_;
};

std::string text(const std::vector<unsigned>& bytes) {
    std::string s;
    for (const unsigned b : bytes) s += static_cast<char>(b);
    return s;
}

TEST(SfpModule, TheLinesRestHigh) {
    const SfpModule module(SfpKind::sr), none(SfpKind::absent);
    EXPECT_EQ(module.read(), 0xFu);
    EXPECT_EQ(none.read(), 0xFu);
    EXPECT_TRUE(SfpModule::handles(0x28));
    EXPECT_FALSE(SfpModule::handles(0x20));
}

TEST(SfpModule, WhatTheMasterPullsLowReadsLow) {
    SfpModule module(SfpKind::sr);
    module.write(DATA_OUT);
    EXPECT_EQ(module.read(), DATA_OUT | DATA_IN);
    module.write(0);
    EXPECT_EQ(module.read(), 0u);
    module.write(CLK_OUT | DATA_OUT);
    EXPECT_EQ(module.read(), 0xFu);
}

TEST(SfpModule, ARandomReadFindsTheIdentifier) {
    SfpModule module(SfpKind::sr);
    Master master(module);
    EXPECT_EQ(master.byte(0xA0, 0), 3u);
    EXPECT_EQ(module.read(), 0xFu) << "the lines are free again";
}

TEST(SfpModule, EachKindSaysWhatItIs) {
    const auto compliance = [](SfpKind kind) {
        SfpModule module(kind);
        Master master(module);
        return std::vector<unsigned>{master.byte(0xA0, 3), master.byte(0xA0, 6), master.byte(0xA0, 8),
                                     master.byte(0xA0, 2)};
    };
    EXPECT_EQ(compliance(SfpKind::sr), (std::vector<unsigned>{0x10, 0, 0x00, 0x07}));
    EXPECT_EQ(compliance(SfpKind::lr), (std::vector<unsigned>{0x20, 0, 0x00, 0x07}));
    EXPECT_EQ(compliance(SfpKind::da), (std::vector<unsigned>{0x00, 0, 0x04, 0x21}));
}

TEST(SfpModule, NamesItsMaker) {
    SfpModule module(SfpKind::lr);
    Master master(module);
    EXPECT_EQ(master.read(0xA0, 37, 3), (std::vector<unsigned>{0x00, 0x1B, 0x21}));
    EXPECT_EQ(text(*master.read(0xA0, 20, 16)), "Ringside        ");
    EXPECT_EQ(text(*master.read(0xA0, 40, 16)), "SIM-SFP-10G-LR  ");
    EXPECT_EQ(text(*master.read(0xA0, 68, 16)), "SIM0000001      ");
}

TEST(SfpModule, TheChecksumsOfEveryPageAreRight) {
    for (const SfpKind kind : {SfpKind::sr, SfpKind::lr, SfpKind::da}) {
        SfpModule module(kind);
        Master master(module);
        const std::vector<unsigned> page = *master.read(0xA0, 0, 128);
        EXPECT_EQ(std::accumulate(page.begin(), page.begin() + 63, 0u) & 0xFF, page[63]);
        EXPECT_EQ(std::accumulate(page.begin() + 64, page.begin() + 95, 0u) & 0xFF, page[95]);
        if (kind == SfpKind::da) continue;
        const std::vector<unsigned> measured = *master.read(0xA2, 0, 128);
        EXPECT_EQ(std::accumulate(measured.begin(), measured.begin() + 95, 0u) & 0xFF, measured[95]);
    }
}

TEST(SfpModule, DiagnosticsArePlausible) {
    SfpModule module(SfpKind::sr);
    Master master(module);
    EXPECT_NE(master.byte(0xA0, 92) & 0x40, 0u) << "diagnostics are promised";
    const std::vector<unsigned> now = *master.read(0xA2, 96, 10);
    const auto word = [&](std::size_t i) { return now[2 * i] << 8 | now[2 * i + 1]; };
    EXPECT_EQ(word(0), 0x2380u) << "35.5 degrees";
    EXPECT_EQ(word(1), 33000u) << "3.3 V";
    EXPECT_EQ(word(2), 3000u) << "6 mA";
    EXPECT_EQ(word(3), 6000u) << "0.6 mW";
    EXPECT_EQ(word(4), 5000u) << "0.5 mW";
}

TEST(SfpModule, ReadingsLieBetweenTheirWarnings) {
    const SfpModule module(SfpKind::lr);
    const auto page = module.diagnostics();
    const auto word = [&](std::size_t at) { return static_cast<std::int16_t>(page[at] << 8 | page[at + 1]); };
    EXPECT_LT(word(96), word(4)) << "temperature, which is signed";
    EXPECT_GT(word(96), word(6));
    for (std::size_t i = 1; i < 5; ++i) {
        const auto u = [&](std::size_t at) { return static_cast<std::uint16_t>(word(at)); };
        EXPECT_LT(u(96 + 2 * i), u(8 * i + 4)) << i;
        EXPECT_GT(u(96 + 2 * i), u(8 * i + 6)) << i;
        EXPECT_LT(u(8 * i + 4), u(8 * i)) << i;
        EXPECT_GT(u(8 * i + 6), u(8 * i + 2)) << i;
    }
}

TEST(SfpModule, ACurrentAddressReadGoesOnWhereTheLastEnded) {
    SfpModule module(SfpKind::sr);
    Master master(module);
    ASSERT_TRUE(master.read(0xA0, 20, 4));
    EXPECT_EQ(text(*master.read_current(0xA0, 4)), "side");
}

TEST(SfpModule, AddressesWrapAtTheEndOfThePage) {
    SfpModule module(SfpKind::sr);
    Master master(module);
    EXPECT_EQ(master.read(0xA0, 255, 2)->back(), 3u);
}

TEST(SfpModule, ThePagesHaveAddressesOfTheirOwn) {
    SfpModule module(SfpKind::sr);
    Master master(module);
    ASSERT_TRUE(master.read(0xA0, 20, 4));
    ASSERT_TRUE(master.read(0xA2, 96, 1));
    EXPECT_EQ(text(*master.read_current(0xA0, 4)), "side");
    EXPECT_EQ(master.read_current(0xA2, 1), (std::vector<unsigned>{0x80}));
}

TEST(SfpModule, NobodyAnswersAtOtherAddresses) {
    SfpModule module(SfpKind::sr), cable(SfpKind::da), none(SfpKind::absent);
    EXPECT_FALSE(Master(module).read(0xA4, 0, 1));
    EXPECT_FALSE(Master(module).read(0x50, 0, 1));
    EXPECT_FALSE(Master(cable).read(0xA2, 96, 1)) << "a cable measures nothing";
    EXPECT_TRUE(Master(cable).read(0xA0, 0, 1));
    EXPECT_FALSE(Master(none).read(0xA0, 0, 1));
    EXPECT_TRUE(none.identity().empty());
    EXPECT_TRUE(cable.diagnostics().empty());
}

TEST(SfpModule, WritesAreAcknowledgedAndChangeNothing) {
    SfpModule module(SfpKind::sr);
    Master master(module);
    master.start();
    EXPECT_TRUE(master.send(0xA0));
    EXPECT_TRUE(master.send(0));
    EXPECT_TRUE(master.send(0x55));
    EXPECT_TRUE(master.send(0xAA));
    master.stop();
    EXPECT_EQ(master.byte(0xA0, 0), 3u);
    EXPECT_EQ(master.byte(0xA0, 1), 4u);
}

TEST(SfpModule, ANewStartInTheMidstOfAByteIsHeard) {
    SfpModule module(SfpKind::sr);
    Master master(module);
    master.start();
    ASSERT_TRUE(master.send(0xA0));
    master.start();  // instead of the byte's address
    ASSERT_TRUE(master.send(0xA0));
    ASSERT_TRUE(master.send(3));
    master.start();
    ASSERT_TRUE(master.send(0xA1));
    EXPECT_EQ(master.receive(false), 0x10u);
    master.stop();
}

TEST(SfpModule, NineClocksAndAStopFreeTheBusInTheMidstOfARead) {
    SfpModule module(SfpKind::sr);
    Master master(module);
    master.start();
    ASSERT_TRUE(master.send(0xA0));
    ASSERT_TRUE(master.send(3));
    master.start();
    ASSERT_TRUE(master.send(0xA1));
    master.receive(true);  // the module now sends byte 4, all zeros: it holds the line
    EXPECT_EQ(module.read() & DATA_IN, 0u);
    for (int i = 0; i < 9; ++i) {
        module.write(DATA_OUT);
        module.write(DATA_OUT | CLK_OUT);
    }
    master.stop();
    EXPECT_EQ(module.read(), 0xFu);
    EXPECT_EQ(master.byte(0xA0, 3), 0x10u);
}

TEST(SfpModule, LinesThatChangeTogetherAreNeitherStartNorStop) {
    SfpModule module(SfpKind::sr);
    module.write(0);  // from high, high
    module.write(DATA_OUT | CLK_OUT);
    Master master(module);
    EXPECT_EQ(master.byte(0xA0, 0), 3u);
}

TEST(SfpModule, AResetOfTheCardLetsGoOfTheLines) {
    SfpModule module(SfpKind::sr);
    Master master(module);
    module.write(0);
    module.reset();
    EXPECT_EQ(module.read(), 0xFu);
    EXPECT_EQ(master.byte(0xA0, 0), 3u);
}

}  // namespace
}  // namespace ringside::sim
