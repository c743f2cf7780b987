#include "examples/support/json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ringside::examples {
namespace {

TEST(Json, IsTakenApart) {
    const Json json = parse_json(R"( {"a":[1, 2.5 ,-3],"b":{"c":"x\"\\\n\u0041"},"d":true,"e":null} )");
    ASSERT_EQ(json.at("a").array().size(), 3u);
    EXPECT_EQ(json.at("a").array()[0].word(), 1u);
    EXPECT_EQ(json.at("b").at("c").string(), "x\"\\\nA");
    EXPECT_TRUE(json.at("d").boolean);
    EXPECT_EQ(json.at("e").kind, Json::Kind::null);
}

TEST(Json, ThatIsNoneIsRefused) {
    for (const char* text : {"", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "\"abc", "tru", "1 2", "\"\\u00e9\"",
                             "\"\\", "\"\\u12", "nul", "{1:2}"})
        EXPECT_THROW(parse_json(text), JsonError) << text;
    EXPECT_THROW(parse_json(std::string(100000, '[')), JsonError);
}

TEST(Json, OfAnotherKindIsRefused) {
    const Json json = parse_json(R"({"a":-1,"b":4294967296,"c":1.5,"d":"1"})");
    for (const char* name : {"a", "b", "c", "d"}) EXPECT_THROW(json.at(name).word(), JsonError) << name;
    EXPECT_THROW(json.at("e"), JsonError);
    EXPECT_THROW(json.at("a").string(), JsonError);
    EXPECT_THROW(json.at("a").array(), JsonError);
}

TEST(Json, TextComesBackAsItWas) {
    const std::string text = "a\"b\\c\n\x01/ü";
    EXPECT_EQ(parse_json(json_string(text)).string(), text);
}

}  // namespace
}  // namespace ringside::examples
