// A device and a clock that exist only in the test.
#pragma once

#include "hal/clock.hpp"
#include "hal/device.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace ringside::hal {

class FakeBar final : public Bar {
public:
    std::uint64_t size() const override { return 0x20000; }
    std::uint32_t load32(std::uint32_t offset) override {
        loads.push_back(offset);
        return on_load ? on_load(offset) : registers[offset];
    }
    void store32(std::uint32_t offset, std::uint32_t value) override {
        stores.push_back({offset, value});
        registers[offset] = value;
    }
    volatile std::uint32_t* direct(std::uint32_t) override { return nullptr; }

    struct Store {
        std::uint32_t offset, value;
        friend bool operator==(const Store&, const Store&) = default;
    };
    std::map<std::uint32_t, std::uint32_t> registers;
    std::vector<std::uint32_t> loads;
    std::vector<Store> stores;
    std::function<std::uint32_t(std::uint32_t)> on_load;
};

// Stands still unless somebody sleeps.
class FakeClock final : public Clock {
public:
    Duration now() override { return now_; }
    void sleep(Duration duration) override {
        now_ += duration;
        ++sleeps;
        if (on_sleep) on_sleep();
    }
    unsigned sleeps = 0;
    std::function<void()> on_sleep;

private:
    Duration now_{};
};

}  // namespace ringside::hal
