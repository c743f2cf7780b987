// Every counter, from the cards' lists of registers: what it means, and that nobody else's counting suffers.
#include "driver/e1000/register_list.hpp"
#include "driver/e1000e/register_list.hpp"
#include "driver/igb/register_list.hpp"
#include "driver/ixgbe/register_list.hpp"
#include "examples/support/counter_report.hpp"
#include "examples/support/json.hpp"
#include "tests/driver/gigabit/fixture.hpp"
#include "tests/driver/nic_fixture.hpp"

#include <map>
#include <set>

namespace ringside::test {
namespace {

std::map<std::string, std::uint64_t> values_of(Nic& nic) {
    std::map<std::string, std::uint64_t> values;
    for (const CounterValue& c : nic.counters())
        EXPECT_TRUE(values.emplace(c.name, c.value).second) << c.name;
    return values;
}

TEST(Counters, HaveAMeaningOrAreTheUpperHalfOfTheOneBefore) {
    for (const auto list :
         {ixgbe::register_list(), igb::register_list(), e1000e::register_list(), e1000::register_list()}) {
        const hal::RegisterInfo* before = nullptr;
        std::size_t counters = 0;
        for (const hal::RegisterInfo& info : list) {
            const std::string name = info.name;
            if (info.access != hal::Access::rc) {
                EXPECT_EQ(info.meaning, nullptr) << name;
                continue;
            }
            ++counters;
            if (info.meaning == nullptr) {
                ASSERT_NE(before, nullptr);
                EXPECT_TRUE(name.ends_with('H')) << name;
                EXPECT_EQ(std::string(before->name), name.substr(0, name.size() - 1) + "L");
                EXPECT_EQ(before->count, info.count);
            }
            before = &info;
        }
        EXPECT_GT(counters, 45u);
    }
}

class CountersOf : public EachFamily {};
INSTANTIATE_TEST_SUITE_P(, CountersOf, each_family(), family_name);

TEST_P(CountersOf, AddUpWhatReadingClears) {
    open(family());
    start();
    card->reg(0x4048) = 3;  // XONRXC
    EXPECT_EQ(values_of(*nic)["XONRXC"], 3u);
    card->reg(0x4048) = 4;
    card->reg(0x4088) = 5, card->reg(0x408C) = 1;
    auto values = values_of(*nic);
    EXPECT_EQ(values["XONRXC"], 7u);
    EXPECT_EQ(values["GORC"], 0x100000005u) << "two halves are one counter";
    EXPECT_FALSE(values.contains("GORCL"));
    start();
    EXPECT_EQ(values_of(*nic)["XONRXC"], 0u) << "since start()";
}

TEST_P(CountersOf, AndStatisticsCountTogether) {
    open(family());
    start();
    for (unsigned n = 0; n < 5; ++n) {
        card->arrive(frame(own, 64, n));
        if (n == 2) { EXPECT_EQ(values_of(*nic)["GPRC"], 3u); }
    }
    received();
    EXPECT_EQ(nic->statistics().rx_packets, 5u);
    EXPECT_EQ(nic->statistics().rx_bytes, 5u * 64);
    EXPECT_EQ(values_of(*nic)["GPRC"], 5u);
}

TEST_P(CountersOf, ACardThatDoesNotRunIsNotAsked) {
    open(family());
    expect_says(sentence<hal::Error>([&] { nic->counters(); }), "needs a NIC that is running");
}

TEST_P(CountersOf, PauseFramesAreAmongThem) {
    open(family());
    start();
    const auto values = values_of(*nic);
    for (const char* name : {"XONRXC", "XONTXC", "XOFFRXC", "XOFFTXC"})
        EXPECT_TRUE(values.contains(name)) << name;
    EXPECT_EQ(values.contains("RQDPC[0]"), igb());
}

class CountersOfModel : public OnModel {};

TEST_F(CountersOfModel, CountWhatHappens) {
    open();
    start_and_link();
    for (std::uint32_t n = 0; n < 3; ++n) arrive(ethernet(own, n, 60));
    arrive(ethernet(broadcast, 4, 300));
    arrive(ethernet(other, 5, 60));
    received();
    send({ethernet(other, 1, 100)});
    on_wire();
    auto values = values_of(*nic);
    EXPECT_EQ(values["GPRC"], 4u);
    EXPECT_EQ(values["BPRC"], 1u);
    EXPECT_EQ(values["PRC511"], 1u);
    EXPECT_EQ(values["TPR"], 5u);
    EXPECT_EQ(values["QPRC[0]"], 4u);
    EXPECT_EQ(values["QBRC[0]"], 3u * 60 + 300);
    EXPECT_EQ(values["GPTC"], 1u);
    EXPECT_FALSE(values.contains("QPRC[1]")) << "there is one queue";
    EXPECT_EQ(nic->statistics().rx_packets, 4u);
    EXPECT_EQ(nic->statistics().tx_packets, 1u);
}

TEST(CounterReport, NamesWhatMovedAndHidesTheRestUnlessAsked) {
    const examples::CounterDump dump{
        "here", "a card", 1.5, {{"GPRC", "good ones", 7}, {"MPC", "lost ones", 0}}};
    EXPECT_EQ(text_of(dump, false),
              "here (a card), counted for 1.5 s\n"
              "GPRC                     7  good ones\n"
              "1 others are 0; --all shows them\n");
    EXPECT_NE(text_of(dump, true).find("MPC                      0  lost ones\n"), std::string::npos);
    const examples::CounterDump none{"here", "a virtual function", 1, {}};
    EXPECT_EQ(text_of(none, true),
              "here (a virtual function), counted for 1 s\nits driver reads no counters one by one\n");
    const auto json = examples::parse_json(json_of(dump));
    ASSERT_EQ(json.at("counters").array().size(), 2u);
    EXPECT_EQ(json.at("counters").array()[1].at("meaning").string(), "lost ones");
}

}  // namespace
}  // namespace ringside::test
