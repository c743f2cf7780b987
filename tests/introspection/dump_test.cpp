// Dumps: text, JSON and back, filters, differences.
#include "examples/support/json.hpp"
#include "examples/support/register_dump.hpp"

#include <gtest/gtest.h>

namespace ringside::examples {
namespace {

DumpedRegister alone(const std::string& name, std::uint32_t offset, std::uint32_t value) {
    return {.array = name,
            .index = {},
            .offset = offset,
            .value = value,
            .fields = {{"EN", value & 1}, {"MODE", value >> 8}}};
}
DumpedRegister element(std::uint32_t index, std::uint32_t value) {
    return {.array = "RXDCTL", .index = index, .offset = 0x1000 + 4 * index, .value = value, .fields = {}};
}
RegisterDump example() {
    return {
        .port = "here",
        .model = "a card",
        .state = "after reset",
        .registers = {alone("CTRL", 0, 0x301), element(0, 5), element(1, 0), element(2, 0), element(3, 0)},
        .left_out = {{"ICR", 0xC0, 1, "reading may clear it"}, {"GPRC", 0x4074, 1, "reading clears it"}}};
}

TEST(RegisterDump, AsTextFoldsWhatReadsAlike) {
    EXPECT_EQ(text_of(example(), false),
              "here (a card), after reset\n"
              "00000  CTRL               00000301  EN=1 MODE=3\n"
              "01000  RXDCTL[0]          00000005\n"
              "01004  RXDCTL[1..3]       00000000\n"
              "not read, because reading clears it: GPRC\n"
              "not read, because reading may clear it: ICR\n");
}

TEST(RegisterDump, WithAllHasALineForEach) {
    RegisterDump dump = example();
    dump.registers[0] = alone("CTRL", 0, 0);
    const std::string text = text_of(dump, true);
    EXPECT_NE(text.find("CTRL               00000000  EN=0 MODE=0\n"), std::string::npos) << text;
    EXPECT_NE(text.find("01008  RXDCTL[2]"), std::string::npos) << text;
}

TEST(RegisterDump, ComesBackFromItsJson) {
    const RegisterDump dump = example(), back = dump_from_json(json_of(dump, {}));
    EXPECT_EQ(back.port, "here");
    EXPECT_EQ(back.model, "a card");
    ASSERT_EQ(back.registers.size(), dump.registers.size());
    for (std::size_t i = 0; i < dump.registers.size(); ++i) {
        EXPECT_EQ(back.registers[i].name(), dump.registers[i].name());
        EXPECT_EQ(back.registers[i].offset, dump.registers[i].offset);
        EXPECT_EQ(back.registers[i].value, dump.registers[i].value);
        EXPECT_EQ(back.registers[i].fields, dump.registers[i].fields);
    }
    EXPECT_THROW(dump_from_json("{\"port\":\"x\"}"), JsonError);
}

TEST(RegisterDump, FilterKnowsNamesArraysAndStars) {
    const auto names = [](std::vector<std::string> patterns) {
        std::string all;
        for (const DumpedRegister& r : filtered(example(), NameFilter(std::move(patterns))).registers)
            all += r.name() + " ";
        return all;
    };
    EXPECT_EQ(names({}), "CTRL RXDCTL[0] RXDCTL[1] RXDCTL[2] RXDCTL[3] ");
    EXPECT_EQ(names({"ctrl"}), "CTRL ");
    EXPECT_EQ(names({"rxdctl[2]", "CTRL"}), "CTRL RXDCTL[2] ");
    EXPECT_EQ(names({"RX*"}), "RXDCTL[0] RXDCTL[1] RXDCTL[2] RXDCTL[3] ");
    EXPECT_EQ(names({"*CT*"}), "CTRL RXDCTL[0] RXDCTL[1] RXDCTL[2] RXDCTL[3] ");
    EXPECT_EQ(names({"RX"}), "");
}

TEST(RegisterDifferences, AreNamedWithTheirFields) {
    RegisterDump after = example();
    after.registers[0].value = 0x300;
    after.registers[0].fields[0].second = 0;
    for (std::size_t i = 2; i < 5; ++i) after.registers[i].value = 9;
    const Differences d = differences(example(), after);
    EXPECT_EQ(text_of(d, "a", "b"),
              "from a to b: what is different\n"
              "00000  CTRL               00000301 -> 00000300  EN 1->0\n"
              "01004  RXDCTL[1..3]       00000000 -> 00000009\n");
    const Json json = parse_json(json_of(d, "a", "b"));
    ASSERT_EQ(json.at("changed").array().size(), 4u);
    EXPECT_EQ(json.at("changed").array()[0].at("fields").at("EN").array()[0].word(), 1u);
}

TEST(RegisterDifferences, OfTheSameAreNone) {
    EXPECT_EQ(text_of(differences(example(), example()), "a", "b"), "from a to b: no differences\n");
}

TEST(RegisterDifferences, SayWhatOnlyOneHas) {
    RegisterDump after = example();
    after.registers.erase(after.registers.begin());
    after.registers.push_back(alone("NEW", 4, 0));
    const std::string text = text_of(differences(example(), after), "a", "b");
    EXPECT_NE(text.find("only in a: CTRL\nonly in b: NEW\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace ringside::examples
