// Across processes, as on hardware: no frame goes unannounced while the program falls asleep.
#include "tests/driver/two_nics.hpp"

#include <cstring>

namespace ringside::test {
namespace {

struct Case {
    const char* name;
    const char* options;
    Interrupts kind;
};

class WakeUp : public TwoNics, public testing::WithParamInterface<Case> {
protected:
    void SetUp() override { open(GetParam().options, {.promiscuous = true, .interrupts = GetParam().kind}); }
};

TEST_P(WakeUp, IsNeverLost) {
    constexpr std::uint32_t frames = 2000;
    // What is lost is found at the end of a wait, so a wait that ends there was one too many.
    constexpr auto limit = 20s;
    std::thread thread(
        [&] { send_slowly(frames, [](std::byte* frame, std::uint32_t) { std::memset(frame, 0xFF, 60); }); });
    mem::PacketCache cache(*pool);
    mem::Batch<32> batch(cache);
    for (std::uint32_t received = 0; received < frames;) {
        received += receiver->rx(0).receive(batch);
        seen = received;
        if (!batch.empty()) {
            batch.clear();
            continue;
        }
        const auto begin = Clock::now();
        receiver->wait_for_frames(0, limit);
        if (Clock::now() - begin >= limit) {
            ADD_FAILURE() << "frame " << received << " was not announced";
            break;
        }
    }
    give_up = true;
    thread.join();
}

INSTANTIATE_TEST_SUITE_P(Each, WakeUp,
                         testing::Values(Case{"msix", "", Interrupts::msix}, Case{"msi", "", Interrupts::msi},
                                         Case{"intx", "", Interrupts::intx},
                                         Case{"trapped", ",doorbells=trapped", Interrupts::msix}),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace ringside::test
