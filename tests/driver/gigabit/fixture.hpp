// A 1-gigabit card's driver on the fake card: deterministic, in simulated time.
#pragma once

#include "tests/driver/card_fixture.hpp"
#include "tests/driver/gigabit/fake_card.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace ringside::test {

inline const char* name_of(Family family) {
    return family == Family::e1000 ? "e1000" : family == Family::e1000e ? "e1000e" : "igb";
}

class OnFake : public CardFixture<FakeCard> {
protected:
    static constexpr MacAddress own{{0x52, 0x54, 0x00, 0x12, 0x34, 0x56}};

    // A card that is not open yet: `prepare` may spoil its registers.
    void open(Family family, FakeCard::Quirks quirks = {},
              const std::function<void(FakeCard&)>& prepare = {}) {
        auto owned = std::make_unique<FakeCard>(family, clock, quirks);
        if (prepare) prepare(*owned);
        open_card(std::move(owned));
    }
};

// The same test on each family.
class EachFamily : public OnFake, public testing::WithParamInterface<Family> {
protected:
    Family family() const { return GetParam(); }
    bool igb() const { return family() == Family::igb; }
};
inline auto each_family() { return testing::Values(Family::e1000, Family::e1000e, Family::igb); }
inline std::string family_name(const testing::TestParamInfo<Family>& info) { return name_of(info.param); }

}  // namespace ringside::test
