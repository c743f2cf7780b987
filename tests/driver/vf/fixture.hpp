// A virtual function's driver on the fake one: deterministic, in simulated time.
#pragma once

#include "tests/driver/card_fixture.hpp"
#include "tests/driver/vf/fake_vf.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace ringside::test {

class OnVf : public CardFixture<FakeVf>, public testing::WithParamInterface<VfFamily> {
protected:
    static constexpr MacAddress given{{0x02, 0xAA, 0, 0, 0, 0x01}};

    VfFamily family() const { return GetParam(); }
    bool igb() const { return family() == VfFamily::igbvf; }

    // `prepare` may change the physical function's mind before the driver meets it.
    void open(FakeVf::Quirks quirks = {}, const std::function<void(FakePf&)>& prepare = {}) {
        auto owned = std::make_unique<FakeVf>(family(), clock, quirks);
        if (prepare) prepare(owned->pf);
        open_card(std::move(owned));
    }
    void run(FakeVf::Quirks quirks = {}, const std::function<void(FakePf&)>& prepare = {}) {
        open(quirks, prepare);
        start();
    }
    bool passes(const MacAddress& to) {
        static_cast<void>(card->arrive(frame(to, 64)));
        return received().size() == 1;
    }

    // What an action that must fail says, in time.
    template <class Expected, class Action> std::string sentence(Action&& action) {
        const auto before = clock.now();
        const std::string text = test::sentence<Expected>(action);
        EXPECT_LE(clock.now() - before, 5s) << "every wait has a limit";
        return text;
    }
};

inline std::string vf_family_name(const testing::TestParamInfo<VfFamily>& info) {
    return info.param == VfFamily::igbvf ? "igbvf" : "ixgbevf";
}

}  // namespace ringside::test
