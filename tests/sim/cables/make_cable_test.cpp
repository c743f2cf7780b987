#include "sim/cables/help.hpp"
#include "tests/sim/cables/support.hpp"

#include <gtest/gtest.h>

namespace ringside::sim {
namespace {

TEST(MakeCable, names_the_cables_if_there_is_none_of_that_name) {
    const std::string text = objection("cat5:blue");
    EXPECT_NE(text.find("'cat5'"), std::string::npos) << text;
    EXPECT_NE(text.find("generate, link, loop, pcap, tap and unix"), std::string::npos) << text;
}

TEST(MakeCable, refuses_an_empty_spec) { EXPECT_NE(objection(""), ""); }

TEST(MakeCable, refuses_what_follows_loop) {
    EXPECT_NE(objection("loop:x").find("just loop"), std::string::npos);
}

TEST(MakeCable, wants_a_name_for_a_link) {
    EXPECT_NE(objection("link").find("needs a name"), std::string::npos);
    EXPECT_NE(objection("link:").find("needs a name"), std::string::npos);
}

TEST(MakeCable, wants_a_short_name_for_a_tap) {
    EXPECT_NE(objection("tap:").find("1 to 15 characters"), std::string::npos);
    EXPECT_NE(objection("tap:sixteen_letters_").find("1 to 15 characters"), std::string::npos);
    EXPECT_NE(objection("tap:tap%d").find("1 to 15 characters"), std::string::npos);
}

TEST(MakeCable, wants_a_path_that_fits_for_a_unix_socket) {
    EXPECT_NE(objection("unix:").find("1 to 107 bytes"), std::string::npos);
    EXPECT_NE(objection("unix:/" + std::string(107, 'x')).find("1 to 107 bytes"), std::string::npos);
    EXPECT_NE(objection("unix:/x,client").find("',client'"), std::string::npos);
}

TEST(MakeCable, wants_one_comma_and_a_file_for_pcap) {
    for (const char* spec : {"pcap", "pcap:", "pcap:,", "pcap:a", "pcap:a,b,c"})
        EXPECT_NE(objection(spec).find("pcap:IN,OUT"), std::string::npos) << spec;
}

struct BadKey {
    const char *spec, *expected;
};

class GenerateKeys : public testing::TestWithParam<BadKey> {};

TEST_P(GenerateKeys, are_refused_with_a_sentence) {
    const std::string text = objection(GetParam().spec);
    EXPECT_NE(text.find(GetParam().expected), std::string::npos) << text;
}

INSTANTIATE_TEST_SUITE_P(
    each, GenerateKeys,
    testing::Values(
        BadKey{"generate:sizes=64", "no key 'sizes'; the keys are name, size, count, rate, flows, vlan"},
        BadKey{"generate:size", "'size' has no value"},  //
        BadKey{"generate:size=", "'size' has no value"},
        BadKey{"generate:seed=1,seed=2", "'seed' is there twice"}, BadKey{"generate:size=63", "64 to 9018"},
        BadKey{"generate:size=9019", "64 to 9018"}, BadKey{"generate:size=big", "64 to 9018"},
        BadKey{"generate:size=65-64", "64 to 9018"}, BadKey{"generate:size=64-", "64 to 9018"},
        BadKey{"generate:size=64,vlan=5", "at least 68"}, BadKey{"generate:count=-1", "whole number from 0"},
        BadKey{"generate:count=1e6", "whole number"}, BadKey{"generate:rate=fast", "1.5Mpps or 100kpps"},
        BadKey{"generate:rate=10Gpings", "1.5Mpps"}, BadKey{"generate:rate=0", "1.5Mpps"},
        BadKey{"generate:rate=-1G", "1.5Mpps"}, BadKey{"generate:rate=nan", "1.5Mpps"},
        BadKey{"generate:flows=0", "from 1 to 65536"}, BadKey{"generate:flows=65537", "from 1 to 65536"},
        BadKey{"generate:vlan=4095", "from 1 to 4094"},
        BadKey{"generate:dst=02-00-00-00-00-99", "02:00:00:00:00:99"},
        BadKey{"generate:src=02:00:00:00:00:9", "02:00:00:00:00:99"},
        BadKey{"generate:source=no", "on or off"}));

TEST(CableHelp, shows_every_cable_and_only_examples_that_parse) {
    const std::string help = cable_help();
    for (const char* cable : {"loop", "link:NAME", "pcap:IN,OUT", "tap:NAME", "unix:PATH", "generate"})
        EXPECT_NE(help.find(cable), std::string::npos) << cable;
    for (const char* example : {"generate:size=64,count=1000000",
                                "generate:size=imix,rate=10G,flows=256,name=left", "generate:source=off"}) {
        EXPECT_NE(help.find(example), std::string::npos) << example;
        EXPECT_EQ(objection(example), "");
    }
}

}  // namespace
}  // namespace ringside::sim
