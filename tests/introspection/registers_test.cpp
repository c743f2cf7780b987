// The lists of all registers: nothing is missing, and looking changes nothing.
#include "driver/ixgbe/registers.hpp"
#include "driver/e1000/register_list.hpp"
#include "driver/e1000e/register_list.hpp"
#include "driver/igb/register_list.hpp"
#include "driver/ixgbe/register_list.hpp"
#include "tests/driver/gigabit/fixture.hpp"
#include "tests/driver/golden_trace.hpp"
#include "tests/driver/nic_fixture.hpp"

#include <fstream>
#include <set>
#include <string>

namespace ringside::test {
namespace {

using List = std::span<const hal::RegisterInfo>;

std::set<std::string> names(List list) {
    std::set<std::string> all;
    for (const hal::RegisterInfo& info : list) all.insert(info.name);
    return all;
}

// The registers that a header defines.
std::vector<std::string> defined_in(const std::string& header) {
    std::ifstream file(RINGSIDE_SOURCE_DIR "/driver/" + header);
    EXPECT_TRUE(file) << header;
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);) {
        const bool counter = line.starts_with("RINGSIDE_IXGBE_");
        if (line.starts_with("struct ") && line.find(" : ") != std::string::npos)
            all.push_back(line.substr(7, line.find(' ', 7) - 7));
        else if (counter)
            all.push_back(line.substr(line.find('(') + 1, line.find(',') - line.find('(') - 1));
    }
    EXPECT_GT(all.size(), 1u) << header;
    return all;
}

void expect_all(const std::string& header, const std::set<std::string>& listed) {
    for (const std::string& name : defined_in(header))
        EXPECT_TRUE(listed.contains(name)) << name << " of " << header << " is not in its register_list.cpp";
}

TEST(RegisterLists, HaveEveryRegisterOfTheHeaders) {
    expect_all("ixgbe/registers.hpp", names(ixgbe::register_list()));
    expect_all("igb/registers.hpp", names(igb::register_list()));
    expect_all("e1000e/registers.hpp", names(e1000e::register_list()));
    expect_all("e1000/registers.hpp", names(e1000::register_list()));
}

TEST(RegisterLists, HaveEveryRegisterThatGigabitCardsShare) {
    std::set<std::string> listed = names(igb::register_list());
    listed.merge(names(e1000e::register_list()));
    listed.merge(names(e1000::register_list()));
    expect_all("gigabit/registers.hpp", listed);
}

TEST(RegisterLists, NameNoOffsetAndNoNameTwice) {
    for (const List list :
         {ixgbe::register_list(), igb::register_list(), e1000e::register_list(), e1000::register_list()}) {
        std::set<std::uint32_t> offsets;
        for (const hal::RegisterInfo& info : list)
            for (std::uint32_t i = 0; i < info.count; ++i)
                EXPECT_TRUE(offsets.insert(info.offset(i)).second) << info.name << " " << i;
        EXPECT_EQ(names(list).size(), list.size());
    }
}

TEST(RegisterLists, LeaveOutWhatReadingChanges) {
    // Besides those that Access tells: semaphores, windows, and time stamps that make room for the next.
    const std::set<std::string> others{"SWSM", "SW_FW_SYNC", "EERD", "MDIC", "RXSTMPH", "TXSTMPH", "RXSATRH"};
    for (const List list :
         {ixgbe::register_list(), igb::register_list(), e1000e::register_list(), e1000::register_list()})
        for (const hal::RegisterInfo& info : list) {
            const bool changes = info.access == hal::Access::rc || info.access == hal::Access::w1c ||
                                 info.access == hal::Access::wo || others.contains(info.name);
            EXPECT_EQ(info.left_out != nullptr, changes) << info.name;
        }
}

class RegistersOfFake : public EachFamily {};
INSTANTIATE_TEST_SUITE_P(All, RegistersOfFake, each_family(), family_name);

TEST_P(RegistersOfFake, CanBeReadWithoutChangingAnything) {
    open(family());
    start();
    for (std::uint32_t offset = 0x4000; offset < 0x4100; offset += 4) card->reg(offset) = 7;
    card->reg(0xC0) = 0x40;                                   // ICR
    if (igb()) card->reg(0x1580) = 1, card->reg(0xC030) = 3;  // EICR, RQDPC[0]
    std::vector<std::uint32_t> before;
    for (std::uint32_t offset = 0; offset < card->size(); offset += 4) before.push_back(card->reg(offset));

    Recorder recorder;
    nic->observe_registers(&recorder);
    const auto values = nic->read_registers();
    nic->observe_registers(nullptr);
    EXPECT_GT(values.size(), 300u);
    EXPECT_EQ(recorder.events.size(), values.size());
    for (const auto& event : recorder.events) EXPECT_EQ(event.direction, 'R');
    for (std::uint32_t offset = 0; offset < card->size(); offset += 4)
        EXPECT_EQ(card->reg(offset), before[offset / 4]) << std::hex << "offset 0x" << offset;
}

