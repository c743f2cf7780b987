#include "sim/ixgbe/eeprom.hpp"

#include "hal/error.hpp"
#include "tests/model/parts/manual_clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace ringside::sim {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;

constexpr std::array<std::uint8_t, 6> mac{0x02, 0x1B, 0x21, 0xAB, 0xCD, 0xEF};
constexpr std::uint32_t EEC = 0x10010, EERD = 0x10014, EEWR = 0x10018;
constexpr std::uint32_t START = 1, DONE = 2;
constexpr std::uint32_t SK = 1, CS = 2, DI = 4, DO = 8, REQ = 0x40, GNT = 0x80, ADDR_SIZE = 0x400;

struct Card {
    explicit Card(const Eeprom::Options& options = {}, bool sfp = true)
        : eeprom(make_eeprom(mac, sfp), options, clock) {}

    std::uint16_t word(std::uint32_t address) {
        eeprom.write(EERD, address << 2 | START);
        const std::uint32_t value = eeprom.read(EERD);
        EXPECT_NE(value & DONE, 0u);
        return static_cast<std::uint16_t>(value >> 16);
    }

    ManualClock clock;
    Eeprom eeprom;
};

// A driver that has nothing but the four wires.
class SpiMaster {
public:
    explicit SpiMaster(Eeprom& eeprom, unsigned address_bits = 16)
        : eeprom_(eeprom), address_bits_(address_bits) {}

    bool acquire() {
        set(REQ, true);
        return (eeprom_.read(EEC) & GNT) != 0;
    }
    void select() {
        set(SK, false);
        set(CS, true);
        set(CS, false);
    }
    void deselect() { set(CS, true); }
    void out(std::uint32_t value, unsigned bits) {
        for (unsigned i = bits; i-- > 0;) {
            set(DI, (value >> i & 1) != 0);
            set(SK, true);
            set(SK, false);
        }
    }
    std::uint32_t in(unsigned bits) {
        std::uint32_t value = 0;
        for (unsigned i = 0; i < bits; ++i) {
            set(SK, true);
            value = value << 1 | ((eeprom_.read(EEC) & DO) != 0 ? 1u : 0u);
            set(SK, false);
        }
        return value;
    }
    std::vector<std::uint16_t> words(std::uint32_t address, std::size_t count) {
        const bool upper = address_bits_ == 8 && address >= 128;
        select();
        out(upper ? 0x0B : 0x03, 8);
        out(address * 2 & 0xFF, address_bits_ == 8 ? 8 : 0);
        if (address_bits_ == 16) out(address * 2, 16);
        std::vector<std::uint16_t> result;
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint32_t bytes = in(16);  // the low byte comes first
            result.push_back(static_cast<std::uint16_t>(bytes >> 8 | bytes << 8));
        }
        deselect();
        return result;
    }

private:
    void set(std::uint32_t bits, bool on) {
        const std::uint32_t now = eeprom_.read(EEC) & ~ADDR_SIZE;
        eeprom_.write(EEC, (on ? now | bits : now & ~bits) | (address_bits_ == 16 ? ADDR_SIZE : 0));
    }
    Eeprom& eeprom_;
    unsigned address_bits_;
};

// The sum as Linux and DPDK compute it, over registers only.
std::uint16_t checksum_by_driver(Card& card) {
    unsigned sum = 0;
    for (std::uint32_t i = 0; i < 0x3F; ++i) sum += card.word(i);
    for (std::uint32_t i = 0x03; i < 0x0F; ++i) {
        const std::uint32_t pointer = card.word(i);
        if (pointer == 0 || pointer == 0xFFFF) continue;
        const std::uint32_t length = card.word(pointer);
        if (length == 0 || length == 0xFFFF) continue;
        for (std::uint32_t j = pointer + 1; j <= pointer + length; ++j) sum += card.word(j);
    }
    return static_cast<std::uint16_t>(0xBABA - sum);
}

TEST(EepromImage, AllZeroesHaveTheChecksumItself) {
    EepromImage image;
    image.seal();
    EXPECT_EQ(image[0x3F], 0xBABA);
    EXPECT_TRUE(image.valid());
}

TEST(EepromImage, TheChecksumCoversTheSections) {
    EepromImage image;
    const std::array<std::uint16_t, 2> words{0x1000, 0x0234};
    image.append_section(0x05, words);
    image.seal();
    EXPECT_EQ(image[0x05], 0x40);
    EXPECT_EQ(image[0x40], 2);
    EXPECT_EQ(image[0x3F], static_cast<std::uint16_t>(0xBABA - 0x40 - 0x1000 - 0x0234))
        << "but not their lengths";
    image.set(0x42, 0);
    EXPECT_FALSE(image.valid());
}

TEST(EepromImage, IgnoresSectionsThatReachBeyondTheEnd) {
    EepromImage image;
    image.set(0x03, 0x50);
    image.set(0x50, 0x1000);
    image.set(0x04, 0x4000);
    EXPECT_EQ(image.checksum(), static_cast<std::uint16_t>(0xBABA - 0x50 - 0x4000));
}

