// EEPROMs and modules as programs get them from the cards, and what reports say of them.
#include "examples/support/eeprom_report.hpp"
#include "examples/support/json.hpp"
#include "examples/support/module_report.hpp"
#include "tests/driver/gigabit/fixture.hpp"
#include "tests/driver/nic_fixture.hpp"

namespace ringside::test {
namespace {

using examples::dump_eeprom;
using examples::dump_module;
using examples::parse_json;

class EepromOf : public EachFamily {};
INSTANTIATE_TEST_SUITE_P(, EepromOf, each_family(), family_name);

TEST_P(EepromOf, HasTheAddressAndARightSum) {
    open(family());
    const auto dump = dump_eeprom(*nic);
    EXPECT_EQ(dump.words, card->eeprom);
    EXPECT_EQ(dump.address(), own);
    EXPECT_TRUE(dump.sum_is_right());
    EXPECT_EQ(nic->read_eeprom(1, 2), (std::vector<std::uint16_t>{0x1200, 0x5634}));
    start();
    EXPECT_EQ(dump_eeprom(*nic).words, card->eeprom) << "also while it runs";
}

TEST_P(EepromOf, IsAsLargeAsTheCardSays) {
    open(family(), {}, [](FakeCard& c) { c.eeprom.resize(256, 0xFFFF); });
    if (family() != Family::e1000) card->reg(0x10) |= 2u << 11;
    EXPECT_EQ(nic->eeprom().words, family() == Family::e1000 ? 64u : 256u);
    EXPECT_TRUE(dump_eeprom(*nic).sum_is_right());
    expect_says(sentence<hal::Error>([&] { nic->read_eeprom(255, 2); }), "those asked for reach beyond");
    expect_says(sentence<hal::Error>([&] { nic->read_eeprom(~0u, 2); }), "those asked for reach beyond");
}

TEST_P(EepromOf, WithAWrongSumIsShownAndCalledSo) {
    open(family(), {}, [](FakeCard& c) { c.eeprom[0x30] ^= 0x100; });
    const auto dump = dump_eeprom(*nic);
    EXPECT_FALSE(dump.sum_is_right());
    expect_says(text_of(dump), "WRONG, should be 0x");
    EXPECT_FALSE(parse_json(json_of(dump)).at("checksum").at("right").boolean);
}

TEST_P(EepromOf, ThatDoesNotAnswerIsSaid) {
    open(family());
    card->quirks.eeprom_absent = true;
    expect_says(sentence<hal::Timeout>([&] { nic->eeprom(); }), "the EEPROM cannot be read");
}

TEST_P(EepromOf, ThereIsNoCageForAModule) {
    open(family());
    expect_says(sentence<hal::Error>([&] { dump_module(*nic); }), "has no cage for a module");
}

class EepromOfModel : public OnModel {};

TEST_F(EepromOfModel, HasTheAddressInThePortsSectionAndASumOverSections) {
    open();
    const auto dump = dump_eeprom(*nic);
    EXPECT_EQ(dump.words.size(), 256u);
    EXPECT_EQ(dump.address(), own);
    EXPECT_TRUE(dump.sum_is_right());
    // A word of the section, by EEWR: the sum covers it.
    device->bar(0).store32(0x10018, 1u | *dump.info.address_word << 2 | 0x1234u << 16);
    const auto spoiled = dump_eeprom(*nic);
    EXPECT_FALSE(spoiled.sum_is_right());
    EXPECT_EQ(spoiled.words[*dump.info.address_word], 0x1234);
    expect_says(text_of(spoiled), "WRONG");
    EXPECT_EQ(device->bar(0).load32(0x10160), 0u) << "everything borrowed is given back";
}

TEST_F(EepromOfModel, SectionsThatLeadNowhereDoNoHarm) {
    open();
    for (const std::uint32_t pointer : {0xFFFEu, 0xFFu, 0x3Fu, 1u}) {
        device->bar(0).store32(0x10018, 1u | 0x06u << 2 | pointer << 16);
        static_cast<void>(dump_eeprom(*nic));
    }
}

TEST_F(EepromOfModel, OfAnX540IsReadUnderItsOwnSemaphore) {
    open("id=1528");
    EXPECT_EQ(dump_eeprom(*nic).words.size(), 256u);
    expect_says(sentence<hal::Error>([&] { dump_module(*nic); }), "its port is copper, 10GBASE-T");
}

class ModuleOfModel : public OnModel {};

TEST_F(ModuleOfModel, SaysWhatItIsAndWhatItMeasures) {
    open("module=sr");
    const auto dump = dump_module(*nic);
    const std::string text = text_of(dump);
    for (const char* part :
         {"kind            SFP or SFP+\n", "speaks          10GBASE-SR\n", "vendor          Ringside\n",
          "part            SIM-SFP-10G-SR\n", "serial          SIM0000001\n", "wavelength      850 nm\n",
          "reach           300 m of OM3, 80 m of OM2, 30 m of OM1\n", "temperature     35.5 C: ok",
          "supply          3.3 V: ok", "laser bias      6 mA: ok", "power sent      0.6 mW: ok",
          "power received  0.5 mW: ok", "checksum        what it is: right\n",
          "checksum        limits: right\n"})
        expect_says(text, part);
    const auto json = parse_json(json_of(dump));
    EXPECT_EQ(json.at("module").at("vendor").string(), "Ringside");
    EXPECT_EQ(json.at("measured").array().size(), 5u);
    EXPECT_EQ(json.at("identity").string().size(), 512u);
}

TEST_F(ModuleOfModel, ACableMeasuresNothing) {
    open("module=da");
    const std::string text = text_of(dump_module(*nic));
    expect_says(text, "speaks          passive copper cable\n");
    expect_says(text, "reach           1 m of copper\n");
    expect_says(text, "measurements    none: it measures nothing\n");
    EXPECT_EQ(text.find("wavelength"), std::string::npos);
    expect_says(sentence<hal::Error>([&] { nic->read_module(ModulePage::diagnostics, 0, 1); }),
                "does not answer for its diagnostics");
}

TEST_F(ModuleOfModel, AnEmptyCageIsSaid) {
    open("module=absent");
    expect_says(sentence<hal::Error>([&] { dump_module(*nic); }),
                "no module answers in the cage; plug one in");
    EXPECT_EQ(device->bar(0).load32(0x10160), 0u) << "the bus is given back";
}

TEST_F(ModuleOfModel, WithoutACageIsSaid) {
    open("id=10f9");
    expect_says(sentence<hal::Error>([&] { dump_module(*nic); }), "its port is CX4 or a backplane's");
}

TEST_F(ModuleOfModel, MoreThanAPageIsRefused) {
    open();
    expect_says(sentence<hal::Error>([&] { nic->read_module(ModulePage::identity, 200, 57); }),
                "has 256 bytes");
}

TEST(ModuleReport, WrongSumsAreSaidAndWhatIsNoLetterIsNotPrinted) {
    examples::ModuleDump dump{"here", "a card", std::vector<std::uint8_t>(256, 0xFF), {}, "it is gone"};
    const std::string text = text_of(dump);
    EXPECT_NE(text.find("what it is: WRONG: the module is damaged, or was pulled out"), std::string::npos)
        << text;
    EXPECT_NE(text.find("vendor          ????????????????\n"), std::string::npos) << text;
    EXPECT_NO_THROW(parse_json(json_of(dump)));
}

TEST(ModuleReport, WhatIsOutOfItsLimitsIsSaid) {
    using examples::Measured;
    const auto verdict = [](double now) {
        return std::string(Measured{.name = "",
                                    .unit = "",
                                    .now = now,
                                    .low_alarm = 1,
                                    .high_alarm = 4,
                                    .low_warning = 2,
                                    .high_warning = 3}
                               .verdict());
    };
    EXPECT_EQ(verdict(2.5), "ok");
    EXPECT_EQ(verdict(3.5), "high warning");
    EXPECT_EQ(verdict(1.5), "low warning");
    EXPECT_EQ(verdict(5), "HIGH ALARM");
    EXPECT_EQ(verdict(0.5), "LOW ALARM");
}

TEST(EepromReport, FoldsLinesThatRepeat) {
    examples::EepromDump dump{"here", "a card", {.words = 64}, std::vector<std::uint16_t>(64, 0xFFFF)};
    dump.words[0] = 0x6948;
    const std::string text = text_of(dump);
    EXPECT_NE(text.find("0000  6948 ffff ffff ffff ffff ffff ffff ffff  Hi..............\n"
                        "0008  ffff ffff ffff ffff ffff ffff ffff ffff  ................\n*\n0038  ffff"),
              std::string::npos)
        << text;
    EXPECT_NO_THROW(parse_json(json_of(dump)));
}

}  // namespace
}  // namespace ringside::test