TEST_P(RegistersOfFake, ReadAsTheCardHasThem) {
    open(family());
    start({.promiscuous = true});
    std::set<std::string> seen;
    for (const RegisterValue& r : nic->read_registers()) {
        seen.insert(r.name());
        if (r.offset() != 8) { EXPECT_EQ(r.value, card->reg(r.offset())) << r.name(); }
    }
    EXPECT_TRUE(seen.contains("CTRL"));
    EXPECT_TRUE(seen.contains(family() == Family::e1000 ? "RDH" : "RDH[1]"));
    EXPECT_TRUE(seen.contains(igb() ? "RAL[23]" : "RAL[15]"));
    EXPECT_FALSE(seen.contains(igb() ? "RAL[24]" : "RAL[16]"));
}

TEST_P(RegistersOfFake, LedsBlinkAndAreAsBefore) {
    constexpr std::uint32_t LEDCTL = 0xE00;
    open(family(), {}, [](FakeCard& c) { c.reg(LEDCTL) = 0x07068302; });
    card->reg(LEDCTL) = 0x07460302;
    nic->blink(true);
    EXPECT_EQ(card->reg(LEDCTL), 0x8ECE8E8Eu);
    nic->blink(true);
    nic->blink(false);
    EXPECT_EQ(card->reg(LEDCTL), 0x07460302u);
    card->reg(LEDCTL) = 1;
    nic->blink(false);
    EXPECT_EQ(card->reg(LEDCTL), 1u) << "it was not blinking";
}

class RegistersOfModel : public OnModel {
protected:
    std::uint32_t read(const std::string& name) {
        for (const RegisterValue& r : nic->read_registers())
            if (r.name() == name) return r.value;
        ADD_FAILURE() << "there is no " << name;
        return 0;
    }
};

TEST_F(RegistersOfModel, CanBeReadWithoutChangingAnything) {
    open();
    start_and_link({.promiscuous = true});
    arrive(ethernet(other, 1, 60));
    const auto first = nic->read_registers(), second = nic->read_registers();
    ASSERT_EQ(first.size(), second.size());
    for (std::size_t i = 0; i < first.size(); ++i)
        EXPECT_EQ(first[i].value, second[i].value) << first[i].name();
    EXPECT_EQ(nic->statistics().rx_packets, 1u) << "the counters are still there";
    EXPECT_EQ(received().size(), 1u);
    EXPECT_EQ(device->bar(0).load32(ixgbe::SWSM::offset()) & 1, 0u) << "the semaphore is still free";
    device->bar(0).store32(ixgbe::SWSM::offset(), 0);
}

TEST_F(RegistersOfModel, ShowWhatAStartHasDone) {
    open();
    EXPECT_EQ(read("RXCTRL") & 1, 0u);
    EXPECT_FALSE(nic->bus_master());
    start_and_link();
    EXPECT_EQ(read("RXCTRL") & 1, 1u);
    EXPECT_EQ(read("RXDCTL[0]") & 1u << 25, 1u << 25);
    EXPECT_EQ(read("RXDCTL[127]") & 1u << 25, 0u);
    EXPECT_TRUE(nic->bus_master());
}

TEST_F(RegistersOfModel, LedsBlinkAndAreAsBefore) {
    open();
    ASSERT_EQ(read("LEDCTL"), 0x05040100u);
    nic->blink(true);
    EXPECT_EQ(read("LEDCTL"), 0x8E8E8E8Eu);
    nic->blink(false);
    EXPECT_EQ(read("LEDCTL"), 0x05040100u);
}

TEST_F(RegistersOfModel, LedsCanBlinkAgainAfterAStartHasEndedIt) {
    open();
    nic->blink(true);
    start();
    EXPECT_EQ(read("LEDCTL"), 0x05040100u);
    nic->blink(true);
    EXPECT_EQ(read("LEDCTL"), 0x8E8E8E8Eu);
    nic->blink(false);
    EXPECT_EQ(read("LEDCTL"), 0x05040100u);
}

TEST_F(RegistersOfModel, OfACardThatIsGoneAreAnError) {
    open();
    device->unplug();
    expect_says(sentence<hal::DeviceGone>([&] { nic->read_registers(); }), "all registers read as ones");
}

}  // namespace
}  // namespace ringside::test