TEST(EepromImage, RefusesMoreThanItHolds) {
    EepromImage image;
    const std::vector<std::uint16_t> most(EepromImage::size - 0x40);
    EXPECT_THROW(image.append_section(0x03, most), hal::Error);
    EXPECT_NO_THROW(image.append(most));
    EXPECT_THROW(image.append(std::span(most).first(1)), hal::Error);
}

TEST(Eeprom, DriversFindTheChecksumRight) {
    Card with_cage, without({}, false);
    EXPECT_EQ(checksum_by_driver(with_cage), with_cage.word(0x3F));
    EXPECT_EQ(checksum_by_driver(without), without.word(0x3F));
}

TEST(Eeprom, HoldsTheMacAddressInTheSectionOfThePort) {
    Card card;
    const std::uint32_t section = card.word(0x09);
    EXPECT_EQ(card.word(section + 1), 0x1B02);
    EXPECT_EQ(card.word(section + 2), 0xAB21);
    EXPECT_EQ(card.word(section + 3), 0xEFCD);
}

TEST(Eeprom, TheFirmwareOfACardWithACageIsNewEnough) {
    Card card;
    const std::uint32_t block = card.word(card.word(0x0F) + 4u);
    EXPECT_GT(card.word(block + 7), 5);
    EXPECT_NE(card.word(0x2C) & 0x80, 0);
    EXPECT_EQ(card.word(card.word(0x0F) + 2u), 0xFFFF) << "no parameters for link management by firmware";
}

TEST(Eeprom, EveryKindOfModuleHasAListForTheAnalogueFrontEnd) {
    Card card;
    for (const std::uint32_t type : {3u, 4u, 5u, 6u}) {
        std::uint32_t at = card.word(0x2B) + 1u;
        while (card.word(at) != 0xFFFF && card.word(at) != type) at += 2;
        ASSERT_EQ(card.word(at), type);
        std::uint32_t list = card.word(at + 1) + 1u;
        int words = 0;
        for (; card.word(list) != 0xFFFF && words < 100; ++list) ++words;
        EXPECT_EQ(words, 2);
    }
}

TEST(Eeprom, Behaviour5_DoneStaysClearAndDataHiddenUntilTheAccessIsOver) {
    Card card({.present = true, .access_time = 20us, .auto_read_time = {}});
    card.eeprom.write(EERD, 0x3F << 2 | START);
    EXPECT_EQ(card.eeprom.read(EERD), 0x3Fu << 2);
    card.clock.sleep(19us);
    EXPECT_EQ(card.eeprom.read(EERD), 0x3Fu << 2);
    card.clock.sleep(1us);
    const std::uint32_t value = card.eeprom.read(EERD);
    EXPECT_EQ(value & 0xFFFF, (0x3Fu << 2) | DONE);
    EXPECT_EQ(value >> 16, card.eeprom.image()[0x3F]);
    EXPECT_EQ(card.eeprom.read(EERD), value) << "reading changes nothing";
}

TEST(Eeprom, Behaviour5_TheNextStartTakesDoneAndDataAway) {
    Card card({.present = true, .access_time = 20us, .auto_read_time = {}});
    card.eeprom.write(EERD, 0x3F << 2 | START);
    card.clock.sleep(20us);
    ASSERT_NE(card.eeprom.read(EERD) & DONE, 0u);
    card.eeprom.write(EERD, 0x2C << 2 | START);
    EXPECT_EQ(card.eeprom.read(EERD), 0x2Cu << 2);
}

TEST(Eeprom, AWriteWithoutStartIsNoAccess) {
    Card card;
    card.eeprom.write(EERD, 0x3F << 2);
    EXPECT_EQ(card.eeprom.read(EERD), 0u);
}

TEST(Eeprom, AStartBeforeTheAccessIsOverIsFlagged) {
    Card card({.present = true, .access_time = 20us, .auto_read_time = {}});
    card.eeprom.write(EERD, START);
    card.eeprom.write(EERD, START);
    EXPECT_EQ(card.eeprom.interrupted(), 1u);
    card.clock.sleep(20us);
    card.eeprom.write(EERD, START);
    EXPECT_EQ(card.eeprom.interrupted(), 1u) << "over, though nobody looked";
}

TEST(Eeprom, AnAddressBeyondTheLastWordReadsAsOnesAndIsFlagged) {
    Card card;
    EXPECT_EQ(card.word(255), 0xFFFF);
    EXPECT_EQ(card.eeprom.out_of_range(), 0u);
    EXPECT_EQ(card.word(256), 0xFFFF);
    EXPECT_EQ(card.word(0x3FFF), 0xFFFF);
    EXPECT_EQ(card.eeprom.out_of_range(), 2u);
}

