// What the driver does to the card's registers when it starts and stops: the golden traces of docs/traces.
#include "tests/driver/golden_trace.hpp"
#include "tests/driver/nic_fixture.hpp"

#include <string>
#include <utility>
#include <vector>

namespace ringside::test {
namespace {

class Start : public OnModel {
protected:
    // The accesses of one start and stop with one small queue each way.
    std::vector<std::string> trace(const std::string& options) {
        Recorder recorder;
        open(options);
        make_pool();
        nic->observe_registers(&recorder);
        nic->start(pool, {.rx_descriptors = 512, .tx_descriptors = 512});
        nic->wait_for_link(1s);
        nic->stop();
        nic->observe_registers(nullptr);
        std::vector<std::string> lines = summarize(recorder.events);
        for (std::string& line : lines) line = without_address(std::move(line));
        return lines;
    }

private:
    // Where the rings lie is the memory's business, not the driver's.
    static std::string without_address(std::string line) {
        for (const char* base : {"W RDBAL", "W RDBAH", "W TDBAL", "W TDBAH"})
            if (line.starts_with(base)) line.replace(line.find('=') + 2, std::string::npos, "(the ring)");
        return line;
    }
};

TEST_F(Start, TheSfpCardIsStartedAndStoppedAsDocumented) {
    expect_golden("82599-sfp-start.txt", trace("id=10fb"));
}

TEST_F(Start, TheCx4CardIsStartedAndStoppedAsDocumented) {
    expect_golden("82599-cx4-start.txt", trace("id=10f9"));
}

TEST_F(Start, TheSameStartTakesTheSameSteps) {
    const auto first = trace("");
    TearDown();
    EXPECT_EQ(trace(""), first);
}

TEST(Summary, TablesBecomeOneLineAndPollsAreCounted) {
    using E = hal::RegisterObserver::Event;
    std::vector<E> events;
    const auto add = [&](char direction, const char* name, std::uint32_t count, std::uint32_t index,
                         std::uint32_t raw) {
        events.push_back(E{direction, name, count, index, raw, {}});
    };
    for (std::uint32_t i = 1; i < 5; ++i) {
        add('W', "RAH", 128, i, 0);
        add('W', "RAL", 128, i, 0);
    }
    for (std::uint32_t i = 0; i < 3; ++i) add('W', "MTA", 128, i, i == 2 ? 1 : 0);
    for (int i = 0; i < 3; ++i) add('R', "EEC", 1, 0, 0);
    add('R', "EEC", 1, 0, 0x200);
    EXPECT_EQ(summarize(events),
              (std::vector<std::string>{"W RAH[1..4] = 00000000", "W RAL[1..4] = 00000000",
                                        "W MTA[0] = 00000000", "W MTA[1] = 00000000", "W MTA[2] = 00000001",
                                        "R EEC = 00000000  (3 times)", "R EEC = 00000200"}));
}

}  // namespace
}  // namespace ringside::test