TEST(Eeprom, WordsAreWrittenWhenTheAccessIsOver) {
    Card card({.present = true, .access_time = 20us, .auto_read_time = {}});
    card.eeprom.write(EEWR, 0xBEEFu << 16 | 0x80 << 2 | START);
    EXPECT_EQ(card.eeprom.read(EEWR) & DONE, 0u);
    EXPECT_EQ(card.eeprom.image()[0x80], 0xFFFF);
    card.clock.sleep(20us);
    EXPECT_NE(card.eeprom.read(EEWR) & DONE, 0u);
    EXPECT_EQ(card.eeprom.image()[0x80], 0xBEEF);
    card.eeprom.write(EEWR, 0xBEEFu << 16 | 0x1000 << 2 | START);
    EXPECT_EQ(card.eeprom.out_of_range(), 1u);
}

TEST(Eeprom, ControlReadsAsOnACardThatHasStarted) {
    Card card;
    EXPECT_EQ(card.eeprom.read(EEC), 0x1730u);
}

TEST(Eeprom, AutoReadTakesItsTimeAfterReset) {
    Card card({.present = true, .access_time = {}, .auto_read_time = 10ms});
    EXPECT_EQ(card.eeprom.read(EEC), 0x1530u);
    card.clock.sleep(10ms);
    EXPECT_EQ(card.eeprom.read(EEC), 0x1730u);
    card.eeprom.reset();
    EXPECT_EQ(card.eeprom.read(EEC), 0x1530u);
}

TEST(Eeprom, AnAbsentEepromIsNotPresentButAutoReadEnds) {
    Card card({.present = false, .access_time = {}, .auto_read_time = {}});
    EXPECT_EQ(card.eeprom.read(EEC), 0x1630u);
    EXPECT_EQ(card.word(0), 0xFFFF);
    SpiMaster spi(card.eeprom);
    ASSERT_TRUE(spi.acquire());
    EXPECT_EQ(spi.words(0x3F, 1).front(), 0) << "nobody drives the line";
}

TEST(Eeprom, ReadOnlyBitsOfControlCannotBeWritten) {
    Card card;
    card.eeprom.write(EEC, 0);
    EXPECT_EQ(card.eeprom.read(EEC), 0x1300u);
    card.eeprom.write(EEC, ~0u);
    EXPECT_EQ(card.eeprom.read(EEC) & DO, 0u);
}

TEST(Eeprom, TheWiresAreGrantedWhileTheyAreRequested) {
    Card card;
    EXPECT_EQ(card.eeprom.read(EEC) & GNT, 0u);
    SpiMaster spi(card.eeprom);
    EXPECT_TRUE(spi.acquire());
    card.eeprom.write(EEC, card.eeprom.read(EEC) & ~REQ);
    EXPECT_EQ(card.eeprom.read(EEC) & GNT, 0u);
}

TEST(Eeprom, WordsReadByHandOverTheWiresAreTheSame) {
    Card card;
    SpiMaster spi(card.eeprom);
    ASSERT_TRUE(spi.acquire());
    for (const std::uint32_t address : {0x3Fu, 0x09u, 0x41u, 0xFFu, 0x2Bu})
        EXPECT_EQ(spi.words(address, 1).front(), card.eeprom.image()[address]) << address;
    const std::vector<std::uint16_t> run = spi.words(0x38, 12);
    for (std::uint32_t i = 0; i < run.size(); ++i) EXPECT_EQ(run[i], card.eeprom.image()[0x38 + i]) << i;
}

TEST(Eeprom, SmallAddressesUseTheCommandsUpperBit) {
    Card card;
    card.eeprom.write(EEWR, 0x1234u << 16 | 0x90 << 2 | START);
    card.eeprom.read(EEWR);
    SpiMaster spi(card.eeprom, 8);
    ASSERT_TRUE(spi.acquire());
    EXPECT_EQ(spi.words(0x90, 1).front(), 0x1234);
    EXPECT_EQ(spi.words(0x3F, 1).front(), card.eeprom.image()[0x3F]);
}

TEST(Eeprom, TheChipSaysThatItIsReady) {
    Card card;
    SpiMaster spi(card.eeprom);
    ASSERT_TRUE(spi.acquire());
    spi.select();
    spi.out(0x05, 8);
    EXPECT_EQ(spi.in(8) & 1, 0u);
    spi.deselect();
    EXPECT_EQ(spi.words(0x3F, 1).front(), card.eeprom.image()[0x3F]) << "and listens to the next command";
}

TEST(Eeprom, ResetForgetsAccessesButNotWords) {
    Card card;
    card.eeprom.write(EEWR, 0x1234u << 16 | 0x90 << 2 | START);
    ASSERT_NE(card.eeprom.read(EEWR) & DONE, 0u);
    card.eeprom.reset();
    EXPECT_EQ(card.eeprom.read(EEWR), 0u);
    EXPECT_EQ(card.word(0x90), 0x1234);
}

}  // namespace
}  // namespace ringside::sim
